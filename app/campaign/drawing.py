"""How each design is drawn and written."""

from collections.abc import Callable, Mapping
from typing import Final

from app.campaign import inviting, telling
from app.campaign.facts import Facts
from app.campaign.page import Page
from app.campaign.pdf import pdf_bytes
from app.campaign.png import png_bytes
from app.campaign.svg import svg_bytes
from crypto.record import Lang

DRAWN: Final[Mapping[str, Callable[[Facts, Lang], Page]]] = {
    "poster-a4": inviting.poster,
    "poster-a4-copy": inviting.copying_poster,
    "poster-a5": inviting.small_poster,
    "card-square": inviting.square_card,
    "card-wide": inviting.wide_card,
    "card-tall": inviting.tall_card,
    "card-field": inviting.field_card,
    "code": inviting.code_alone,
    "results-a4": telling.results_poster,
    "results-square": telling.results_card,
}
WRITTEN: Final[Mapping[str, Callable[[Page], bytes]]] = {
    "pdf": pdf_bytes,
    "png": png_bytes,
    "svg": svg_bytes,
}


def drawn_bytes(facts: Facts, lang: Lang, design: str, suffix: str) -> bytes:
    """The file of that design and kind. `ValueError` for results that nobody has counted."""
    return WRITTEN[suffix](DRAWN[design](facts, lang))
