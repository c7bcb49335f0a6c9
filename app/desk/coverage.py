"""Who took part in a topic: counted at one desk, counted again at another, then public, once.

The desk shows no sender's answers and writes them into no export: only counts, as coarse as those
that are published (`app.domain.coverage`).
"""

from __future__ import annotations

from collections.abc import Iterable

from app.desk import relaying, team
from app.desk.casebook import Case, Todo
from app.desk.errors import ForbiddenStatusError, NotYoursError, StillOpenError
from app.desk.relaying import Way
from app.desk.team import Note, Team
from app.domain.cases import Status
from app.domain.coverage import coverage
from crypto.about import About
from crypto.record import Coverage


def count(way: Way, topic: str) -> Coverage:
    """What this desk would publish about *topic*: whoever withdrew is not in it."""
    return _counted(way, topic, way.desk.casebook.cases())


def count_all(way: Way) -> list[Coverage]:
    """The same of each topic of which there is a case, by slug."""
    cases = list(way.desk.casebook.cases())
    return [_counted(way, topic, cases) for topic in sorted({case.topic for case in cases})]


def is_closed(way: Way, topic: str) -> bool:
    """Whether its last day is over; one that has no last day is not counted."""
    return way.desk.casebook.state.closings.get(topic, "9") < way.today.isoformat()


def is_published(way: Way, topic: str) -> bool:
    return topic in Team(way.desk.casebook.state.notes).covered


def propose(way: Way, topic: str) -> Coverage:
    """Sign what this desk counts, and ask a colleague to count too.

    Raises `OnProbationError`, `StillOpenError`, `ForbiddenStatusError` where it is public.
    """
    own = _countable(way, topic)
    facts = {"coverage": own.encode(), "statements": [way.signs(own.encode())]}
    relaying.tell_all(way, team.COVERAGE, facts)
    return own


def waiting(way: Way, topic: str) -> Note | None:
    """A colleague's count of *topic* that nobody has counted again."""
    newest = [
        each
        for each in Team(way.desk.casebook.state.notes).proposals(team.COVERAGE)
        if team.covers(each).topic == topic
    ][-1:]
    return next((each.note for each in newest if each.is_open and each.by != way.reviewer), None)


def approve(way: Way, topic: str) -> Coverage:
    """Count again and publish what both desks found.

    Raises as `propose`, `NotYoursError` where nothing waits for this desk, and
    `ForbiddenStatusError` where it counts otherwise: both should sync first.
    """
    own, note = _countable(way, topic), waiting(way, topic)
    if note is None:
        raise NotYoursError
    text = str(note.facts["coverage"])
    statements = [*note.facts["statements"], way.signs(text)]
    both, names = team.combined(text, statements, way.keyring.deciding_devices)
    if text != own.encode() or len(names) < 2:
        raise ForbiddenStatusError
    relaying.tell_all(way, team.APPROVE, {"of": note.slot, "statements": statements[1:]})
    way.desk.casebook.change_state(lambda now: now.with_todo(Todo("record", {"note": both})))
    return own


def _countable(way: Way, topic: str) -> Coverage:
    way.require_deciding()
    if not is_closed(way, topic):
        raise StillOpenError
    if is_published(way, topic):
        raise ForbiddenStatusError
    return count(way, topic)


def _counted(way: Way, topic: str, cases: Iterable[Case]) -> Coverage:
    told = [
        About(**case.about)
        for case in cases
        if case.topic == topic and Status(case.status) is not Status.WITHDRAWN
    ]
    return coverage(way.origin, topic, told)
