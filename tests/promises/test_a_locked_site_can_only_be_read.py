"""Lock-down: the running site takes nothing more, says so, and loses nothing anybody wrote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from app.cli import main
from crypto.encoding import encode_base64
from tests.units.citizen.plain_browser import PlainBrowser
from tests.world import Citizen, World

NOTICES = {
    "ar": "الموقع للقراءة فقط الآن. قراءة الردود",
    "en": "The site can only be read now. Replies",
}
PAGES = ("/", "/topics", "/t/bus-lines", "/write", "/follow", "/safety", "/privacy", "/record")


def operator(world: World, *words: str) -> str:
    """Run `wasl lockdown`, as another process beside the running site would."""
    ran = CliRunner().invoke(main, ["lockdown", *words, "--data", str(world.settings.data)])
    assert ran.exit_code == 0, ran.output
    return ran.output


@pytest.fixture
def writer(world: World) -> Iterator[Citizen]:
    """Somebody who wrote while the site was open, and was answered; then it is locked."""
    citizen = world.citizen()
    assert citizen.submits().status_code == 201
    world.desk().replies(citizen, 0)
    operator(world, "on")
    yield citizen
    operator(world, "off")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_page_says_so_while_it_lasts(world: World, language: str) -> None:
    browser = PlainBrowser(world.client, language)
    for is_locked in (False, True, False):
        operator(world, "on" if is_locked else "off")
        for path in (*PAGES, "/no-such-page"):
            shown = NOTICES[language] in browser.visits(path).text
            assert shown is is_locked, path


@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_page_offers_a_form_that_could_not_be_sent(world: World, language: str) -> None:
    browser = PlainBrowser(world.client, language)
    for is_locked in (False, True):
        operator(world, "on" if is_locked else "off")
        page = browser.visits("/write?topic=bus-lines")
        assert ("seal-form" in page.by_id) is not is_locked
        for path in ("/", "/t/bus-lines"):
            browser.visits(path)
            assert ("/write" in browser.response.text) is not is_locked, path


def test_the_operator_sees_which_it_is_and_may_say_it_twice(world: World) -> None:
    said = [operator(world, word) for word in ("status", "on", "on", "status", "off", "off")]

    assert said[0] == "Open.\n"
    assert said[3] == "Locked down.\n"
    assert operator(world, "status") == "Open.\n"


def test_nothing_can_be_stored_and_nothing_is(world: World, writer: Citizen) -> None:
    other, desk = world.citizen(), world.desk()
    owner = {
        "name": encode_base64(writer.keys.thread.name("citizen", 0)),
        "auth": encode_base64(writer.keys.thread.auth("citizen", 0)),
    }
    before = contents(world)

    refused = {
        "submission": world.post("/submissions", other.request()),
        "upload": world.post("/uploads", {"size": 5}),
        "follow-up": world.post("/messages", writer.follow_up(1)),
        "withdrawal": world.post("/case/withdraw", owner),
        "objection": world.post("/case/object", owner),
        "reply": desk.replies(writer, 1),
        "status": desk.decides(writer, "read"),
    }

    assert {name: problem(answer) for name, answer in refused.items()} == dict.fromkeys(
        refused, (503, "urn:wasl:problem:locked-down")
    )
    assert contents(world) == before


def test_a_part_of_an_upload_waits_for_the_end_of_the_lock(world: World) -> None:
    citizen = world.citizen()
    sealed, _ = citizen.seals_file(b"photo")
    path = f"/api/v1/uploads/{citizen.begins_upload(len(sealed))['id']}/0"
    operator(world, "on")
    refused = world.client.put(path, data=sealed[:1_048_576])
    operator(world, "off")

    assert problem(refused) == (503, "urn:wasl:problem:locked-down")
    assert world.client.put(path, data=sealed[:1_048_576]).status_code == 204


def test_replies_are_read_as_ever(world: World, writer: Citizen) -> None:
    asked = {each["name"] for each in writer.question()["names"]}
    assert asked & {slot["name"] for slot in writer.asks()["slots"]}
    assert len(world.desk().get("/cases").get_json()["cases"]) == 1


def test_the_promise_for_what_came_before_is_given_again(world: World) -> None:
    """Whose answer got lost just before the lock still gets it."""
    citizen = world.citizen()
    request = citizen.request()
    first = world.post("/submissions", request)
    operator(world, "on")

    assert world.post("/submissions", request).get_json() == first.get_json()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_without_javascript_the_text_comes_back_and_is_sent_later(
    world: World, language: str
) -> None:
    browser = PlainBrowser(world.client, language)
    form = browser.visits("/write?topic=bus-lines").form("/review")
    form.fill(problem="CANARY words", why="", proposal="")
    browser.presses(form, "to-review")
    operator(world, "on")
    page = browser.presses(browser.page.form("/send"), "send")

    assert browser.response.status_code == 503
    assert NOTICES[language] in page.text
    assert page.form("/send").value("problem") == "CANARY words"
    assert b"CANARY" not in world.at_rest()

    operator(world, "off")
    browser.presses(page.form("/send"), "send")
    assert browser.response.status_code == 201


def test_without_javascript_a_locked_site_takes_no_file_and_keeps_the_text(world: World) -> None:
    browser = PlainBrowser(world.client, "en")
    form = browser.visits("/write?topic=bus-lines").form("/review")
    form.fill(problem="My words", why="", proposal="")
    operator(world, "on")
    page = browser.presses(form, "to-review", files=[("a.txt", b"letter")])

    assert browser.response.status_code == 422
    assert "The site can only be read now. Nothing was sent." in page.text
    assert page.form("/review").value("problem") == "My words"


def contents(world: World) -> set[bytes]:
    """The ciphertexts and the rows of the cases, whatever else the database writes down."""
    blobs = world.state.blobs
    with world.state.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM case_file").all()
        messages = connection.exec_driver_sql("SELECT * FROM message").all()
    return {repr(each).encode() for each in (rows, messages, sorted(blobs.digests()))}


def problem(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"]
