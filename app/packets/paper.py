"""A PDF that sets Arabic: both fonts, shaping, and nothing that says when it was made."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF

FAMILIES: Final = ("arabic", "latin")
"""Neither has letters of the other script, so that each is the other's fallback."""
_FONTS: Final = Path(__file__).parent / "fonts"
# The same file for everyone: the library always writes when a PDF was made.
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def without_marks(text: str) -> str:
    """Return *text* without vowel signs: the library would take the letters beside one apart.

    It shapes each script by itself, and marks are of no script. Hamza and madda stay.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(char for char in composed if unicodedata.category(char) != "Mn")


def family_of(lang: str) -> str:
    """The type for *lang*; the other one stands in for letters that it lacks."""
    return "arabic" if lang == "ar" else "latin"


def font_path(family: str, *, bold: bool) -> Path:
    return _FONTS / f"{family}{'-bold' if bold else ''}.ttf"


def set_up(pdf: FPDF, lang: str, title: str) -> None:
    """Our type, Arabic shaped, and nothing that says when or with what it was made."""
    pdf.set_creation_date(_NO_TIME)
    pdf.set_producer("")
    for family in FAMILIES:
        pdf.add_font(family, "", font_path(family, bold=False))
        pdf.add_font(family, "B", font_path(family, bold=True))
    pdf.set_fallback_fonts([*FAMILIES], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True)
    pdf.set_lang(lang)
    pdf.set_title(title)
