"""What senders say of answers is a number only as two desks count it, and never a small one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.client.follow import NothingToRateError, Rating
from app.desk import tallies
from app.desk.casebook import Case, Line
from app.desk.relaying import Way
from app.domain.cases import Status
from app.store import cases
from app.web.state import SiteState
from crypto.record import COLUMNS
from tests.promises.desk.reviewer import Reviewer
from tests.units.desk.office import Office


def answers(state: SiteState, slot: bytes) -> None:
    with state.transaction() as connection:
        cases.set_status(connection, slot, Status.ANSWERED_PARTLY, None)


def test_a_program_rates_nothing_that_was_not_answered(office: Office) -> None:
    with pytest.raises(NothingToRateError):
        office.follows(office.sends("نص").code, rating="yes")


def way(office: Office, reviewer: str) -> Way:
    assert office.keyring is not None
    return Way(office.desks[reviewer], office.keyring, office.today)


def both_sync(office: Office) -> None:
    for reviewer in ("amal", "basem", "amal"):
        office.syncs(reviewer)


def test_two_desks_count_the_newest_ratings_and_few_are_never_told(office: Office) -> None:
    sent = [office.sends("الحافلة تتأخر") for _ in range(6)]
    both_sync(office)
    for case in office.desks["amal"].casebook.cases():
        answers(office.state, case.slot)
    ratings: list[Rating] = ["yes", "yes", "yes", "yes", "no", "partly"]
    for each, rating in zip(sent, ratings, strict=True):
        assert office.follows(each.code, rating=rating).rated == rating
    office.follows(sent[4].code, rating="yes")
    both_sync(office)

    tallies.propose(way(office, "amal"))
    both_sync(office)
    [row] = tallies.approve(way(office, "basem")).rows

    counts = dict(zip(COLUMNS, row.counts, strict=True))
    assert (counts["helped-yes"], counts["helped-partly"], counts["helped-no"]) == (
        "5",
        "few",
        "0",
    )
    assert not any(case.follow_ups for case in office.desks["amal"].casebook.cases())


def test_a_rating_outlives_the_words_of_its_case(office: Office) -> None:
    sent = office.sends("الحافلة تتأخر")
    both_sync(office)
    answers(office.state, office.only_case("amal").slot)
    office.follows(sent.code, "كلمة أخرى", rating="partly")
    both_sync(office)

    kept: Case = office.only_case("amal").without_words()

    assert kept.rating == "partly"
    assert [line for line in kept.lines if not line.is_rating] == []
    assert Case.parse(kept.encode()) == kept


def test_the_reviewer_reads_it_in_plain_words(office: Office, reviewer: Reviewer) -> None:
    sent = office.sends("الحافلة تتأخر")
    office.syncs("amal")
    cases_here = office.desks["amal"].casebook.cases()
    case = next(each for each in cases_here if each.sections[0].text == "الحافلة تتأخر")
    answers(office.state, case.slot)
    office.follows(sent.code, rating="partly")
    office.syncs("amal")
    reviewer.unlocks()

    page = reviewer.sees(f"/case/{case.id}").text

    assert "<strong>هل أفاد الرد؟</strong> قليلا" in page
    assert "partly" not in page


def test_the_newest_rating_is_by_its_place_and_not_by_when_it_came(office: Office) -> None:
    office.sends("الحافلة تتأخر")
    office.syncs("amal")
    case = office.only_case("amal")
    for index, rating in ((2, "no"), (1, "yes")):
        case = case.with_line(Line("citizen", index, rating, "2026-W48", is_rating=True))

    assert case.rating == "no"


@pytest.mark.parametrize(
    ("sealed_by", "told"), [("browser", "0"), ("program", "0"), ("paper", "few"), ("tablet", "few")]
)
def test_those_who_were_helped_to_write_are_counted_and_few_are_never_told(
    office: Office, sealed_by: str, told: str
) -> None:
    office.sends("الحافلة تتأخر")
    office.syncs("amal")
    case = office.only_case("amal")
    book = office.desks["amal"].casebook
    book.change(case.id, lambda now: replace(now, sealed_by=sealed_by))

    [row] = tallies.count(way(office, "amal")).rows

    assert dict(zip(COLUMNS, row.counts, strict=True))["assisted"] == told
