"""Paragraphs in a place of fixed size: broken into lines, made smaller until all of them fit.

Nothing is cut and nothing stands outside its place. Paragraphs that are not needed are left out
before the rest becomes too small to read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.campaign.page import Anchor, Colour, Text
from app.campaign.shape import EM, drawable, shape
from crypto.record import Lang

_STEP: Final = 0.96
_LEAST: Final = 0.8
"""Below this share of its size type is hard to read: what is not needed goes first."""
_LEADING: Final[dict[Lang, float]] = {"ar": 1.62, "en": 1.36}
_MIDDLE: Final[dict[Lang, float]] = {"ar": 0.27, "en": 0.36}
"""How far below the middle of its line the baseline is, as a share of the size."""


@dataclass(frozen=True)
class Place:
    """A rectangle of the page."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Para:
    """One paragraph. `before` is space above it, in sizes; the larger `optional`, the sooner it
    is left out (0: never). `lang` is given where it is not that of the page, as for an address.
    """

    words: str
    size: float
    colour: Colour
    bold: bool = False
    before: float = 0.0
    balanced: bool = False
    optional: int = 0
    lang: Lang | None = None


@dataclass(frozen=True)
class _Set:
    """A paragraph in lines at its final size."""

    para: Para
    lines: tuple[str, ...]
    size: float
    lang: Lang

    @property
    def leading(self) -> float:
        return _LEADING[self.lang] * self.size

    @property
    def height(self) -> float:
        return self.para.before * self.size + len(self.lines) * self.leading


def fit(
    paras: Sequence[Para],
    place: Place,
    lang: Lang,
    *,
    anchor: Anchor,
    grow: float = 1.0,
    middle: bool = False,
) -> list[Text]:
    """Return the lines of *paras* within *place*; their sizes may grow by *grow*."""
    made, _ = _settled(paras, place, lang, grow)
    height = sum(each.height for each in made)
    top = place.y + (place.height - height) / 2 if middle else place.y
    return _placed(made, replace(place, y=top), anchor)


def common_scale(columns: Sequence[tuple[Sequence[Para], Place]], lang: Lang) -> float:
    """By how much columns side by side shrink so that all of them fit at one size of type."""
    return min(_settled(paras, place, lang, 1.0)[1] for paras, place in columns)


def _settled(
    paras: Sequence[Para], place: Place, lang: Lang, grow: float
) -> tuple[list[_Set], float]:
    """What is set, in which lines, and at which scale."""
    kept = [each for each in paras if drawable(each.words)]
    scale = grow
    while True:
        made = [_set(each, place.width, scale, lang) for each in kept]
        # Space above the first paragraph would be lost.
        made[:1] = [replace(each, para=replace(each.para, before=0)) for each in made[:1]]
        if sum(each.height for each in made) <= place.height:
            return made, scale
        scale *= _STEP
        optional = max((each.optional for each in kept), default=0)
        if scale < _LEAST and optional:
            kept = [each for each in kept if each.optional < optional]
            scale = grow


def _placed(made: Sequence[_Set], place: Place, anchor: Anchor) -> list[Text]:
    x = place.x + {"left": 0, "middle": place.width / 2, "right": place.width}[anchor]
    y, texts = place.y, []
    for each in made:
        y += each.para.before * each.size
        for line in each.lines:
            base = y + each.leading / 2 + _MIDDLE[each.lang] * each.size
            texts.append(
                Text(line, x, base, each.size, each.para.colour, each.lang, each.para.bold, anchor)
            )
            y += each.leading
    return texts


def _set(para: Para, width: float, scale: float, lang: Lang) -> _Set:
    size, lang = para.size * scale, para.lang or lang
    room = width / size * EM
    lines = _wrap(para, room, lang)
    if para.balanced and len(lines) > 1:
        lines = _balance(para, room, lang, lines)
    return _Set(para, tuple(lines), size, lang)


def _balance(para: Para, room: float, lang: Lang, lines: list[str]) -> list[str]:
    """As many lines, as even as can be."""
    low, high = room / len(lines), room
    while high - low > EM / 20:
        half = (low + high) / 2
        if len(_wrap(para, half, lang)) > len(lines):
            low = half
        else:
            high = half
    return _wrap(para, high, lang)


def _wrap(para: Para, room: float, lang: Lang) -> list[str]:
    """Words do not join across a space, so a line is as wide as its words and its spaces."""

    def width(words: str) -> int:
        return shape(words, lang, bold=para.bold).width

    space = width(" ")
    lines: list[list[str]] = [[]]
    used = 0
    for word in _words(drawable(para.words), room, width):
        wide = width(word)
        if lines[-1] and used + space + wide > room:
            lines.append([])
        used = used + space + wide if lines[-1] else wide
        lines[-1].append(word)
    return [" ".join(line) for line in lines]


def _words(text: str, room: float, width: Callable[[str], int]) -> list[str]:
    """The words of *text*; one that is wider than a line is broken, at a seam of an address."""
    words = []
    for word in text.split():
        rest = word
        while width(rest) > room and len(rest) > 1:
            end = len(rest) - 1
            while end > 1 and width(rest[:end]) > room:
                end -= 1
            end = _break(rest, end, lambda after: width(after) <= room)
            words.append(rest[:end])
            rest = rest[end:]
        words.append(rest)
    return words


def _break(word: str, end: int, fits: Callable[[str], bool]) -> int:
    """Where the first line of *word* ends, at most at *end*: behind a stroke or a dot, if that
    costs no line, else before a hyphen. Never behind one: nobody could tell whether it belongs to
    the address."""
    for mark in "/.":
        seam = word.rfind(mark, 0, end) + 1
        if seam > end / 2 or (seam > 1 and fits(word[seam:])):
            return seam
    hyphen = len(word[: word.rfind("-", 0, end + 1)].rstrip("-"))
    return hyphen if end / 2 < hyphen <= end else end
