"""A reviewer's certificate of training, and which instances are for training only (SPEC.md §23).

The certificate says what answers a reviewer gave, by their hash, and what they scored. Her own
device signs it and an *examiner* signs the same bytes: a root, or a reviewer who is trained
herself. So whoever cheats needs somebody else who cheats too. The roots write until when it holds
into the keyring; nobody else reads a certificate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Self, cast, get_args

from crypto.encoding import HASH_BYTES, decode_base64, decode_decimal, encode_base64
from crypto.errors import MalformedError, MalformedTrainingError, UnverifiedError
from crypto.lines import Lines, is_slug
from crypto.note import SigningKey, VerifierKey, is_key_name, open_note, read_text_unverified, sign
from crypto.weeks import decode_date

VALID_FOR: Final = timedelta(days=365)
Score = Literal["passed", "full"]

_HEADING: Final = "wasl/training/v1"
_SANDBOX: Final = "training."


def is_sandbox(name: str) -> bool:
    """Whether an origin, or a key named after one, belongs to a place for training."""
    return name.startswith(_SANDBOX)


@dataclass(frozen=True)
class Certificate:
    """`answers` is H of the answers, `turn` counts from 0 which cases they were about."""

    origin: str
    device: VerifierKey
    curriculum: str
    turn: int
    issued: date
    score: Score
    answers: bytes

    def __post_init__(self) -> None:
        """Raise `MalformedTrainingError`."""
        _require(is_key_name(self.origin), "an origin has no spaces")
        _require(self.device.name.startswith(f"{self.origin}/device/"), "a device of elsewhere")
        _require(is_slug(self.curriculum), "a curriculum's name is made of a-z, 0-9 and dashes")
        _require(self.score in get_args(Score), "no such score")
        _require(len(self.answers) == HASH_BYTES, "a hash has 32 bytes")

    @property
    def until(self) -> date:
        """The first day on which it no longer holds."""
        return self.issued + VALID_FOR

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedTrainingError` unless *untrusted* is what `encode` writes."""
        try:
            lines = Lines(untrusted)
            lines.take(_HEADING)
            found = cls(
                lines.take("origin "),
                VerifierKey.parse(lines.take("device ")),
                lines.take("curriculum "),
                decode_decimal(lines.take("turn ")),
                decode_date(lines.take("date ")),
                cast(Score, lines.take("score ")),
                decode_base64(lines.take("answers "), HASH_BYTES),
            )
        except (ValueError, MalformedError) as exc:
            raise MalformedTrainingError("not a certificate of training") from exc
        _require(found.encode() == untrusted, "not a certificate of training")
        return found

    def encode(self) -> str:
        """The text of the note."""
        return (
            f"{_HEADING}\n"
            f"origin {self.origin}\n"
            f"device {self.device.encode()}\n"
            f"curriculum {self.curriculum}\n"
            f"turn {self.turn}\n"
            f"date {self.issued}\n"
            f"score {self.score}\n"
            f"answers {encode_base64(self.answers)}\n"
        )

    def sign(self, device: SigningKey) -> str:
        """The note of the reviewer herself; an examiner adds her signature (`add_signature`)."""
        return sign(self.encode(), device)


def open_own(untrusted_note: str | bytes) -> Certificate:
    """A certificate that its own reviewer signed, and perhaps nobody else.

    Raise `MalformedNoteError`, `MalformedTrainingError`, `UnverifiedError`.
    """
    found = Certificate.parse(read_text_unverified(untrusted_note))
    _require_signed(untrusted_note, [found.device], "its own reviewer has not signed it")
    return found


def open_certificate(
    untrusted_note: str | bytes, examiners: Iterable[VerifierKey], *, origin: str
) -> Certificate:
    """A certificate that its reviewer and one of *examiners* signed, who is somebody else.

    Raise as `open_own`; `UnverifiedError` also for another *origin* or without an examiner.
    """
    found = open_own(untrusted_note)
    if found.origin != origin:
        raise UnverifiedError("a certificate for another instance")
    others = [key for key in examiners if _is_another(key, found.device)]
    _require_signed(
        untrusted_note, others, "no examiner has signed it: `wasl training countersign`"
    )
    return found


def _require_signed(note: str | bytes, keys: Sequence[VerifierKey], otherwise: str) -> None:
    try:
        open_note(note, keys)
    except UnverifiedError as exc:
        raise UnverifiedError(otherwise) from exc


def _is_another(key: VerifierKey, device: VerifierKey) -> bool:
    return key.name != device.name and key.public != device.public


def _require(condition: object, otherwise: str) -> None:
    if not condition:
        raise MalformedTrainingError(otherwise)
