"""Clean PNG and APNG files without touching the picture (PNG, third edition).

Kept: the chunks that decide what is seen. Dropped: texts, time, Exif, print size, colour
profiles with their names, suggested palettes and backgrounds, every chunk unknown to us,
second copies, and all bytes after IEND. Each checksum is checked, also of what goes.

Out of reach: data behind the end of the compressed stream inside IDAT.
"""

from typing import Final
from zlib import crc32

from redaction.files.errors import UnreadableFileError
from redaction.files.images import exif
from redaction.files.images.verify_png import PngVerifier
from redaction.files.policy import LIMITS, categories_of
from redaction.files.source import MAX_LOOKAHEAD, Walk
from redaction.files.walker import Walker

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
KEPT_ONCE: Final = frozenset(
    {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"cICP", b"acTL", b"IEND"}
)
KEPT_OFTEN: Final = frozenset({b"IDAT", b"fcTL", b"fdAT"})
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
# What these tell goes without reading them; the empty set tells nothing about anybody.
_PLAIN: Final = {
    b"tIME": {"time"},
    b"pHYs": set[str](),
    b"bKGD": set[str](),
    b"hIST": set[str](),
    b"sPLT": set[str](),
}
_MAX_LENGTH: Final = 2**31 - 1


class PngCleaner(Walker):
    """Push in a PNG file, get the same picture without its history."""

    media = "image/png"
    truncated = "png-truncated"

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[bytes] = set()

    def _make_verifier(self) -> PngVerifier:
        return PngVerifier()

    def _run(self) -> Walk[None]:
        if (yield from self._source.take(8)) != SIGNATURE:
            raise UnreadableFileError("png-malformed")
        self._emit(SIGNATURE)
        for _ in range(LIMITS["chunks"]):
            if (yield from self._chunk()) == b"IEND":
                break
        else:
            raise UnreadableFileError("png-malformed")
        if (yield from self._source.rest()):
            self._removed.add("trailer")

    def _chunk(self) -> Walk[bytes]:
        """Copy or drop one chunk; return its type."""
        head = yield from self._source.take(8)
        length, kind = int.from_bytes(head[:4]), head[4:]
        if length > _MAX_LENGTH or not kind.isalpha():
            raise UnreadableFileError("png-malformed")
        kept = kind in KEPT_OFTEN or (kind in KEPT_ONCE and kind not in self._seen)
        if not kept and kind[:1].isupper() and kind not in KEPT_ONCE:
            raise UnreadableFileError("png-unsupported")
        self._seen.add(kind)
        beginning = yield from self._body(head, length, kept)
        if not kept and kind not in KEPT_ONCE:
            self._note(kind, beginning)
        return kind

    def _body(self, head: bytes, length: int, kept: bool) -> Walk[bytes]:
        """Pass over a chunk's data and checksum; return the beginning of the data."""
        beginning, crc, left = b"", crc32(head[4:]), length
        if kept:
            self._emit(head)
        while left:
            piece = yield from self._source.some(left)
            crc, left = crc32(piece, crc), left - len(piece)
            if kept:
                self._emit(piece)
            else:
                beginning += piece[: MAX_LOOKAHEAD - len(beginning)]
        checksum = yield from self._source.take(4)
        if int.from_bytes(checksum) != crc:
            raise UnreadableFileError("png-crc")
        if kept:
            self._emit(checksum)
        return beginning

    def _note(self, kind: bytes, beginning: bytes) -> None:
        if kind == b"iCCP":
            self._removed.add("colour-profile")
            # "sRGB" in the profile's name: what screens assume anyway.
            self._warnings |= set() if b"sRGB" in beginning[:80] else {"colours-may-change"}
        elif kind == b"eXIf":
            self._removed |= exif.read_exif(beginning)[1]
        elif kind in _PLAIN:
            self._removed |= _PLAIN[kind]
        else:
            self._removed |= categories_of(beginning, "comment" if kind in _TEXTS else "unknown")
