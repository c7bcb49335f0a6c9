"""How participation is doing, without following anybody: what is counted, and what is told of it.

Counted are requests of everybody together, by the week. Nobody is told apart: there is no cookie,
no address and no row per visitor from which to count people. Noise hides one request more or less
in each count; what is told is rounded down to fives, and below five nothing is told. Where two
counts are the parts of one whole, both are told or neither: else the small one could be computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Final

from app.domain.agencies import Agency
from app.domain.weeks import week_of
from crypto.record import FEW, STEP, Outcome, Record, Relay

EPSILON: Final = Fraction(1, 2)
"""Of the noise in each count: P[z] is proportional to exp(-epsilon |z|)."""
KEPT_WEEKS: Final = 52
SHOWN_WEEKS: Final = 12

STEPS: Final = ("topic", "write", "sent", "followed")
"""A topic was read, the form opened, a message accepted, a code used to look for an answer."""
PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "path": ("with-script", "without-script"),
    "language": ("arabic", "english"),
    "way": ("onion", "open-web"),
}
"""Shares: of messages accepted, and of forms opened."""
REFUSALS: Final = ("limited", "full", "form")
"""Too many requests; the site is busy, full or locked; a form had to be corrected."""
NAMES: Final = (*STEPS, *(part for parts in PARTS.values() for part in parts), *REFUSALS)
HEADER: Final = ("week", *NAMES)
NOBODY: Final = 5
"""The class of an answer that did not come."""


@dataclass(frozen=True)
class HealthWeek:
    """What is told of one week that is over: each of `NAMES` as `told` spells it."""

    week: str
    counts: Mapping[str, str]

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.week, *(self.counts[name] for name in NAMES))


@dataclass(frozen=True)
class Answering:
    """How an agency answers, from the public record alone. Days are from relay to decision.

    `median_days` is None where no answer has a day of decision.
    """

    agency: str
    relays: int
    answered: int
    silent: int
    overdue: int
    in_time: int
    median_days: int | None


def told(amount: int) -> str:
    """A count as it is told: `few` below five, else a multiple of five below it."""
    return FEW if amount < STEP else str(amount - amount % STEP)


def weeks(counts: Mapping[str, Mapping[str, int]], today: date) -> list[HealthWeek]:
    """The weeks that are over, the newest first; the present one is nobody's business yet."""
    over = sorted((week for week in counts if week < week_of(today)), reverse=True)
    return [HealthWeek(week, _told_together(counts[week])) for week in over[:SHOWN_WEEKS]]


def oldest_kept(today: date) -> str:
    """The first week whose counts are kept on *today*."""
    return week_of(today - timedelta(weeks=KEPT_WEEKS))


def answering(records: Sequence[Record], plans: Iterable[Agency], today: date) -> list[Answering]:
    """One line for each agency that was ever written to, by its slug."""
    by_slug = {plan.slug: plan for plan in plans}
    outcomes = {each.relay: each for each in records if isinstance(each, Outcome)}
    relays: dict[str, list[Relay]] = {}
    for each in records:
        if isinstance(each, Relay):
            relays.setdefault(each.agency, []).append(each)
    return [
        _line(agency, by_slug.get(agency), relays[agency], outcomes, today)
        for agency in sorted(relays)
    ]


def _told_together(counts: Mapping[str, int]) -> dict[str, str]:
    spelled = {name: told(counts.get(name, 0)) for name in NAMES}
    for parts in PARTS.values():
        if any(spelled[part] == FEW for part in parts):
            spelled |= dict.fromkeys(parts, FEW)
    return spelled


def _line(
    agency: str,
    plan: Agency | None,
    relays: Sequence[Relay],
    outcomes: Mapping[bytes, Outcome],
    today: date,
) -> Answering:
    published = [(each, outcomes[each.relay]) for each in relays if each.relay in outcomes]
    answered = [(relay, outcome) for relay, outcome in published if outcome.answer != NOBODY]
    days = [
        (outcome.decided - relay.due).days + plan.answer_days
        for relay, outcome in answered
        if outcome.decided and plan
    ]
    return Answering(
        agency=agency,
        relays=len(relays),
        answered=len(answered),
        silent=len(published) - len(answered),
        overdue=sum(each.relay not in outcomes and each.due < today for each in relays),
        in_time=sum(bool(out.decided and out.decided <= relay.due) for relay, out in answered),
        median_days=max(0, round(median(days))) if days else None,
    )
