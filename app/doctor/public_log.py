"""The newest of a site's log: is it signed, how old is it, which client does it name?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.client.site import Intake
from app.doctor.observation import PublicLog
from crypto.errors import CryptoError, DifferentTileError, MalformedLeafError
from crypto.keyring import Roots
from crypto.note import open_note
from crypto.tlog.leaves import Bundle, BundleLeaf, Seal, State, parse_leaf
from crypto.tlog.lookup import Newest, names_policy, newest_rules
from crypto.tlog.policy import Policy, open_witnessed
from crypto.tlog.rules import Rules
from crypto.tlog.tiles import TilePath

Read = Callable[[str], bytes | None]
"""A file of the log by its path, None if it is not there."""

CHECKPOINT: Final = "checkpoint"


class _Tiles:
    def __init__(self, read: Read) -> None:
        self._read = read

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._file(TilePath(level, index, width))

    def read_entries(self, index: int, width: int) -> bytes:
        return self._file(TilePath(None, index, width))

    def _file(self, path: TilePath) -> bytes:
        data = self._read(path.encode())
        if data is None:
            raise DifferentTileError(path.encode())
        return data


def read_log(read: Read, intake: Intake, *, now: int) -> PublicLog:
    """*now* is in POSIX seconds."""
    note = read(CHECKPOINT)
    if note is None:
        return PublicLog(is_there=False)
    try:
        return _read(read, note, intake, now)
    except CryptoError as exc:
        return PublicLog(trouble=str(exc) or type(exc).__name__)


def _read(read: Read, note: bytes, intake: Intake, now: int) -> PublicLog:
    policy = Policy.parse(intake.log_policy)
    witnessed = open_witnessed(note, policy, origin=intake.origin)
    newest = Newest(_Tiles(read), witnessed.checkpoint)
    _, rules = newest_rules(newest, Roots.parse(intake.roots_text))
    if not names_policy(rules, policy):
        raise MalformedLeafError("the rules name other keys or witnesses than the site shows")
    seal = parse_leaf(newest.entries[-1])
    assert isinstance(seal, Seal)  # noqa: S101 newest_rules has seen it
    seen_at = seal.slot if witnessed.seen_at is None else witnessed.seen_at
    return PublicLog(age=now - seen_at, stale=rules.stale, manifest=_manifest(newest, seal, rules))


def _manifest(newest: Newest, seal: Seal, rules: Rules) -> bytes | None:
    """What the release key signed last. Raise `CryptoError` if it did not sign what is there."""
    state = parse_leaf(newest.entry(seal.state or 0))
    if not isinstance(state, State) or state.bundle is None:
        return None
    leaf = parse_leaf(newest.entry(state.bundle.index))
    if not isinstance(leaf, BundleLeaf):
        raise MalformedLeafError("no bundle where the log says one is")
    opened = open_note(leaf.note, rules.release_keys)
    if not opened.verified:
        raise MalformedLeafError("a bundle that no release key signed")
    return Bundle.parse(opened.text).manifest
