"""How many cases became what: counted at one desk, counted again at another, then public."""

from __future__ import annotations

from collections import Counter

from app.desk import relaying, team
from app.desk.casebook import Case, Todo
from app.desk.errors import ForbiddenStatusError, NotYoursError
from app.desk.relaying import Way
from app.desk.team import Note, Team
from app.domain.cases import Status
from crypto.envelope import ASSISTED
from crypto.record import COLUMNS, NO_AGENCY, Outcome, Row, Tally, public_count
from crypto.status import answer


def count(way: Way) -> Tally:
    """What this desk would publish: one row for each topic and agency, coarse counts only."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for case in way.desk.casebook.cases():
        counts.setdefault((case.topic, _agency_of(case)), Counter()).update(_columns_of(case))
    rows = tuple(
        Row(topic, agency, tuple(public_count(found[column]) for column in COLUMNS))
        for (topic, agency), found in sorted(counts.items())
    )
    return Tally(way.origin, way.week, rows)


def propose(way: Way) -> Tally:
    """Sign what this desk counts, and ask a colleague to count too. Raises `OnProbationError`."""
    way.require_deciding()
    tally = count(way)
    relaying.tell_all(
        way, team.TALLY, {"tally": tally.encode(), "statements": [way.signs(tally.encode())]}
    )
    return tally


def waiting(way: Way) -> Note | None:
    """A colleague's tally of this week that nobody has counted again."""
    heard = Team(way.desk.casebook.state.notes)
    newest = heard.newest(team.TALLY)
    if newest is None or not newest.is_open or newest.by == way.reviewer:
        return None
    return newest.note


def approve(way: Way) -> Tally:
    """Count again and publish what both desks found.

    Raises `NotYoursError` where nothing waits for this desk, `ForbiddenStatusError` where this
    desk counts otherwise: both should sync first.
    """
    way.require_deciding()
    note = waiting(way)
    if note is None:
        raise NotYoursError
    text = str(note.facts["tally"])
    if text != count(way).encode():
        raise ForbiddenStatusError
    statements = [*note.facts["statements"], way.signs(text)]
    both, names = team.combined(text, statements, way.keyring.deciding_devices)
    if len(names) < 2:
        raise ForbiddenStatusError
    relaying.tell_all(way, team.APPROVE, {"of": note.slot, "statements": statements[1:]})
    way.desk.casebook.change_state(lambda now: now.with_todo(Todo("record", {"note": both})))
    return Tally.parse(text)


def _agency_of(case: Case) -> str:
    proposal = relaying.approved(case, team.PROPOSE)
    return NO_AGENCY if proposal is None else relaying.packet_of(proposal).agency


def _columns_of(case: Case) -> list[str]:
    """The columns in which the case counts once: all that ever came of it."""
    status = Status(case.status)
    columns = ["received"]
    if status.word not in {"received", "withdrawn", "expired"}:
        columns.append("read")
    if status.word in {"relayed", "answered", "published"}:
        columns.append("relayed")
    if (given := answer(status.value)) is not None:
        columns.append(f"answered-{given}")
    if status.word == "published" and _has_changed(case):
        columns.append("changed")
    if status.word in {"declined", "withdrawn"}:
        columns.append(status.word)
    if given is not None and case.rating is not None:
        columns.append(f"helped-{case.rating}")
    if case.sealed_by in ASSISTED:
        columns.append("assisted")
    return columns


def _has_changed(case: Case) -> bool:
    proposal = relaying.approved(case, team.OUTCOME)
    return proposal is not None and Outcome.parse(proposal.facts["outcome"]).changed
