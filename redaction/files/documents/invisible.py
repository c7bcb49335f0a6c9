"""Characters that cannot be seen, and when a language cannot do without them.

Signs of their own width stay. Of the unseen ones, a run between two visible characters
stays only if it is exactly what writing needs there: a joiner that changes the shape of a
letter (Unicode §23.2), a mark that decides on which side a sign stands, the parts of an
emoji. A lone mark where nothing changes is as good a hiding place as a long run, so both go.
"""

import re
from functools import lru_cache
from typing import Final

from redaction.files.policy import INVISIBLE

# More than any pattern of `needed` looks at.
_NEAR: Final = 8
# Of a picture and a joiner; no other run of more than one is needed.
_LONGEST: Final = 2
_RUN: Final[re.Pattern[str]] = re.compile(f"{INVISIBLE['characters']}+")
_LINE_END: Final[re.Pattern[str]] = re.compile(INVISIBLE["line_ends"])
_NEEDED: Final = tuple(
    (re.compile(run), re.compile(rf"(?:{before})\Z"), re.compile(after))
    for run, before, after in INVISIBLE["needed"]
)


def visible(text: str) -> str:
    """Return *text* without what cannot be seen; again gives the same."""
    seen = _RUN.sub("", text)
    gone = 0

    def keep(run: re.Match[str]) -> str:
        nonlocal gone
        at = run.start() - gone
        gone += len(run[0])
        if len(run[0]) > _LONGEST:
            return ""
        near = seen[max(at - _NEAR, 0) : at], seen[at : at + _NEAR]
        return run[0] if _needed(run[0], *near) else ""

    return text if len(seen) == len(text) else _RUN.sub(keep, text)


def unseen(text: str) -> bool:
    """Say whether *text* holds anything that cannot be seen, needed or not."""
    return _RUN.search(text) is not None


def unified(text: str, line_end: str = "\n") -> str:
    """Return *text* with every ASCII line end as LF and every other one as *line_end*."""
    return _LINE_END.sub(lambda end: "\n" if "\r" in end[0] else line_end, text)


def trimmed(text: str, blanks: str = INVISIBLE["blanks"]) -> str:
    """Return *text*, whose lines end in LF, without the *blanks* before each of them."""
    return "\n".join(line.rstrip(blanks) for line in text.split("\n"))


@lru_cache(maxsize=10_000)
def _needed(run: str, before: str, after: str) -> bool:
    return any(
        whole.fullmatch(run) and left.search(before) and right.match(after)
        for whole, left, right in _NEEDED
    )
