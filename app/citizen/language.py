"""Which language a page speaks, and in which words.

The language comes from the URL alone: the citizen pages are mounted once at `/` (Arabic) and
once at `/en` (English). `Accept-Language` is never read, because Tor Browser may ask for English
on behalf of someone who reads Arabic, and a stored choice would be a trace.

Sentences live in the templates in English; `translations/ar` holds their Arabic. The `.po` file
is read when the site starts, so there is no compiled catalogue to forget.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.support import NullTranslations
from flask import request

from app.catalogue import read_catalogue
from app.days import day_and_month, day_in_words

LanguageCode = Literal["ar", "en"]

TRANSLATIONS: Final = Path(__file__).parents[1] / "translations"


@dataclass(frozen=True)
class Language:
    """One language of the site; `name` is its own."""

    code: LanguageCode
    name: str
    direction: Literal["rtl", "ltr"]

    def day(self, day: date) -> str:
        """Return *day* without its year: «20 تموز»."""
        return day_and_month(day, self.code)

    def full_date(self, day: date) -> str:
        return day_in_words(day, self.code)


ARABIC: Final = Language("ar", "العربية", "rtl")
ENGLISH: Final = Language("en", "English", "ltr")
LANGUAGES: Final = {language.code: language for language in (ARABIC, ENGLISH)}


def current() -> Language:
    """Return the language of the page being answered, whatever became of its route."""
    return ENGLISH if (request.path + "/").startswith("/en/") else ARABIC


def other(language: Language) -> Language:
    return ARABIC if language is ENGLISH else ENGLISH


def catalogue_path(code: LanguageCode) -> Path:
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"


@cache
def catalogue(code: LanguageCode) -> NullTranslations:
    """Return the sentences of one language; English is what the templates say already."""
    if code == "en":
        return NullTranslations()
    return read_catalogue(catalogue_path(code), code)


def gettext(sentence: str) -> str:
    return catalogue(current().code).ugettext(sentence)


def ngettext(singular: str, plural: str, count: int) -> str:
    return catalogue(current().code).ungettext(singular, plural, count)


def N_(sentence: str) -> str:  # noqa: N802 (gettext's own name for "translate this later")
    """Mark *sentence* for translation where it is written and not yet shown."""
    return sentence
