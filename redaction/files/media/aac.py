"""Clean AAC files of raw frames (ADTS, ISO/IEC 13818-7 §6.2, ISO/IEC 14496-3 §1.A.2).

Kept: the coded sound. Written anew: the headers of the frames, without private and
copyright bits and without checksums. Emptied: what an encoder says in elements in front of
the sound (its name and version). Dropped: tags before, between and behind the frames, and a
last frame that is cut.

Out of reach: fill and data elements behind coded sound in a frame.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.coded import Coding, clean_coded
from redaction.files.media.frames import Framed
from redaction.files.media.inplace import InPlace
from redaction.files.media.verify_aac import verify_aac

_HEADER: Final = 7
_CHECKSUM: Final = 2
_RATES: Final = 13


class AacCleaner(Framed):
    """Give in an AAC file, get the same sound without its history."""

    media = "audio/aac"

    def _frame(self, at: int) -> tuple[int, int]:
        head = self._untrusted[at : at + _HEADER]
        if len(head) < _HEADER or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
            return 0, 0
        if head[2] >> 2 & 15 >= _RATES:
            return 0, 0
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        kind = (head[1] & 8) << 16 | (head[2] & 0xFD) << 8 | head[3] & 0xC0
        return (size if size > _header_size(head) else 0), kind

    def _write(self) -> None:
        file = InPlace(self._untrusted, "sound")
        for start, end in self._spans:
            head = self._untrusted[start : start + _HEADER]
            if head[6] & 3 and not head[1] & 1:
                raise UnreadableFileError("sound-unsupported")
            sound = start + _header_size(head)
            clean_coded(file, Coding("aac"), sound, end)
            self._emit(_written_anew(head, end - sound), bytes(file.data[sound:end]))
        self._note(*file.removed)

    def _verify(self, written: bytes) -> None:
        verify_aac(written)


def _header_size(head: bytes) -> int:
    return _HEADER if head[1] & 1 else _HEADER + _CHECKSUM


def _written_anew(head: bytes, size: int) -> bytes:
    """Return the header of *size* bytes of sound; the fullness says "variable"."""
    size += _HEADER
    return bytes(
        (
            0xFF,
            head[1] | 1,
            head[2] & 0xFD,
            head[3] & 0xC0 | size >> 11,
            size >> 3 & 0xFF,
            (size & 7) << 5 | 0x1F,
            0xFC | head[6] & 3,
        )
    )
