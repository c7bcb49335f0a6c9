"""What people tell of themselves is sealed; what is public of it is coarse and said once."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.coverage import coverage
from app.domain.topics import Topic
from app.services import topics
from crypto.about import ABOUT, About
from crypto.note import sign
from crypto.record import Coverage
from tests.promises.test_people_are_guided import needy, sends
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import ORIGIN, TOPIC, World

__all__ = ["needy"]

SENDERS = [
    *[About("north", "under-30", "study")] * 12,
    *[About("south", "30-59", "own")] * 4,
    *[About(age="60-up")] * 7,
]


@pytest.fixture
def closed(world: World) -> World:
    """A world whose topic took opinions until yesterday."""
    topic = replace(Topic.parse_toml(TOPIC), closes=world.today - timedelta(days=1))
    with world.state.transaction() as connection:
        topics.publish(connection, topic)
    return world


def publishes(world: World, record: Coverage, *, alone: bool = False) -> int:
    keys = [world.amal.device] if alone else [world.amal.device, world.basil.device]
    return world.desk().post("/records", {"note": sign(record.encode(), *keys)}).status_code


def test_the_page_without_scripts_asks_and_requires_nothing(world: World) -> None:
    page = PlainBrowser(world.client).visits("/write")

    for question in ABOUT:
        assert "required" not in page.attributes[question]
    assert "لا نعرض أي عدد أقل من 5." in page.text
    assert sends(world, problem="الحافلة تتأخر.").about == About()


def test_what_is_told_without_scripts_arrives_sealed(world: World) -> None:
    submission = sends(world, problem="الحافلة تتأخر.", region="south", sector="own")

    assert submission.about == About("south", None, "own")
    assert b"south" not in world.at_rest()


def test_a_word_that_nobody_offered_is_none(world: World) -> None:
    assert sends(world, problem="الحافلة تتأخر.", age="34", sector="police").about == About()


def test_who_is_asked_for_the_governorate_is_not_asked_where_it_is(needy: World) -> None:
    page = PlainBrowser(needy.client).visits("/write?topic=bus-lines")

    assert "region" not in page.attributes
    assert "نعد الإقليم فقط" in page.text
    assert "age" in page.attributes


def test_a_group_of_four_stands_nowhere_and_the_rest_everywhere(closed: World) -> None:
    told = coverage(ORIGIN, "bus-lines", SENDERS)
    assert publishes(closed, told) == 201
    closed.starts_log()
    closed.sequences()
    page = closed.client.get("/record/bus-lines").text
    table = closed.client.get("/record/bus-lines/coverage.csv").text
    document = json.loads(closed.client.get("/record/bus-lines/coverage.json").text)

    auditor, findings = closed.judges()
    assert (findings, auditor.records) == ([], (told,))
    expected = {"north": "10", "middle": "few", "south": "few", "unsaid": "5"}
    assert document["region"] == expected
    rows = list(csv.DictReader(io.StringIO(table.lstrip("\ufeff"))))
    assert {row["answer"]: row["people"] for row in rows if row["question"] == "region"} == expected
    assert 'data-region="south"><span class="nb">أقل من 5</span><' in page
    assert 'data-region="north"><bdi class="num">10</bdi><' in page
    for exact in ("12", "23", "7", "4"):
        assert f'class="num">{exact}<' not in page
        assert exact not in {row["people"] for row in rows}
        assert f" {exact} " not in told.encode().replace("\n", " ")


def test_who_took_part_is_said_once_by_two_and_after_the_last_day(closed: World) -> None:
    told = coverage(ORIGIN, "bus-lines", SENDERS)
    late = coverage(ORIGIN, "bus-lines", [*SENDERS, *[About("south")] * 5])

    assert publishes(closed, told, alone=True) == 422
    assert publishes(closed, replace(told, topic="no-such-topic")) == 422
    assert publishes(closed, told) == 201
    assert publishes(closed, told) == 201
    assert publishes(closed, late) == 409
    assert (
        closed.client.get("/record/bus-lines/coverage.json").get_json()["region"]["south"] == "few"
    )


def test_while_people_still_write_nobody_is_counted(world: World) -> None:
    assert publishes(world, coverage(ORIGIN, "bus-lines", SENDERS)) == 422
    for path in ("coverage.json", "coverage.csv"):
        assert world.client.get(f"/record/bus-lines/{path}").status_code == 404


def test_a_log_that_counts_a_topic_twice_is_found_out(closed: World) -> None:
    told = coverage(ORIGIN, "bus-lines", SENDERS)
    again = coverage(ORIGIN, "bus-lines", SENDERS[:-5])
    assert publishes(closed, told) == 201
    with closed.state.transaction() as connection:
        connection.exec_driver_sql("UPDATE public_record SET subject = 'x'")
    assert publishes(closed, again) == 201
    closed.starts_log()
    closed.sequences()

    _, findings = closed.judges()

    assert [each.code for each in findings] == ["record-wrong"]


def test_a_question_that_would_give_a_group_away_is_left_out_in_words(closed: World) -> None:
    told = coverage(ORIGIN, "bus-lines", [About("north")] * 20)
    assert told.region is None
    assert publishes(closed, told) == 201

    page = closed.client.get("/record/bus-lines").text

    assert "لا شيء يظهر هنا" in page
    assert "data-region" not in page
    assert closed.client.get("/record/bus-lines/coverage.json").get_json()["region"] is None
