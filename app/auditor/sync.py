"""Fetch what is new, verify it, judge it, and only then remember it.

The order is the point: a checkpoint is believed when the policy is satisfied, it continues the
last one, every new file hashes to its root, and the entries have been judged. Mirror and state
are written after that, the state last, so a run that breaks off has never happened.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.auditor.errors import CouldNotCheckError, MissingFileError, SetupError
from app.auditor.files import (
    CHECKPOINT,
    MAX_CHECKPOINT_BYTES,
    Download,
    FolderTiles,
    write_whole,
)
from app.auditor.findings import Evidence, Found, ServedCode, found
from app.auditor.pairs import Shown, compare_pair
from app.auditor.source import Source
from app.auditor.state import AuditState, StateFolder
from crypto.errors import DifferentTileError, MalformedError, MalformedTileError, UnverifiedError
from crypto.keyring import Roots
from crypto.tlog.audit import LogAuditor
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.policy import Policy, Witnessed, open_witnessed
from crypto.tlog.proof import TlogProof
from crypto.tlog.tiles import TiledTree, TilePath, TileReader, tile_paths
from crypto.tlog.verify import verify_tree

MOST_EVIDENCE: Final = 100
"""Folders of evidence that one run writes: a log that is all wrong needs no more."""


@dataclass(frozen=True)
class Synced:
    """`entries` is how many were read now; `findings` are what this run found."""

    witnessed: Witnessed
    entries: int
    findings: tuple[Found, ...]
    evidence: tuple[Path, ...]


def only_origin(policy: Policy) -> str:
    """The log that the policy is about. Raise `SetupError` unless it is one."""
    origins = {log.key.name for log in policy.logs}
    if len(origins) != 1:
        raise SetupError("the policy must name the keys of one log")
    return origins.pop()


def begin(
    folder: StateFolder,
    source: Source,
    policy: Policy,
    roots: Roots,
    *,
    trust: tuple[int, bytes] | None = None,
) -> Evidence | AuditState:
    """Pin the keys and the first checkpoint, and remember them; nothing is fetched yet.

    *trust* is the size and root that the auditor knows from elsewhere: evidence comes back,
    and nothing is pinned, if the log shows another tree. Raise `SetupError` for a folder that
    is in use, `CouldNotCheckError`.
    """
    origin = only_origin(policy)
    with folder.locked():
        if folder.exists():
            raise SetupError(f"{folder.folder} is set up already")
        shown = _open_first(source, policy, origin)
        conflict = None
        if trust is not None:
            conflict = _compare_trusted(folder, source, Checkpoint(origin, *trust), shown)
        if conflict:
            return conflict
        state = AuditState(
            origin=origin,
            url=source.name,
            policy=policy,
            roots=roots,
            mirror=folder.default_mirror,
            note=shown.note.decode(),
            memory=LogAuditor(origin, roots).state(),
        )
        folder.save(state)
        return state


def _open_first(source: Source, policy: Policy, origin: str) -> Shown:
    note = source.read(CHECKPOINT, MAX_CHECKPOINT_BYTES)
    try:
        return Shown(open_witnessed(note, policy, origin=origin).checkpoint, note)
    except UnverifiedError as exc:
        raise CouldNotCheckError(f"the policy does not accept this checkpoint: {exc}") from exc
    except MalformedError as exc:
        raise CouldNotCheckError(f"there is no checkpoint at {source.name}") from exc


def _compare_trusted(
    folder: StateFolder, source: Source, trusted: Checkpoint, shown: Shown
) -> Evidence | None:
    """Is what the log shows the continuation of what the auditor was told?"""
    if shown.checkpoint.size < trusted.size:
        raise CouldNotCheckError("the log shows less than what --trust says")
    download = Download(source, FolderTiles(folder.staging), None)
    told = Shown(trusted, trusted.encode().encode())
    try:
        return compare_pair(told, shown, download)
    except DifferentTileError as exc:
        raise CouldNotCheckError(f"the log publishes a damaged file: {exc.path}") from exc
    finally:
        _clear(folder.staging)


def sync(folder: StateFolder, source: Source, now: int, mirror: Path | None = None) -> Synced:
    """Bring mirror and state up to the log, judged at POSIX second *now*.

    Raise `CouldNotCheckError`, `SetupError`; both leave everything as it was.
    """
    with folder.locked():
        state = folder.load()
        if mirror is not None and mirror.resolve() != state.mirror:
            state = replace(state, mirror=mirror.resolve(), mirrored=0)
        return _Run(folder, source, state, now).run()


class _Run:
    def __init__(self, folder: StateFolder, source: Source, state: AuditState, now: int) -> None:
        self._folder = folder
        self._source = source
        self._state = state
        self._now = now
        self._staging = FolderTiles(folder.staging)
        self._old = state.witnessed
        self._read = 0

    def run(self) -> Synced:
        note = self._source.read(CHECKPOINT, MAX_CHECKPOINT_BYTES)
        try:
            witnessed = open_witnessed(note, self._state.policy, origin=self._state.origin)
        except UnverifiedError:
            size = self._old.checkpoint.size
            unverified = Evidence(found("checkpoint-unverified", size), {CHECKPOINT: note})
            return self._end(self._old, [unverified])
        except MalformedError as exc:
            raise CouldNotCheckError(f"there is no checkpoint at {self._source.name}") from exc
        try:
            return self._follow(note, witnessed)
        except DifferentTileError as exc:
            code: ServedCode = "tile-differs"
            path = exc.path
        except MissingFileError as exc:
            code, path = "tile-withheld", exc.path
        return self._end(self._old, [self._bad_file(code, path, note, witnessed)])

    def _follow(self, note: bytes, witnessed: Witnessed) -> Synced:
        old, new = self._old.checkpoint, witnessed.checkpoint
        known = Shown(old, self._state.note.encode())
        conflict = compare_pair(known, Shown(new, note), self._tiles_of_larger(old, new))
        if conflict:
            return self._end(self._old, [conflict])
        if (new.size, witnessed.seen_at or 0) < (old.size, self._old.seen_at or 0):
            # An older view of the same log: what is known already stays the newest.
            note, witnessed = self._state.note.encode(), self._old
        self._state = replace(self._state, note=note.decode())
        findings: list[Found] = []
        if self._is_behind(witnessed):
            findings = self._fetch(witnessed)
        elif note != known.note:
            findings = self._judge_again(witnessed)
        auditor = self._state.auditor
        findings += map(Found.of, auditor.judge_freshness(witnessed, self._now))
        return self._end(witnessed, [self._evidence(one) for one in findings])

    def _is_behind(self, witnessed: Witnessed) -> bool:
        mirror = self._state.mirror
        complete = self._state.mirrored == witnessed.checkpoint.size
        return not complete or not (mirror / CHECKPOINT).exists()

    def _tiles_of_larger(self, old: Checkpoint, new: Checkpoint) -> TileReader:
        if new.size < old.size == self._state.mirrored:
            return self._state.tiles
        return Download(self._source, self._staging, None)

    def _fetch(self, witnessed: Witnessed) -> list[Found]:
        """Read and judge everything that is new; then it is in the mirror."""
        known = self._state.mirrored if (self._state.mirror / CHECKPOINT).exists() else 0
        try:
            auditor, findings = self._judge(witnessed, known, self._state.tiles)
        except DifferentTileError:
            # Left over in staging, or damaged in the mirror: only the log itself counts.
            _clear(self._staging.folder)
            auditor, findings = self._judge(witnessed, 0, None)
        findings += self._judge_log_keys(auditor, witnessed.checkpoint.size)
        self._install(witnessed.checkpoint.size)
        size = witnessed.checkpoint.size
        self._state = replace(self._state, memory=auditor.state(), mirrored=size)
        return findings

    def _judge(
        self, witnessed: Witnessed, known: int, mirror: FolderTiles | None
    ) -> tuple[LogAuditor, list[Found]]:
        auditor = self._state.auditor
        reader = Download(self._source, self._staging, mirror)
        findings, first = [], auditor.size
        position = min(known, first)
        for entries in verify_tree(reader, witnessed.checkpoint, position):
            findings += auditor.read(entries[max(0, first - position) :])
            position += len(entries)
        self._read = position - first
        findings += auditor.judge_checkpoint(witnessed)
        return auditor, [Found.of(one) for one in findings]

    def _judge_again(self, witnessed: Witnessed) -> list[Found]:
        """The same tree, seen again: batches that come after this may not be of before."""
        auditor = self._state.auditor
        findings = auditor.judge_checkpoint(witnessed)
        self._state = replace(self._state, memory=auditor.state())
        return [Found.of(one) for one in findings]

    def _judge_log_keys(self, auditor: LogAuditor, size: int) -> list[Found]:
        """Are the log's keys in the policy those that the log says it has?"""
        rules = auditor.rules
        mine = set(self._state.policy.log_keys(self._state.origin))
        if rules is None or mine.issubset(rules.log_keys):
            return []
        return [found("key-not-logged", size, key="log")]

    def _install(self, size: int) -> None:
        mirror = self._state.tiles
        for path in tile_paths(size):
            staged = self._staging.folder / path.encode()
            if staged.exists():
                mirror.write(path, staged.read_bytes())
        write_whole(mirror.folder / CHECKPOINT, self._state.note.encode())

    def _end(self, witnessed: Witnessed, evidence: Sequence[Evidence]) -> Synced:
        kept = self._folder.keep(evidence[:MOST_EVIDENCE], self._state.origin)
        findings = tuple(one.finding for one in evidence)
        self._folder.save(self._state.adding(findings))
        _clear(self._staging.folder)
        return Synced(witnessed, self._read, findings, tuple(kept))

    def _bad_file(self, code: ServedCode, path: str, note: bytes, witnessed: Witnessed) -> Evidence:
        files = {CHECKPOINT: note}
        with suppress(MalformedTileError):
            data = self._staging.find(TilePath.parse(path))
            if data is not None:
                files["file"] = data
        return Evidence(found(code, witnessed.checkpoint.size, path=path), files)

    def _evidence(self, finding: Found) -> Evidence:
        return entry_evidence(self._state, finding)


def entry_evidence(state: AuditState, finding: Found) -> Evidence:
    """The checkpoint, and the entry of the finding with the proof that it is under it."""
    files = {CHECKPOINT: state.note.encode()}
    checkpoint = state.witnessed.checkpoint
    if finding.index < checkpoint.size == state.mirrored:
        tree = TiledTree(state.tiles, checkpoint.size)
        proof = TlogProof(finding.index, tuple(tree.inclusion_proof(finding.index)), state.note)
        files["entry"] = tree.entry(finding.index)
        files["entry.tlog-proof"] = proof.encode().encode()
    return Evidence(finding, files)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
