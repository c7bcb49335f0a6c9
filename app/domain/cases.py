"""The states of a case (crypto/SPEC.md §8). What is absent is forbidden."""

from enum import StrEnum
from typing import Final, Literal

from crypto.status import base

Lane = Literal["citizen", "team"]


class Status(StrEnum):
    """Every status as it is spelled; the number of an answer or a reason is part of it."""

    RECEIVED = "received"
    READ = "read"
    QUESTION = "question"
    REDACTED = "redacted"
    RELAYED = "relayed"
    ANSWERED_ACCEPTED = "answered:1"
    ANSWERED_PARTLY = "answered:2"
    ANSWERED_ALREADY = "answered:3"
    ANSWERED_REFUSED = "answered:4"
    ANSWERED_NOTHING = "answered:5"
    PUBLISHED_ACCEPTED = "published:1"
    PUBLISHED_PARTLY = "published:2"
    PUBLISHED_ALREADY = "published:3"
    PUBLISHED_REFUSED = "published:4"
    PUBLISHED_NOTHING = "published:5"
    DECLINED = "declined"
    DECLINED_OTHER_SUBJECT = "declined:1"
    DECLINED_NOTHING_TO_RELAY = "declined:2"
    DECLINED_ABUSIVE = "declined:3"
    DECLINED_RELAYED_ALREADY = "declined:4"
    DECLINED_WOULD_IDENTIFY = "declined:5"
    DECLINED_OTHER_BODY = "declined:6"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def word(self) -> str:
        """The status without its number."""
        return base(self.value)


_STEPS: Final[dict[str, frozenset[str]]] = {
    "received": frozenset({"read", "question", "declined", "withdrawn", "expired"}),
    "read": frozenset({"question", "redacted", "declined", "withdrawn", "expired"}),
    "question": frozenset({"read", "redacted", "declined", "withdrawn", "expired"}),
    "redacted": frozenset({"read", "relayed", "declined", "withdrawn"}),
    "relayed": frozenset({"answered"}),
    "answered": frozenset({"answered", "published"}),
    "published": frozenset(),
    "declined": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
}
TRANSITIONS: Final = frozenset(
    (before, after)
    for before in Status
    for after in Status
    if before != after and after.word in _STEPS[before.word]
)

BY_TWO: Final = frozenset({"redacted", "relayed", "published"})
"""Words that two different reviewers must sign."""
BY_ONE: Final = frozenset({"read", "question", "declined", "answered", "expired"})
"""Words that one reviewer may sign."""
READING: Final = frozenset({"read", "question"})
"""Words that a reviewer on probation may sign: she reads and replies, and ends nothing."""
OBJECTION: Final = (Status.REDACTED, Status.READ)
"""The step that a citizen's objection is."""

STATUS_WIDTH: Final = 12
"""Characters of the status word in a mailbox answer, filled with spaces."""

UNKNOWN_STATUS: Final = "unknown"
"""What a mailbox answers for a case that does not exist or is not the asker's."""


def may_become(before: Status, after: Status) -> bool:
    """Saying the present status again is no transition and always allowed."""
    return before == after or (before, after) in TRANSITIONS


def same_answer(answered: Status, published: Status) -> bool:
    """Whether what is published is what was answered."""
    return answered.value.partition(":")[2] == published.value.partition(":")[2]
