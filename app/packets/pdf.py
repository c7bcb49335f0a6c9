"""A document as a PDF: Arabic shaped and set from the right, its text selectable."""

from functools import singledispatchmethod
from itertools import pairwise
from typing import Final

from fpdf import FPDF
from fpdf.enums import Align, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from app.packets.content import Content
from app.packets.document import Block, Document, Facts, Heading, Paragraph, Rule, Table, is_rtl
from app.packets.paper import family_of, set_up, without_marks

_MARGIN: Final = 22
_LINE: Final = 8
_SMALL: Final = 10
_TEXT: Final = 12
_SMALL_LINE: Final = _LINE * _SMALL / 12


def pdf_bytes(content: Content) -> bytes:
    """A packet as an A4 document; equal packets, equal bytes."""
    return print_bytes(content.document)


def print_bytes(document: Document) -> bytes:
    """An A4 document of as many pages as it needs; equal documents, equal bytes."""
    paper = _Paper(document)
    paper.write(document.title, 16, bold=True)
    paper.pdf.ln(2)
    paper.write(document.note, _SMALL)
    paper.pdf.ln(3)
    for block, following in pairwise((*document.blocks, Rule())):
        paper.keep_together(block, following)
        paper.add(block)
    return bytes(paper.pdf.output())


class _Numbered(FPDF):
    """Pages that are numbered at their foot: they come apart on the way to a meeting."""

    def footer(self) -> None:
        self.set_y(-_MARGIN / 2 - 4)
        self.set_font("latin", "", 8)
        self.cell(0, 4, str(self.page_no()), align=Align.C)


class _Paper:
    def __init__(self, document: Document) -> None:
        self._rtl = document.lang == "ar"
        self.pdf = pdf = _Numbered(format="A4")
        set_up(pdf, document.lang, document.title)
        self._family = family_of(document.lang)
        pdf.set_margins(_MARGIN, _MARGIN)
        pdf.set_auto_page_break(True, _MARGIN)
        pdf.add_page()

    def keep_together(self, block: Block, following: Block) -> None:
        """Begin a page where a heading would stand alone, or a form be torn in two."""
        if not isinstance(block, Heading):
            return
        wanted = 4.0 * _LINE
        if isinstance(following, Table) and following.lines > 1:
            wanted = 3 * _LINE + len(following.rows) * (_SMALL_LINE * following.lines + 2)
        if wanted < self.pdf.eph and self.pdf.will_page_break(wanted):
            self.pdf.add_page()

    @singledispatchmethod
    def add(self, block: object) -> None:
        raise TypeError(block)

    @add.register
    def _heading(self, block: Heading) -> None:
        self.pdf.ln(2)
        self.write(block.text, 13, bold=True)

    @add.register
    def _paragraph(self, block: Paragraph) -> None:
        rtl = is_rtl(block.text, self._rtl) if block.is_quoted else self._rtl
        self.write(block.text, 13 if block.is_quoted else _TEXT, rtl=rtl)
        self.pdf.ln(1.5)

    @add.register
    def _facts(self, block: Facts) -> None:
        for label, value in block.pairs:
            self.write(f"{label}: {value}", _TEXT)
        self.pdf.ln(2)

    @add.register
    def _table(self, block: Table) -> None:
        """fpdf2 sets cells from the left, so Arabic ones are handed over the other way round."""
        turn = slice(None, None, -1 if self._rtl else 1)
        self._font(_SMALL)
        with self.pdf.table(
            col_widths=block.widths[turn],
            headings_style=FontFace(emphasis="BOLD"),
            line_height=_SMALL_LINE,
            padding=1,
            text_align=self._align(self._rtl),
            v_align=VAlign.T,
            first_row_as_headings=True,
        ) as table:
            table.row([without_marks(cell) for cell in block.header[turn]])
            for cells in block.rows:
                table.row(
                    [without_marks(cell) for cell in cells[turn]],
                    min_height=_SMALL_LINE * block.lines + 2,
                )
        self.pdf.ln(3)

    @add.register
    def _rule(self, _block: Rule) -> None:
        y = self.pdf.get_y()
        self.pdf.line(_MARGIN, y, self.pdf.w - _MARGIN, y)
        self.pdf.ln(4)

    def write(self, text: str, size: float, *, bold: bool = False, rtl: bool | None = None) -> None:
        self._font(size, bold=bold)
        align = self._align(self._rtl if rtl is None else rtl)
        self.pdf.multi_cell(
            0,
            _LINE * size / 12,
            without_marks(text),
            align=align,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    @staticmethod
    def _align(rtl: bool) -> Align:
        return Align.R if rtl else Align.L

    def _font(self, size: float, *, bold: bool = False) -> None:
        self.pdf.set_font(self._family, "B" if bold else "", size)
