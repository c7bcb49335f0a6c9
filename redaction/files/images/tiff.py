"""Clean TIFF files of any number of pages without touching the picture (TIFF 6.0).

Every page is written anew in the file's own byte order: the tags that a decoder needs, the
orientation, a colour profile that we have one for, and the strips or tiles as they are.
Dropped: all other tags with everything they point at (Exif, GPS, XMP, IPTC, Photoshop,
makers' notes, small copies of a page, layers), bytes between the parts and behind them, and
inside JPEG strips every segment that is no table, frame or scan.

Out of reach: bytes behind the end of the coded data of a strip, unless it is Deflate or not
compressed at all.
"""

import zlib
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.images import icc
from redaction.files.images.jpeg import JpegCleaner
from redaction.files.images.tiff_parts import (
    RATIONAL,
    SHORT,
    UNDEFINED,
    Entry,
    Page,
    Reader,
    Writer,
)
from redaction.files.images.verify_tiff import verify_tiff
from redaction.files.policy import EXIF_CATEGORIES, categories_of
from redaction.files.whole import WholeFile

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, MEANING = 254, 256, 257, 258, 259, 262
SAMPLES, ROWS, ACROSS, DOWN, PLANAR, UNIT = 277, 278, 282, 283, 284, 296
TILE_WIDTH, TILE_HEIGHT, SUBFILES, JPEG_TABLES = 322, 323, 330, 347
SHARED, EXIF, PROFILE, DNG = 530, 34665, 34675, 50706
STRIPS: Final = {273: 279, 324: 325}
"""Tags of where strips or tiles begin, and of how long they are."""
PER_SAMPLE: Final = frozenset({BITS, 336, 338, 339, 340, 341})
KEPT: Final = {
    **dict.fromkeys((WIDTH, HEIGHT, COMPRESSION, SAMPLES, ROWS, PLANAR, TILE_WIDTH), 1),
    # Order of bits, orientation, fax options, prediction, inks, place of colour samples.
    **dict.fromkeys((TILE_HEIGHT, MEANING, 266, 274, 292, 293, 317, 332, 334, 531), 1),
    **dict.fromkeys(PER_SAMPLE, 32),
    320: 3 * 65_536,
    529: 3,
    SHARED: 2,
    532: 32,
}
"""Tags that stay, and how many numbers they may hold: palette, YCbCr and samples."""
_REPLACED: Final = frozenset({SUBFILE, ACROSS, DOWN, UNIT, JPEG_TABLES, PROFILE})
NONE, JPEG, DEFLATE, OLD_DEFLATE = 1, 7, 8, 32946
# Fax (three ways), LZW, PackBits, LZMA and Zstandard are copied as they are.
SUPPORTED: Final = frozenset({NONE, 2, 3, 4, 5, JPEG, DEFLATE, OLD_DEFLATE, 32773, 34925, 50000})
_YCBCR: Final = 6
_JPEG_START: Final = b"\xff\xd8\xff"
_MAX_PER_INCH: Final = 10_000
_STEP: Final = 65_536
_MOST_UNPACKED: Final = 1 << 30


class TiffCleaner(WholeFile):
    """Give in a TIFF file, get the same pages without their history."""

    media = "image/tiff"

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        super().__init__(declared_name, depth)
        self._unpacked = 0

    def _rewrite(self, untrusted: bytes) -> bytes:
        reader = Reader(untrusted)
        pages = reader.pages()
        shown = [page for page in pages if not reader.number(page, SUBFILE, 0) & 1]
        if not shown or any(DNG in page for page in pages):
            raise UnreadableFileError("picture-unsupported")
        if len(shown) < len(pages):
            self._note("thumbnail")
        writer = Writer(reader.order)
        for page in shown:
            self._page(reader, page, writer)
        reader.judge_overlaps()
        if reader.furthest + reader.furthest % 2 < len(untrusted):
            self._note("trailer")
        return writer.done()

    def _verify(self, written: bytes) -> None:
        verify_tiff(written)

    def _page(self, reader: Reader, page: Page, writer: Writer) -> None:
        compression = reader.number(page, COMPRESSION, 0)
        if compression not in SUPPORTED:
            raise UnreadableFileError("picture-unsupported")
        samples = reader.number(page, SAMPLES, 1)
        if any(page[tag].count > max(samples, 1) for tag in PER_SAMPLE & page.keys()):
            raise UnreadableFileError("picture-malformed")
        starts = next((tag for tag in STRIPS if tag in page), None)
        if starts is None or any(page[tag].count > KEPT[tag] for tag in KEPT & page.keys()):
            raise UnreadableFileError("picture-malformed")
        self._note_rest(reader, page)
        kept = {tag: page[tag] for tag in KEPT & page.keys()}
        kept |= self._shape_of_pixels(reader, page)
        kept |= self._recoloured(page)
        if JPEG_TABLES in page:
            tables = _tables(page[JPEG_TABLES].value)
            kept[JPEG_TABLES] = Entry(UNDEFINED, len(tables), tables)
        pieces = reader.pieces(page, starts, STRIPS[starts])
        coded = [
            self._coded(piece, compression, _most(reader, page, index))
            for index, piece in enumerate(pieces)
        ]
        writer.page(kept, starts, STRIPS[starts], coded)

    def _note_rest(self, reader: Reader, page: Page) -> None:
        for tag, entry in page.items():
            if tag == EXIF:
                inner = reader.directory_at(reader.number(page, EXIF, 0))[0]
                self._note(*(EXIF_CATEGORIES.get(tag, "unknown") for tag in inner))
            elif tag == SUBFILES:
                self._note("thumbnail")
            elif tag not in {*KEPT, *STRIPS, *STRIPS.values(), *_REPLACED}:
                known = EXIF_CATEGORIES.get(tag)
                self._note(*({known} if known else categories_of(entry.value, "unknown")))

    def _shape_of_pixels(self, reader: Reader, page: Page) -> Page:
        """Return both resolutions where pixels are not square, as on a faxed page."""
        across, down = reader.rounded(page, ACROSS), reader.rounded(page, DOWN)
        if across == down or not (0 < across <= _MAX_PER_INCH and 0 < down <= _MAX_PER_INCH):
            return {}
        return {
            ACROSS: reader.entry(RATIONAL, across, 1),
            DOWN: reader.entry(RATIONAL, down, 1),
            UNIT: reader.entry(SHORT, max(1, min(reader.number(page, UNIT, 2), 3))),
        }

    def _recoloured(self, page: Page) -> Page:
        if PROFILE not in page:
            return {}
        untrusted = page[PROFILE].value
        ours = icc.replacement(untrusted)
        if ours is None:
            self._warn("colours-may-change")
        if not ours or ours != untrusted:
            self._note("colour-profile")
        return {PROFILE: Entry(UNDEFINED, len(ours), ours)} if ours else {}

    def _coded(self, piece: bytes, compression: int, most: int) -> bytes:
        """Return a strip or tile without what stands behind its picture."""
        if compression == JPEG:
            inner = JpegCleaner()
            clean = inner.update(piece) + inner.finish()
            self._note(*inner.report.removed)
            return clean
        if piece.startswith(_JPEG_START):
            raise UnreadableFileError("picture-malformed")
        clean = piece
        if compression == NONE:
            if len(piece) < most:
                raise UnreadableFileError("picture-truncated")
            clean = piece[:most]
        elif compression in {DEFLATE, OLD_DEFLATE}:
            clean = self._deflated(piece, most)
        if len(clean) < len(piece):
            self._note("trailer")
        return clean

    def _deflated(self, piece: bytes, most: int) -> bytes:
        """Return a zlib stream up to its end; raise where it holds far more than a picture."""
        stream, made, end = zlib.decompressobj(), 0, 0
        try:
            while not stream.eof:
                fed = piece[end : end + _STEP]
                end += len(fed)
                while fed or (end == len(piece) and not stream.eof):
                    got = stream.decompress(fed, _STEP)
                    made += len(got)
                    if made > 4 * most + _STEP or not (got or fed or stream.eof):
                        raise UnreadableFileError("picture-malformed")
                    fed = stream.unconsumed_tail
        except zlib.error as exc:
            raise UnreadableFileError("picture-malformed") from exc
        self._unpacked += made
        if self._unpacked > _MOST_UNPACKED:
            raise UnreadableFileError("file-too-complex")
        return piece[: end - len(stream.unused_data)]


def _most(reader: Reader, page: Page, index: int) -> int:
    """Return how many bytes the samples of one strip or tile take when not compressed."""
    width = reader.number(page, TILE_WIDTH, reader.number(page, WIDTH, 0))
    height = reader.number(page, HEIGHT, 0)
    rows = reader.number(page, TILE_HEIGHT, min(height, reader.number(page, ROWS, height)))
    if 0 in (rows, width, height):
        raise UnreadableFileError("picture-malformed")
    samples = reader.number(page, SAMPLES, 1)
    bits = reader.numbers(page, BITS) or [1]
    if reader.number(page, PLANAR, 1) == 1:
        per_pixel = sum(bits) if len(bits) > 1 else bits[0] * samples
    else:
        per_pixel = max(bits)
    if TILE_WIDTH not in page:
        rows = min(rows, height - index % -(-height // rows) * rows)
    if reader.number(page, MEANING, 1) == _YCBCR and reader.number(page, PLANAR, 1) == 1:
        # Blocks of pixels share two samples of colour.
        across, down = (reader.numbers(page, SHARED) or [2, 2])[:2]
        if not (0 < across <= 4 and 0 < down <= 4):
            raise UnreadableFileError("picture-malformed")
        return -(-width // across) * -(-rows // down) * (across * down + 2)
    return -(-width * per_pixel // 8) * rows


def _tables(untrusted: bytes) -> bytes:
    """Return a stream of JPEG tables without any other segment (TIFF Technical Note 2)."""
    at, kept = 2, [b"\xff\xd8"]
    while untrusted[at : at + 2] != b"\xff\xd9":
        end = at + 2 + int.from_bytes(untrusted[at + 2 : at + 4])
        if untrusted[at : at + 1] != b"\xff" or not at + 4 <= end <= len(untrusted):
            raise UnreadableFileError("picture-malformed")
        if untrusted[at + 1] in {0xC4, 0xCC, 0xDB, 0xDD}:
            kept.append(untrusted[at:end])
        at = end
    return b"".join((*kept, b"\xff\xd9"))
