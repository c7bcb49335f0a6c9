"""What kind of request a view answers, which decides the limit it is under.

A view says it with `@limited("submissions")`; views that say nothing are `pages`, and
`assets` have no limit.
"""

from collections.abc import Callable
from typing import Any, Final, Literal, ParamSpec, TypeVar, cast

Kind = Literal["submissions", "messages", "uploads", "parts", "mailbox", "desk", "pages", "assets"]
_ATTRIBUTE: Final = "wasl_limit_kind"
P = ParamSpec("P")
R = TypeVar("R")


def limited(kind: Kind) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a view as a request of this *kind*."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _ATTRIBUTE, kind)
        return view

    return mark


def kind_of(view: Callable[..., Any]) -> Kind:
    """The kind that *view* was marked with."""
    return cast(Kind, getattr(view, _ATTRIBUTE, "pages"))
