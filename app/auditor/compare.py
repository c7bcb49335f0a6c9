"""The same log seen from several places: does each of them show the same one?

A log that shows some people another history has to keep doing so for ever. Whoever compares
what the site, its onion service, a witness and a mirror have will meet two checkpoints that
cannot be of one log, and those two are the proof.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.auditor.errors import AuditError, CouldNotCheckError, MissingFileError
from app.auditor.files import CHECKPOINT, MAX_CHECKPOINT_BYTES, Download, FolderTiles
from app.auditor.findings import Evidence
from app.auditor.pairs import Shown, compare_pair
from app.auditor.source import Source
from app.auditor.state import AuditState, StateFolder
from crypto.encoding import sha256
from crypto.errors import CryptoError, DifferentTileError
from crypto.tlog.policy import NONE, Witnessed, open_witnessed
from crypto.tlog.tiles import TileReader


@dataclass(frozen=True)
class View:
    """What one place shows, or why nothing can be said about it."""

    place: str
    witnessed: Witnessed | None = None
    note: bytes = b""
    problem: str = ""


@dataclass(frozen=True)
class Comparison:
    views: tuple[View, ...]
    evidence: tuple[Evidence, ...]

    @property
    def complete(self) -> bool:
        return not any(view.problem for view in self.views)


def compare(folder: StateFolder, sources: Sequence[Source]) -> Comparison:
    """Compare what each source shows with the mirror, and the newer ones with each other.

    A witness shows its last checkpoint of a log under the hash of its origin. Places that
    cannot be read, or whose checkpoint the log did not sign, are problems and not findings.
    """
    with folder.locked():
        state = folder.load()
        views = [_look(state, source) for source in sources]
        try:
            return _Comparing(folder, state, sources).run(views)
        finally:
            shutil.rmtree(folder.staging, ignore_errors=True)


def _look(state: AuditState, source: Source) -> View:
    # Witnesses need not have each other's signatures: the log's own is what binds it.
    policy = replace(state.policy, quorum=NONE)
    try:
        note = _read_checkpoint(source, state.origin)
        return View(source.name, open_witnessed(note, policy, origin=state.origin), note)
    except AuditError as exc:
        return View(source.name, problem=str(exc))
    except CryptoError as exc:
        return View(source.name, problem=f"no checkpoint of this log: {exc}")


def _read_checkpoint(source: Source, origin: str) -> bytes:
    try:
        return source.read(CHECKPOINT, MAX_CHECKPOINT_BYTES)
    except MissingFileError:
        path = f"{sha256(origin.encode()).hex()}/{CHECKPOINT}"
        return source.read(path, MAX_CHECKPOINT_BYTES)


class _Comparing:
    def __init__(self, folder: StateFolder, state: AuditState, sources: Sequence[Source]) -> None:
        self._staging = folder.staging
        self._state = state
        self._sources = {source.name: source for source in sources}

    def run(self, views: list[View]) -> Comparison:
        mine = Shown(self._state.witnessed.checkpoint, self._state.note.encode())
        evidence: list[Evidence] = []
        newer = [mine]
        for view in sorted(views, key=_size):
            if view.witnessed is None:
                continue
            shown = Shown(view.witnessed.checkpoint, view.note)
            # What is not larger is compared with the mirror, the rest each with the one before.
            before = newer[-1] if shown.checkpoint.size > mine.checkpoint.size else mine
            try:
                conflict = self._compare(before, shown, view)
            except CouldNotCheckError as exc:
                views[views.index(view)] = replace(view, problem=str(exc))
                continue
            if conflict:
                evidence.append(conflict)
            elif shown.checkpoint.size > mine.checkpoint.size:
                newer.append(shown)
        return Comparison(tuple(views), tuple(evidence))

    def _compare(self, one: Shown, other: Shown, view: View) -> Evidence | None:
        """Tiles come from the mirror, from the place itself, or from any of the others."""
        for tiles in self._readers(max(one.checkpoint.size, other.checkpoint.size), view):
            try:
                return compare_pair(one, other, tiles)
            except (DifferentTileError, CouldNotCheckError):
                continue
        raise CouldNotCheckError("no place has the tiles that would tell")

    def _readers(self, size: int, view: View) -> list[TileReader]:
        if size == self._state.mirrored:
            return [self._state.tiles]
        readers = {
            name: Download(source, FolderTiles(self._staging / str(number)), None)
            for number, (name, source) in enumerate(self._sources.items())
        }
        return [readers.pop(view.place), *readers.values()]


def _size(view: View) -> int:
    return view.witnessed.checkpoint.size if view.witnessed else -1
