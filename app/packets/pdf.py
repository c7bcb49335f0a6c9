"""A packet as a PDF: Arabic shaped and set from the right, its text selectable."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from app.packets.content import Content

_FONTS: Final = Path(__file__).parent / "fonts"
_MARGIN: Final = 22
_LINE: Final = 8
# The same file for everyone: a PDF must say when it was made.
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def pdf_bytes(content: Content) -> bytes:
    """Return an A4 document of as many pages as the words need; equal packets, equal bytes."""
    paper = _Paper(content)
    paper.head()
    for paragraph in content.paragraphs:
        paper.paragraph(paragraph)
    return bytes(paper.pdf.output())


class _Paper:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._align = Align.R if content.lang == "ar" else Align.L
        self.pdf = pdf = FPDF(format="A4")
        pdf.set_creation_date(_NO_TIME)
        pdf.set_producer("")
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_auto_page_break(True, _MARGIN)
        for family in ("arabic", "latin"):
            pdf.add_font(family, "", _FONTS / f"{family}.ttf")
            pdf.add_font(family, "B", _FONTS / f"{family}-bold.ttf")
        self._family = "arabic" if content.lang == "ar" else "latin"
        pdf.set_fallback_fonts(["latin" if content.lang == "ar" else "arabic"], exact_match=False)
        pdf.set_text_shaping(use_shaping_engine=True)
        pdf.set_lang("ar" if content.lang == "ar" else "en")
        pdf.set_title(content.label("heading"))
        pdf.add_page()

    def head(self) -> None:
        self._write(self._content.label("heading"), 16, bold=True)
        self.pdf.ln(2)
        self._write(self._content.label("note"), 10)
        self.pdf.ln(3)
        for label, value in self._content.facts:
            self._write(f"{label}: {value}", 12)
        self.pdf.ln(2)
        y = self.pdf.get_y()
        self.pdf.line(_MARGIN, y, self.pdf.w - _MARGIN, y)
        self.pdf.ln(4)
        self._write(self._content.label("words"), 13, bold=True)

    def paragraph(self, text: str) -> None:
        self._write(text, 13)
        self.pdf.ln(1.5)

    def _write(self, text: str, size: float, *, bold: bool = False) -> None:
        self.pdf.set_font(self._family, "B" if bold else "", size)
        self.pdf.multi_cell(
            0, _LINE * size / 12, text, align=self._align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
