"""A page as PNG, drawn from the same outlines; it holds pixels and nothing else."""

import io
from typing import Final

import uharfbuzz as hb
from PIL import Image, ImageColor, ImageDraw

from app.campaign.page import QUIET_ZONE, Box, Code, Page, Text
from app.campaign.shape import EM, font

_COLOURS: Final = 64
"""Enough for edges between the few colours of a page."""


def png_bytes(page: Page) -> bytes:
    size = (round(page.width * page.pixels), round(page.height * page.pixels))
    canvas = Image.new("RGB", size, "white")
    for item in page.items:
        _paint(canvas, item, page.pixels)
    few = canvas.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _paint(canvas: Image.Image, item: Text | Box | Code, scale: float) -> None:
    if isinstance(item, Box):
        _paint_box(canvas, item, scale)
    elif isinstance(item, Code):
        _paint_code(canvas, item, scale)
    else:
        _paint_text(canvas, item, scale)


def _paint_box(canvas: Image.Image, box: Box, scale: float) -> None:
    corners = [round(each * scale) for each in (box.x, box.y)]
    corners += [
        round((box.x + box.width) * scale) - 1,
        round((box.y + box.height) * scale) - 1,
    ]
    line = max(1, round(box.line * scale)) if box.stroke else 0
    ImageDraw.Draw(canvas).rectangle(tuple(corners), box.fill, box.stroke, line)


def _paint_code(canvas: Image.Image, code: Code, scale: float) -> None:
    """With modules of whole pixels, in the middle of the place that is theirs."""
    side = round(code.size * scale)
    count = len(code.rows) + 2 * QUIET_ZONE
    module = max(1, side // count)
    left, top = round(code.x * scale), round(code.y * scale)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((left, top, left + side - 1, top + side - 1), "white")
    rest = (side - module * count) // 2
    for bar in code.scaled(module, left + rest, top + rest):
        ends = (bar.x + bar.width - 1, bar.y + bar.height - 1)
        draw.rectangle((bar.x, bar.y, *ends), code.colour)


def _paint_text(canvas: Image.Image, text: Text, scale: float) -> None:
    raster = hb.RasterDraw()
    size = text.size * scale / EM
    # HarfBuzz draws with y up.
    left, base = text.left * scale, canvas.height - text.y * scale
    for run in text.shaped.runs:
        for glyph in run.glyphs:
            raster.transform = (size, 0, 0, size, left + glyph.x * size, base + glyph.y * size)
            raster.draw_glyph(font(run.family, run.bold).hb, glyph.id)
    image = raster.render()
    extents = image.extents if image else None
    if not extents or not extents.width or not extents.height:
        return
    shape = (extents.width, extents.height)
    ink = Image.frombytes("L", shape, image.buffer, "raw", "L", extents.stride, -1)
    place = (extents.x_origin, canvas.height - extents.y_origin - extents.height)
    canvas.paste(ImageColor.getrgb(text.colour), place, ink)
