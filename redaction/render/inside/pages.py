"""Pages of a PDF to pixels, by pdfium."""

import zlib
from collections.abc import Iterator
from typing import Final

import pypdfium2
from PIL import Image
from pypdfium2 import PdfiumError

from redaction.errors import UnreadableFileError
from redaction.render.inside.bitmaps import batch
from redaction.render.limits import MAX_PAGE_SIDE, MAX_PAGES, PAGE_DPI
from redaction.sandbox.frames import Frame

_POINTS_PER_INCH: Final = 72
_WRONG_PASSWORD: Final = pypdfium2.raw.FPDF_ERR_PASSWORD


def prepare() -> None:
    """Show one small page, so that fonts and renderers are loaded."""
    content = zlib.compress(b"BT /F 12 Tf 10 10 Td (a) Tj ET")
    decode_pages(
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 50 50]/Contents 4 0 R/Resources"
        b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>" % (len(content), content),
        0,
    )


def decode_pages(untrusted: bytes, first: int) -> Frame:
    """Answer with a batch of pages from number *first*: what a reader sees, forms included."""
    document = _opened(untrusted)
    document.init_forms()
    count = len(document)
    if count == 0:
        raise UnreadableFileError("file-empty")
    notes = {"pages-left-out"} if count > MAX_PAGES else set()
    count = min(count, MAX_PAGES)
    return batch(_pages(document, first, count), first, count, notes)


def _opened(untrusted: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(untrusted)
    except PdfiumError as exc:
        encrypted = exc.err_code == _WRONG_PASSWORD
        raise UnreadableFileError("pdf-encrypted" if encrypted else "pdf-malformed") from exc


def _pages(document: pypdfium2.PdfDocument, first: int, count: int) -> Iterator[Image.Image]:
    for number in range(first, count):
        page = document[number]
        scale = PAGE_DPI / _POINTS_PER_INCH
        longest = max(page.get_size()) * scale
        scale *= min(1, MAX_PAGE_SIDE / max(longest, 1))
        yield page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
        page.close()
