"""What became of each cohort: its rolls judged and counted (SPEC.md §12)."""

import itertools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crypto.tlog.batch import cohort_end, due_ages
from crypto.tlog.findings import Code, Finding, finding
from crypto.tlog.leaves import RollPart, split_lines
from crypto.tlog.rules import COVER, Rules
from crypto.tlog.times import encode_duration


@dataclass(frozen=True)
class ReadRoll:
    """A roll as it stands in a batch; `index` is its first leaf, `sound` its order."""

    index: int
    cohort: str
    age: int
    sound: bool
    statuses: Counter[str]


def read_rolls(parts: Iterable[tuple[int, RollPart]]) -> Iterator[ReadRoll]:
    """The rolls of a batch, each put together from neighbouring parts."""
    for (cohort, age), group in itertools.groupby(parts, lambda at: (at[1].cohort, at[1].age)):
        indexed = list(group)
        read = [part for _, part in indexed]
        lines = itertools.chain.from_iterable(part.lines for part in read)
        tags, statuses = split_lines(list(lines))
        numbered = [(part.part, part.parts) for part in read]
        whole = numbered == [(number, len(read)) for number in range(1, len(read) + 1)]
        ascending = all(map(operator.lt, tags, itertools.islice(tags, 1, None)))
        yield ReadRoll(indexed[0][0], cohort, age, whole and ascending, Counter(statuses))


@dataclass
class CohortRecord:
    """All that is remembered of a cohort. Ages are seconds, or spelled `7d` where they are keys."""

    accepted: int = 0
    last_slot: int = 0
    end: int | None = None
    """None while batches still belong to it."""
    ages: list[int] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Ages that were due and not there in their batch."""
    rolls: dict[str, dict[str, int]] = field(default_factory=dict)

    def close(self, rules: Rules) -> None:
        self.end = cohort_end(rules, self.last_slot)
        self.ages = list(rules.ages)

    @property
    def complete(self) -> bool:
        """Whether no further roll is expected."""
        return self.end is not None and len(self.rolls) == len(self.ages)

    @property
    def cover(self) -> int | None:
        """None before the first roll."""
        return next((roll.get(COVER, 0) for roll in self.rolls.values()), None)

    def judge_roll(self, roll: ReadRoll, rules: Rules, slot: int) -> Iterator[Finding]:
        """Take a roll that is in the batch of *slot*."""
        age = encode_duration(roll.age)
        facts = {"cohort": roll.cohort, "age": age}
        due = [] if self.end is None else due_ages(self.ages, self.end, slot)
        if roll.age not in due or age in self.rolls:
            yield finding("roll-unexpected", roll.index, **facts)
            return
        if age in self.missing:
            yield finding("roll-late", roll.index, **facts)
        yield from self._judge_lines(roll, rules, facts)
        self.rolls[age] = dict(sorted(roll.statuses.items()))

    def _judge_lines(
        self, roll: ReadRoll, rules: Rules, facts: dict[str, str]
    ) -> Iterator[Finding]:
        lines = roll.statuses.total()
        if not roll.sound:
            yield finding("roll-order", roll.index, **facts)
        if lines != self.accepted:
            code: Code = "roll-short" if lines < self.accepted else "roll-long"
            yield finding(code, roll.index, **facts, lines=lines, accepted=self.accepted)
        if self.cover not in (None, roll.statuses[COVER]):
            yield finding("roll-cover", roll.index, **facts, cover=roll.statuses[COVER])
        for status in sorted(set(roll.statuses) - {*rules.pending, *rules.settled, COVER}):
            yield finding("status-unknown", roll.index, **facts, status=status)
        waiting = sum(roll.statuses[status] for status in rules.pending)
        if waiting and roll.age == self.ages[-1]:
            yield finding("unanswered", roll.index, **facts, submissions=waiting)

    def judge_absence(self, name: str, slot: int, index: int) -> Iterator[Finding]:
        """After the rolls in the batch of *slot*, whose seal is at *index*."""
        if self.end is None:
            return
        for age in map(encode_duration, due_ages(self.ages, self.end, slot)):
            if age not in self.rolls and age not in self.missing:
                self.missing.append(age)
                yield finding("roll-missing", index, cohort=name, age=age)

    def report(self) -> dict[str, Any]:
        """Counts for a report: `real` and `cover` are None before the first roll."""
        cover = self.cover
        return {
            "accepted": self.accepted,
            "cover": cover,
            "real": None if cover is None else self.accepted - cover,
            "histogram": self.rolls,
            "on_time": {age: age not in self.missing for age in self.rolls},
            "missing": [age for age in self.missing if age not in self.rolls],
        }
