"""What the public record adds up to: the same numbers for pages, desks and auditors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.agencies import Agency, Escalation
from crypto.record import COLUMNS, FEW, Coverage, Outcome, Record, Relay, Row, Tally

ADDED: Final = ("relays", "published", "overdue")
"""Columns that are counted from relays and outcomes, after those of the tally."""
NO_COUNT: Final = "-"
"""In the columns of the tally while there is none that has the row."""


@dataclass(frozen=True)
class RelayLine:
    """One relay as the public sees it. `outcome` is None until one is published."""

    relay: Relay
    outcome: Outcome | None
    is_overdue: bool
    escalations: tuple[Escalation, ...]

    @property
    def number(self) -> str:
        """A short name for people: the first letters of the relay's id."""
        return self.relay.relay.hex()[:8].upper()


@dataclass(frozen=True)
class Line:
    """What became of one topic at one agency; `counts` are by `COLUMNS`, the rest by `ADDED`."""

    topic: str
    agency: str
    counts: tuple[str, ...]
    added: tuple[int, int, int]

    def count(self, column: str) -> str:
        """The count of that column as it is told."""
        if column in ADDED:
            return str(self.added[ADDED.index(column)])
        return self.counts[COLUMNS.index(column)]

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.topic, self.agency, *self.counts, *map(str, self.added))


@dataclass(frozen=True)
class Summary:
    """The whole record on one day. `week` is that of the newest tally, None without one."""

    week: str | None
    lines: tuple[Line, ...]
    relays: tuple[RelayLine, ...]
    coverages: tuple[Coverage, ...]
    """Who took part, by topic."""

    def covered(self, topic: str) -> Coverage | None:
        return next((each for each in self.coverages if each.topic == topic), None)

    def of_topic(self, topic: str) -> tuple[RelayLine, ...]:
        return tuple(line for line in self.relays if line.relay.topic == topic)


HEADER: Final = ("topic", "agency", *COLUMNS, *ADDED)


def summarise(records: Sequence[Record], today: date, plans: Iterable[Agency] = ()) -> Summary:
    """Add up *records*, which may come in any order; *plans* say how late answers escalate."""
    by_slug = {plan.slug: plan for plan in plans}
    outcomes = {each.relay: each for each in records if isinstance(each, Outcome)}
    relays = sorted(
        (each for each in records if isinstance(each, Relay)),
        key=lambda relay: (relay.due, relay.relay),
    )
    lines = tuple(_line(each, outcomes.get(each.relay), by_slug, today) for each in relays)
    tallies = [each for each in records if isinstance(each, Tally)]
    newest = max(tallies, key=lambda tally: tally.week, default=None)
    rows = newest.rows if newest else ()
    coverages = (each for each in records if isinstance(each, Coverage))
    return Summary(
        newest.week if newest else None,
        _rows(rows, lines),
        lines,
        tuple(sorted(coverages, key=lambda each: each.topic)),
    )


def total(counts: Iterable[str]) -> str:
    """The sum of public counts, as far as they tell: `few` adds nothing to others."""
    known = list(counts)
    added = sum(int(each) for each in known if each.isdigit())
    return FEW if not added and FEW in known else str(added)


def _line(
    relay: Relay, outcome: Outcome | None, plans: dict[str, Agency], today: date
) -> RelayLine:
    is_overdue = outcome is None and relay.due < today
    plan = plans.get(relay.agency)
    reached = plan.escalations(relay.due, today) if plan and is_overdue else ()
    return RelayLine(relay, outcome, is_overdue, reached)


def _rows(rows: Sequence[Row], relays: Sequence[RelayLine]) -> tuple[Line, ...]:
    nothing = (NO_COUNT,) * len(COLUMNS)
    counted = {(row.topic, row.agency): (row.counts + nothing)[: len(COLUMNS)] for row in rows}
    keys = {(each.relay.topic, each.relay.agency) for each in relays} | set(counted)
    return tuple(
        Line(
            topic,
            agency,
            counted.get((topic, agency), nothing),
            _added([each for each in relays if (each.relay.topic, each.relay.agency) == key]),
        )
        for key in sorted(keys)
        for topic, agency in [key]
    )


def _added(relays: Sequence[RelayLine]) -> tuple[int, int, int]:
    published = sum(each.outcome is not None for each in relays)
    return len(relays), published, sum(each.is_overdue for each in relays)
