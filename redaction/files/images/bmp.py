"""Clean BMP files without touching the picture (Windows bitmaps, headers of 12 to 124 bytes).

Kept: size, depth, masks, palette, pixels. Written anew: the headers, as short as the
picture allows. Dropped: resolution, colour space with its embedded or linked profile, gaps,
what fills up rows, and all bytes behind the picture.

Out of reach: the fourth byte of a pixel where no mask says what it means.
"""

import struct
from dataclasses import dataclass
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.forward import Forward
from redaction.files.images.verify_bmp import verify_bmp
from redaction.files.policy import LIMITS

_CORE, _INFO, _WITH_ALPHA = 12, 40, 56
_HEADERS: Final = frozenset({_CORE, _INFO, 52, _WITH_ALPHA, 108, 124})
_RGB, _RLE8, _RLE4, _MASKS, _ALPHA_MASKS = 0, 1, 2, 3, 6
_DEPTHS: Final[dict[int, set[int]]] = {
    _RGB: {1, 4, 8, 16, 24, 32},
    _RLE8: {8},
    _RLE4: {4},
    _MASKS: {16, 32},
    _ALPHA_MASKS: {16, 32},
}

_MOST_CODES: Final = 2 * LIMITS["units"]


@dataclass(frozen=True)
class _Shape:
    """Size in pixels; a negative height means that the first row is on top."""

    width: int
    height: int
    depth: int
    compression: int
    colours: int


class BmpCleaner(Forward):
    """Give in a BMP file, get the same picture and nothing else."""

    media = "image/bmp"
    truncated = "picture-truncated"

    def _run(self) -> None:
        head = self._take(14)
        size = int.from_bytes(self._take(4), "little")
        if head[:2] != b"BM" or size not in _HEADERS:
            raise UnreadableFileError("picture-unsupported")
        body = self._take(size - 4)
        shape = _core(body) if size == _CORE else _info(body)
        _judge(shape)
        masks = self._masks(body, shape)
        start = int.from_bytes(head[10:14], "little")
        if start < self._at:
            raise UnreadableFileError("picture-malformed")
        palette = self._palette(shape, start, 3 if size == _CORE else 4)
        if any(self._take(start - self._at)) or any(body[_WITH_ALPHA - 4 :]):
            self._note("unknown")
        runs = shape.compression in {_RLE8, _RLE4}
        pixels = self._runs(shape) if runs else self._rows(shape)
        self._cut_here()
        self._assemble(shape, masks, palette, pixels)

    def _verify(self, written: bytes) -> None:
        verify_bmp(written)

    def _masks(self, body: bytes, shape: _Shape) -> bytes:
        """Return which bits are red, green, blue and, if any, clear; nothing without masks."""
        if shape.compression not in {_MASKS, _ALPHA_MASKS}:
            return b""
        masks = body[_INFO - 4 : _WITH_ALPHA - 4]
        if not masks:
            masks = self._take(12 if shape.compression == _MASKS else 16)
        return masks if any(masks[12:]) else masks[:12]

    def _palette(self, shape: _Shape, start: int, size: int) -> bytes:
        """Return the colours, four bytes each, of which the last is zero."""
        if shape.depth > 8:
            return b""
        most = min(1 << shape.depth, shape.colours or 256, (start - self._at) // size)
        colours = self._take(size * most)
        return b"".join(colours[at : at + 3] + b"\0" for at in range(0, len(colours), size))

    def _rows(self, shape: _Shape) -> bytes:
        """Return the pixels with zeros where rows are filled up to whole words."""
        used = shape.width * shape.depth
        stride = (used + 31) // 32 * 4
        data = self._take(stride * abs(shape.height))
        if used == 8 * stride:
            return data
        whole, bits = divmod(used, 8)
        rows = bytearray(data)
        for end in range(stride, len(data) + 1, stride):
            at = end - stride + whole
            partial = bytes((rows[at] & 0xFF00 >> bits & 0xFF,)) if bits else b""
            rows[at:end] = partial.ljust(end - at, b"\0")
        if rows != data:
            self._note("unknown")
        return bytes(rows)

    def _runs(self, shape: _Shape) -> bytes:
        """Return run-length coded pixels up to their end code."""
        data, at, start = bytearray(self._untrusted), self._at, self._at
        codes = 0
        while data[at : at + 2] != b"\0\1":
            count, code = data[at : at + 2].ljust(2, b"\1")
            at, codes = at + 2, codes + 1
            if codes > _MOST_CODES:
                raise UnreadableFileError("file-too-complex")
            if at > len(data):
                raise UnreadableFileError(self.truncated)
            if count == 0 and code == 2:
                at += 2
            elif count == 0 and code > 2:
                at += -(-code * shape.depth // 8)
                if at % 2 != start % 2 and at < len(data):
                    data[at] = 0
                    at += 1
        self._at = at + 2
        return bytes(data[start : self._at])

    def _assemble(self, shape: _Shape, masks: bytes, palette: bytes, pixels: bytes) -> None:
        size = _WITH_ALPHA if len(masks) > 12 else _INFO
        compression = _MASKS if masks else shape.compression
        start = 14 + size + (len(masks) if size == _INFO else 0) + len(palette)
        self._emit(
            struct.pack("<2sIII", b"BM", start + len(pixels), 0, start),
            struct.pack("<IiiHH", size, shape.width, shape.height, 1, shape.depth),
            struct.pack("<IIiiII", compression, len(pixels), 0, 0, len(palette) // 4, 0),
            masks,
            palette,
            pixels,
        )


def _core(body: bytes) -> _Shape:
    width, height, _, depth = struct.unpack("<4H", body)
    return _Shape(width, height, depth, _RGB, 0)


def _info(body: bytes) -> _Shape:
    width, height, _, depth, compression = struct.unpack_from("<iiHHI", body)
    return _Shape(width, height, depth, compression, struct.unpack_from("<I", body, 28)[0])


def _judge(shape: _Shape) -> None:
    if shape.compression not in _DEPTHS:
        raise UnreadableFileError("picture-unsupported")
    if shape.depth not in _DEPTHS[shape.compression] or shape.width <= 0 or shape.height == 0:
        raise UnreadableFileError("picture-malformed")
    height = abs(shape.height)
    if max(shape.width, height) > LIMITS["side"] or shape.width * height > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")
