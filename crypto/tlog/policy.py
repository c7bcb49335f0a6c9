"""C2SP tlog-policy: which logs and witnesses are believed, and how many must agree (SPEC.md §9).

Lines `log`, `witness`, `group` and `quorum`. Reading is as generous as the specification
about blanks, comments and missing addresses; writing has one spelling, with an address always.
A log key is Ed25519 (0x01) or ML-DSA-44 (0x06), a witness key a cosignature key (0x04, 0x06).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from crypto.encoding import decode_decimal, sha256
from crypto.errors import MalformedKeyError, MalformedPolicyError, UnverifiedError
from crypto.note import ED25519, NoteKey, OpenedNote, open_note
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import (
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    parse_key,
    time_of,
    verifiable,
)

NONE: Final = "none"
MAX_LINES: Final = 1_000
_KEYWORDS: Final = frozenset(["all", "any", NONE])
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS: Final = re.compile(r"[ \t]+")
_WORD: Final = re.compile(r"[^\s\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class KnownLog:
    key: NoteKey
    url: str


@dataclass(frozen=True)
class Witness:
    name: str
    key: NoteKey
    url: str


@dataclass(frozen=True)
class Group:
    """Witnesses a checkpoint when `threshold` of its members do: witnesses, or groups before it."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """`quorum` is the name of a witness or group, or `none`."""

    logs: tuple[KnownLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def __post_init__(self) -> None:
        """Raise `MalformedPolicyError`."""
        for keys in (
            [log.key.public for log in self.logs],
            [witness.key.public for witness in self.witnesses],
        ):
            _require(len(set(keys)) == len(keys), "a public key twice")
        defined = {witness.name for witness in self.witnesses}
        _require(len(defined) == len(self.witnesses), "a name twice")
        used: set[str] = set()
        for group in self.groups:
            _require(group.name not in defined, "a name twice")
            _require(defined.issuperset(group.members), "a member that is not defined before")
            _require(used.isdisjoint(group.members), "a member of two groups")
            _require(len(set(group.members)) == len(group.members), "a member twice")
            _require(1 <= group.threshold <= len(group.members), "a group that cannot agree")
            defined.add(group.name)
            used.update(group.members)
        _require(self.quorum in {*defined, NONE}, "a quorum that is not defined")
        _require(all(map(_is_name, defined)), "not a name")
        urls = [log.url for log in self.logs] + [witness.url for witness in self.witnesses]
        _require(all(not url or _WORD.fullmatch(url) for url in urls), "an address has blanks")

    @cached_property
    def digest(self) -> bytes:
        """32 bytes: what the rules of a log say about this policy."""
        return sha256(self.encode().encode())

    @property
    def witness_keys(self) -> tuple[NoteKey, ...]:
        return tuple(witness.key for witness in self.witnesses)

    def log_keys(self, origin: str) -> tuple[NoteKey, ...]:
        """The keys of the log of that name."""
        return tuple(log.key for log in self.logs if log.key.name == origin)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedPolicyError`."""
        _require(not _CONTROL.search(untrusted), "a control character")
        _require(untrusted.count("\n") < MAX_LINES, "too long")
        reader = _Reader()
        for line in untrusted.split("\n"):
            stripped = line.strip(" \t")
            if stripped and not stripped.startswith("#"):
                reader.read(_BLANKS.split(stripped))
        _require(len(reader.quorums) == 1, "one quorum")
        return cls(
            tuple(reader.logs), tuple(reader.witnesses), tuple(reader.groups), reader.quorums[0]
        )

    def encode(self) -> str:
        """The one spelling that we write; a missing address is written as `-`."""
        lines = [f"log {log.key.encode()} {log.url or '-'}" for log in self.logs]
        lines += [
            f"witness {witness.name} {witness.key.encode()} {witness.url or '-'}"
            for witness in self.witnesses
        ]
        lines += [
            f"group {group.name} {group.threshold} {' '.join(group.members)}"
            for group in self.groups
        ]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])

    def met_by(self, witnesses: frozenset[str]) -> bool:
        """Whether cosignatures by the witnesses of those names make the quorum."""
        agreeing = set(witnesses)
        for group in self.groups:
            if len(agreeing.intersection(group.members)) >= group.threshold:
                agreeing.add(group.name)
        return self.quorum == NONE or self.quorum in agreeing


@dataclass(frozen=True)
class Witnessed:
    """A checkpoint that satisfies a policy, and when each witness says that it saw it.

    Times are POSIX seconds, by the names of the policy; 0 is no statement about time.
    `seen_at` is the latest time at or after which a quorum saw it: the checkpoint existed
    then, and a quorum knew no larger tree. It is None where no witness is asked for.
    """

    checkpoint: Checkpoint
    times: tuple[tuple[str, int], ...]
    seen_at: int | None


def open_witnessed(untrusted_note: str | bytes, policy: Policy, *, origin: str) -> Witnessed:
    """Raise `UnverifiedError` unless log *origin* and a quorum of witnesses signed the note.

    The log must have signed with each of its keys in the policy, but for ML-DSA where this
    machine cannot verify it. Raise `MalformedNoteError`, `MalformedCheckpointError`.
    """
    log_keys = verifiable(policy.log_keys(origin))
    opened = open_note(untrusted_note, [*log_keys, *verifiable(policy.witness_keys)])
    if not log_keys or not set(opened.verified).issuperset(log_keys):
        raise UnverifiedError("the log did not sign this")
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != origin:
        raise UnverifiedError("a checkpoint of another log")
    times = _times(policy, opened)
    if not policy.met_by(frozenset(times)):
        raise UnverifiedError("too few witnesses saw this checkpoint")
    return Witnessed(checkpoint, tuple(sorted(times.items())), _seen_at(policy, times))


def satisfied(policy: Policy, untrusted_note: str | bytes, *, origin: str) -> bool:
    """Whether `open_witnessed` would open it. Raise `MalformedNoteError` and the like."""
    try:
        open_witnessed(untrusted_note, policy, origin=origin)
    except UnverifiedError:
        return False
    return True


def _times(policy: Policy, opened: OpenedNote[NoteKey]) -> dict[str, int]:
    by_key = dict(zip(opened.verified, opened.signatures, strict=True))
    return {
        witness.name: time_of(by_key[witness.key])
        for witness in policy.witnesses
        if witness.key in by_key
    }


def _seen_at(policy: Policy, times: dict[str, int]) -> int | None:
    if policy.quorum == NONE:
        return None
    return max(
        time
        for time in times.values()
        if policy.met_by(frozenset(name for name, seen in times.items() if seen >= time))
    )


class _Reader:
    """Lines of a policy, one after the other. Raises `MalformedPolicyError`."""

    def __init__(self) -> None:
        self.logs: list[KnownLog] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorums: list[str] = []
        self._defined: set[str] = set()

    def read(self, items: Sequence[str]) -> None:
        match items:
            case ["log", vkey]:
                self._log(vkey, "-")
            case ["log", vkey, url]:
                self._log(vkey, url)
            case ["witness", name, vkey]:
                self._witness(name, vkey, "-")
            case ["witness", name, vkey, url]:
                self._witness(name, vkey, url)
            case ["group", name, threshold, *members]:
                self._group(name, threshold, members)
            case ["quorum", name]:
                _require(name in {*self._defined, NONE}, "a quorum that is not defined before")
                self.quorums.append(name)
            case _:
                raise MalformedPolicyError("not a line of a policy")

    def _log(self, vkey: str, url: str) -> None:
        self.logs.append(KnownLog(_key(vkey, ED25519, ML_DSA_44_COSIGNATURE), _url(url)))

    def _witness(self, name: str, vkey: str, url: str) -> None:
        key = _key(vkey, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE)
        self.witnesses.append(Witness(name, key, _url(url)))
        self._define(name)

    def _group(self, name: str, threshold: str, members: Sequence[str]) -> None:
        _require(self._defined.issuperset(members), "a member that is not defined before")
        shorthands = {"any": 1, "all": len(members)}
        try:
            number = shorthands.get(threshold) or decode_decimal(threshold)
        except ValueError as exc:
            raise MalformedPolicyError("not a number of members") from exc
        self.groups.append(Group(name, number, tuple(members)))
        self._define(name)

    def _define(self, name: str) -> None:
        _require(name not in self._defined, "a name twice")
        self._defined.add(name)


def _key(vkey: str, *algorithms: int) -> NoteKey:
    try:
        return parse_key(vkey, *algorithms)
    except MalformedKeyError as exc:
        raise MalformedPolicyError("not a key of the type that this line has") from exc


def _url(url: str) -> str:
    return "" if url == "-" else url


def _is_name(name: str) -> bool:
    return _WORD.fullmatch(name) is not None and name not in _KEYWORDS


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedPolicyError(otherwise)
