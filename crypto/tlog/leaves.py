"""What the entries of the log say, one grammar and one spelling (SPEC.md §10).

`accept/v1` commits to a submission or to nothing (cover), `roll/v1` says what became of all
that was accepted in a cohort, `key/v1`, `policy/v1`, `bundle/v1`, `record/v1` and `member/v1`
carry whole signed notes, `state/v1` points at the newest of the first three, `stats/v1` counts
coarsely, and `seal/v1` ends a batch. Whether they stand in the right order, and at the right
time, is for `crypto.tlog.audit`.
"""

import hmac
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self

from crypto.commitment import KIND_COVER, accept_commitment, roll_commit
from crypto.encoding import (
    HASH_BYTES,
    SYSTEM_RANDOM,
    Random,
    decode_base64,
    decode_decimal,
    encode_base64,
)
from crypto.errors import MalformedError, MalformedLeafError
from crypto.note import read_text_unverified
from crypto.status import STATUSES
from crypto.tlog.rules import is_status
from crypto.tlog.tiles import MAX_ENTRY_BYTES
from crypto.tlog.times import (
    decode_cohort,
    decode_duration,
    decode_instant,
    encode_duration,
    encode_instant,
)

MAX_LINES: Final = 128
"""Lines of one `roll/v1` leaf; every part but the last has exactly so many."""
_MAX_PARTS: Final = 100_000
_TAG_LETTERS: Final = 44
# 43 letters hold 256 bits and 2 that must be zero; the status is that of `is_status`.
_ROLL_LINES: Final = re.compile(
    rb"(?:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]= [a-z]{1,12}(?::[1-9][0-9]?)?\n)*"
)
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,32}", re.ASCII)
_NONE: Final = "none"

ROLL_STATUSES: Final[dict[str, str]] = {
    status: status.replace("published", "answered") for status in STATUSES
} | {"question": "read", "redacted": "read"}
"""What a roll says of a case with that status. Whose turn it is stays between the two sides."""

Backlog = Literal["0-9", "10-49", "50-199", "200+"]
BACKLOGS: Final[tuple[Backlog, ...]] = ("0-9", "10-49", "50-199", "200+")
BatchKind = Literal["daily", "control"]
BATCH_KINDS: Final[tuple[BatchKind, ...]] = ("daily", "control")


def roll_status(case_status: str) -> str:
    """The word for a roll. Raise KeyError for a status that no case has."""
    return ROLL_STATUSES[case_status]


def roll_tag(roll_seed: bytes, origin: str, cohort: str, age: int) -> bytes:
    """32 bytes that only the holder of the seed can tell from any other tag."""
    text = f"roll/v1\n{origin}\n{cohort}\n{encode_duration(age)}\n"
    return hmac.digest(roll_seed, text.encode(), "sha256")


def roll_line(roll_seed: bytes, origin: str, cohort: str, age: int, status: str) -> str:
    """The line of one accepted leaf. Raise `MalformedLeafError` for what is not a status."""
    _require(is_status(status), "not a status")
    return f"{encode_base64(roll_tag(roll_seed, origin, cohort, age))} {status}"


def split_lines(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The base64 tags of a roll's lines, and their statuses."""
    tags = [line[:_TAG_LETTERS] for line in lines]
    return tags, [line[_TAG_LETTERS + 1 :] for line in lines]


@dataclass(frozen=True)
class Cover:
    """A leaf that stands for no submission, and the seed that answers for it in the rolls."""

    commitment: bytes
    roll_seed: bytes


def make_cover(random: Random = SYSTEM_RANDOM) -> Cover:
    """The salt and the content are forgotten at once; its kind stays committed."""
    seed = random(HASH_BYTES)
    salt, content = random(HASH_BYTES), random(HASH_BYTES)
    return Cover(accept_commitment(salt, content, roll_commit(seed), KIND_COVER), seed)


class LineLeaf(ABC):
    """A leaf of ASCII lines: its name and a value or nothing, then more lines."""

    name: ClassVar[str]

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `MalformedLeafError` unless *untrusted* is what `encode` writes."""
        try:
            first, *lines, end = untrusted.decode("ascii").split("\n")
            name, _, head = first.partition(" ")
            leaf = cls._read(head, lines)
        except (ValueError, StopIteration) as exc:
            raise MalformedLeafError("not a leaf") from exc
        _require(name == cls.name and not end and leaf.encode() == untrusted, "not a leaf")
        return leaf

    @classmethod
    @abstractmethod
    def _read(cls, head: str, lines: Sequence[str]) -> Self:
        """Raise ValueError, `MalformedLeafError`."""

    @abstractmethod
    def encode(self) -> bytes: ...


@dataclass(frozen=True)
class Accept(LineLeaf):
    """`commitment` is `crypto.commitment.accept_commitment`."""

    commitment: bytes

    name = "accept/v1"

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _require(len(self.commitment) == HASH_BYTES, "a hash has 32 bytes")

    @classmethod
    def _read(cls, head: str, lines: Sequence[str]) -> Self:
        _require(not lines, "one line")
        return cls(decode_base64(head, HASH_BYTES))

    def encode(self) -> bytes:
        return f"{self.name} {encode_base64(self.commitment)}\n".encode()


@dataclass(frozen=True)
class RollPart(LineLeaf):
    """Part `part` of `parts` of what became of a cohort, `age` seconds after it ended.

    Each line is `<base64 tag> <status>` (`roll_line`): one accepted leaf's status under a tag
    that is never used again. The order of lines runs over all parts, so it is not checked here.
    """

    cohort: str
    age: int
    part: int
    parts: int
    lines: tuple[str, ...]

    name = "roll/v1"

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _check_cohort(self.cohort)
        _require(1 <= self.part <= self.parts <= _MAX_PARTS, "no such part")
        full = self.part < self.parts
        fewest = MAX_LINES if full else int(self.parts > 1)
        _require(fewest <= len(self.lines) <= MAX_LINES, "a part has another number of lines")
        # In one go: a large log has millions of lines, and an auditor reads them all.
        body = "\n".join([*self.lines, ""]).encode()
        _require(_ROLL_LINES.fullmatch(body), "not a line of a roll")

    @classmethod
    def _read(cls, head: str, lines: Sequence[str]) -> Self:
        cohort, age, place = head.split(" ")
        part, parts = place.split("/")
        return cls(
            cohort,
            decode_duration(age),
            decode_decimal(part),
            decode_decimal(parts),
            tuple(lines),
        )

    def encode(self) -> bytes:
        head = f"{self.name} {self.cohort} {encode_duration(self.age)} {self.part}/{self.parts}"
        return _lines(head, *self.lines)


@dataclass(frozen=True)
class NoteLeaf:
    """A whole signed note; each kind of content is a subclass."""

    note: str

    name: ClassVar[str]

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        try:
            read_text_unverified(self.note)
        except MalformedError as exc:
            raise MalformedLeafError("not a signed note") from exc
        _require(len(self.encode()) <= MAX_ENTRY_BYTES, "the note is too long for the log")

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `MalformedLeafError`."""
        try:
            head, _, note = untrusted.decode().partition("\n")
        except UnicodeDecodeError as exc:
            raise MalformedLeafError("not UTF-8") from exc
        _require(head == cls.name, "another leaf")
        return cls(note)

    def encode(self) -> bytes:
        return f"{self.name}\n{self.note}".encode()


class KeyringLeaf(NoteLeaf):
    """A keyring (`crypto.keyring`), signed by the roots."""

    name = "key/v1"


class PolicyLeaf(NoteLeaf):
    """The log's rules (`crypto.tlog.rules`), signed by the roots."""

    name = "policy/v1"


class BundleLeaf(NoteLeaf):
    """A `Bundle`, signed by a release key that the rules name."""

    name = "bundle/v1"


class RecordLeaf(NoteLeaf):
    """A line of the public record (`crypto.record`), signed by two reviewers."""

    name = "record/v1"


class MemberLeaf(NoteLeaf):
    """An application with its vouches, or a register of members (`crypto.membership`)."""

    name = "member/v1"


@dataclass(frozen=True)
class Bundle:
    """What the site hands to browsers: `manifest` is H of a list of every file and its H."""

    origin: str
    version: str
    manifest: bytes

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _require(_VERSION.fullmatch(self.version), "not a version")
        _require(len(self.manifest) == HASH_BYTES, "a hash has 32 bytes")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedLeafError`."""
        try:
            _, origin, version, manifest, _end = untrusted.split("\n")
            hashed = decode_base64(manifest.removeprefix("manifest "), HASH_BYTES)
            bundle = cls(origin.removeprefix("origin "), version.removeprefix("version "), hashed)
        except ValueError as exc:
            raise MalformedLeafError("not a bundle") from exc
        _require(bundle.encode() == untrusted, "not a bundle")
        return bundle

    def encode(self) -> str:
        return (
            f"wasl/bundle/v1\norigin {self.origin}\nversion {self.version}\n"
            f"manifest {encode_base64(self.manifest)}\n"
        )


@dataclass(frozen=True)
class Pointer:
    """The leaf at `index` has content with this `digest`: H of the text of its note."""

    index: int
    digest: bytes

    @classmethod
    def parse(cls, untrusted: str) -> Self | None:
        """None for `none`. Raise ValueError."""
        if untrusted == _NONE:
            return None
        index, digest = untrusted.split(" ")
        return cls(decode_decimal(index), decode_base64(digest, HASH_BYTES))

    def encode(self) -> str:
        return f"{self.index} {encode_base64(self.digest)}"


@dataclass(frozen=True)
class State(LineLeaf):
    """Where the newest keyring, rules and bundle are: two proofs give a client all three."""

    keyring: Pointer | None = None
    policy: Pointer | None = None
    bundle: Pointer | None = None

    name = "state/v1"

    @classmethod
    def _read(cls, _head: str, lines: Sequence[str]) -> Self:
        values = _values(lines, "keyring", "policy", "bundle")
        return cls(*map(Pointer.parse, values))

    def encode(self) -> bytes:
        pointers = [
            f"{word} {pointer.encode() if pointer else _NONE}"
            for word, pointer in (
                ("keyring", self.keyring),
                ("policy", self.policy),
                ("bundle", self.bundle),
            )
        ]
        return _lines(self.name, *pointers)


@dataclass(frozen=True)
class Stats(LineLeaf):
    """Coarse counts at a slot. `orders` is how many legal orders the operator has received."""

    slot: int
    backlog: Backlog
    published: int
    reviewers: int
    orders: int

    name = "stats/v1"

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _require(self.backlog in BACKLOGS, "not a bucket")

    @classmethod
    def _read(cls, head: str, lines: Sequence[str]) -> Self:
        backlog, *numbers = _values(lines, "backlog", "published", "reviewers", "orders")
        bucket = next(bucket for bucket in BACKLOGS if bucket == backlog)
        return cls(decode_instant(head), bucket, *map(decode_decimal, numbers))

    def encode(self) -> bytes:
        return _lines(
            f"{self.name} {encode_instant(self.slot)}",
            f"backlog {self.backlog}",
            f"published {self.published}",
            f"reviewers {self.reviewers}",
            f"orders {self.orders}",
        )


def backlog_bucket(cases: int) -> Backlog:
    """How many wait, as coarsely as it is published."""
    return BACKLOGS[(cases >= 10) + (cases >= 50) + (cases >= 200)]


@dataclass(frozen=True)
class Seal(LineLeaf):
    """The last leaf of a batch, and so of every checkpoint.

    `first` is the index of the batch's first leaf; then come `accept` accept leaves, `roll`
    parts of rolls, `control` other leaves, and the seal. `state` is the newest state leaf,
    `previous` the seal before.
    """

    slot: int
    kind: BatchKind
    first: int
    accept: int
    roll: int
    control: int
    cohort: str
    state: int | None
    previous: int | None

    name = "seal/v1"

    def __post_init__(self) -> None:
        """Raise `MalformedLeafError`."""
        _require(self.kind in BATCH_KINDS, "not a kind of batch")
        _check_cohort(self.cohort)

    @property
    def index(self) -> int:
        """Where this leaf must be."""
        return self.first + self.accept + self.roll + self.control

    @classmethod
    def _read(cls, head: str, lines: Sequence[str]) -> Self:
        slot, word = head.split(" ")
        kind = next(kind for kind in BATCH_KINDS if kind == word)
        first, accept, roll, control, cohort, state, previous = _values(
            lines, "first", "accept", "roll", "control", "cohort", "state", "prev"
        )
        return cls(
            slot=decode_instant(slot),
            kind=kind,
            first=decode_decimal(first),
            accept=decode_decimal(accept),
            roll=decode_decimal(roll),
            control=decode_decimal(control),
            cohort=cohort,
            state=_decode_index(state),
            previous=_decode_index(previous),
        )

    def encode(self) -> bytes:
        return _lines(
            f"{self.name} {encode_instant(self.slot)} {self.kind}",
            f"first {self.first}",
            f"accept {self.accept}",
            f"roll {self.roll}",
            f"control {self.control}",
            f"cohort {self.cohort}",
            f"state {_encode_index(self.state)}",
            f"prev {_encode_index(self.previous)}",
        )


Control = KeyringLeaf | PolicyLeaf | BundleLeaf | RecordLeaf | MemberLeaf
Leaf = Accept | RollPart | Control | State | Stats | Seal
_LEAVES: Final[dict[bytes, type[Leaf]]] = {
    leaf.name.encode(): leaf
    for leaf in (
        *(Accept, RollPart, KeyringLeaf, PolicyLeaf, BundleLeaf, RecordLeaf, MemberLeaf),
        *(State, Stats, Seal),
    )
}
_NAME: Final = re.compile(rb"[a-z]+/v1")


def parse_leaf(untrusted: bytes) -> Leaf:
    """Raise `MalformedLeafError` unless the entry is a leaf, spelled as `encode` spells it."""
    name = _NAME.match(untrusted)
    leaf = _LEAVES.get(name[0]) if name else None
    if leaf is None:
        raise MalformedLeafError("no such leaf")
    return leaf.parse(untrusted)


def roll_parts(cohort: str, age: int, lines: Sequence[str]) -> list[RollPart]:
    """The leaves that carry these lines, which are put in order. `MalformedLeafError`."""
    ordered = sorted(lines)
    chunks = [ordered[i : i + MAX_LINES] for i in range(0, len(ordered), MAX_LINES)] or [[]]
    return [
        RollPart(cohort, age, number, len(chunks), tuple(chunk))
        for number, chunk in enumerate(chunks, 1)
    ]


def _check_cohort(cohort: str) -> None:
    try:
        decode_cohort(cohort)
    except ValueError as exc:
        raise MalformedLeafError("not a cohort") from exc


def _values(lines: Sequence[str], *words: str) -> list[str]:
    """What follows each word, which begins its line. Raise ValueError."""
    values = []
    for line, word in zip(lines, words, strict=True):
        found, _, value = line.partition(" ")
        if found != word:
            raise ValueError("another word")
        values.append(value)
    return values


def _lines(*lines: str) -> bytes:
    return "\n".join([*lines, ""]).encode()


def _encode_index(index: int | None) -> str:
    return _NONE if index is None else str(index)


def _decode_index(untrusted: str) -> int | None:
    return None if untrusted == _NONE else decode_decimal(untrusted)


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedLeafError(otherwise)
