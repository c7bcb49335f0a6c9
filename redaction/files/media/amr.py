"""Clean AMR files, narrow and wide: the magic word and whole frames (RFC 4867 §5).

The bits that fill up a frame's last byte become zero. Where no frame begins, the sound
ends, and everything from there on goes.

Out of reach: bytes behind the sound that read as frames to the end of the file.
"""

from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import Sound, bound
from redaction.files.media.verify_amr import verify_amr

# Bits of speech by frame type (3GPP TS 26.101 table 1a, 26.201 table 1a).
_NARROW: Final = {0: 95, 1: 103, 2: 118, 3: 134, 4: 148, 5: 159, 6: 204, 7: 244, 8: 39, 15: 0}
_WIDE: Final = {
    0: 132,
    1: 177,
    2: 253,
    3: 285,
    4: 317,
    5: 365,
    6: 397,
    7: 461,
    8: 477,
    9: 40,
    14: 0,
    15: 0,
}
_KINDS: Final = {b"#!AMR\n": _NARROW, b"#!AMR-WB\n": _WIDE}


class AmrCleaner(Sound):
    """Give in an AMR file, get the same speech and nothing else."""

    media = "audio/amr"

    def _run(self) -> None:
        magic = next((word for word in _KINDS if self._untrusted.startswith(word)), None)
        if magic is None:
            raise UnreadableFileError("sound-unsupported")
        self._emit(self._take(len(magic)))
        bits = _KINDS[magic]
        heads = {kind << 3 | good << 2: size for kind, size in bits.items() for good in (0, 1)}
        clean = bytearray(self._untrusted)
        start, frames, zeros_until = self._at, 0, 0
        while self._at < len(clean) and clean[self._at] in heads:
            size = heads[clean[self._at]]
            end = self._at + 1 + (size + 7) // 8
            if end > len(clean):
                break
            frames += 1
            bound(frames)
            filled = clean[end - 1] & (0xFF00 >> (size % 8 or 8) if size else 0xFF)
            zeros_until = end if filled == clean[end - 1] else zeros_until
            clean[end - 1] = filled
            self._at = end
        if self._at < len(clean) and zeros_until:
            # Encoders fill up with zeros; what came last without them was no frame either.
            self._at = zeros_until
        if self._at == start:
            raise UnreadableFileError("sound-malformed")
        self._emit(bytes(clean[start : self._at]))
        self._cut_here()

    def _verify(self, written: bytes) -> None:
        verify_amr(written)
