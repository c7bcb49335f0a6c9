"""Lines of text as glyphs: shaped by HarfBuzz, in the visual order of UAX #9.

All lengths are in units of the font (`EM` of them are the size of the type), x to the right and
y up. The same bidirectional algorithm orders the lines of the PDF.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Final

import uharfbuzz as hb
from fpdf.bidi import BidiCharacter, BidiParagraph
from fpdf.enums import TextDirection

from app.packets.paper import family_of, font_path, without_marks
from crypto.record import Lang

EM: Final = 1000


@dataclass(frozen=True)
class Glyph:
    """Number *id* of a font, its origin at (x, y) of the line."""

    id: int
    x: int
    y: int


@dataclass(frozen=True)
class Run:
    """Glyphs of one font file."""

    family: str
    bold: bool
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True)
class Shaped:
    runs: tuple[Run, ...]
    width: int


@dataclass(frozen=True)
class Font:
    """A bundled font, `hb` scaled to `EM`."""

    hb: hb.Font
    letters: frozenset[int]


@cache
def font(family: str, bold: bool) -> Font:
    blob = hb.Blob.from_file_path(str(font_path(family, bold=bold)))
    face = hb.Face(blob)
    scaled = hb.Font(face)
    scaled.scale = (EM, EM)
    return Font(scaled, frozenset(face.unicodes))


def drawable(text: str) -> str:
    """Return *text* on one line without what no bundled font can draw, vowel signs, and marks
    that turn the direction."""
    known = font("arabic", False).letters | font("latin", False).letters
    plain = " ".join(without_marks(text).split())
    return "".join(
        char for char in plain if ord(char) in known and unicodedata.category(char) != "Cf"
    )


@lru_cache(4096)
def shape(text: str, lang: Lang, *, bold: bool = False) -> Shaped:
    """Shape one line whose paragraph runs in the direction of *lang*."""
    runs, x = [], 0
    for family, level, piece in _in_visual_order(text, lang, bold=bold):
        glyphs, x = _shape_piece(piece, family, x, bold=bold, backwards=level % 2 == 1)
        runs.append(Run(family, bold, tuple(glyphs)))
    return Shaped(tuple(runs), x)


def _shape_piece(
    text: str, family: str, x: int, *, bold: bool, backwards: bool
) -> tuple[list[Glyph], int]:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if backwards else "ltr"
    hb.shape(font(family, bold).hb, buffer)
    glyphs = []
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyphs.append(Glyph(info.codepoint, x + position.x_offset, position.y_offset))
        x += position.x_advance
    return glyphs, x


Piece = tuple[str, int, str]


def _in_visual_order(text: str, lang: Lang, *, bold: bool) -> list[Piece]:
    """Family, level and letters of each piece, from left to right (rule L2)."""
    pieces = list(_pieces(text, lang, bold=bold))
    for level in range(max((each for _, each, _ in pieces), default=0), 0, -1):
        pieces = _turned(pieces, level)
    return pieces


def _turned(pieces: list[Piece], least: int) -> list[Piece]:
    """Each sequence of pieces at level *least* or above, backwards."""
    ordered: list[Piece] = []
    for is_turned, group in groupby(pieces, lambda piece: piece[1] >= least):
        together = list(group)
        ordered += reversed(together) if is_turned else together
    return ordered


def _pieces(text: str, lang: Lang, *, bold: bool) -> Iterator[Piece]:
    if not text:
        return
    direction = TextDirection.RTL if lang == "ar" else TextDirection.LTR
    paragraph = BidiParagraph(text=text, base_direction=direction)
    letters = _with_families(paragraph.get_characters_with_embedding_level(), lang, bold=bold)
    for (family, level), group in groupby(letters, lambda each: each[:2]):
        yield family, level, "".join(char for _, _, char in group)


def _with_families(letters: Iterable[BidiCharacter], lang: Lang, *, bold: bool) -> Iterator[Piece]:
    first, second = family_of(lang), family_of("en" if lang == "ar" else "ar")
    for each in letters:
        known = ord(each.character) in font(first, bold).letters
        yield first if known else second, each.embedding_level, each.character
