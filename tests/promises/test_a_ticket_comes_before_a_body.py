"""Whoever has no leave to send a body is told so before a byte of it is read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app.web.tickets import FORMS_PER_TICKET, STALE_DAYS
from tests.units.citizen.plain_browser import MULTIPART, PlainBrowser
from tests.world import World


class Unread:
    """A body that nobody may touch."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("the body was read")


def _sends(world: World, method: str, path: str) -> TestResponse:
    overrides = {
        "wsgi.input": Unread(),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "900000",
        "CONTENT_TYPE": MULTIPART,
    }
    return world.client.open(path, method=method, environ_overrides=overrides)


def _part(world: World, ticket: str) -> TestResponse:
    return _sends(world, "PUT", f"/api/v1/uploads/{ticket}/0")


def _action(world: World) -> str:
    return PlainBrowser(world.client).visits("/write").form("/review").action


def test_every_letter_of_a_ticket_counts(world: World) -> None:
    ticket = world.citizen().begins_upload(5000)["id"]
    for at in range(0, len(ticket), 7):
        changed = f"{ticket[:at]}{'0' if ticket[at] != '0' else '1'}{ticket[at + 1 :]}"
        assert _part(world, changed).status_code == 404
    form = _action(world).split("/")[2]
    for at in range(0, len(form), 7):
        changed = f"{form[:at]}{'0' if form[at] != '0' else '1'}{form[at + 1 :]}"
        assert _sends(world, "POST", f"/forms/{changed}/review").status_code == 410


def test_a_ticket_for_one_thing_is_none_for_another(world: World) -> None:
    upload = world.citizen().begins_upload(5000)["id"]
    form = _action(world).split("/")[2]

    assert _part(world, form).status_code == 404
    assert _sends(world, "POST", f"/forms/{upload}/review").status_code == 410


def test_an_agency_s_answer_needs_a_ticket_that_came_with_its_packet(world: World) -> None:
    """Only who showed a code has one; a citizen's is none."""
    citizen_s = _action(world).split("/")[2]

    for ticket in (citizen_s, "0" * 64):
        assert _sends(world, "POST", f"/agency/forms/{ticket}/review").status_code == 410
    assert _sends(world, "POST", "/agency/review").status_code == 405
    own = world.state.answer_tickets.issue()
    answer = _sends(world, "POST", f"/agency/forms/{own}/review")
    assert answer.status_code == 400, "it was read"


def test_an_old_ticket_is_refused(world: World) -> None:
    upload, action = world.citizen().begins_upload(5000)["id"], _action(world)
    world.today += timedelta(days=2)

    assert _part(world, upload).status_code == 404
    world.today += timedelta(days=STALE_DAYS)
    assert _sends(world, "POST", action).status_code == 410


@pytest.mark.parametrize("root", ["", "/en"])
def test_whoever_took_days_to_write_loses_nothing(world: World, root: str) -> None:
    """The old page's form is sent on, unread, to where a page of today sends it."""
    browser = PlainBrowser(world.client)
    form = browser.visits(f"{root}/write").form("/review")
    form.fill(problem="كتبته في ثلاثة أيام")
    world.today += timedelta(days=3)

    answer = _sends(world, "POST", form.action)
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith(f"{root}/forms/")

    browser.posts(form.action, form.pairs, files=[("a.txt", b"a note")], multipart=True)
    assert browser.response.status_code == 200
    assert "كتبته في ثلاثة أيام" in browser.page.text
    assert "file-1" in browser.page.attributes


def test_a_used_up_ticket_is_refused(world: World) -> None:
    """The submission that names an upload uses it up."""
    citizen = world.citizen()
    attachment = citizen.uploads(b"a letter")
    assert world.post("/submissions", citizen.request(attachments=[attachment])).status_code == 201

    assert _part(world, attachment["upload"]).status_code == 404


def test_a_form_s_ticket_is_used_up_in_the_end(world: World) -> None:
    browser = PlainBrowser(world.client, "en")
    form = browser.visits("/write").form("/review")
    for _ in range(FORMS_PER_TICKET):
        browser.posts(form.action, form.pairs, multipart=True)
        assert browser.response.status_code == 422, "nothing was written yet"

    assert _sends(world, "POST", form.action).status_code == 410
    assert _sends(world, "POST", _action(world)).status_code != 410


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_refused_form_says_what_to_do(world: World, language: str) -> None:
    root = "" if language == "ar" else "/en"
    answer = _sends(world, "POST", f"{root}/forms/{'0' * 64}/review")

    assert answer.status_code == 410
    assert {"ar": "هذه الصفحة قديمة", "en": "The back button leads there"}[language] in answer.text
