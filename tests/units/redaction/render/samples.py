"""Small files of many kinds, made for these tests, and what renderings of them look like."""

import zlib
from io import BytesIO
from typing import Any, Final

import pikepdf
from PIL import Image

from redaction.render import Page

SECRET: Final = "SECRETWORD"
A4: Final = (595.0, 842.0)


def coded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return *image* in Pillow's format *kind*."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def corners() -> Image.Image:
    """Return a picture of 60 × 40 whose four quarters differ, so that turns can be told."""
    image = Image.new("RGB", (60, 40), "white")
    image.paste("red", (0, 0, 30, 20))
    image.paste("lime", (30, 0, 60, 20))
    image.paste("blue", (0, 20, 30, 40))
    return image


def pdf(*contents: bytes, size: tuple[float, float] = A4, **page_entries: Any) -> bytes:
    """Return a PDF with one page per content stream; `/F` is Helvetica."""
    document = pikepdf.new()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    for content in contents:
        document.add_blank_page(page_size=size)
        page = document.pages[-1].obj
        page.Contents = document.make_stream(content)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        for key, value in page_entries.items():
            page[f"/{key}"] = value
    return saved(document)


def saved(document: pikepdf.Pdf, **options: Any) -> bytes:
    buffer = BytesIO()
    document.save(buffer, **options)
    return buffer.getvalue()


def writing(text: str, x: int = 72, y: int = 700, size: int = 24) -> bytes:
    """Return a content stream that writes *text* at *x*, *y* points from the lower left."""
    return f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET".encode()


def image_of(page: Page) -> Image.Image:
    """Return what *page* shows."""
    with Image.open(BytesIO(page.data)) as image:
        assert image.size == (page.width, page.height)
        assert image.get_format_mimetype() == page.media
        return image.convert("RGB")


def ink(page: Page) -> float:
    """Return which part of *page* is dark."""
    histogram = image_of(page).convert("L").histogram()
    return sum(histogram[:128]) / sum(histogram)


def bomb_of_pixels(side: int) -> bytes:
    """Return a small PNG that says it has *side* × *side* pixels, and has them."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    header = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, body) for kind, body in [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    )
