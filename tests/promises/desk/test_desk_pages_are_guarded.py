"""No page but the desk's own, and no person but the one who unlocked it, reaches the desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.desk.door import IDLE_SECONDS
from app.desk.factory import door_of
from tests.promises.desk.reviewer import HERE, TEXT, Reviewer
from tests.units.desk.office import Office


def snapshot(office: Office) -> dict[Path, bytes]:
    folder = office.folder / "desks" / "amal"
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# Who may ask.


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8081", "127.0.0.1", "127.0.0.1:80", "desk.local:8081"]
)
def test_a_foreign_name_for_this_machine_is_refused(reviewer: Reviewer, host: str) -> None:
    """DNS rebinding: the address is ours, the Host header is not."""
    reviewer.unlocks()

    for response in (
        reviewer.client.get("/", base_url=HERE, headers={"Host": host}),
        reviewer.client.post("/lock", base_url=HERE, headers={"Host": host}),
    ):
        assert response.status_code == HTTPStatus.MISDIRECTED_REQUEST
        assert "CANARY" not in response.text


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"Origin": "http://evil.example"}, "right"),
        ({"Origin": "http://127.0.0.1:8080"}, "right"),
        ({"Origin": "null"}, "right"),
        ({"Sec-Fetch-Site": "cross-site"}, "right"),
        ({"Sec-Fetch-Site": "same-site"}, "right"),
        ({}, "wrong"),
        ({}, "missing"),
        ({}, "not ASCII"),
    ],
)
def test_a_form_from_elsewhere_does_nothing(
    reviewer: Reviewer, headers: dict[str, str], key: str
) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    keys = {
        "right": reviewer.form_key(),
        "wrong": "0" * 64,
        "missing": "",
        "not ASCII": "مفتاح",
    }
    before = snapshot(reviewer.office)

    for path in (f"{case}/reply", f"{case}/seen", f"{case}/file/1", "/sync", "/keys/rotate"):
        response = reviewer.submits(
            path, headers=headers, form_key=keys[key], text="رد", understood="yes"
        )
        assert response.status_code == HTTPStatus.FORBIDDEN, path

    reviewer.waits_for_the_sync()
    assert snapshot(reviewer.office) == before
    assert reviewer.sees(case).status_code == HTTPStatus.OK, "and the desk is still open"


def test_a_form_key_of_another_session_is_refused(reviewer: Reviewer) -> None:
    before_unlocking = reviewer.form_key()
    reviewer.unlocks()

    response = reviewer.submits("/sync", form_key=before_unlocking)

    assert response.status_code == HTTPStatus.FORBIDDEN


def test_another_port_of_this_machine_cannot_embed_or_fetch(reviewer: Reviewer) -> None:
    """Cookies do not tell ports apart; Sec-Fetch-Site does."""
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    for path, wanted in ((f"{case}/image/1", "image"), (case, "iframe"), (case, "empty")):
        response = reviewer.sees(path, **{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": wanted})
        assert response.status_code == HTTPStatus.FORBIDDEN


def test_a_browser_without_the_session_sees_nothing(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    stranger = Reviewer(reviewer.app, reviewer.office, reviewer.seconds)

    for path in ("/", case, f"{case}/image/1", "/keys", "/keys/enrolment.json", "/case/0"):
        response = stranger.sees(path)
        assert "CANARY" not in response.text
        assert "amal" not in response.text
        assert response.status_code in {HTTPStatus.OK, HTTPStatus.SEE_OTHER}
        assert response.status_code == HTTPStatus.SEE_OTHER or "passphrase" in response.text
    for path in (f"{case}/reply", f"{case}/seen", "/sync", "/keys/rotate", f"{case}/file/1"):
        response = stranger.submits(path, text="رد", understood="yes")
        assert response.status_code == HTTPStatus.SEE_OTHER
        assert response.location == "/"


def test_every_route_needs_the_session(reviewer: Reviewer) -> None:
    """Whatever is added later is locked too, unless it is named here."""
    open_to_all = {"static_file", "ar.inbox", "en.inbox", "ar.unlock", "en.unlock"}
    open_to_all |= {"ar.lock", "en.lock"}
    for rule in reviewer.app.url_map.iter_rules():
        if rule.endpoint in open_to_all:
            continue
        path = re.sub(r"<(int:)?\w+>", "1", rule.rule)
        response = reviewer.submits(path) if "POST" in (rule.methods or ()) else reviewer.sees(path)
        assert response.status_code == HTTPStatus.SEE_OTHER, rule.endpoint
        assert response.location in {"/", "/en/"}


def test_a_wrong_passphrase_opens_nothing(reviewer: Reviewer) -> None:
    response = reviewer.unlocks("not the passphrase")

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert "كلمة السر غير صحيحة" in response.text
    assert "not the passphrase" not in response.text
    assert "Set-Cookie" not in response.headers


def test_the_cookie_is_for_this_session_and_no_script(reviewer: Reviewer) -> None:
    cookie = reviewer.unlocks().headers["Set-Cookie"]

    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie
    assert "Expires" not in cookie


def test_unlocking_elsewhere_ends_the_first_session(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    other = Reviewer(reviewer.app, reviewer.office, reviewer.seconds)
    other.unlocks()

    assert "passphrase" in reviewer.sees("/").text
    assert "passphrase" not in other.sees("/").text


# Locking.


def test_the_desk_locks_itself_when_nobody_works(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    reviewer.seconds[0] += IDLE_SECONDS - 1
    assert "passphrase" not in reviewer.sees("/").text
    reviewer.seconds[0] += IDLE_SECONDS - 1
    assert "passphrase" not in reviewer.sees("/").text, "each request begins the time anew"

    reviewer.seconds[0] += IDLE_SECONDS

    assert "passphrase" in reviewer.sees("/").text


def test_the_keys_are_forgotten_even_if_no_request_ever_comes(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    door = door_of(reviewer.app)
    assert door._desk is not None

    reviewer.seconds[0] += IDLE_SECONDS
    door.lock_if_idle()

    assert door._desk is None


def test_the_lock_button_locks_at_once(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    response = reviewer.submits("/lock")

    assert response.headers["Clear-Site-Data"] == '"cache"'
    assert "CANARY" not in reviewer.sees(case).text
    assert door_of(reviewer.app)._desk is None


# What is in the answers.


def every_page(reviewer: Reviewer) -> Iterator[tuple[str, TestResponse]]:
    yield "/ locked", reviewer.sees("/")
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    for prefix in ("", "/en"):
        for path in ("/", case, "/keys", "/keys/enrolment.json", "/nothing", "/case/0"):
            yield prefix + path, reviewer.sees(prefix + path)
        yield "image", reviewer.sees(f"{prefix}{case}/image/1")
        yield "file", reviewer.submits(f"{prefix}{case}/file/2", understood="yes")
        yield "warning", reviewer.submits(f"{prefix}{case}/reply", text="ما اسمك؟")
        yield "foreign", reviewer.submits(f"{prefix}/sync", form_key="")


def test_every_answer_forbids_scripts_frames_and_keeping(reviewer: Reviewer) -> None:
    for name, response in every_page(reviewer):
        headers = response.headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), name
        assert "script-src" not in policy, name
        assert "unsafe" not in policy, name
        assert headers["Cache-Control"] == "no-store, max-age=0", name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert "Server" not in headers, name
        assert b"<script" not in response.data, name
        assert b"style=" not in response.data, name


def test_the_inbox_shows_no_word_of_any_message(reviewer: Reviewer) -> None:
    reviewer.unlocks()

    for path in ("/", "/en/", "/?show=news"):
        assert "CANARY" not in reviewer.sees(path).text


def test_no_case_page_tells_the_history_what_it_is_about(reviewer: Reviewer) -> None:
    """Titles and addresses stay in the browser's history after the desk is locked."""
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    title = re.search("<title>(.*)</title>", reviewer.sees(case).text)

    assert title
    assert title.group(1) == "رسالة"
    slot = reviewer.office.only_case("amal").slot
    assert slot.hex()[:8] not in case


def test_looking_changes_nothing(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    before = snapshot(reviewer.office)

    for path in ("/", case, f"{case}/image/1", "/keys", "/keys/enrolment.json"):
        assert reviewer.sees(path).status_code == HTTPStatus.OK

    assert snapshot(reviewer.office) == before


def test_a_failure_of_the_program_shows_and_logs_nothing_of_a_case(
    reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    reviewer.app.testing = False
    reviewer.app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_: object) -> None:
        raise RuntimeError(f"a bug with {TEXT} in its message")

    monkeypatch.setattr("app.desk.pages._shown", broken)

    response = reviewer.sees(case)

    assert response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "CANARY" not in response.text
    assert "CANARY" not in "".join(capfd.readouterr())
