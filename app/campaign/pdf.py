"""A page as PDF: its text can be selected and searched, and it holds no date and no program."""

import io

import pikepdf
from fpdf import FPDF
from fpdf.enums import Align, TextDirection, XPos, YPos

from app.campaign.page import Box, Code, Page, Text
from app.packets.paper import family_of, set_up

_BASELINE = 0.8
"""Of the size: how far below the top of its cell the library sets a line."""


def pdf_bytes(page: Page) -> bytes:
    pdf = FPDF(unit="pt", format=(page.width, page.height))
    set_up(pdf, page.lang, page.title)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    pdf.add_page()
    for item in page.items:
        _put(pdf, item)
    return _without_date(bytes(pdf.output()))


def _put(pdf: FPDF, item: Text | Box | Code) -> None:
    if isinstance(item, Box):
        _put_box(pdf, item)
    elif isinstance(item, Code):
        _put_code(pdf, item)
    else:
        _put_text(pdf, item)


def _put_box(pdf: FPDF, box: Box) -> None:
    inset = box.line / 2 if box.stroke else 0
    style = ("D" if box.stroke else "") + ("F" if box.fill else "")
    if box.fill:
        pdf.set_fill_color(box.fill)
    if box.stroke:
        pdf.set_draw_color(box.stroke)
        pdf.set_line_width(box.line)
    pdf.rect(
        box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset, style=style
    )


def _put_code(pdf: FPDF, code: Code) -> None:
    """All modules are one path: between many, printers leave fine white lines."""
    _put_box(pdf, Box(code.x, code.y, code.size, code.size, "#ffffff"))
    with pdf.new_path() as path:
        path.style.fill_color = code.colour
        path.style.stroke_color = None
        for bar in code.bars:
            path.rectangle(bar.x, bar.y, bar.width, bar.height)


def _put_text(pdf: FPDF, text: Text) -> None:
    direction = TextDirection.RTL if text.lang == "ar" else TextDirection.LTR
    pdf.set_text_shaping(use_shaping_engine=True, direction=direction)
    pdf.set_font(family_of(text.lang), "B" if text.bold else "", text.size)
    pdf.set_text_color(text.colour)
    pdf.set_xy(text.left, text.y - _BASELINE * text.size)
    align = {"left": Align.L, "middle": Align.C, "right": Align.R}[text.anchor]
    pdf.cell(text.width, text.size, text.words, align=align, new_x=XPos.LMARGIN, new_y=YPos.TOP)


def _without_date(document: bytes) -> bytes:
    """The library cannot leave the date out; the title stays, which screen readers say."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document)) as pdf:
        for name in [str(name) for name in pdf.docinfo if name != "/Title"]:
            del pdf.docinfo[name]
        pdf.save(
            out,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()
