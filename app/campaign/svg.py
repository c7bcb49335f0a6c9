"""A page as SVG: outlines of letters, so that it looks alike wherever it is opened."""

from functools import cache
from html import escape
from typing import Final

import uharfbuzz as hb

from app.campaign.page import QUIET_ZONE, Bar, Box, Code, Page, Text
from app.campaign.shape import EM, Run, font

_WHITE: Final = "#ffffff"


def svg_bytes(page: Page) -> bytes:
    """Return UTF-8; the words stand in the title and the description."""
    size = f"{_number(page.width)} {_number(page.height)}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
        f'width="{_number(page.width * page.pixels)}" '
        f'height="{_number(page.height * page.pixels)}" '
        f'role="img" aria-labelledby="t d" lang="{page.lang}">\n'
        f'<title id="t">{escape(page.title)}</title>\n'
        f'<desc id="d">{escape(page.description)}</desc>\n'
        f'<rect width="100%" height="100%" fill="{_WHITE}"/>\n'
    )
    return (head + "".join(map(_item, page.items)) + "</svg>\n").encode()


def _item(item: Text | Box | Code) -> str:
    if isinstance(item, Box):
        return _box(item)
    if isinstance(item, Code):
        return _code(item)
    return "".join(_run(item, run) for run in item.shaped.runs)


def _box(box: Box) -> str:
    inset = box.line / 2 if box.stroke else 0
    line = f' stroke="{box.stroke}" stroke-width="{_number(box.line)}"' if box.stroke else ""
    return (
        f'<rect x="{_number(box.x + inset)}" y="{_number(box.y + inset)}" '
        f'width="{_number(box.width - 2 * inset)}" height="{_number(box.height - 2 * inset)}" '
        f'fill="{box.fill or "none"}"{line}/>\n'
    )


def _code(code: Code) -> str:
    """In whole modules, scaled, so that no edge is between two dots."""
    count = len(code.rows) + 2 * QUIET_ZONE
    path = "".join(_bar(bar) for bar in code.scaled(1, 0, 0))
    return (
        f'<g transform="translate({_number(code.x)} {_number(code.y)}) '
        f'scale({_number(code.size / count)})"><rect width="{count}" height="{count}" '
        f'fill="{_WHITE}"/><path fill="{code.colour}" shape-rendering="crispEdges" d="{path}"/>'
        "</g>\n"
    )


def _bar(bar: Bar) -> str:
    return f"M{_number(bar.x)} {_number(bar.y)}h{_number(bar.width)}v1h-{_number(bar.width)}z"


def _run(text: Text, run: Run) -> str:
    outlines = "".join(
        outline.replace("@", f"{glyph.x + x} {glyph.y + y}", 1)
        for glyph in run.glyphs
        for x, y, outline in _outlines(run.family, run.bold, glyph.id)
    )
    scale = _number(text.size / EM, 5)
    return (
        f'<path fill="{text.colour}" transform="matrix({scale} 0 0 -{scale} '
        f'{_number(text.left)} {_number(text.y)})" d="{outlines}"/>\n'
        if outlines
        else ""
    )


Outline = tuple[int, int, str]
"""Where a contour begins, and the contour from there, with @ for its beginning."""


@cache
def _outlines(family: str, bold: bool, glyph: int) -> tuple[Outline, ...]:
    pen = _Pen()
    font(family, bold).hb.draw_glyph(glyph, pen.functions)
    return tuple((x, y, "".join(parts)) for x, y, parts in pen.contours)


class _Pen:
    """Writes contours as relative commands in whole units."""

    def __init__(self) -> None:
        self.contours: list[tuple[int, int, list[str]]] = []
        self._at = (0, 0)
        self.functions = functions = hb.DrawFuncs()
        functions.set_move_to_func(self._move)
        functions.set_line_to_func(self._line)
        functions.set_quadratic_to_func(self._quadratic)
        functions.set_cubic_to_func(self._cubic)
        functions.set_close_path_func(self._close)

    def _move(self, x: float, y: float, _: object) -> None:
        self._at = (round(x), round(y))
        self.contours.append((*self._at, ["M@"]))

    def _line(self, x: float, y: float, _: object) -> None:
        self._add("l", x, y)

    def _quadratic(self, x1: float, y1: float, x: float, y: float, _: object) -> None:
        self._add("q", x1, y1, x, y)

    def _cubic(
        self, x1: float, y1: float, x2: float, y2: float, x: float, y: float, _: object
    ) -> None:
        self._add("c", x1, y1, x2, y2, x, y)

    def _close(self, _: object) -> None:
        self.contours[-1][2].append("z")

    def _add(self, command: str, *points: float) -> None:
        steps = [round(value) - self._at[n % 2] for n, value in enumerate(points)]
        self.contours[-1][2].append(command + " ".join(map(str, steps)))
        self._at = (round(points[-2]), round(points[-1]))


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
