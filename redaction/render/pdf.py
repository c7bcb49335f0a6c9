"""A PDF of pictures and nothing else: no text, no fonts, no names, no dates, no identifiers."""

import zlib
from collections.abc import Sequence
from typing import Final

from redaction.render.limits import PAGE_DPI
from redaction.render.rendering import Page

_POINTS_PER_INCH: Final = 72
_HEADER: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_OBJECTS_PER_PAGE: Final = 3
_FIRST_PAGE: Final = 3
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_COLOUR_AT: Final = 25
_PNG_COLOURS: Final = {0: 1, 2: 3}


def flatten(pages: Sequence[Page]) -> bytes:
    """Return a PDF with one page per picture of *pages*, at `PAGE_DPI`; ISO 32000-1 §7.5."""
    numbers = [_FIRST_PAGE + index * _OBJECTS_PER_PAGE for index in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(pages), kids),
    ]
    for number, page in zip(numbers, pages, strict=True):
        objects += _page(number, page)
    return _file(objects)


def _page(number: int, page: Page) -> list[bytes]:
    width, height = (side * _POINTS_PER_INCH / PAGE_DPI for side in (page.width, page.height))
    size = b"%.2f %.2f" % (width, height)
    coding, data = _coded(page)
    content = zlib.compress(b"%.2f 0 0 %.2f 0 0 cm /Page Do" % (width, height))
    return [
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %b]/Contents %d 0 R"
        b"/Resources<</XObject<</Page %d 0 R>>>>>>" % (size, number + 1, number + 2),
        _stream(b"/Filter/FlateDecode", content),
        _stream(_image(page) + coding, data),
    ]


def _image(page: Page) -> bytes:
    return b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8" % (
        page.width,
        page.height,
    )


def _coded(page: Page) -> tuple[bytes, bytes]:
    """Return how a picture's data are coded, and the data, as both formats share it."""
    if page.media == "image/jpeg":
        return b"/ColorSpace/DeviceRGB/Filter/DCTDecode", page.data
    colours = _PNG_COLOURS[page.data[_PNG_COLOUR_AT]]
    space = b"/DeviceGray" if colours == 1 else b"/DeviceRGB"
    rows = b"/ColorSpace%b/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors %d/Columns %d>>"
    return rows % (space, colours, page.width), _png_rows(page.data)


def _png_rows(png: bytes) -> bytes:
    """Return the compressed rows of a PNG that we encoded; RFC 2083 §3.2."""
    rows, at = [], len(_PNG_SIGNATURE)
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        if kind == b"IDAT":
            rows.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    return b"".join(rows)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    written, offsets = bytearray(_HEADER), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(written)
