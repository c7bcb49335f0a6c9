"""The two languages of the desk's pages: Arabic at `/`, English at `/en`.

Sentences stand in the templates in English; `translations/ar.po` holds their Arabic and is read
when the desk starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.support import NullTranslations
from flask import request

from app.catalogue import read_catalogue
from app.days import day_in_words

LanguageCode = Literal["ar", "en"]

CATALOGUE: Final = Path(__file__).parent / "translations" / "ar.po"


@dataclass(frozen=True)
class Language:
    code: LanguageCode
    direction: Literal["rtl", "ltr"]

    def day(self, day: date) -> str:
        """Return *day* with its year: «20 تموز 2026»."""
        return day_in_words(day, self.code)


ARABIC: Final = Language("ar", "rtl")
ENGLISH: Final = Language("en", "ltr")
LANGUAGES: Final = {language.code: language for language in (ARABIC, ENGLISH)}


def current() -> Language:
    """Return the language of the page being answered, whatever became of its route."""
    return ENGLISH if (request.path + "/").startswith("/en/") else ARABIC


@cache
def catalogue(code: LanguageCode) -> NullTranslations:
    """Return the sentences of one language; English is what the templates say already."""
    if code == "en":
        return NullTranslations()
    return read_catalogue(CATALOGUE, code)


def gettext(sentence: str) -> str:
    return say(current().code, sentence)


def say(code: LanguageCode, sentence: str) -> str:
    """Return *sentence* in a language that need not be the page's own."""
    return catalogue(code).ugettext(sentence)


def ngettext(singular: str, plural: str, count: int) -> str:
    return catalogue(current().code).ungettext(singular, plural, count)
