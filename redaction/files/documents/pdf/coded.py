"""Coded pictures inside PDFs, without what they carry besides the picture.

JPEG goes through its own cleaner. JPEG 2000 (ITU-T T.800, annexes A and I) keeps the boxes
that tell size, channels and colours, and loses comments. JBIG2 (ITU-T T.88 §7.2) keeps the
segments that draw.
"""

import struct
from collections.abc import Iterator
from typing import Final

from redaction.files.documents.pdf.icc import neutral
from redaction.files.errors import UnreadableFileError
from redaction.files.images.jpeg import JpegCleaner

_SOI: Final = b"\xff\xd8"
_EOI: Final = b"\xff\xd9"
_JP2_START: Final = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
_HEADER_BOXES: Final = frozenset((b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef"))
_BY_NUMBER: Final = b"\1\0\0"
_SRGB: Final = 16
_GREY: Final = 17
_CHANNELS: Final = {b"GRAY": 1, b"RGB ": 3}
_CODESTREAM: Final = b"\xff\x4f\xff\x51"
_COMMENT: Final = 0xFF64
_TILE: Final = 0xFF90
_TILE_DATA: Final = 0xFF93
# Capabilities and sizes, coding styles, quantisation, orders, lengths, packed headers.
_MARKERS: Final = frozenset(
    (
        *(0xFF50, 0xFF51, 0xFF52, 0xFF53, 0xFF55, 0xFF57, 0xFF58, 0xFF59),
        *(0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F, 0xFF60, 0xFF61, 0xFF63),
    )
)
# Symbols, text, patterns, halftones, generic and refinement regions, pages, ends, stripes, tables.
_SEGMENTS: Final = frozenset((0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 49, 50, 53))
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF


def clean_jpeg(untrusted: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the picture and the categories of what went; an end that is missing is written."""
    untrusted = untrusted[max(0, untrusted.find(_SOI, 0, 64)) :]
    try:
        return _through_cleaner(untrusted)
    except UnreadableFileError as exc:
        if exc.code != "jpeg-truncated":
            raise UnreadableFileError("pdf-picture") from exc
    try:
        return _through_cleaner(untrusted + _EOI)
    except UnreadableFileError as exc:
        raise UnreadableFileError("pdf-picture") from exc


def _through_cleaner(untrusted: bytes) -> tuple[bytes, tuple[str, ...]]:
    cleaner = JpegCleaner()
    clean = cleaner.update(untrusted) + cleaner.finish()
    return clean, cleaner.report.removed


def clean_jpx(untrusted: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a JPEG 2000 picture, as a file or as bare codestream, and what went."""
    if untrusted.startswith(_CODESTREAM):
        clean = _codestream(untrusted)
        return clean, () if clean == untrusted else ("comment",)
    header, coded = b"", b""
    for kind, body in _boxes(untrusted):
        if kind == b"jp2h" and not header:
            header = b"".join(_header_box(*box) for box in _boxes(body))
        elif kind == b"jp2c" and not coded:
            coded = _codestream(body)
    if not header or not coded:
        raise UnreadableFileError("pdf-picture")
    clean = _JP2_START + _box(b"jp2h", header) + _box(b"jp2c", coded)
    return clean, () if clean == untrusted else ("unknown",)


def _boxes(untrusted: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes of a file or of a box up to the first broken one (T.800 §I.4)."""
    at = 0
    while at + 8 <= len(untrusted):
        size, kind = struct.unpack_from(">I4s", untrusted, at)
        head = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(untrusted[at + 8 : at + 16])
        end = len(untrusted) if size == 0 else at + size
        if end < at + head or end > len(untrusted):
            return
        yield kind, untrusted[at + head : end]
        at = end


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _header_box(kind: bytes, body: bytes) -> bytes:
    if kind not in _HEADER_BOXES:
        return b""
    return _box(kind, _colour(body) if kind == b"colr" else body)


def _colour(body: bytes) -> bytes:
    """Return a colour specification without the names in its profile (§I.5.3.3)."""
    if body[:1] != b"\2":
        return body[:7]
    profile = body[3:]
    channels = _CHANNELS.get(profile[16:20], 4)
    ours = neutral(profile, channels)
    if ours:
        return body[:3] + ours
    return _BY_NUMBER + (_GREY if channels == 1 else _SRGB).to_bytes(4)


def _codestream(untrusted: bytes) -> bytes:
    """Return a codestream without comments and without what follows it (§A.1 to §A.4)."""
    if not untrusted.startswith(_CODESTREAM):
        raise UnreadableFileError("pdf-picture")
    parts, at = [untrusted[:2]], 2
    while (marker := _short(untrusted, at)) != _TILE:
        end = at + 2 + _short(untrusted, at + 2)
        if marker in _MARKERS:
            parts.append(untrusted[at:end])
        elif marker != _COMMENT:
            raise UnreadableFileError("pdf-picture")
        at = end
    while _short(untrusted, at) == _TILE:
        end = at + int.from_bytes(untrusted[at + 6 : at + 10])
        if end == at:  # the last one reaches to the end
            end = max(at, untrusted.rfind(_EOI))
        if end > len(untrusted) or end < at + 14:
            raise UnreadableFileError("pdf-picture")
        parts += _tile(untrusted[at:end])
        at = end
    return b"".join((*parts, _EOI))


def _tile(untrusted: bytes) -> Iterator[bytes]:
    """Yield a tile's segments; comments keep their length, which the tile's head counts."""
    at = 12
    yield untrusted[:at]
    while (marker := _short(untrusted, at)) != _TILE_DATA:
        end = at + 2 + _short(untrusted, at + 2)
        if marker == _COMMENT:
            yield untrusted[at : at + 6] + bytes(max(0, end - at - 6))
        elif marker in _MARKERS and end > at + 3:
            yield untrusted[at:end]
        else:
            raise UnreadableFileError("pdf-picture")
        at = end
    yield untrusted[at:]


def _short(untrusted: bytes, at: int) -> int:
    if at + 2 > len(untrusted):
        raise UnreadableFileError("pdf-picture")
    return int.from_bytes(untrusted[at : at + 2])


def clean_jbig2(untrusted: bytes) -> bytes:
    """Return the segments that draw, of a stream as PDF embeds it (§7.2, annex D.3)."""
    parts, at = [], 0
    while at + 11 <= len(untrusted):
        body, size = _segment_head(untrusted, at)
        end = len(untrusted) if size == _UNKNOWN_LENGTH else body + size
        if max(body, end) > len(untrusted):
            raise UnreadableFileError("pdf-picture")
        if untrusted[at + 4] & 63 in _SEGMENTS:
            parts.append(untrusted[at:end])
        at = end
    return b"".join(parts)


def _segment_head(untrusted: bytes, at: int) -> tuple[int, int]:
    """Return where a segment's data begin and how many they are."""
    number, flags = struct.unpack_from(">IB", untrusted, at)
    count = untrusted[at + 5] >> 5
    body = at + 6
    if count == 7:
        count = int.from_bytes(untrusted[at + 5 : at + 9]) & 0x1FFFFFFF
        body = at + 9 + (count + 8) // 8
    body += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
    body += 4 if flags & 64 else 1
    return body + 4, int.from_bytes(untrusted[body : body + 4])
