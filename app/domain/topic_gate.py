"""What a topic needs before people are asked about it.

Its type asks for sources, who decides and what can still change; the gate asks for the day of
the decision and for plain Arabic. Where the Arabic cannot be plainer, somebody else than its
writer may say why (`Topic.waiver`).
"""

from dataclasses import dataclass
from typing import Final

from app.domain.readability import LEAST_OSMAN, MOST_WORDS, Readability, of_topic
from app.domain.topics import Topic

NO_DECISION: Final = (
    'decision: missing. Put decision = {on = 2027-01-31, kind = "announced"}, or kind = "handover" '
    "with the day on which you hand people's opinions over, if the body named no day"
)
TOO_HARD: Final = (
    f"the Arabic is too hard (OSMAN at least {LEAST_OSMAN:.0f}, sentences of up to {MOST_WORDS} "
    "words): make it plainer, or let a second person say why it cannot be, in [waiver]"
)


@dataclass(frozen=True)
class Judgement:
    """What a topic still lacks, one sentence each; none where it may be published."""

    topic: Topic
    readability: Readability

    @property
    def lacks(self) -> tuple[str, ...]:
        lacks = [] if self.topic.decision else [NO_DECISION]
        if self.needs_waiver and self.topic.waiver is None:
            lacks.append(TOO_HARD)
        return tuple(lacks)

    @property
    def needs_waiver(self) -> bool:
        return not self.readability.is_plain


def judge(topic: Topic) -> Judgement:
    """Raises `ReadabilityError`."""
    return Judgement(topic, of_topic(topic))
