"""The roots that every client pins, and the weekly keyring that they sign (SPEC.md §7).

A keyring names this week's recipients and device keys of every reviewer. It is good for
two weeks from its Monday, needs the signatures of a quorum of roots, and is never replaced
by one with a lower serial.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Final, Self

from crypto.age import Recipient
from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64, sha256
from crypto.errors import (
    MalformedError,
    MalformedKeyringError,
    StaleKeyringError,
    UnverifiedError,
)
from crypto.lines import Lines, ascending, is_name, is_slug
from crypto.note import SigningKey, VerifierKey, is_key_name, open_note, sign
from crypto.weeks import decode_date, monday_of, week_of

VALID_FOR: Final = timedelta(days=14)
FIRST_PREVIOUS: Final = bytes(HASH_BYTES)
"""What the first keyring says about the one before it."""

_ROOTS_HEADING: Final = "wasl/roots/v1"
_KEYRING_HEADING: Final = "wasl/keyring/v1"


@dataclass(frozen=True)
class Roots:
    """An instance's root keys, sorted, and how many of them must sign."""

    keys: tuple[VerifierKey, ...]
    quorum: int

    def __post_init__(self) -> None:
        """Raise `MalformedKeyringError`."""
        _require(ascending([key.encode() for key in self.keys]), "roots must ascend")
        distinct = len({key.public for key in self.keys})
        _require(1 <= self.quorum <= distinct == len(self.keys), "the quorum cannot be met")

    @classmethod
    def of(cls, keys: Sequence[VerifierKey], quorum: int) -> Self:
        return cls(tuple(sorted(keys, key=VerifierKey.encode)), quorum)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedKeyringError`."""
        try:
            _heading, quorum, *vkeys, _end = untrusted.split("\n")
            number = decode_decimal(quorum.removeprefix("quorum "))
            roots = cls(tuple(VerifierKey.parse(vkey) for vkey in vkeys), number)
        except (ValueError, MalformedError) as exc:
            raise MalformedKeyringError("not a text of roots") from exc
        _require(roots.encode() == untrusted, "not a text of roots")
        return roots

    def encode(self) -> str:
        lines = [_ROOTS_HEADING, f"quorum {self.quorum}", *(key.encode() for key in self.keys)]
        return "".join(f"{line}\n" for line in lines)

    @cached_property
    def hash(self) -> bytes:
        """32 bytes: binds receipt codes to this instance."""
        return sha256(self.encode().encode())


@dataclass(frozen=True)
class Reviewer:
    """One person who reads: this week's recipient, and the key that signs her replies.

    `trained_until` is the first day on which her training no longer holds (§23), None without one.
    """

    id: str
    recipient: Recipient
    device: VerifierKey
    trained_until: date | None = None


@dataclass(frozen=True)
class Organisation:
    """`probation` is the Monday that ends an organisation's probation, None if it is on none."""

    slug: str
    name_ar: str
    name_en: str
    reviewers: tuple[Reviewer, ...]
    probation: date | None = None

    def __post_init__(self) -> None:
        _require(is_slug(self.slug), "a slug is made of a-z, 0-9 and dashes")
        _require(
            is_name(self.name_ar) and is_name(self.name_en),
            "a name is one line of at most 200 characters",
        )
        _require(self.reviewers, "an organisation has a reviewer")
        _require(ascending([reviewer.id for reviewer in self.reviewers]), "ids must ascend")
        is_monday = self.probation is None or self.probation.weekday() == 0
        _require(is_monday, "a probation ends with a week")


@dataclass(frozen=True)
class Keyring:
    """Who reads what is sent in one week. `previous` is the digest of the keyring before."""

    origin: str
    serial: int
    previous: bytes
    week: str
    orgs: tuple[Organisation, ...]

    def __post_init__(self) -> None:
        """Raise `MalformedKeyringError`."""
        _require(is_key_name(self.origin), "an origin has no spaces")
        _require(self.serial >= 1 and len(self.previous) == HASH_BYTES, "not a link of a chain")
        _require((self.serial == 1) == (self.previous == FIRST_PREVIOUS), "not a link of a chain")
        try:
            monday_of(self.week)
        except ValueError as exc:
            raise MalformedKeyringError("not a week") from exc
        _require(self.orgs, "a keyring has an organisation")
        _require(ascending([org.slug for org in self.orgs]), "slugs must ascend")
        ends = [org.probation for org in self.orgs if org.probation]
        _require(all(end > self.not_before for end in ends), "a probation that is over")
        self._check_reviewers()

    def _check_reviewers(self) -> None:
        reviewers = self.reviewers
        for reviewer in reviewers:
            until = reviewer.trained_until
            _require(until is None or until > self.not_before, "a training that is over")
            _require(is_slug(reviewer.id), "an id is made of a-z, 0-9 and dashes")
            _require(
                reviewer.device.name == device_name(self.origin, reviewer.id),
                "a device key is named after its reviewer",
            )
        for values in (
            {reviewer.id for reviewer in reviewers},
            {reviewer.recipient for reviewer in reviewers},
            {reviewer.device.public for reviewer in reviewers},
        ):
            _require(len(values) == len(reviewers), "ids and keys must be unique")

    @property
    def not_before(self) -> date:
        """The Monday of the week."""
        return monday_of(self.week)

    @property
    def not_after(self) -> date:
        """The first day on which the keyring is no longer valid."""
        return self.not_before + VALID_FOR

    @property
    def reviewers(self) -> tuple[Reviewer, ...]:
        return tuple(reviewer for org in self.orgs for reviewer in org.reviewers)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        return tuple(reviewer.recipient for reviewer in self.reviewers)

    @property
    def devices(self) -> tuple[VerifierKey, ...]:
        return tuple(reviewer.device for reviewer in self.reviewers)

    @property
    def deciding_devices(self) -> tuple[VerifierKey, ...]:
        """Whose signature counts as one of two: reviewers of organisations not on probation."""
        full = (org for org in self.orgs if org.probation is None)
        return tuple(reviewer.device for org in full for reviewer in org.reviewers)

    def trained_devices(self, on: date) -> tuple[VerifierKey, ...]:
        """Whose training holds on that day."""
        return tuple(
            reviewer.device
            for reviewer in self.reviewers
            if reviewer.trained_until and on < reviewer.trained_until
        )

    @cached_property
    def digest(self) -> bytes:
        """32 bytes: what the next keyring's `previous` must be."""
        return sha256(self.encode().encode())

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedKeyringError` unless *untrusted* is what `encode` writes."""
        try:
            keyring = cls._read(Lines(untrusted))
        except (ValueError, MalformedError) as exc:
            raise MalformedKeyringError("not a keyring") from exc
        # The dates follow from the week, so comparing checks them too.
        _require(keyring.encode() == untrusted, "not a keyring")
        return keyring

    @classmethod
    def _read(cls, lines: Lines) -> Self:
        lines.take(_KEYRING_HEADING)
        origin = lines.take("origin ")
        serial = decode_decimal(lines.take("serial "))
        previous = decode_base64(lines.take("previous "), HASH_BYTES)
        week = lines.take("week ")
        decode_date(lines.take("not-before "))
        decode_date(lines.take("not-after "))
        return cls(origin, serial, previous, week, tuple(_read_orgs(lines)))

    def encode(self) -> str:
        lines = [
            _KEYRING_HEADING,
            f"origin {self.origin}",
            f"serial {self.serial}",
            f"previous {encode_base64(self.previous)}",
            f"week {self.week}",
            f"not-before {self.not_before}",
            f"not-after {self.not_after}",
        ]
        for org in self.orgs:
            lines += [f"org {org.slug}", f"name-ar {org.name_ar}", f"name-en {org.name_en}"]
            if org.probation:
                lines.append(f"probation {org.probation}")
            for reviewer in org.reviewers:
                lines += [
                    f"reviewer {reviewer.id}",
                    f"recipient {reviewer.recipient.encode()}",
                    f"device {reviewer.device.encode()}",
                ]
                if reviewer.trained_until:
                    lines.append(f"trained-until {reviewer.trained_until}")
        return "".join(f"{line}\n" for line in lines)


def device_name(origin: str, reviewer_id: str) -> str:
    """The name of the key that a reviewer's device signs with."""
    return f"{origin}/device/{reviewer_id}"


def next_keyring(keyring: Keyring, week: str, orgs: Sequence[Organisation]) -> Keyring:
    """The keyring that may follow *keyring*, unsigned."""
    return Keyring(keyring.origin, keyring.serial + 1, keyring.digest, week, tuple(orgs))


def first_keyring(origin: str, today: date, orgs: Sequence[Organisation]) -> Keyring:
    """The keyring that begins an instance, for the week of *today*, unsigned."""
    return Keyring(origin, 1, FIRST_PREVIOUS, week_of(today), tuple(orgs))


def sign_keyring(keyring: Keyring, *root_keys: SigningKey) -> str:
    """The signed note."""
    return sign(keyring.encode(), *root_keys)


def open_keyring(
    untrusted_note: str | bytes,
    roots: Roots,
    *,
    origin: str,
    today: date,
    at_least_serial: int = 0,
) -> Keyring:
    """The keyring to encrypt to today.

    Raise `MalformedNoteError`, `MalformedKeyringError`; `UnverifiedError` unless a quorum
    signed it for *origin*; `StaleKeyringError` unless *today* falls in it and its serial is
    not lower than *at_least_serial*.
    """
    keyring = open_keyring_of_any_week(untrusted_note, roots, origin=origin)
    if not keyring.not_before <= today < keyring.not_after:
        raise StaleKeyringError("the keyring is not valid today")
    if keyring.serial < at_least_serial:
        raise StaleKeyringError("a later keyring was seen before")
    return keyring


def open_keyring_of_any_week(untrusted_note: str | bytes, roots: Roots, *, origin: str) -> Keyring:
    """As `open_keyring`, for those who read old submissions or sign keyrings ahead."""
    opened = open_note(untrusted_note, roots.keys)
    if len(opened.verified) < roots.quorum:
        raise UnverifiedError("too few roots signed this keyring")
    keyring = _parse_cached(opened.text)
    if keyring.origin != origin:
        raise UnverifiedError("a keyring of another instance")
    return keyring


@lru_cache(maxsize=16)
def _parse_cached(untrusted: str) -> Keyring:
    return Keyring.parse(untrusted)


def _read_orgs(lines: Lines) -> Iterator[Organisation]:
    while lines.begins("org "):
        slug, name_ar, name_en = (lines.take(f"{word} ") for word in ("org", "name-ar", "name-en"))
        begins = lines.begins("probation ")
        probation = decode_date(lines.take("probation ")) if begins else None
        yield Organisation(slug, name_ar, name_en, tuple(_read_reviewers(lines)), probation)


def _read_reviewers(lines: Lines) -> Iterator[Reviewer]:
    while lines.begins("reviewer "):
        keys = (
            lines.take("reviewer "),
            Recipient.parse(lines.take("recipient ")),
            VerifierKey.parse(lines.take("device ")),
        )
        begins = lines.begins("trained-until ")
        yield Reviewer(*keys, decode_date(lines.take("trained-until ")) if begins else None)


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedKeyringError(otherwise)
