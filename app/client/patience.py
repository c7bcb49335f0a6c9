"""Trying again over lines that break: only for requests that may safely arrive twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from app.client.errors import SiteUnreachableError

T = TypeVar("T")

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds between attempts; a broken Tor circuit is replaced within about ten."""

LASTING: Final = frozenset({"locked-down"})
"""Problems that a few more seconds do not end."""

Pause = Callable[[float], None]


def patiently(ask: Callable[[], T], pause: Pause = time.sleep) -> T:
    """Return what *ask* returns, asking again while the site cannot be reached."""
    for seconds in PAUSES:
        try:
            return ask()
        except SiteUnreachableError as exc:
            if exc.problem and exc.problem.code in LASTING:
                raise
            pause(seconds)
    return ask()
