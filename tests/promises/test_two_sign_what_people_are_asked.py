"""What people are asked is signed by two and stands in the log: no operator changes it quietly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from app.domain.errors import SignedTopicError
from app.domain.topics import Bilingual, Topic, Waiver
from app.services import topics
from app.store import relays
from app.store.relays import StoredRecord
from crypto.encoding import sha256
from crypto.note import SigningKey, sign
from crypto.record import Question
from tests.units.citizen.plain_browser import Page
from tests.world import ORIGIN, TOPIC, World

PLAIN = Topic.parse_toml(TOPIC)
CHANGED = replace(PLAIN, title=Bilingual("خط جديد", "A new line"))


def question(topic: Topic, version: int = 1) -> Question:
    return Question(ORIGIN, topic.slug, version, topic.encode())


def hands_in(world: World, asked: Question, *devices: SigningKey) -> TestResponse:
    both = devices or (world.amal.device, world.basil.device)
    return world.desk().post("/records", {"note": sign(asked.encode(), *both)})


def title(world: World) -> str:
    return Page(world.client.get("/en/t/bus-lines").text).title


def test_what_two_reviewers_sign_is_what_people_see_and_what_the_log_has(world: World) -> None:
    world.starts_log()
    before = Page(world.client.get("/en/t/bus-lines").text)
    assert hands_in(world, question(CHANGED)).status_code == 201
    assert hands_in(world, question(CHANGED)).status_code == 201
    world.sequences()
    auditor = world.audits()
    after = Page(world.client.get("/en/t/bus-lines").text)

    assert "No reviewers have signed it yet." in before.text
    assert "It is version 1, and the public log has it." in after.text
    assert after.title == "A new line"
    assert auditor.records == (question(CHANGED),)


def test_one_signature_twice_or_somebody_elses_is_none(world: World) -> None:
    stranger = SigningKey.generate(f"{ORIGIN}/device/basil")
    for devices in (
        (world.amal.device,),
        (world.amal.device, world.amal.device),
        (world.amal.device, stranger),
    ):
        assert hands_in(world, question(CHANGED), *devices).status_code == 422
    assert title(world) == "Bus lines"


def test_an_operator_cannot_put_another_text_in_its_place(world: World) -> None:
    hands_in(world, question(CHANGED))

    with world.state.transaction() as connection, pytest.raises(SignedTopicError):
        topics.publish(connection, PLAIN)
    assert title(world) == "A new line"


def test_nobody_goes_back_to_an_earlier_version_or_skips_one(world: World) -> None:
    first, second = question(CHANGED), question(PLAIN, 2)

    assert hands_in(world, question(CHANGED, 2)).status_code == 409
    assert hands_in(world, first).status_code == 201
    assert hands_in(world, question(PLAIN)).status_code == 409
    assert hands_in(world, second).status_code == 201
    assert hands_in(world, first).status_code == 409
    assert title(world) == "Bus lines"


def test_an_auditor_sees_a_version_that_was_left_out(world: World) -> None:
    """A site that is not honest could put what it likes into its database."""
    world.starts_log()
    with world.state.transaction() as connection:
        text = question(PLAIN, 2).encode()
        note = sign(text, world.amal.device, world.basil.device)
        relays.add_record(
            connection, StoredRecord(sha256(text.encode()), "topic", "bus-lines 000002", note)
        )
    world.sequences()
    _, findings = world.judges()

    assert [finding.code for finding in findings] == ["record-wrong"]


WRONG = {
    "no day of decision": lambda topic: replace(topic, decision=None),
    "another slug": lambda topic: replace(topic, slug="water"),
    "a reason by nobody who signed": lambda topic: replace(
        topic, waiver=Waiver(Bilingual("سبب", "A reason"), "huda")
    ),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_two_signatures_do_not_make_a_topic_of_what_is_none(world: World, wrong: object) -> None:
    assert callable(wrong)
    asked = Question(ORIGIN, "bus-lines", 1, wrong(PLAIN).encode())

    assert hands_in(world, asked).status_code == 422
    assert hands_in(world, replace(asked, content="{}")).status_code == 422
    assert title(world) == "Bus lines"


def test_anybody_can_ask_for_what_was_signed(world: World) -> None:
    (before,) = world.client.get("/api/v1/topics").get_json()["topics"]
    hands_in(world, question(CHANGED))
    (after,) = world.client.get("/api/v1/topics").get_json()["topics"]

    assert (Topic.parse(before["content"]), before["note"]) == (PLAIN, None)
    assert (after["slug"], after["content"]) == ("bus-lines", None)
    assert after["note"].startswith(question(CHANGED).encode())
