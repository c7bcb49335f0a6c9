"""Plain text as it reads, without what cannot be seen."""

import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.render.limits import MAX_TEXT_BYTES

_BOMS: Final = {BOM_UTF8: "utf-8", BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_LAYOUT: Final = frozenset("\t\n")
# Between letters of Arabic and Persian this one changes how they look.
_JOINING: Final = "\u200c"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u034f\u17b4\u17b5")
_SELECTORS: Final = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0), range(0x180B, 0x1810))


def as_text(untrusted: bytes, notes: set[str]) -> str:
    """Return what can be seen; raise `UnreadableFileError` for too much, or for no text."""
    if len(untrusted) > MAX_TEXT_BYTES:
        raise UnreadableFileError("file-too-large")
    text = _decoded(untrusted).replace("\r\n", "\n").replace("\r", "\n")
    visible = "".join(char for char in text if _is_visible(char))
    if visible != text:
        notes.add("invisible-characters")
    return visible


def _decoded(untrusted: bytes) -> str:
    for bom, encoding in _BOMS.items():
        if untrusted.startswith(bom):
            return untrusted.removeprefix(bom).decode(encoding, "replace")
    try:
        return untrusted.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise UnreadableFileError("text-encoding") from exc


def _is_visible(char: str) -> bool:
    if char in _LAYOUT or char == _JOINING:
        return True
    if unicodedata.category(char) in _INVISIBLE or char in _BLANK_LETTERS:
        return False
    return not any(ord(char) in selectors for selectors in _SELECTORS)
