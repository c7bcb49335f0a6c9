"""What travels between a site and a desk that has no network (SPEC.md §17).

Three signed notes. The desk's *pass* lets a courier in at the site in its name, without the key
that signs for the reviewer. The courier's *index* says what each request was answered with. The
desk's *parcel* lists requests to be made. Bodies lie beside them under their hash.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

from crypto.encoding import decode_decimal
from crypto.errors import MalformedError, MalformedStatementError, UnverifiedError
from crypto.note import SigningKey, VerifierKey, open_note, sign
from crypto.weeks import decode_date

_PASS: Final = "wasl/courier-pass/v1"  # noqa: S105 a heading
_INDEX: Final = "wasl/courier-index/v1"
_PARCEL: Final = "wasl/courier-parcel/v1"
_PATH: Final = re.compile(r"/api/v1(?:/[a-z0-9-]{1,64}){1,4}", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def courier_key_name(origin: str) -> str:
    """What the keys of all couriers to a site are called."""
    return f"{origin}/courier"


def session_text(origin: str, challenge: str) -> str:
    """What the key of a device, or of a courier, signs to be let in at the site."""
    return _text("wasl/desk-session/v1", origin, challenge)


@dataclass(frozen=True)
class Pass:
    """A device lets the holder of a courier's key fetch and hand in for it, until a day."""

    origin: str
    courier: VerifierKey
    until: date

    def __post_init__(self) -> None:
        """Raise `MalformedStatementError`."""
        if self.courier.name != courier_key_name(self.origin):
            raise MalformedStatementError("not a courier's key")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            _, origin, courier, until, _end = untrusted.split("\n")
            found = cls(origin, VerifierKey.parse(courier), decode_date(until))
        except (ValueError, MalformedError) as exc:
            raise MalformedStatementError("not a pass") from exc
        _require_same(found.encode(), untrusted)
        return found

    def encode(self) -> str:
        return _text(_PASS, self.origin, self.courier.encode(), self.until.isoformat())

    def sign(self, device: SigningKey) -> str:
        """The signed note."""
        return sign(self.encode(), device)

    @classmethod
    def open(
        cls, untrusted_note: str, devices: Sequence[VerifierKey], *, origin: str, today: date
    ) -> tuple[Self, VerifierKey]:
        """The pass, and which of *devices* gave it.

        Raise `MalformedNoteError`, `MalformedStatementError`; `UnverifiedError` unless exactly
        one of *devices* signed it, for *origin*, and *today* is not after its day.
        """
        opened = open_note(untrusted_note, devices)
        found = cls.parse(opened.text)
        if len(opened.verified) != 1 or found.origin != origin or found.until < today:
            raise UnverifiedError("not a pass for here and today")
        return found, opened.verified[0]


@dataclass(frozen=True)
class Answer:
    """What a site said to a request: its HTTP status, and H of the body."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Request:
    """A POST of the body whose hash is *body*. It is worth making if the one before it in the
    same *batch* was taken.
    """

    batch: int
    path: str
    body: bytes


@dataclass(frozen=True)
class Index:
    """What a courier brought on its *trip*: `got` by path, `posted` by path and H of the body."""

    origin: str
    trip: int
    got: dict[str, bytes] = field(default_factory=dict)
    posted: dict[tuple[str, bytes], Answer] = field(default_factory=dict)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            _, origin, trip, *lines, _end = untrusted.split("\n")
            index = cls(origin, decode_decimal(trip))
            for line in lines:
                index._take(line)
        except ValueError as exc:
            raise MalformedStatementError("not an index") from exc
        _require_same(index.encode(), untrusted)
        return index

    def encode(self) -> str:
        lines = [f"got {path} {body.hex()}" for path, body in sorted(self.got.items())]
        lines += [
            f"posted {path} {request.hex()} {answer.status} {answer.body.hex()}"
            for (path, request), answer in sorted(self.posted.items())
        ]
        return _text(_INDEX, self.origin, str(self.trip), *lines)

    def _take(self, line: str) -> None:
        match line.split(" "):
            case ["got", path, body]:
                self.got[_path(path)] = _digest(body)
            case ["posted", path, request, status, body]:
                answer = Answer(_status(status), _digest(body))
                self.posted[_path(path), _digest(request)] = answer
            case _:
                raise ValueError("not a line of an index")

    def sign(self, courier: SigningKey) -> str:
        """The signed note."""
        return sign(self.encode(), courier)

    @classmethod
    def open(cls, untrusted_note: str, courier: VerifierKey) -> Self:
        """Raise `MalformedNoteError`, `MalformedStatementError`, `UnverifiedError`."""
        index = cls.parse(open_note(untrusted_note, [courier]).text)
        if courier.name != courier_key_name(index.origin):
            raise UnverifiedError("an index of another site")
        return index


@dataclass(frozen=True)
class Parcel:
    """What a desk that read the index of *trip* wants to be handed in, in order."""

    origin: str
    trip: int
    requests: tuple[Request, ...]

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedStatementError`."""
        try:
            _, origin, trip, *lines, _end = untrusted.split("\n")
            parcel = cls(origin, decode_decimal(trip), tuple(_request(line) for line in lines))
        except ValueError as exc:
            raise MalformedStatementError("not a parcel") from exc
        _require_same(parcel.encode(), untrusted)
        return parcel

    def encode(self) -> str:
        lines = [f"{each.batch} {each.path} {each.body.hex()}" for each in self.requests]
        return _text(_PARCEL, self.origin, str(self.trip), *lines)

    def sign(self, device: SigningKey) -> str:
        """The signed note."""
        return sign(self.encode(), device)

    @classmethod
    def open(cls, untrusted_note: str, device: VerifierKey, *, origin: str) -> Self:
        """Raise `MalformedNoteError`, `MalformedStatementError`, `UnverifiedError`."""
        parcel = cls.parse(open_note(untrusted_note, [device]).text)
        if parcel.origin != origin:
            raise UnverifiedError("a parcel for another site")
        return parcel


def _require_same(encoded: str, untrusted: str) -> None:
    if encoded != untrusted:
        raise MalformedStatementError("another spelling")


def _text(heading: str, origin: str, *lines: str) -> str:
    return "".join(f"{line}\n" for line in (heading, origin, *lines))


def _request(line: str) -> Request:
    batch, path, body = line.split(" ")
    return Request(decode_decimal(batch), _path(path), _digest(body))


def _path(untrusted: str) -> str:
    if not _PATH.fullmatch(untrusted):
        raise ValueError("not a path")
    return untrusted


def _digest(untrusted: str) -> bytes:
    if not _HEX.fullmatch(untrusted):
        raise ValueError("not a hash")
    return bytes.fromhex(untrusted)


def _status(untrusted: str) -> int:
    status = decode_decimal(untrusted)
    if not 200 <= status <= 499:
        raise ValueError("not a status")
    return status
