"""The states of a case (crypto/SPEC.md §8). What is absent is forbidden."""

from enum import StrEnum
from typing import Final, Literal

Lane = Literal["citizen", "team"]


class Status(StrEnum):
    RECEIVED = "received"
    READ = "read"
    QUESTION = "question"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Final = frozenset(
    {
        (Status.RECEIVED, Status.READ),
        (Status.RECEIVED, Status.QUESTION),
        (Status.RECEIVED, Status.DECLINED),
        (Status.RECEIVED, Status.WITHDRAWN),
        (Status.READ, Status.QUESTION),
        (Status.READ, Status.DECLINED),
        (Status.READ, Status.WITHDRAWN),
        (Status.QUESTION, Status.READ),
        (Status.QUESTION, Status.DECLINED),
        (Status.QUESTION, Status.WITHDRAWN),
    }
)

STATUS_WIDTH: Final = 12
"""Characters of the status word in a mailbox answer, filled with spaces."""

UNKNOWN_STATUS: Final = "unknown"
"""What a mailbox answers for a case that does not exist or is not the asker's."""


def may_become(before: Status, after: Status) -> bool:
    """Saying the present status again is no transition and always allowed."""
    return before == after or (before, after) in TRANSITIONS
