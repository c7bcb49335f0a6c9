"""Two desks count who took part, from what only they can open; no page tells of one sender."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.desk import coverage
from app.desk.casebook import Case
from app.desk.errors import ForbiddenStatusError, NotYoursError, StillOpenError
from app.desk.export import document
from app.desk.relaying import Way
from app.domain.coverage import told_in
from app.domain.topics import Topic
from app.services import topics
from crypto.about import About
from crypto.envelope import Section
from crypto.record import Coverage
from tests.promises.desk.reviewer import Reviewer
from tests.units.crypto.people import OPINION
from tests.units.desk.office import SAMPLES, TODAY, TOPIC, Office
from tests.units.desk.shelf import small_case

TOLD = [*[About("north", "under-30")] * 11, *[About("south", "60-up")] * 3]


@pytest.fixture
def office(office: Office) -> Office:
    """Fourteen have told something, one more arrives as a message, and today is the last day."""
    page = (SAMPLES / "topics" / f"{TOPIC}.toml").read_text("utf-8")
    with office.state.transaction() as connection:
        topics.publish(connection, replace(Topic.parse_toml(page), closes=TODAY))
    for number, about in enumerate(TOLD):
        case = replace(small_case(2 * number), topic=TOPIC, about=about.told(), notes=())
        for desk in office.desks.values():
            desk.casebook.add(case)
    office.sends("نص", topic=TOPIC, about=About("south", "60-up"))
    both_sync(office)
    return office


def both_sync(office: Office) -> None:
    for reviewer in ("amal", "basem", "amal"):
        office.syncs(reviewer)


def way(office: Office, reviewer: str) -> Way:
    assert office.keyring is not None
    return Way(office.desks[reviewer], office.keyring, office.today)


def of_a_sender(office: Office) -> Case:
    cases = office.desks["amal"].casebook.cases()
    return next(each for each in cases if each.sealed_by == "program")


def test_a_desk_counts_what_it_alone_can_open_and_hides_four(office: Office) -> None:
    assert of_a_sender(office).about == {"region": "south", "age": "60-up"}

    found = coverage.count(way(office, "amal"), TOPIC)

    assert found.region == ("10", "few", "few", "few")
    assert found.age == ("10", "few", "few", "few")
    assert not any(
        b"60-up" in path.read_bytes()
        for path in office.state.settings.data.rglob("*")
        if path.is_file()
    )


def test_it_is_public_once_two_have_counted_the_same(office: Office) -> None:
    with pytest.raises(StillOpenError):
        coverage.propose(way(office, "amal"), TOPIC)
    office.today += timedelta(days=1)
    proposed = coverage.propose(way(office, "amal"), TOPIC)
    with pytest.raises(NotYoursError):
        coverage.approve(way(office, "amal"), TOPIC)
    both_sync(office)

    assert coverage.approve(way(office, "basem"), TOPIC) == proposed
    for reviewer in ("basem", "amal"):
        office.syncs(reviewer)

    answer = office.app.test_client().get(f"/record/{TOPIC}/coverage.json").get_json()
    assert answer["region"] == {"north": "10", "middle": "few", "south": "few", "unsaid": "few"}
    for reviewer in ("amal", "basem"):
        with pytest.raises(ForbiddenStatusError):
            coverage.propose(way(office, reviewer), TOPIC)


def test_two_who_count_otherwise_publish_nothing(office: Office) -> None:
    office.today += timedelta(days=1)
    coverage.propose(way(office, "amal"), TOPIC)
    both_sync(office)
    book = office.desks["basem"].casebook
    for case in book.cases()[:5]:
        book.change(case.id, lambda now: replace(now, about={"region": "middle"}))

    with pytest.raises(ForbiddenStatusError):
        coverage.approve(way(office, "basem"), TOPIC)


def test_whoever_withdrew_is_not_counted(office: Office) -> None:
    book = office.desks["amal"].casebook
    for case in book.cases():
        if case.about.get("region") == "north":
            book.change(case.id, lambda now: replace(now, status="withdrawn"))

    assert coverage.count(way(office, "amal"), TOPIC).region == ("few", "few", "few", "few")


def test_no_page_and_no_export_tells_of_one_sender(office: Office, reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = of_a_sender(office)

    for path in (f"/case/{case.id}", f"/case/{case.id}/redact", "/"):
        text = reviewer.sees(path).text
        for word in ("الجنوب", "من 60 وما فوق", "60-up"):
            assert word not in text
    assert "about" not in document(case)
    assert "south" not in json.dumps(document(case))
    assert "south" not in repr(case)


def test_the_desk_shows_and_signs_coarse_numbers(office: Office, reviewer: Reviewer) -> None:
    office.today += timedelta(days=1)
    reviewer.unlocks()
    page = reviewer.sees("/numbers").text.partition('id="took-part"')[2]

    assert f'aria-labelledby="part-{TOPIC}"' in page
    assert 'data-region="south">أقل من 5<' in page
    assert 'data-region="north"><bdi class="num">10</bdi><' in page
    for exact in ("11", "15", "4"):
        assert f'class="num">{exact}<' not in page

    reviewer.submits(f"/numbers/{TOPIC}", action="propose")
    reviewer.waits_for_the_sync()
    both_sync(office)

    assert coverage.waiting(way(office, "basem"), TOPIC) is not None


def test_what_was_told_goes_once_it_is_published(office: Office) -> None:
    office.today += timedelta(days=1)
    coverage.propose(way(office, "amal"), TOPIC)
    both_sync(office)
    coverage.approve(way(office, "basem"), TOPIC)
    office.today += timedelta(weeks=1)

    office.desks["basem"].rotate(office.today)

    assert [case.about for case in office.desks["basem"].casebook.cases() if case.about] == []


def test_a_named_governorate_tells_the_region() -> None:
    place = Section("place", "إربد")
    spoken = replace(OPINION, sections=(*OPINION.sections, place), about=About(age="30-59"))

    assert told_in(spoken) == About("north", "30-59")
    assert told_in(replace(spoken, about=About("south"))).region == "south"
    assert told_in(OPINION) == About()


def test_a_case_of_before_is_counted_as_having_told_nothing() -> None:
    old = json.loads(small_case(1).encode())
    del old["about"]
    case = Case.parse(json.dumps(old).encode())

    assert case.about == {}
    assert Coverage.parse(Coverage("wasl.example", TOPIC, None, None, None).encode())
