"""Read a cleaned text a second time, one character after the other.

What is unseen here is Unicode's own list (Default_Ignorable_Code_Point and the controls),
written down as numbers; the cleaner works with patterns.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError

_UNSEEN: Final = frozenset(
    place
    for first, last in (
        *((0x00, 0x08), (0x0B, 0x0B), (0x0D, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F)),
        *((0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x200B, 0x200F)),
        *((0x2028, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
        *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3)),
        *((0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
    )
    for place in range(first, last + 1)
)
_JOINERS: Final = frozenset((0x200C, 0x200D))
_SIDES: Final = frozenset((0x61C, 0x200E, 0x200F))
_PICTURE: Final = 0xFE0F
_BEFORE_PICTURE: Final = frozenset(b"0123456789#*\xa9\xae")


def verify_plain(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first character that has no right to be there."""
    try:
        text = written.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as exc:
        raise UnreadableFileError("text-malformed") from exc
    if " \n" in text or text.endswith(" "):
        raise UnreadableFileError("text-malformed")
    verify_text(text)


def verify_text(text: str) -> None:
    """Raise `UnreadableFileError` where *text* holds what cannot be seen and is not needed."""
    if _UNSEEN.isdisjoint(map(ord, set(text))):
        return
    before = 0
    for place in map(ord, text):
        if place in _UNSEEN and not _allowed(before, place):
            raise UnreadableFileError("text-malformed")
        before = place


def _allowed(before: int, place: int) -> bool:
    """Return whether *place* may follow *before*: alone, behind a letter or a picture."""
    if place == _PICTURE:
        return before in _BEFORE_PICTURE or (before > 0x2000 and before not in _UNSEEN)
    if place in _JOINERS:
        return before > 0x5FF and (before == _PICTURE or before not in _UNSEEN)
    return place in _SIDES and before not in _UNSEEN
