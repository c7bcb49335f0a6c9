"""Faces and number plates in a picture, as boxes that a person accepts, moves or throws away.

Finding is weak by nature: covered, turned, small and dark faces are missed. It proposes and
promises nothing.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from redaction.errors import UnreadableFileError
from redaction.render.boxes import Box
from redaction.render.rendering import Page
from redaction.sandbox import BrokenAnswerError, Limits, run_or_refuse
from redaction.sandbox.limits import MIB

What = Literal["face", "plate"]

_LIMITS: Final = Limits(seconds=30, memory_bytes=1024 * MIB)
_MAX_PROPOSALS: Final = 100


@dataclass(frozen=True)
class Proposal:
    """Something that may be a *what*, and the box that would hide it."""

    what: What
    box: Box


def propose(page: Page, number: int = 0) -> tuple[Proposal, ...]:
    """Return what may point to a person on *page*, whose number is *number*.

    Needs no network and no model but what OpenCV ships. Raises `UnreadableFileError`.
    """
    told = run_or_refuse(f"{__name__}.inside:find", page.data, limits=_LIMITS).facts
    if not isinstance(told, list) or len(told) > _MAX_PROPOSALS:
        raise UnreadableFileError(BrokenAnswerError.code)
    return tuple(_proposal(entry, number) for entry in told)


def _proposal(entry: Any, number: int) -> Proposal:
    match entry:
        case ["face" | "plate" as what, float(left), float(top), float(right), float(bottom)]:
            try:
                return Proposal(what, Box(number, left, top, right, bottom))
            except ValueError as exc:
                raise UnreadableFileError(BrokenAnswerError.code) from exc
    raise UnreadableFileError(BrokenAnswerError.code)
