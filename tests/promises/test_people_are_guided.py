"""People are helped to write clearly and to tell what a topic needs; nothing of it is required."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.topics import Need, Topic
from app.services import topics
from app.store.models import CaseFile
from crypto.envelope import Submission, open_submission
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import TOPIC, World

ASKED = "هذه القضية تسأل عنه."


@pytest.fixture
def needy(world: World) -> World:
    """A world whose topic asks for a proposal and the governorate."""
    topic = replace(Topic.parse_toml(TOPIC), needs=(Need.PROPOSAL, Need.PLACE))
    with world.state.transaction() as connection:
        topics.publish(connection, topic)
    return world


def sends(world: World, **fields: str) -> Submission:
    """Go through the forms without scripts and return what arrived."""
    browser = PlainBrowser(world.client)
    form = browser.visits("/write?topic=bus-lines").form("/review")
    form.fill(**fields)
    browser.presses(form, "to-review")
    assert browser.response.status_code == 200, browser.page.text
    browser.presses(browser.page.form("/send"), "send")
    assert browser.response.status_code == 201, browser.page.text
    with world.state.reading() as connection:
        [digest] = connection.scalars(select(CaseFile.envelope_digest)).all()
    return open_submission(world.state.blobs.read(digest), [world.basil.identity])


def test_the_page_says_what_the_topic_asks_for_and_that_it_may_be_left_out(needy: World) -> None:
    browser = PlainBrowser(needy.client)
    page = browser.visits("/write?topic=bus-lines")

    assert page.text.count(ASKED) == 2
    assert page.text.count("يمكن الإرسال دونه.") == 2
    assert "required" in page.attributes["problem"]
    for name in ("why", "proposal", "place"):
        assert "required" not in page.attributes[name]
    assert "place" not in browser.visits("/write").attributes


def test_one_sentence_alone_is_accepted(needy: World) -> None:
    submission = sends(needy, problem="الحافلة تتأخر.")

    assert [(each.name, each.text) for each in submission.sections] == [
        ("problem", "الحافلة تتأخر.")
    ]


def test_a_governorate_arrives_sealed_like_the_words(needy: World) -> None:
    submission = sends(needy, problem="الحافلة تتأخر.", place="إربد")

    assert [each.name for each in submission.sections] == ["problem", "place"]
    assert submission.sections[1].text == "إربد"
    assert "إربد".encode() not in needy.at_rest()


def test_a_place_that_is_no_governorate_is_none(needy: World) -> None:
    submission = sends(needy, problem="الحافلة تتأخر.", place="حي صغير قرب بيتي")

    assert [each.name for each in submission.sections] == ["problem"]


@pytest.mark.parametrize("root", ["", "/en"])
def test_the_menu_shows_in_which_part_of_the_site_one_is(needy: World, root: str) -> None:
    browser = PlainBrowser(needy.client)

    def marked() -> list[tuple[str, str]]:
        links = [at for tag, at in browser.page.tags if tag == "a" and "aria-current" in at]
        return [(at["href"], at["aria-current"]) for at in links]

    shown = {
        "/": [],
        "/how": [],
        "/write?topic=bus-lines": [],
        "/topics": [(f"{root}/topics", "page")],
        "/t/bus-lines": [(f"{root}/topics", "true")],
        "/record": [(f"{root}/record", "page")],
        "/record/bus-lines": [(f"{root}/record", "true")],
        "/safety": [(f"{root}/safety", "page")],
        "/follow": [(f"{root}/follow", "page")],
    }
    for path, marks in shown.items():
        browser.visits(root + path)
        assert marked() == marks, path

    form = browser.page.form("/follow")
    form.fill(code="ليست رمزا")
    browser.presses(form, "open")
    assert marked() == [(f"{root}/follow", "true")]
