"""HTML and SVG that cannot be broken by what is put into it."""

from __future__ import annotations

from html import escape
from typing import Final

_VOID: Final = frozenset(["meta", "br", "hr"])


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """`element("p", "a < b", class_="x")`. Children are escaped unless they are `Markup`.

    In names of attributes `_` at the end is dropped and `_` elsewhere is a dash; an attribute
    that is None is left out.
    """
    words = "".join(
        f' {_attribute(key)}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{words}>")
    return Markup(f"<{name}{words}>{join(*children)}</{name}>")


def join(*children: str) -> Markup:
    """One after the other."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else escape(child, quote=False) for child in children
        )
    )


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
