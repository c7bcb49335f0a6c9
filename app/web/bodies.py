"""Strict reading of JSON bodies, and of those that carry an age file after one line of JSON.

The size is bounded before a byte is parsed; duplicate keys, lone surrogates, numbers that
are no integers, and depths that exhaust the parser are refused; every field is taken once
by name and type, and whatever is left over is refused too.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, Self

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from app.domain import media_types
from app.web.problems import FieldError, MalformedBodyError
from crypto.encoding import decode_base64

MAX_SERIAL: Final = 2**31 - 1
"""Of a keyring: what every database takes as an integer."""

_PIECE_BYTES: Final = 16_384
"""Of a body that stops coming, memory holds what came and a few of these, not its whole size."""


def read_bytes(max_bytes: int) -> bytes:
    """The whole body, at most *max_bytes* long; `RequestEntityTooLarge`, `MalformedBodyError`."""
    announced = request.content_length
    if announced is None:
        return _read_unannounced(max_bytes)
    if announced > max_bytes:
        raise RequestEntityTooLarge
    # Past werkzeug's stream, which takes the memory for all of it before a byte has come.
    body: bytes = request.environ["wsgi.input"].read(announced)
    return body


def _read_unannounced(max_bytes: int) -> bytes:
    # Werkzeug cuts a body of unknown length off at the limit; one byte more shows that it did.
    request.max_content_length = max_bytes + 1
    body = bytearray()
    while piece := request.stream.read(_PIECE_BYTES):
        body += piece
    if len(body) > max_bytes:
        raise RequestEntityTooLarge
    return bytes(body)


class Fields:
    """The fields of a JSON object. Take each by name, then call `end`.

    Everything raises `FieldError` with the path of the field.
    """

    def __init__(self, untrusted: object, path: str = "") -> None:
        if not isinstance(untrusted, Mapping):
            raise FieldError(path or "body", "must be an object")
        self._path = path
        self._rest: dict[str, Any] = dict(untrusted)

    @classmethod
    def read(cls, max_bytes: int) -> Self:
        """The request's body; `UnsupportedMediaType` unless it says that it is JSON."""
        if request.mimetype != media_types.JSON:
            raise UnsupportedMediaType
        return cls(parse(read_bytes(max_bytes)))

    @classmethod
    def read_sealed(cls, max_line: int, max_envelope: int) -> tuple[Self, bytes]:
        """The line before the envelope, and the envelope, not yet looked at.

        *max_line* bounds the line's bytes, *max_envelope* the others. Raises also
        `UnsupportedMediaType` unless the request says that it is such a body.
        """
        if request.mimetype != media_types.SEALED:
            raise UnsupportedMediaType
        line, newline, untrusted = read_bytes(max_line + max_envelope).partition(b"\n")
        if len(line) > max_line or len(untrusted) > max_envelope:
            raise RequestEntityTooLarge
        if not newline:
            raise FieldError("envelope", "is missing; it follows the line of JSON")
        return cls(parse(line)), untrusted

    def _take(self, name: str) -> tuple[str, Any]:
        path = f"{self._path}.{name}" if self._path else name
        if name not in self._rest:
            raise FieldError(path, "is missing")
        return path, self._rest.pop(name)

    def text(self, name: str, max_length: int) -> str:
        path, value = self._take(name)
        if not isinstance(value, str) or len(value) > max_length:
            raise FieldError(path, f"must be a text of at most {max_length} characters")
        return value

    def bytes(self, name: str, size: int | None = None, *, max_size: int = 0) -> bytes:
        """Base64 of exactly *size* bytes, or of at most *max_size*."""
        path, value = self._take(name)
        wanted = f"of {size} bytes" if size else f"of at most {max_size} bytes"
        try:
            data = decode_base64(value, size) if isinstance(value, str) else None
        except ValueError:
            data = None
        if data is None or (size is None and len(data) > max_size):
            raise FieldError(path, f"must be base64 {wanted}")
        return data

    def integer(self, name: str, low: int, high: int) -> int:
        path, value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise FieldError(path, f"must be a whole number from {low} to {high}")
        return value

    def table(self, name: str) -> "Fields":
        path, value = self._take(name)
        return Fields(value, path)

    def tables(self, name: str, low: int, high: int) -> list["Fields"]:
        path, value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise FieldError(path, f"must be a list of {low} to {high} objects")
        return [Fields(each, f"{path}[{n}]") for n, each in enumerate(value)]

    def end(self) -> None:
        """Refuse fields that nobody took; their names are not repeated."""
        if self._rest:
            raise FieldError(self._path or "body", "has a field that is not known")


def parse(untrusted: bytes) -> object:
    """Raise `MalformedBodyError` unless *untrusted* is strict JSON in UTF-8."""
    try:
        value = _STRICT.decode(untrusted.decode("utf-8"))
        if b"\\" in untrusted:
            _refuse_surrogates(value)
    # RecursionError: nesting deeper than the parser's stack is not a request of ours.
    except (ValueError, RecursionError) as exc:
        raise MalformedBodyError from exc
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key twice")
    return table


def _refuse_number(_untrusted: str) -> NoReturn:
    raise ValueError("not a whole number")


def _refuse_surrogates(value: object) -> None:
    # A lone surrogate parses, but then no UTF-8 encoder takes it.
    json.dumps(value, ensure_ascii=False).encode("utf-8")


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_number, parse_float=_refuse_number
)
