"""How single values of a PDF are written: numbers, names, boxes, and the small kinds."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from redaction.files.documents.pdf.copier import LISTS, Copier
from redaction.files.documents.pdf.syntax import (
    Name,
    Value,
    is_number,
    is_whole,
    name_text,
    number_text,
    string_text,
)
from redaction.files.errors import UnreadableFileError

MAX_DEPTH: Final = 4
T = TypeVar("T")
Rule = Callable[[Copier, Value], bytes | None]


def array(texts: Iterable[bytes]) -> bytes:
    """Return the text of an array."""
    return b" ".join((b"[", *texts, b"]"))


def number(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a number."""
    value = copier.source.value(untrusted)
    return number_text(value) if is_number(value) else None


def integer(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a whole number."""
    value = copier.source.value(untrusted)
    return number_text(value) if is_whole(value) else None


def boolean(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a truth value."""
    return {True: b"true", False: b"false"}.get(_only(bool, copier.source.value(untrusted)))


def name(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a name that may be anything: those of fonts, inks and glyphs."""
    value = copier.source.value(untrusted)
    return name_text(value) if isinstance(value, Name) else None


def text(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a string."""
    value = copier.source.value(untrusted)
    return string_text(value) if isinstance(value, bytes) else None


def number_list(copier: Copier, untrusted: Value) -> list[float] | None:
    """Return an array that holds nothing but numbers."""
    value = copier.source.value(untrusted)
    if not isinstance(value, list):
        return None
    items = [copier.source.value(item) for item in value]
    return items if all(map(is_number, items)) else None


def numbers(copier: Copier, untrusted: Value) -> bytes | None:
    """Write an array of numbers."""
    items = number_list(copier, untrusted)
    return None if items is None else array(map(number_text, items))


def nested_numbers(copier: Copier, untrusted: Value, depth: int = 0) -> bytes | None:
    """Write an array of numbers and of such arrays."""
    items = copier.source.items(untrusted)
    if depth == MAX_DEPTH or not items:
        return None
    texts = [number(copier, item) or nested_numbers(copier, item, depth + 1) for item in items]
    return array(text or b"[ ]" for text in texts)


def booleans(copier: Copier, untrusted: Value) -> bytes | None:
    """Write an array of truth values."""
    texts = [boolean(copier, item) for item in copier.source.items(untrusted)]
    return None if None in texts else array(text for text in texts if text)


def box(copier: Copier, untrusted: Value) -> bytes | None:
    """Write four numbers."""
    corners = number_list(copier, untrusted)
    return array(map(number_text, corners)) if corners and len(corners) == 4 else None


def dash(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a dash pattern: an array and where it begins (§8.4.3.6)."""
    items = copier.source.items(untrusted)
    pattern = numbers(copier, items[0]) if len(items) == 2 else None
    start = number(copier, items[1]) if pattern else None
    return array((pattern, start)) if pattern and start else None


def blend(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a blend mode, or the first known one of several (§11.3.5)."""
    value = copier.source.value(untrusted)
    for mode in value if isinstance(value, list) else [value]:
        found = copier.source.value(mode)
        if isinstance(found, Name) and found in LISTS["blends"]:
            return name_text(found)
    return None


def font_and_size(copier: Copier, untrusted: Value) -> bytes | None:
    """Write the font of an ExtGState (§8.4.5)."""
    items = copier.source.items(untrusted)
    size = number(copier, items[1]) if len(items) == 2 else None
    font = copier.value("ref:font", items[0]) if size else None
    return array((font, size)) if font and size else None


def soft_mask(copier: Copier, untrusted: Value) -> bytes | None:
    """Write a soft mask (§11.6.5.2) or that there is none."""
    value = copier.source.value(untrusted)
    if isinstance(value, dict):
        return copier.dictionary("softmask", value)
    return b"/None" if value == "None" else None


def border(copier: Copier, untrusted: Value) -> bytes | None:
    """Write the border of a link (§12.5.4)."""
    value = copier.source.value(untrusted)
    return copier.dictionary("border", value) if isinstance(value, dict) else None


def required(value: T | None) -> T:
    """Raise `UnreadableFileError` for what must not be missing."""
    if value is None:
        raise UnreadableFileError("pdf-malformed")
    return value


def _only(kind: type, value: Value) -> Value:
    return value if type(value) is kind else None


RULES: Final[dict[str, Rule]] = {
    "number": number,
    "integer": integer,
    "boolean": boolean,
    "booleans": booleans,
    "name": name,
    "text": text,
    "numbers": numbers,
    "nested_numbers": nested_numbers,
    "box": box,
    "dash": dash,
    "blend": blend,
    "font_and_size": font_and_size,
    "soft_mask": soft_mask,
    "border": border,
}
