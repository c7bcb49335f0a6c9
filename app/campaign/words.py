"""What a kit says in both languages: English in the modules, Arabic in `translations/ar.po`."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

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
    with CATALOGUE.open("rb") as source:
        sentences = read_po(source, locale=lang)
    compiled = io.BytesIO()
    write_mo(compiled, sentences)
    compiled.seek(0)
    return Translations(compiled)
