"""Paper forms: one A4 page each, a half to write on and a slip to tear off.

The slip alone has the code (SPEC.md §3), and nothing that says what it is for. The other half has
the counterfoil as a QR code (§21): whoever types the form in seals under it and cannot read the
replies. The numbers of forms are not on slips: a slip that is found leads to no form.
"""

from collections.abc import Sequence
from typing import Final, Literal

import segno
from fpdf import FPDF
from fpdf.enums import Align

from app.citizen.language import LanguageCode, catalogue
from app.domain.about import ABOUT_WORDS
from app.field.kit import FieldTopic, Kit
from app.packets.paper import family_of, set_up
from crypto.about import ABOUT
from crypto.counterfoil import Counterfoil
from crypto.encoding import SYSTEM_RANDOM, Random
from crypto.keys import ROOT_ITERATIONS, CitizenKeys, derive_root
from crypto.receipt import ReceiptCode

_WORDS: Final = {
    "title": {"ar": "استمارة رأي", "en": "Form for an opinion"},
    "number": {"ar": "رقم الاستمارة", "en": "Form number"},
    "topic": {"ar": "القضية", "en": "Topic"},
    "no_names": {
        "ar": "لا حاجة إلى اسم أو رقم هاتف أو مكان عمل. بعد الكتابة توضع الورقة في ظرف مغلق.",
        "en": "No name, phone number or workplace is needed. Put the page in a closed envelope.",
    },
    "about": {
        "ar": "اختياري: عن صاحب الرأي",
        "en": "If you like: about you",
    },
    "square": {
        "ar": "لمن ينسخ الاستمارة: المربع يقرؤه قارئ الرموز. بعد الإرسال تُتلف هذه الورقة.",
        "en": "For who types this in: point a code reader at the square. Shred the page once sent.",
    },
    "tear": {"ar": "القسيمة تُقص من هنا وتبقى مع صاحبها", "en": "Tear off here and keep the slip"},
    "slip": {
        "ar": "تسع كلمات أو 28 رقما، أي منهما يكفي. لا تُعطى لأحد.",
        "en": "Nine words or 28 digits; either will do. For nobody else.",
    },
}
_QUESTIONS: Final = (
    "What is the problem or idea?",
    "Why does it matter? (optional)",
    "What do you suggest? (optional)",
)

# Millimetres on an A4 page.
_LEFT, _RIGHT, _TEAR = 18.0, 192.0, 212.0
_SQUARE, _SQUARE_TOP = 84.0, 122.0
_RULE = 9.0
_OPTION, _BOX = 5.0, 3.2
_QUIET_MODULES: Final = 4

_Span = tuple[float, float]
_Font = tuple[str, Literal["", "B"], float]


def form_bytes(
    kit: Kit,
    lang: LanguageCode,
    count: int,
    *,
    random: Random = SYSTEM_RANDOM,
    iterations: int = ROOT_ITERATIONS,
) -> bytes:
    """*count* pages about the kit's one topic. Nothing of their codes is kept.

    Only tests pass fewer *iterations*.
    """
    (topic,) = kit.topics
    sheet = _Sheet(lang, topic)
    for number in range(1, count + 1):
        code = ReceiptCode.generate(random)
        root = derive_root(code, kit.roots.hash, iterations=iterations)
        half = Counterfoil.of(CitizenKeys(root), kit.roots.hash)
        sheet.add(number, code, half)
    return bytes(sheet.pdf.output())


class _Sheet:
    def __init__(self, lang: LanguageCode, topic: FieldTopic) -> None:
        self._lang, self._topic = lang, topic
        self._rtl = lang == "ar"
        self.pdf = FPDF(format="A4")
        set_up(self.pdf, lang, self._say("title"))
        self.pdf.set_auto_page_break(False)
        self.pdf.c_margin = 0

    def add(self, number: int, code: ReceiptCode, half: Counterfoil) -> None:
        self.pdf.add_page()
        self._head(number)
        wide = (_LEFT, _RIGHT)
        narrow = (_LEFT + _SQUARE + 6, _RIGHT) if self._rtl else (_LEFT, _RIGHT - _SQUARE - 6)
        self._question(_QUESTIONS[0], wide, top=46, rules=4)
        self._question(_QUESTIONS[1], wide, top=92, rules=2)
        self._question(_QUESTIONS[2], narrow, top=122, rules=3)
        self._about(narrow, 159)
        self._text(self._say("square"), narrow, 194, size=8)
        self._qr(half.encode(), _LEFT if self._rtl else _RIGHT - _SQUARE, _SQUARE_TOP)
        self._tear()
        self._slip(code)

    def _say(self, key: str) -> str:
        return _WORDS[key][self._lang]

    def _head(self, number: int) -> None:
        wide = (_LEFT, _RIGHT)
        self._text(self._say("title"), wide, 12, size=16, bold=True)
        self._text(f"{self._say('number')}: {number}", wide, 13, size=11, ends=True)
        self._small(self._topic.slug, wide, 18)
        topic = f"{self._say('topic')}: {self._topic.title(self._lang)}"
        self._text(topic, wide, 23, size=12, bold=True)
        self._text(self._say("no_names"), wide, 33, size=10)

    def _question(self, sentence: str, span: _Span, *, top: float, rules: int) -> None:
        said = catalogue(self._lang).ugettext(sentence)
        self._text(said, span, top, size=11, bold=True)
        self.pdf.set_draw_color(150)
        for line in range(rules):
            y = top + 8 + _RULE * (line + 1)
            self.pdf.line(span[0], y, span[1], y)

    def _about(self, span: _Span, top: float) -> None:
        """A box to tick for each word; none need be."""
        self._text(self._say("about"), span, top, size=9, bold=True)
        y = top + 6
        for words in ABOUT.values():
            columns = 3 if len(words) == 3 else 2
            width = (span[1] - span[0]) / columns
            for place, word in enumerate(words):
                row, column = divmod(place, columns)
                near = (span[1] - width * (column + 1)) if self._rtl else span[0] + width * column
                self._option(ABOUT_WORDS[word].text(self._lang), near, y + row * _OPTION, width)
            y += -(-len(words) // columns) * _OPTION + 1

    def _option(self, word: str, left: float, top: float, width: float) -> None:
        beside = _BOX + 1.5
        box = left + width - _BOX if self._rtl else left
        self.pdf.set_draw_color(0)
        self.pdf.rect(box, top + (_OPTION - _BOX) / 2, _BOX, _BOX)
        text = (left, left + width - beside) if self._rtl else (left + beside, left + width)
        self._text(word, text, top + 0.3, size=7.5)

    def _text(
        self,
        text: str,
        span: _Span,
        top: float,
        *,
        size: float,
        bold: bool = False,
        ends: bool = False,
    ) -> None:
        """Set from the side where reading begins; *ends*: from the other."""
        self.pdf.set_font(family_of(self._lang), "B" if bold else "", size)
        self.pdf.set_xy(span[0], top)
        align = Align.R if self._rtl != ends else Align.L
        self.pdf.multi_cell(span[1] - span[0], size * 0.62, text, align=align)

    def _small(self, text: str, span: _Span, top: float) -> None:
        """Latin letters on the side where reading ends."""
        self.pdf.set_font("latin", "", 8)
        self.pdf.set_xy(span[0], top)
        self.pdf.cell(span[1] - span[0], 5, text, align=Align.L if self._rtl else Align.R)

    def _qr(self, text: str, left: float, top: float) -> None:
        """Runs of dark modules as rectangles: sharp at any size, and no picture in the file."""
        # Paper is folded and smudged, so a seventh of it may be lost.
        rows = segno.make_qr(text, error="m", boost_error=False).matrix
        module = _SQUARE / (len(rows) + 2 * _QUIET_MODULES)
        self.pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            for start, length in _dark_runs(row):
                x = left + (start + _QUIET_MODULES) * module
                self.pdf.rect(
                    x, top + (y + _QUIET_MODULES) * module, length * module, module, style="F"
                )

    def _tear(self) -> None:
        self.pdf.set_draw_color(0)
        self.pdf.set_dash_pattern(dash=2, gap=2)
        self.pdf.line(0, _TEAR, self.pdf.w, _TEAR)
        self.pdf.set_dash_pattern()
        self._text(self._say("tear"), (_LEFT, _RIGHT), _TEAR - 5.5, size=8)

    def _slip(self, code: ReceiptCode) -> None:
        """The code in both spellings. Arabic words run from the right, digits from the left."""
        self._text(self._say("slip"), (_LEFT, _RIGHT), _TEAR + 6, size=11)
        column = (_RIGHT - _LEFT) / 3
        for place, word in enumerate(code.words):
            x = _RIGHT - column * (place % 3 + 1)
            y = _TEAR + 18 + 12 * (place // 3)
            self._cell(f"{place + 1}", x + column - 6, y, 6, ("latin", "", 9), Align.R)
            self._cell(word, x, y, column - 7, ("arabic", "B", 16), Align.R)
        column = (_RIGHT - _LEFT) / len(code.digits)
        for place, group in enumerate(code.digits):
            x, y = _LEFT + column * place, _TEAR + 62
            self._cell(f"{place + 1}", x, y, 4, ("latin", "", 8), Align.L)
            self._cell(group, x + 4, y, column - 4, ("latin", "B", 15), Align.L)

    def _cell(
        self,
        text: str,
        x: float,
        y: float,
        width: float,
        font: tuple[str, str, float],
        align: Align,
    ) -> None:
        family, style, size = font
        self.pdf.set_font(family, "B" if style else "", size)
        self.pdf.set_xy(x, y)
        self.pdf.cell(width, 9, text, align=align)


def _dark_runs(row: Sequence[int]) -> list[tuple[int, int]]:
    """Where dark modules begin, and how many follow one another."""
    runs: list[tuple[int, int]] = []
    for at, dark in enumerate(row):
        if dark and runs and sum(runs[-1]) == at:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif dark:
            runs.append((at, 1))
    return runs
