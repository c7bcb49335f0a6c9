"""How long work tells that it advances."""

from __future__ import annotations

from typing import Literal, Protocol

Step = Literal["sealing", "sending", "fetching", "opening"]


class Progress(Protocol):
    """Called with what is being done and how much of it; *done* reaches *total* at the end."""

    def __call__(self, step: Step, done: int, total: int) -> None: ...


def silent(step: Step, done: int, total: int) -> None:
    """Tell nobody."""
