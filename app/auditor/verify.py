"""The mirror checked without a network: is it still what was verified, all of it?

`verify_mirror` re-reads every tile and entry under the signed root, in as many processes as
asked for, and judges the whole log again from its first entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from app.auditor.errors import CouldNotCheckError, DamagedError
from app.auditor.files import FolderTiles, read_all
from app.auditor.findings import Found
from app.auditor.history import History
from app.auditor.state import AuditState
from crypto.errors import DifferentTileError
from crypto.tlog.tiles import HEIGHT, WIDTH
from crypto.tlog.verify import levels, verify_edge, verify_entries, verify_tile_range

_CHUNK: Final = 64
"""Bundles or tiles that one task checks: about 16,000 entries, a tenth of a second."""
_BY_TIME: Final = ("checkpoint", "seen_at", "unseen_slot")
"""What an auditor remembers of when it looked, and not of the log."""

_Task = tuple[int | None, int, int]
"""A level, None for bundles, and the first and the end of a range of files."""


@dataclass(frozen=True)
class Verified:
    """`findings` are all that are known about the log; `history` is there if all was read."""

    findings: tuple[Found, ...]
    history: History | None


def verify_mirror(state: AuditState, *, full: bool = False, jobs: int = 1) -> Verified:
    """Raise `CouldNotCheckError` before the first sync, `DamagedError`."""
    checkpoint = state.witnessed.checkpoint
    if state.mirrored != checkpoint.size:
        raise CouldNotCheckError("nothing is fetched yet: wasl audit sync")
    try:
        verify_edge(state.tiles, checkpoint)
        if full:
            _verify_files(state.mirror, checkpoint.size, jobs)
    except DifferentTileError as exc:
        raise _damaged(state, exc.path) from exc
    history = replay(state) if full else None
    if history is not None:
        _compare_memory(state, history)
    return Verified(known_findings(state, history), history)


def replay(state: AuditState) -> History:
    """Read the whole log again, as a new auditor would. Raise `DamagedError`."""
    witnessed = state.witnessed
    if state.mirrored != witnessed.checkpoint.size:
        raise CouldNotCheckError("nothing is fetched yet: wasl audit sync")
    bundles = read_all(state.tiles, witnessed.checkpoint.size)
    return History.read(state.origin, state.roots, bundles, witnessed)


def known_findings(state: AuditState, history: History | None) -> tuple[Found, ...]:
    """What the entries show, and then what this auditor alone has seen."""
    read = map(Found.of, history.findings) if history else ()
    return tuple(dict.fromkeys([*read, *state.findings]))


def _compare_memory(state: AuditState, history: History) -> None:
    mine, again = (json.loads(text) for text in (state.memory, history.auditor.state()))
    for name in _BY_TIME:
        mine[name] = again[name] = None
    if mine != again:
        raise DamagedError("auditor.json does not say what the mirror says")


def _damaged(state: AuditState, path: str) -> DamagedError:
    return DamagedError(
        f"{state.mirror}: {path} is damaged; remove the file checkpoint there and sync again"
    )


def _verify_files(mirror: Path, size: int, jobs: int) -> None:
    tasks = list(_tasks(size))
    if jobs == 1 or len(tasks) == 1:
        for task in tasks:
            _check(mirror, size, task)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for result in [pool.submit(_check, mirror, size, task) for task in tasks]:
            result.result()


def _tasks(size: int) -> Iterator[_Task]:
    bundles = -(-size // WIDTH)
    yield from ((None, first, min(first + _CHUNK, bundles)) for first in range(0, bundles, _CHUNK))
    for level in levels(size)[1:]:
        full = size >> HEIGHT * (level + 1)
        yield from ((level, first, min(first + _CHUNK, full)) for first in range(0, full, _CHUNK))


def _check(mirror: Path, size: int, task: _Task) -> None:
    level, first, stop = task
    tiles = FolderTiles(mirror)
    if level is not None:
        verify_tile_range(tiles, size, level, first, stop)
        return
    for _ in verify_entries(tiles, size, first, stop):
        """Each list has been checked once it is here."""
