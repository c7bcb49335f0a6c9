"""What makes a relayed text useful to whoever decides: four questions, answered by two.

Each of the two reviewers answers for herself, and neither sees the other's answers first. No
answer stops a relay: a short complaint is worth an answer too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

RUBRIC: Final = ("ask", "evidence", "decider", "alternative")
"""What is asked is clear; there is evidence; the body can decide; it says what instead."""

Marks = tuple[str, ...]


def marks(untrusted: Iterable[object]) -> Marks:
    """The questions among *untrusted* that were answered with yes, in their order."""
    yes = set(map(str, untrusted))
    return tuple(each for each in RUBRIC if each in yes)
