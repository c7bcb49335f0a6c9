"""Catalogues of sentences: read when a program starts, so there is no compiled one to forget."""

import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations


def read_catalogue(path: Path, code: str) -> Translations:
    """Return what the `.po` file at *path* says in the language *code*."""
    with path.open("rb") as source:
        sentences = read_po(source, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, sentences)
    compiled.seek(0)
    return Translations(compiled)
