"""The words a PDF is written in (ISO 32000-1 §7.2 and §7.3), read and written.

Read: numbers, names, strings, arrays, dictionaries and references become plain Python.
Written: one spelling for each value, words parted by one space, strings as hexadecimal
digits. So nothing is left of the program that wrote the file, and a second reader needs no
more than `split`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("pdf-malformed")

MAX_NESTING: Final = 40
MAX_NESTED_STRING: Final = 65_536
MAX_NUMBER: Final = 2**53
_TOKEN: Final = re.compile(
    rb"(?>[\0\t\n\f\r ]++|%[^\r\n]*+)*+"
    rb"(/?[^\0\t\n\f\r ()<>\[\]{}/%]++|\((?>[^()\\]++|\\.)*+\)|<<|>>|<[^<>]*+>|.|\Z)",
    re.DOTALL,
)
_PARENTHESIS: Final = re.compile(rb"\\.|[()]", re.DOTALL)
_NUMBER: Final = re.compile(rb"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)")
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_HASH: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_UNSAFE: Final = re.compile(r"[^!-~]|[#%()/<>\[\]{}]")
_NO_DIGIT: Final = re.compile(rb"[^0-9a-f]++")
_CONSTANTS: Final = {b"true": True, b"false": False, b"null": None}

Value = Any
"""None, bool, int, float, `Name`, bytes for a string, list, dict, `Ref` or a stream."""


class Name(str):
    """A name without its slash, one character for each byte."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an object by number and generation."""

    number: int
    generation: int


def tokens(untrusted: bytes, at: int = 0) -> Iterator[tuple[bytes, int]]:
    """Yield each word from *at* on, and where it ends; white space and comments go.

    Ends early at a string that never does.
    """
    while at < len(untrusted):
        for match in _TOKEN.finditer(untrusted, at):
            token, at = match[1], match.end()
            if token == b"(":
                start, at = match.start(1), _closing(untrusted, match.start(1))
                if at:
                    yield untrusted[start:at], at
                break
            if token:
                yield token, at
        else:
            return
        if not at:
            return


def _closing(untrusted: bytes, start: int) -> int:
    """Return where a string with parentheses inside ends, 0 if it never does."""
    depth = 0
    for match in _PARENTHESIS.finditer(untrusted, start, start + MAX_NESTED_STRING):
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return 0


def parse(untrusted: bytes) -> Value:
    """Return the first array or dictionary; raise `UnreadableFileError` if there is none."""
    stack: list[tuple[bytes, list[Value]]] = []
    for token, _ in tokens(untrusted):
        if token in (b"<<", b"["):
            _demand(len(stack) < MAX_NESTING)
            stack.append((token, []))
            continue
        _demand(bool(stack))
        opened, values = stack[-1]
        if token == b"R":
            _demand(len(values) > 1)
            generation, number = values.pop(), values.pop()
            _demand(type(number) is int and type(generation) is int)
            values.append(Ref(number, generation))
        elif token in (b">>", b"]"):
            _demand((opened, token) in ((b"<<", b">>"), (b"[", b"]")))
            stack.pop()
            whole = values if token == b"]" else _dictionary(values)
            if not stack:
                return whole
            stack[-1][1].append(whole)
        else:
            values.append(scalar(token))
    raise UnreadableFileError("pdf-malformed")


def _dictionary(values: list[Value]) -> dict[str, Value]:
    """Return the entries; what has no key before it is passed over, as readers do."""
    entries, waiting = dict[str, Value](), iter(values)
    for key in waiting:
        if isinstance(key, Name):
            entries[str(key)] = next(waiting, None)
    return {key: value for key, value in entries.items() if value is not None}


def scalar(token: bytes) -> Value:
    """Return what one word says; None for a word that says nothing."""
    first = token[:1]
    if first == b"/":
        return Name(_HASH.sub(lambda m: bytes.fromhex(m[1].decode()), token[1:]).decode("latin-1"))
    if first in (b"(", b"<") and len(token) > 1:
        return string(token)
    if _NUMBER.fullmatch(token):
        value = float(token) if b"." in token else int(token[:20])
        return value if abs(value) < MAX_NUMBER else None
    return _CONSTANTS.get(token)


def string(token: bytes) -> bytes:
    """Return what a string holds, of either spelling (§7.3.4).

    A bare CR stays: the standard reads it as LF, but viewers do not, and fonts have codes
    of two bytes.
    """
    inner = token[1:-1]
    if token[:1] == b"<":
        digits = _NO_DIGIT.sub(b"", inner.lower())
        return bytes.fromhex(digits.decode() + "0" * (len(digits) % 2))
    return _ESCAPE.sub(_unescaped, inner) if b"\\" in inner else inner


def _unescaped(match: re.Match[bytes]) -> bytes:
    after = match[1]
    if after.isdigit():
        return bytes((int(after, 8) & 0xFF,)) if after[0] < 0x38 else after
    return _ESCAPED.get(after, b"" if after in (b"\n", b"\r", b"\r\n") else after)


def name_text(name: str) -> bytes:
    """Return the one spelling of a name."""
    return b"/" + _UNSAFE.sub(lambda m: f"#{ord(m[0]):02x}", name).encode()


def string_text(value: bytes) -> bytes:
    """Return the one spelling of a string."""
    return b"<%s>" % value.hex().encode()


def number_text(value: float) -> bytes:
    """Return the shortest spelling that reads as the same double, without exponent."""
    if value == int(value):
        return b"%d" % value
    text = repr(float(value))
    return (format(Decimal(text), "f") if "e" in text else text).encode()


def is_number(value: Value) -> bool:
    """Tell whether *value* is a number; PDF's truth values are none."""
    return type(value) in (int, float)


def is_whole(value: Value) -> bool:
    """Tell whether *value* is a number without a fraction."""
    return is_number(value) and value == int(value)
