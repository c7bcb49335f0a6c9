"""The sentences that pages with and without JavaScript both say (`app/pages/copy.json`).

The scripts find them in a `<template>`; the server says them itself where it does a script's
work. One sentence, one place.
"""

from markupsafe import Markup, escape

from app.citizen.language import current
from app.wording import sentences


class Isolated(Markup):
    """Markup that keeps its own direction already."""


def spelled(text: str) -> Isolated:
    """Letters and digits that are read one by one: always from the left, of one width."""
    return Isolated(Markup('<bdi class="num" dir="ltr">{}</bdi>').format(text))


def say(key: str, **values: object) -> Markup:
    """Return one sentence in the page's language; each value stands isolated, as in the scripts."""
    isolated = {
        name: value if isinstance(value, Isolated) else Markup("<bdi>{}</bdi>").format(value)
        for name, value in values.items()
    }
    return escape(sentences(current().code)[key]).format(**isolated)
