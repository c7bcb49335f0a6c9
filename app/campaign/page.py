"""One page as what stands on it: the model that becomes SVG, PDF and PNG.

Lengths are in units of the page, x to the right and y down from the upper left corner. A unit
is a point of the PDF, and `pixels` of the PNG.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import segno

from app.campaign.shape import EM, Shaped, shape
from crypto.record import Lang

Anchor = Literal["left", "middle", "right"]
Colour = str
"""#rrggbb."""

QUIET_ZONE: Final = 4
"""Modules of white around a code (ISO/IEC 18004)."""


@dataclass(frozen=True)
class Text:
    """A line with the given end, or its middle, at x on the baseline y."""

    words: str
    x: float
    y: float
    size: float
    colour: Colour
    lang: Lang
    bold: bool = False
    anchor: Anchor = "left"

    @property
    def shaped(self) -> Shaped:
        return shape(self.words, self.lang, bold=self.bold)

    @property
    def width(self) -> float:
        return self.shaped.width * self.size / EM

    @property
    def left(self) -> float:
        return self.x - {"left": 0, "middle": self.width / 2, "right": self.width}[self.anchor]


@dataclass(frozen=True)
class Box:
    """A rectangle; its `stroke` lies inside."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour | None = None
    stroke: Colour | None = None
    line: float = 0


@dataclass(frozen=True)
class Bar:
    """Dark modules of one row of a code, side by side."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Code:
    """A QR code, quiet zone included, dark on white."""

    link: str
    x: float
    y: float
    size: float
    colour: Colour = "#000000"

    @cached_property
    def rows(self) -> tuple[bytes, ...]:
        return modules(self.link)

    @property
    def bars(self) -> list[Bar]:
        return self.scaled(self.size / (len(self.rows) + 2 * QUIET_ZONE), self.x, self.y)

    def scaled(self, module: float, left: float, top: float) -> list[Bar]:
        """The bars of a code whose modules are *module* wide."""
        bars = []
        for number, row in enumerate(self.rows):
            y = top + (QUIET_ZONE + number) * module
            start = 0
            for end in range(1, len(row) + 1):
                if end < len(row) and row[end] == row[start]:
                    continue
                if row[start]:
                    x = left + (QUIET_ZONE + start) * module
                    bars.append(Bar(x, y, (end - start) * module, module))
                start = end
        return bars


def modules(link: str) -> tuple[bytes, ...]:
    """Rows of 0 and 1. A quarter of a code may be torn, folded or badly copied (level Q)."""
    return tuple(bytes(row) for row in segno.make_qr(link, error="q", boost_error=True).matrix)


@dataclass(frozen=True)
class Page:
    """`items` in the order of painting; `title` and `description` are for those who cannot see."""

    width: float
    height: float
    pixels: float
    lang: Lang
    title: str
    items: tuple[Text | Box | Code, ...]

    @property
    def description(self) -> str:
        """The words in the order of reading."""
        return " ".join(each.words for each in self.items if isinstance(each, Text))
