"""When more people come than a site can serve at ease, nobody is asked who they are.

Programs do a little work; people without JavaScript wait for a turn, with their text before them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.test import TestResponse

from app.citizen.waiting import WAITS
from app.client.send import Sender
from app.client.site import Site
from app.settings import Limits
from crypto.work import work_on
from tests.promises.test_a_ticket_comes_before_a_body import Unread
from tests.promises.test_without_javascript_the_whole_journey import submissions, writes
from tests.units.citizen.plain_browser import Form, Page, PlainBrowser
from tests.world import World

TEXT = "الحافلة لا تصل.\nولا أحد يعرف متى."
CALM = 2
FLOOD = 40


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world where two things a minute are calm, and one turn."""
    world = World(tmp_path)
    _limit(world, calm_per_minute=CALM, turns_per_minute=1)
    yield world
    world.close()


def _limit(world: World, **limits: int) -> None:
    world.site = world.open(replace(world.settings, limits=replace(Limits(), **limits)))


def _submits(world: World, body: object, work: str = "") -> TestResponse:
    return world.post("/submissions", body, headers={"Wasl-Work": work})


def _burst(world: World) -> dict[str, Any]:
    """Submit until work is wanted; the problem that says so."""
    while (answer := world.citizen().submits()).status_code == 201:
        pass
    problem: dict[str, Any] = answer.get_json()
    assert problem["type"] == "urn:wasl:problem:work-wanted"
    return problem


def _work(problem: dict[str, Any]) -> str:
    return work_on(bytes.fromhex(problem["challenge"]), problem["bits"]).encode()


def test_while_it_is_calm_nobody_is_asked_for_anything(world: World) -> None:
    assert [world.citizen().submits().status_code for _ in range(CALM)] == [201] * CALM


def test_in_a_burst_a_program_gets_through_with_a_little_work(world: World) -> None:
    problem, body = _burst(world), world.citizen().request()

    assert _submits(world, body).status_code == 429
    assert _submits(world, body, _work(problem)).status_code == 201


def test_work_is_good_for_one_message(world: World) -> None:
    work = _work(_burst(world))

    assert _submits(world, world.citizen().request(), work).status_code == 201
    assert _submits(world, world.citizen().request(), work).status_code == 429


@pytest.mark.parametrize("path", ["/messages", "/uploads"])
def test_all_that_is_stored_is_guarded_alike(world: World, path: str) -> None:
    citizen = world.citizen()
    citizen.submits()
    bodies = [citizen.follow_up(n) if path == "/messages" else {"size": 5} for n in range(1, 5)]

    statuses = [world.post(path, body).status_code for body in bodies]
    assert statuses == [201] * CALM + [429] * 2
    wanted = world.post(path, bodies[3]).get_json()
    paid = world.post(path, bodies[3], headers={"Wasl-Work": _work(wanted)})
    assert paid.status_code == 201


def test_without_work_a_body_is_refused_unread(world: World) -> None:
    _burst(world)
    overrides = {
        "wsgi.input": Unread(),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "100000",
        "CONTENT_TYPE": "application/json",
    }
    answer = world.client.post("/api/v1/submissions", environ_overrides=overrides)

    assert answer.status_code == 429


def test_a_flood_raises_no_wall_for_those_who_share_its_door(world: World) -> None:
    """Behind a proxy everybody is one; an hourly budget would be the flood's to use up."""
    _limit(world, calm_per_minute=CALM, submissions_per_hour=1, people_per_shared_address=1)
    answers = [_submits(world, {}).status_code for _ in range(FLOOD)]
    work = _work(_submits(world, {}).get_json())

    assert set(answers) == {422, 429}
    assert _submits(world, world.citizen().request(), work).status_code == 201


def test_nothing_about_a_burst_is_kept(world: World) -> None:
    problem = _burst(world)
    work = _work(problem)
    _submits(world, world.citizen().request(), work)

    for trace in (problem["challenge"], work):
        assert trace.encode() not in world.at_rest()


def test_a_program_of_ours_does_the_work_by_itself(world: World) -> None:
    _limit(world, calm_per_minute=0)
    transport = httpx.WSGITransport(app=world.site)
    with Site("http://127.0.0.1", transport=transport) as site:
        sent = Sender(site, world.today, pause=lambda _: None).send("bus-lines", TEXT)

    (arrived,) = submissions(world)
    assert arrived.sections[0].text == TEXT
    assert sent.merge_by > world.today


# Without JavaScript


@pytest.fixture(params=["ar", "en"])
def browser(request: pytest.FixtureRequest, world: World) -> PlainBrowser:
    return PlainBrowser(world.client, request.param)


def _somebody_else_has_the_turn(world: World) -> None:
    """One derivation a minute is free, and this was it."""
    world.state.turns.take("")


def _waiting(page: Page) -> Form:
    """The form of the page that asks to wait."""
    return next(each for each in page.forms if any(one.name == "place" for one in each.fields))


def _goes_on(browser: PlainBrowser) -> Page:
    """Press the one button of the page that asks to wait."""
    form = _waiting(browser.page)
    return browser.posts(form.action, form.pairs)


def test_whoever_waits_loses_no_word_and_then_arrives(world: World, browser: PlainBrowser) -> None:
    form = writes(browser, TEXT)
    _somebody_else_has_the_turn(world)
    page = browser.presses(form, "send")
    assert browser.response.status_code == 503
    waiting = _waiting(page)
    assert dict(form.pairs).items() <= dict(waiting.pairs).items()
    assert f"in-{WAITS[0]}" in page.html, "the page says when"

    early = _goes_on(browser)
    assert browser.response.status_code == 503
    assert _waiting(early).pairs == waiting.pairs, "pressing early changes nothing"
    assert submissions(world) == []
    world.now += WAITS[0]
    _goes_on(browser)

    assert browser.response.status_code == 201, browser.page.text
    (sent,) = submissions(world)
    assert sent.sections[0].text == TEXT


def test_a_queue_names_a_turn_and_keeps_it(world: World, browser: PlainBrowser) -> None:
    """Two wait; only one turn is left in this minute."""
    first, second = writes(browser, TEXT), writes(browser, TEXT)
    _somebody_else_has_the_turn(world)
    browser.presses(first, "send")
    other = _waiting(browser.page)
    browser.presses(second, "send")
    world.now += WAITS[0]
    waiting = browser.page
    browser.posts(other.action, other.pairs)
    assert browser.response.status_code == 201

    browser.page = waiting
    page = _goes_on(browser)
    assert browser.response.status_code == 503
    assert "in-60" in page.html
    world.now += 60
    _goes_on(browser)

    assert browser.response.status_code == 201


def test_a_case_opens_after_a_wait_too(world: World, browser: PlainBrowser) -> None:
    form = browser.visits("/follow").form("/follow")
    citizen = world.citizen()
    form.fill(code=" ".join(citizen.code.digits))
    _somebody_else_has_the_turn(world)
    browser.presses(form, "open")
    assert browser.response.status_code == 503
    world.now += WAITS[0]
    _goes_on(browser)

    assert browser.response.status_code == 404, "nobody has this code; but it was looked for"


def test_what_is_typed_waits_in_the_page_alone(world: World, browser: PlainBrowser) -> None:
    form = writes(browser, text="CANARY waits")
    _somebody_else_has_the_turn(world)
    browser.presses(form, "send")
    waiting = _waiting(browser.page)

    assert "?" not in waiting.action
    assert waiting.method == "post"
    assert 'http-equiv="refresh"' not in browser.page.html.lower(), "asking again would lose it"
    assert b"CANARY" not in world.at_rest()


def test_those_who_work_and_those_who_wait_do_not_compete(
    world: World, browser: PlainBrowser
) -> None:
    form = writes(browser, TEXT)
    _somebody_else_has_the_turn(world)
    assert world.citizen().submits().status_code == 201
    _burst(world)
    browser.presses(form, "send")
    world.now += WAITS[0]
    _goes_on(browser)

    assert browser.response.status_code == 201
