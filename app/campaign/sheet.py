"""What the designs share: colours, places counted from the side where reading starts, a code."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.campaign.flow import Para, Place, common_scale, fit
from app.campaign.page import Anchor, Box, Code, Colour, Page, Text
from app.campaign.words import words
from crypto.record import Lang

WHITE: Final = "#ffffff"


@dataclass(frozen=True)
class Look:
    """`band` is what the headline stands on; the rest are inks and surfaces."""

    ink: Colour
    band: Colour | None
    on_band: Colour
    brand: Colour
    quiet: Colour
    soft: Colour | None
    line: Colour


COLOURED: Final = Look("#1a1a1a", "#0b5c4a", WHITE, "#0b5c4a", "#505a5f", "#e6f3ef", "#0b5c4a")
PLAIN: Final = Look("#000000", None, "#000000", "#000000", "#000000", None, "#000000")
"""For copying machines: black on white, and no surface that eats toner."""


@dataclass
class Sheet:
    """A page in the making. Places are given as if text ran from the left; they are mirrored."""

    width: float
    height: float
    lang: Lang
    look: Look
    items: list[Text | Box | Code] = field(default_factory=list)

    def text(
        self,
        paras: Sequence[Para],
        place: Place,
        *,
        centred: bool = False,
        grow: float = 1.0,
        middle: bool = False,
    ) -> None:
        start: Anchor = "right" if self.lang == "ar" else "left"
        anchor: Anchor = "middle" if centred else start
        placed = self._mirrored(place)
        self.items += fit(paras, placed, self.lang, anchor=anchor, grow=grow, middle=middle)

    def columns(self, columns: Sequence[Sequence[Para]], place: Place, gap: float) -> None:
        """Side by side in columns of one width, at one size of type."""
        width = (place.width - gap * (len(columns) - 1)) / len(columns)
        places = [
            replace(place, x=place.x + number * (width + gap), width=width)
            for number in range(len(columns))
        ]
        pairs = list(zip(columns, places, strict=True))
        scale = common_scale(pairs, self.lang)
        for paras, column in pairs:
            self.text(paras, column, grow=scale)

    def box(
        self,
        place: Place,
        fill: Colour | None = None,
        stroke: Colour | None = None,
        line: float = 0,
    ) -> None:
        at = self._mirrored(place)
        if fill or stroke:
            self.items.append(Box(at.x, at.y, at.width, at.height, fill, stroke, line))

    def code(self, link: str, x: float, y: float, size: float, line: float) -> None:
        """A code in a frame that is *line* wide and lies around it."""
        place = Place(x - line, y - line, size + 2 * line, size + 2 * line)
        self.box(place, WHITE, self.look.brand, line)
        at = self._mirrored(Place(x, y, size, size))
        self.items.append(Code(link, at.x, at.y, size))

    def page(self, title: str, *, pixels: float, scale: float = 1.0) -> Page:
        """*pixels* to a unit of the page as it comes out, *scale* times as large as it was made."""
        return Page(
            self.width * scale,
            self.height * scale,
            pixels,
            self.lang,
            title,
            tuple(_scaled(each, scale) for each in self.items),
        )

    def _mirrored(self, place: Place) -> Place:
        if self.lang == "en":
            return place
        return replace(place, x=self.width - place.x - place.width)


def _scaled(item: Text | Box | Code, scale: float) -> Text | Box | Code:
    moved = replace(item, x=item.x * scale, y=item.y * scale)
    if isinstance(moved, Box):
        width, height, line = moved.width * scale, moved.height * scale, moved.line * scale
        return replace(moved, width=width, height=height, line=line)
    return replace(moved, size=moved.size * scale)


def headline(sheet: Sheet, text: str, height: float, place: Place, size: float) -> None:
    """Over the whole width; with a rule below where it may have no colour."""
    _, look = words(sheet.lang), sheet.look
    sheet.box(Place(0, 0, sheet.width, height), look.band)
    if look.band is None:
        sheet.box(Place(place.x, height - 8, place.width, 4), look.line)
    name = Place(place.x, place.y - size * 0.52, place.width, size * 0.46)
    sheet.text([Para(_("Wasl"), size * 0.36, look.on_band, bold=True)], name)
    para = Para(text, size, look.on_band, bold=True, balanced=True)
    sheet.text([para], place, middle=True)


def shown(link: str) -> str:
    """An address as people read it: without the beginning that browsers add themselves."""
    return link.removeprefix("https://")
