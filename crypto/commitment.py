"""What the log will hold about a submission, and what is signed about it (SPEC.md §6, §8)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from crypto.encoding import HASH_BYTES, decode_base64, encode_base64, sha256
from crypto.errors import MalformedStatementError, UnverifiedError
from crypto.note import SigningKey, VerifierKey, is_key_name, open_note, sign
from crypto.status import STATUSES
from crypto.weeks import decode_date, monday_of

KIND_COVER: Final = 0
KIND_SUBMISSION: Final = 1
MERGE_DELAY: Final = timedelta(days=2)


def content_commit(content_salt: bytes, age_digest: bytes) -> bytes:
    """32 bytes that bind the submission file; nothing can be guessed without the salt."""
    return sha256(b"wasl/content/v1\n", _hash_sized(content_salt), _hash_sized(age_digest))


def roll_commit(roll_seed: bytes) -> bytes:
    """32 bytes that bind the seed of the case's lines in later rolls."""
    return sha256(b"wasl/roll-seed/v1\n", _hash_sized(roll_seed))


def accept_commitment(
    log_salt: bytes, content_commit: bytes, roll_commit: bytes, kind: int = KIND_SUBMISSION
) -> bytes:
    """The 32 bytes of the leaf."""
    return sha256(
        b"wasl/accept/v1\n",
        _hash_sized(log_salt),
        bytes([kind]),
        _hash_sized(content_commit),
        _hash_sized(roll_commit),
    )


def merge_by(accepted_on: date) -> date:
    """The day by which the leaf of that day's submission must be in the log."""
    return accepted_on + MERGE_DELAY


def promise_key_name(origin: str) -> str:
    return f"{origin}/promise"


@dataclass(frozen=True)
class Promise:
    """The server's word that a commitment will be in the log by a date."""

    origin: str
    commitment: bytes
    merge_by: date

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        if not is_key_name(self.origin) or len(self.commitment) != HASH_BYTES:
            raise MalformedStatementError("not a promise")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            _, origin, commitment, day, _end = untrusted.split("\n")
            promise = cls(origin, decode_base64(commitment, HASH_BYTES), decode_date(day))
        except ValueError as exc:
            raise MalformedStatementError("not a promise") from exc
        if promise.encode() != untrusted:
            raise MalformedStatementError("not a promise")
        return promise

    def encode(self) -> str:
        commitment = encode_base64(self.commitment)
        return f"{self.origin}/promise/v1\n{self.origin}\n{commitment}\n{self.merge_by}\n"

    def sign(self, key: SigningKey) -> str:
        """The signed note."""
        if key.name != promise_key_name(self.origin):
            raise ValueError("a promise is signed by the promise key of its origin")
        return sign(self.encode(), key)

    @classmethod
    def open(cls, untrusted_note: str | bytes, key: VerifierKey) -> Self:
        """Raise `MalformedNoteError`, `MalformedStatementError`, `UnverifiedError`."""
        promise = cls.parse(open_note(untrusted_note, [key]).text)
        if key.name != promise_key_name(promise.origin):
            raise UnverifiedError("a promise by another key")
        return promise


@dataclass(frozen=True)
class Disposition:
    """Reviewers' statement of where a case stands, no finer than a week.

    `subject` is `subject_of` what the step is about, or zeros: it makes the same step at another
    time another statement, and tells nobody which packet holds the case.
    """

    origin: str
    slot: bytes
    status: str
    week: str
    subject: bytes = bytes(HASH_BYTES)

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        try:
            monday_of(self.week)
        except ValueError as exc:
            raise MalformedStatementError("not a week") from exc
        known = self.status in STATUSES and is_key_name(self.origin)
        if not known or not len(self.slot) == len(self.subject) == HASH_BYTES:
            raise MalformedStatementError("not a disposition")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            heading, slot, status, week, subject, _end = untrusted.split("\n")
            origin = heading.removesuffix("/disposition/v1")
            disposition = cls(
                origin,
                decode_base64(slot, HASH_BYTES),
                status,
                week,
                decode_base64(subject, HASH_BYTES),
            )
        except ValueError as exc:
            raise MalformedStatementError("not a disposition") from exc
        if disposition.encode() != untrusted:
            raise MalformedStatementError("not a disposition")
        return disposition

    def encode(self) -> str:
        slot, subject = encode_base64(self.slot), encode_base64(self.subject)
        return f"{self.origin}/disposition/v1\n{slot}\n{self.status}\n{self.week}\n{subject}\n"

    def sign(self, device_key: SigningKey) -> str:
        """The signed note."""
        return sign(self.encode(), device_key)

    @classmethod
    def open(
        cls, untrusted_note: str | bytes, devices: tuple[VerifierKey, ...], *, origin: str
    ) -> tuple[Self, tuple[VerifierKey, ...]]:
        """The disposition and the device keys that signed it.

        Raise `MalformedNoteError`, `MalformedStatementError`; `UnverifiedError` unless one
        of *devices* signed it, for *origin*.
        """
        opened = open_note(untrusted_note, devices)
        disposition = cls.parse(opened.text)
        if disposition.origin != origin:
            raise UnverifiedError("a disposition of another instance")
        return disposition, opened.verified


def subject_of(salt: bytes, digest: bytes) -> bytes:
    """32 bytes that bind a disposition to what it is about, for those who know both."""
    return sha256(b"wasl/subject/v1\n", _hash_sized(salt), _hash_sized(digest))


def _hash_sized(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise ValueError("32 bytes expected")
    return value
