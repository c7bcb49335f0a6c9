"""What kind of request a view answers, which decides the limit it is under.

A view says it with `@limited("submissions")`; views that say nothing are `pages`, and
`assets` have no limit.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, ParamSpec, TypeVar, cast

Kind = Literal["submissions", "messages", "uploads", "parts", "mailbox", "desk", "pages", "assets"]
TOLLED: Final[tuple[Kind, ...]] = ("submissions", "messages", "uploads")
"""Kinds of which programs may be asked for a toll."""

_ATTRIBUTE: Final = "wasl_limit_kind"
_TOLLED: Final = "wasl_limit_toll"
P = ParamSpec("P")
R = TypeVar("R")


def limited(kind: Kind, *, toll: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as a request of this *kind*, for which a *toll* may be asked in a burst: of
    programs, which can do work."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _ATTRIBUTE, kind)
        setattr(view, _TOLLED, toll)
        return view

    return mark


def kind_of(view: Callable[..., Any]) -> Kind:
    """The kind that *view* was marked with."""
    return cast(Kind, getattr(view, _ATTRIBUTE, "pages"))


def is_tolled(view: Callable[..., Any]) -> bool:
    return getattr(view, _TOLLED, False)
