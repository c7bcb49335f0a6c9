"""The header of an age file: version line, stanzas, MAC (age-encryption.org/v1).

The grammar is strict: one space between arguments, unpadded canonical base64 in lines of
64 columns, line feeds only. Every byte of the header is a byte that `Header.encode` writes,
so nothing can hide in a second spelling.
"""

import binascii
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import MalformedAgeFileError, TamperedHeaderError

VERSION_LINE: Final = b"age-encryption.org/v1\n"
FILE_KEY_BYTES: Final = 16
MAX_HEADER_BYTES: Final = 262_144
"""Room for 168 hybrid stanzas; a stream without a header is given up after this much."""

MAC_LINE_BYTES: Final = len(b"--- ") + 43 + 1
_COLUMNS: Final = 64
_PRINTABLE: Final = bytes(range(0x21, 0x7F))
_MAC_BYTES: Final = 32


def encode_base64_unpadded(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def decode_base64_unpadded(untrusted: bytes) -> bytes:
    """Raise `MalformedAgeFileError` unless *untrusted* is canonical and without padding."""
    try:
        data = binascii.a2b_base64(untrusted + b"=" * (-len(untrusted) % 4), strict_mode=True)
    except binascii.Error as exc:
        raise MalformedAgeFileError("base64 expected") from exc
    if encode_base64_unpadded(data) != untrusted:
        raise MalformedAgeFileError("the base64 is not canonical")
    return data


@dataclass(frozen=True)
class Stanza:
    """One wrapping of the file key. `args[0]` is its type."""

    args: tuple[str, ...]
    body: bytes

    def encode(self) -> bytes:
        body = encode_base64_unpadded(self.body)
        # A body ends with a short line, even when that line is empty.
        lines = [body[at : at + _COLUMNS] for at in range(0, len(body) + 1, _COLUMNS)]
        return b"\n".join([b"-> " + " ".join(self.args).encode(), *lines, b""])


@dataclass(frozen=True)
class Header:
    """A parsed header. `length` is its size in bytes, without the 16-byte nonce after it."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    length: int

    @property
    def stanza_types(self) -> tuple[str, ...]:
        return tuple(stanza.args[0] for stanza in self.stanzas)

    @classmethod
    def seal(cls, stanzas: Sequence[Stanza], file_key: bytes) -> Self:
        authenticated = _authenticated(stanzas)
        mac = _mac(file_key, authenticated)
        return cls(tuple(stanzas), mac, len(authenticated) + MAC_LINE_BYTES - len(b"---"))

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Raise `MalformedAgeFileError` unless *untrusted* is one whole header and no more."""
        if not untrusted.startswith(VERSION_LINE):
            raise MalformedAgeFileError("not an age file of version 1")
        if not untrusted.endswith(b"\n"):
            raise MalformedAgeFileError("the header is cut off")
        lines = iter(untrusted[len(VERSION_LINE) : -1].split(b"\n"))
        stanzas: list[Stanza] = []
        for line in lines:
            if line.startswith(b"--- "):
                return cls._ended(stanzas, line[4:], list(lines), len(untrusted))
            stanzas.append(_parse_stanza(line, lines))
        raise MalformedAgeFileError("the header has no MAC")

    @classmethod
    def _ended(
        cls, stanzas: list[Stanza], untrusted_mac: bytes, after: list[bytes], length: int
    ) -> Self:
        mac = decode_base64_unpadded(untrusted_mac)
        if after or not stanzas or len(mac) != _MAC_BYTES:
            raise MalformedAgeFileError("the end of the header is wrong")
        return cls(tuple(stanzas), mac, length)

    def encode(self) -> bytes:
        return _authenticated(self.stanzas) + b" " + encode_base64_unpadded(self.mac) + b"\n"

    def verify(self, file_key: bytes) -> None:
        """Raise `TamperedHeaderError` unless the MAC was made with *file_key*."""
        if not hmac.compare_digest(_mac(file_key, _authenticated(self.stanzas)), self.mac):
            raise TamperedHeaderError


def header_length(untrusted: bytes | bytearray, searched: int = 0) -> int | None:
    """Bytes up to the end of the MAC line, or None if that line has not come yet.

    The first *searched* bytes were looked at before and held no end.
    """
    # A line of base64 never begins with a dash, so the first one that does ends the stanzas.
    mac_line = untrusted.find(b"\n---", max(0, searched - 64), MAX_HEADER_BYTES)
    end = untrusted.find(b"\n", mac_line + 1, MAX_HEADER_BYTES) if mac_line >= 0 else -1
    return end + 1 if end >= 0 else None


def _authenticated(stanzas: Sequence[Stanza]) -> bytes:
    return b"".join([VERSION_LINE, *(stanza.encode() for stanza in stanzas), b"---"])


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    key = HKDF(SHA256(), 32, salt=None, info=b"header").derive(file_key)
    return hmac.digest(key, authenticated, "sha256")


def _parse_stanza(line: bytes, lines: Iterator[bytes]) -> Stanza:
    if not line.startswith(b"-> "):
        raise MalformedAgeFileError("a stanza or the MAC expected")
    args = line[3:].split(b" ")
    if not all(args) or b"".join(args).translate(None, _PRINTABLE):
        raise MalformedAgeFileError("an argument is empty or not printable ASCII")
    return Stanza(tuple(arg.decode("ascii") for arg in args), _parse_body(lines))


def _parse_body(lines: Iterator[bytes]) -> bytes:
    body = bytearray()
    for line in lines:
        if len(line) > _COLUMNS:
            raise MalformedAgeFileError("a body line is too long")
        body += decode_base64_unpadded(line)
        if len(line) < _COLUMNS:
            return bytes(body)
    raise MalformedAgeFileError("a stanza has no last line")
