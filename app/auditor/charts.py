"""Charts as inline SVG: no script, no pictures, readable without colours.

Widths are per cent and heights are pixels, so text keeps its size from a phone to a page of
paper. Places along a line run from the side where reading begins, right in Arabic. Each chart
is a picture with a title and a description; the page has a table with the same numbers below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.auditor.markup import Markup, element

ROW: Final = 30
Mark = Literal["on-time", "late", "missing", "not-due"]
Anchor = Literal["start", "middle", "end"]

_SHAPES: Final[dict[Mark, str]] = {
    "on-time": "M-6 0 l4 5 l8 -10",
    "late": "M0 -7 L7 6 L-7 6 Z",
    "missing": "M-5 -5 L5 5 M5 -5 L-5 5",
    "not-due": "M-3 0 L3 0",
}


@dataclass
class Canvas:
    """`height` is pixels, places are per cent from where reading begins."""

    name: str
    title: str
    description: str
    height: int
    rtl: bool
    parts: list[Markup] = field(default_factory=list)

    def bar(self, x: float, y: int, width: float, height: int, class_: str) -> None:
        left = 100 - x - width if self.rtl else x
        self.parts.append(
            element(
                "rect",
                x=_percent(left),
                y=y,
                width=_percent(width),
                height=height,
                class_=class_,
            )
        )

    def line(self, x1: float, y1: int, x2: float, y2: int, class_: str) -> None:
        self.parts.append(
            element("line", x1=self._x(x1), y1=y1, x2=self._x(x2), y2=y2, class_=class_)
        )

    def text(
        self, x: float, y: int, words: str, anchor: Anchor = "start", class_: str | None = None
    ) -> None:
        """Numbers and dates run from left to right in both languages, words as they are read."""
        words_rtl = self.rtl and not words.isascii()
        # In text that runs from left to right, the other end is at the right.
        if self.rtl and not words_rtl:
            swapped: dict[Anchor, Anchor] = {"start": "end", "end": "start", "middle": "middle"}
            anchor = swapped[anchor]
        self.parts.append(
            element(
                "text",
                words,
                x=self._x(x),
                y=y,
                text_anchor=anchor,
                direction="rtl" if words_rtl else "ltr",
                class_=class_,
            )
        )

    def mark(self, x: float, y: int, mark: Mark) -> None:
        """A sign around that place, told apart by its shape."""
        path = element("path", d=_SHAPES[mark], class_=f"mark {mark}")
        # A nested svg may be placed in per cent, a path may not.
        self.parts.append(
            element("svg", path, x=self._x(x), y=y, overflow="visible", width=1, height=1)
        )

    def dot(self, x: float, y: int, class_: str) -> None:
        self.parts.append(element("circle", cx=self._x(x), cy=y, r=6, class_=class_))

    def render(self) -> Markup:
        title = element("title", self.title, id=f"{self.name}-t")
        description = element("desc", self.description, id=f"{self.name}-d")
        return element(
            "svg",
            title,
            description,
            *self.parts,
            width="100%",
            height=self.height,
            role="img",
            aria_labelledby=f"{self.name}-t {self.name}-d",
        )

    def _x(self, x: float) -> str:
        return _percent(100 - x if self.rtl else x)


@dataclass(frozen=True)
class Week:
    """A row: how many cases, or None and how many leaves there are at most."""

    label: str
    cases: int | None
    at_most: int


def weekly_bars(canvas: Canvas, weeks: Sequence[Week], unknown: str) -> Markup:
    """A bar for each week; a hollow one while the number of cases is not published yet."""
    most = max((week.cases or 0 for week in weeks), default=0)
    most = max(most, *(week.at_most for week in weeks if week.cases is None), 1)
    for number, week in enumerate(weeks):
        y = number * ROW
        shown = week.at_most if week.cases is None else week.cases
        width = max(0.3, 52 * shown / most)
        canvas.text(0, y + 20, week.label)
        canvas.bar(28, y + 5, width, ROW - 10, "unknown" if week.cases is None else "cases")
        if week.cases is None:
            canvas.text(29.5, y + 20, unknown, class_="value")
        else:
            canvas.text(28 + width + 1.5, y + 20, str(week.cases), class_="value")
    return canvas.render()


def roll_marks(
    canvas: Canvas, ages: Sequence[str], rows: Sequence[tuple[str, Sequence[Mark]]]
) -> Markup:
    """A row for each week, a column for each roll, a sign in each place."""
    step = 68 / max(1, len(ages))
    columns = [32 + step * (number + 0.5) for number in range(len(ages))]
    for column, age in zip(columns, ages, strict=True):
        canvas.text(column, 18, age, "middle", "head")
    for number, (label, marks) in enumerate(rows, 1):
        y = number * ROW
        canvas.line(0, y, 100, y, "rule")
        canvas.text(0, y + 20, label)
        for column, mark in zip(columns, marks, strict=True):
            canvas.mark(column, y + 15, mark)
    return canvas.render()


@dataclass(frozen=True)
class Share:
    """A part of a whole; `class_` is its colour."""

    label: str
    count: int
    class_: str


def stacked_bars(canvas: Canvas, rows: Sequence[tuple[str, Sequence[Share]]]) -> Markup:
    """A bar of full length for each row, cut into shares that are named where there is room."""
    for number, (label, shares) in enumerate(rows):
        y = number * 64
        total = sum(share.count for share in shares)
        canvas.text(0, y + 16, label)
        x = 0.0
        for share in shares:
            width = 100 * share.count / total if total else 0.0
            if not share.count:
                continue
            canvas.bar(x, y + 24, max(0.2, width - 0.4), 28, share.class_)
            if width >= 9:
                percent = f"{round(width)}%"
                canvas.text(x + width / 2, y + 43, percent, "middle", "inside")
            x += width
    return canvas.render()


@dataclass(frozen=True)
class Happening:
    """`place` is per cent of the time that the log covers."""

    lane: int
    place: float
    changes: bool


def time_line(
    canvas: Canvas, lanes: Sequence[str], ends: tuple[str, str], happenings: Sequence[Happening]
) -> Markup:
    """A line for each kind of change; a full dot is a change of people, a hollow one is none."""
    for number, lane in enumerate(lanes):
        y = number * 56
        canvas.text(0, y + 16, lane)
        canvas.line(2, y + 34, 98, y + 34, "axis")
    for happening in happenings:
        class_ = "change" if happening.changes else "renewal"
        canvas.dot(2 + 0.96 * happening.place, happening.lane * 56 + 34, class_)
    bottom = len(lanes) * 56 + 12
    canvas.text(0, bottom, ends[0])
    canvas.text(100, bottom, ends[1], "end")
    return canvas.render()


def _percent(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"
