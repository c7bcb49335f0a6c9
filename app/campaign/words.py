"""What a kit says in both languages: English in the modules, Arabic in `translations/ar.po`."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from babel.support import NullTranslations

from app.catalogue import read_catalogue
from crypto.record import Lang

CATALOGUE: Final = Path(__file__).parent / "translations" / "ar.po"
LANGS: Final[tuple[Lang, ...]] = ("ar", "en")
Say = Callable[[str], str]


def words(lang: Lang) -> Say:
    """Return what says an English sentence in *lang*."""
    return _catalogue(lang).ugettext


@cache
def _catalogue(lang: Lang) -> NullTranslations:
    if lang == "en":
        return NullTranslations()
    return read_catalogue(CATALOGUE, lang)
