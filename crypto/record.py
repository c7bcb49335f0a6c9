"""What leaves the team: relay packets, and the public record of them (SPEC.md §14).

Each is the text of a signed note by the devices of two different reviewers, over the same
bytes. Packets go to an agency and to the citizens whose words they hold; the record (relays,
outcomes, tallies, what people are asked, who took part) is public and stands in the log.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Self

from crypto.about import ABOUT
from crypto.encoding import HASH_BYTES, decode_base64, encode_base64, sha256
from crypto.errors import MalformedStatementError, UnverifiedError
from crypto.keyring import device_name
from crypto.note import VerifierKey, is_key_name, open_note
from crypto.status import ANSWERS, RATINGS
from crypto.weeks import decode_date, monday_of

RELAY_ID_BYTES: Final = 16
MAX_ASK_LETTERS: Final = 300
MAX_OUTCOME_LETTERS: Final = 1500
MAX_PACKET_LETTERS: Final = 20_000
MAX_TOPICS: Final = 200
MAX_QUESTION_BYTES: Final = 48_000
STEP: Final = 5
"""Public counts of people are multiples of this, rounded down."""
FEW: Final = "few"
"""How a count from 1 to 4 is spelled."""
NO_AGENCY: Final = "none"
"""The agency of topics that nothing was relayed about."""

_SLUG: Final = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]*")
_WORDS: Final = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]*")
_PACKET: Final = "wasl/packet/v1"
_RELAY: Final = "wasl/relay/v1"
_OUTCOME: Final = "wasl/outcome/v1"
_TALLY: Final = "wasl/tally/v1"
_QUESTION: Final = "wasl/topic/v1"
_COVERAGE: Final = "wasl/coverage/v1"
_HIDDEN: Final = "hidden"
_VERSION: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)

Lang = Literal["ar", "en"]
_LANGS: Final[dict[str, Lang]] = {"ar": "ar", "en": "en"}


@dataclass(frozen=True)
class TwoSigned:
    """A text, and the two or more reviewers whose devices have signed it."""

    text: str
    reviewers: tuple[str, ...]


def open_by_two(
    untrusted_note: str | bytes, devices: Sequence[VerifierKey], *, origin: str
) -> TwoSigned:
    """Raise `MalformedNoteError`, or `UnverifiedError` unless two reviewers have signed.

    *devices* are those that decide (`Keyring.deciding_devices`): reading alone is not enough.
    Two devices of one reviewer, and one device twice, are one reviewer.
    """
    opened = open_note(untrusted_note, devices)
    prefix = device_name(origin, "")
    names = (key.name for key in opened.verified)
    reviewers = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    if len(reviewers) < 2:
        raise UnverifiedError("two different reviewers must sign this")
    return TwoSigned(opened.text, tuple(sorted(reviewers)))


@dataclass(frozen=True)
class Packet:
    """What an agency gets: words without what points at a person, and what is asked of it.

    `due` is the day by which the agency's plan promises an answer. `ask` is one line.
    """

    origin: str
    relay: bytes
    agency: str
    topic: str
    lang: Lang
    due: date
    ask: str
    words: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _check_head(self.origin, self.relay)
        _require(_SLUG.fullmatch(self.agency) and _SLUG.fullmatch(self.topic), "not a slug")
        _require(_is_line(self.ask, MAX_ASK_LETTERS), "what is asked is one line")
        _require(_is_text(self.words, MAX_PACKET_LETTERS), "the words are plain lines")

    @property
    def digest(self) -> bytes:
        """32 bytes: H of the text that is signed."""
        return sha256(self.encode().encode())

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            head, _, words = untrusted.partition("\n\n")
            origin, relay, agency, topic, lang, due, ask = _fields(
                head, _PACKET, "origin", "relay", "agency", "topic", "lang", "due", "ask"
            )
            packet = cls(
                origin,
                decode_base64(relay, RELAY_ID_BYTES),
                agency,
                topic,
                _LANGS[lang],
                decode_date(due),
                ask,
                words.removesuffix("\n"),
            )
        except (ValueError, KeyError) as exc:
            raise MalformedStatementError("not a packet") from exc
        _require(packet.encode() == untrusted, "not a packet")
        return packet

    def encode(self) -> str:
        """The text of the note."""
        head = _lines(
            _PACKET,
            f"origin {self.origin}",
            f"relay {encode_base64(self.relay)}",
            f"agency {self.agency}",
            f"topic {self.topic}",
            f"lang {self.lang}",
            f"due {self.due}",
            f"ask {self.ask}",
        )
        return f"{head}\n{self.words}\n"

    @classmethod
    def open(
        cls, untrusted_note: str | bytes, devices: Sequence[VerifierKey], *, origin: str
    ) -> tuple[Self, TwoSigned]:
        """The packet and who signed it. Raise `MalformedError`, `UnverifiedError`."""
        signed = open_by_two(untrusted_note, devices, origin=origin)
        packet = cls.parse(signed.text)
        _require_origin(packet.origin, origin)
        return packet, signed


@dataclass(frozen=True)
class Relay:
    """The public line about a packet: to whom, about what, until when; `packet` is its H."""

    origin: str
    relay: bytes
    agency: str
    topic: str
    due: date
    packet: bytes

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _check_head(self.origin, self.relay)
        _require(_SLUG.fullmatch(self.agency) and _SLUG.fullmatch(self.topic), "not a slug")
        _require(len(self.packet) == HASH_BYTES, "a hash has 32 bytes")

    @classmethod
    def of(cls, packet: Packet) -> Self:
        """The line about *packet*."""
        return cls(
            packet.origin, packet.relay, packet.agency, packet.topic, packet.due, packet.digest
        )

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            origin, relay, agency, topic, due, packet = _fields(
                untrusted.removesuffix("\n"),
                _RELAY,
                *("origin", "relay", "agency", "topic", "due", "packet"),
            )
            parsed = cls(
                origin,
                decode_base64(relay, RELAY_ID_BYTES),
                agency,
                topic,
                decode_date(due),
                decode_base64(packet, HASH_BYTES),
            )
        except ValueError as exc:
            raise MalformedStatementError("not a relay") from exc
        _require(parsed.encode() == untrusted, "not a relay")
        return parsed

    def encode(self) -> str:
        return _lines(
            _RELAY,
            f"origin {self.origin}",
            f"relay {encode_base64(self.relay)}",
            f"agency {self.agency}",
            f"topic {self.topic}",
            f"due {self.due}",
            f"packet {encode_base64(self.packet)}",
        )


@dataclass(frozen=True)
class Bilingual:
    """One line in Arabic and in English."""

    ar: str
    en: str


@dataclass(frozen=True)
class Outcome:
    """What came of a relay: what was said, what they answered, what changed.

    `answer` is one of `crypto.status.ANSWERS`; `decided` the day of the decision, if there is.
    """

    origin: str
    relay: bytes
    answer: int
    changed: bool
    decided: date | None
    said: Bilingual
    answered: Bilingual
    change: Bilingual

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _check_head(self.origin, self.relay)
        _require(self.answer in ANSWERS, "not an answer")
        texts = (self.said, self.answered, self.change)
        lines = [line for text in texts for line in (text.ar, text.en)]
        _require(all(_is_line(line, MAX_OUTCOME_LETTERS) for line in lines), "not one line")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            origin, relay, answer, changed, decided, *lines = _fields(
                untrusted.removesuffix("\n"),
                _OUTCOME,
                *("origin", "relay", "answer", "changed", "decided"),
                *("said-ar", "said-en", "answered-ar", "answered-en", "change-ar", "change-en"),
            )
            outcome = cls(
                origin,
                decode_base64(relay, RELAY_ID_BYTES),
                int(answer),
                {"yes": True, "no": False}[changed],
                None if decided == "none" else decode_date(decided),
                Bilingual(*lines[:2]),
                Bilingual(*lines[2:4]),
                Bilingual(*lines[4:]),
            )
        except (ValueError, KeyError) as exc:
            raise MalformedStatementError("not an outcome") from exc
        _require(outcome.encode() == untrusted, "not an outcome")
        return outcome

    def encode(self) -> str:
        return _lines(
            _OUTCOME,
            f"origin {self.origin}",
            f"relay {encode_base64(self.relay)}",
            f"answer {self.answer}",
            f"changed {'yes' if self.changed else 'no'}",
            f"decided {self.decided or 'none'}",
            f"said-ar {self.said.ar}",
            f"said-en {self.said.en}",
            f"answered-ar {self.answered.ar}",
            f"answered-en {self.answered.en}",
            f"change-ar {self.change.ar}",
            f"change-en {self.change.en}",
        )


COLUMNS: Final = (
    "received",
    "read",
    "relayed",
    *(f"answered-{answer}" for answer in ANSWERS),
    "changed",
    "declined",
    "withdrawn",
    *(f"helped-{rating}" for rating in RATINGS),
    "assisted",
)
"""The counts of a tally's row, each of cases that ever came so far."""
WITHOUT_ASSISTED: Final = len(COLUMNS) - 1
"""How many counts rows have that were signed before anybody was helped to write."""
WITHOUT_RATINGS: Final = WITHOUT_ASSISTED - len(RATINGS)
"""How many counts the rows of tallies have that were signed before answers were rated."""
_LENGTHS: Final = frozenset({WITHOUT_RATINGS, WITHOUT_ASSISTED, len(COLUMNS)})


def public_count(cases: int) -> str:
    """How a number of cases is told: `0`, `few` for 1 to 4, else a multiple of 5 below it."""
    if 0 < cases < STEP:
        return FEW
    return str(cases - cases % STEP)


@dataclass(frozen=True)
class Row:
    """The counts of one topic that one agency decides, as `public_count` spells them.

    One for each of `COLUMNS`, or for the first `WITHOUT_ASSISTED` or `WITHOUT_RATINGS`.
    """

    topic: str
    agency: str
    counts: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _require(_SLUG.fullmatch(self.agency) and _SLUG.fullmatch(self.topic), "not a slug")
        _require(len(self.counts) in _LENGTHS, "a row has other columns")
        _require(all(map(_is_public_count, self.counts)), "not a public count")

    def encode(self) -> str:
        return f"row {self.topic} {self.agency} {' '.join(self.counts)}"


@dataclass(frozen=True)
class Tally:
    """How many cases there were up to the end of *week*, by topic; rows ascend."""

    origin: str
    week: str
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        try:
            monday_of(self.week)
        except ValueError as exc:
            raise MalformedStatementError("not a week") from exc
        _require(is_key_name(self.origin), "not an origin")
        keys = [(row.topic, row.agency) for row in self.rows]
        _require(keys == sorted(set(keys)) and len(keys) <= MAX_TOPICS, "rows out of order")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            head, *lines = untrusted.removesuffix("\n").split("\nrow ")
            origin, week = _fields(head, _TALLY, "origin", "week")
            rows = []
            for line in lines:
                topic, agency, *counts = line.split(" ")
                rows.append(Row(topic, agency, tuple(counts)))
            tally = cls(origin, week, tuple(rows))
        except ValueError as exc:
            raise MalformedStatementError("not a tally") from exc
        _require(tally.encode() == untrusted, "not a tally")
        return tally

    def encode(self) -> str:
        rows = (row.encode() for row in self.rows)
        return _lines(_TALLY, f"origin {self.origin}", f"week {self.week}", *rows)


@dataclass(frozen=True)
class Question:
    """What people are asked about a topic: its whole page, JSON in one line.

    Versions of a topic count up from 1, so that nobody goes back to an earlier one unseen.
    """

    origin: str
    topic: str
    version: int
    content: str

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _require(is_key_name(self.origin), "not an origin")
        _require(_SLUG.fullmatch(self.topic), "not a slug")
        _require(_VERSION.fullmatch(str(self.version)), "not a version")
        _require(_is_line(self.content, MAX_QUESTION_BYTES), "the content is one line")
        size = len(self.content.encode())
        _require(size <= MAX_QUESTION_BYTES, f"{size} bytes, of {MAX_QUESTION_BYTES}")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            origin, topic, version, content = _fields(
                untrusted.removesuffix("\n"), _QUESTION, "origin", "topic", "version", "content"
            )
            question = cls(origin, topic, int(version), content)
        except ValueError as exc:
            raise MalformedStatementError("not a topic") from exc
        _require(question.encode() == untrusted, "not a topic")
        return question

    def encode(self) -> str:
        return _lines(
            _QUESTION,
            f"origin {self.origin}",
            f"topic {self.topic}",
            f"version {self.version}",
            f"content {self.content}",
        )


Cells = tuple[str, ...]
"""How often each word of a question was said, and last how often nothing: see `Coverage`."""


@dataclass(frozen=True)
class Coverage:
    """Who took part in a topic, coarsely: each question of `ABOUT` by itself, once for a topic.

    A cell is `few` for 0 to 4, else the multiple of 5 below it; None stands for a question of
    which cells could be computed from one another (`app.domain.coverage`).
    """

    origin: str
    topic: str
    region: Cells | None
    age: Cells | None
    sector: Cells | None

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        _require(is_key_name(self.origin), "not an origin")
        _require(_SLUG.fullmatch(self.topic), "not a slug")
        for question, cells in self.cells.items():
            if cells is not None:
                _require(len(cells) == len(ABOUT[question]) + 1, "a question has other answers")
                _require(all(_is_public_count(cell) and cell != "0" for cell in cells), "too exact")

    @property
    def cells(self) -> Mapping[str, Cells | None]:
        """By question, in the order of `ABOUT`."""
        return {"region": self.region, "age": self.age, "sector": self.sector}

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            origin, topic, *told = _fields(
                untrusted.removesuffix("\n"), _COVERAGE, "origin", "topic", *ABOUT
            )
            cells = [None if each == _HIDDEN else tuple(each.split(" ")) for each in told]
            coverage = cls(origin, topic, *cells)
        except ValueError as exc:
            raise MalformedStatementError("not who took part") from exc
        _require(coverage.encode() == untrusted, "not who took part")
        return coverage

    def encode(self) -> str:
        told = (
            f"{question} {_HIDDEN if cells is None else ' '.join(cells)}"
            for question, cells in self.cells.items()
        )
        return _lines(_COVERAGE, f"origin {self.origin}", f"topic {self.topic}", *told)


Record = Relay | Outcome | Tally | Question | Coverage
_RECORDS: Final[dict[str, type[Record]]] = {
    _RELAY: Relay,
    _OUTCOME: Outcome,
    _TALLY: Tally,
    _QUESTION: Question,
    _COVERAGE: Coverage,
}


def parse_record(untrusted: str) -> Record:
    """Raise `MalformedStatementError` unless the text is one of `Record`."""
    kind = _RECORDS.get(untrusted.partition("\n")[0])
    if kind is None:
        raise MalformedStatementError("no such record")
    return kind.parse(untrusted)


def open_record(
    untrusted_note: str | bytes, devices: Sequence[VerifierKey], *, origin: str
) -> tuple[Record, TwoSigned]:
    """The record and who signed it. Raise `MalformedError`, `UnverifiedError`."""
    signed = open_by_two(untrusted_note, devices, origin=origin)
    record = parse_record(signed.text)
    _require_origin(record.origin, origin)
    return record, signed


def _is_public_count(untrusted: str) -> bool:
    if untrusted == FEW:
        return True
    return untrusted.isascii() and untrusted.isdigit() and public_count(int(untrusted)) == untrusted


def _is_line(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text == text.strip() and bool(_LINE.fullmatch(text))


def _is_text(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text == text.strip(" \n") and bool(_WORDS.fullmatch(text))


def _fields(untrusted: str, heading: str, *words: str) -> list[str]:
    """What follows each word, which begins its line. Raise ValueError."""
    first, *lines = untrusted.split("\n")
    if first != heading:
        raise ValueError("another heading")
    values = []
    for line, word in zip(lines, words, strict=True):
        found, space, value = line.partition(" ")
        if found != word or not space:
            raise ValueError("another word")
        values.append(value)
    return values


def _lines(*lines: str) -> str:
    return "\n".join([*lines, ""])


def _check_head(origin: str, relay: bytes) -> None:
    _require(is_key_name(origin), "not an origin")
    _require(len(relay) == RELAY_ID_BYTES, "a relay's id has 16 bytes")


def _require_origin(found: str, wanted: str) -> None:
    if found != wanted:
        raise UnverifiedError("a statement of another instance")


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedStatementError(otherwise)
