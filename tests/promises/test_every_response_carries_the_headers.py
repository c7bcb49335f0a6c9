"""The same strict headers on pages, API, files, refusals and failures alike."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.web.errors import use_page
from app.web.headers import ALWAYS, NO_STORE
from tests.world import World

REVEALING = {
    "ETag",
    "Last-Modified",
    "Server",
    "Set-Cookie",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "Retry-After",
    "Access-Control-Allow-Origin",
    "NEL",
    "Report-To",
    "Accept-CH",
    "Server-Timing",
}


def _answers(world: World) -> Iterator[TestResponse]:
    client, citizen = world.client, world.citizen()
    yield client.get("/")
    yield client.get("/en/")
    yield client.get("/no-such-page")
    yield client.post("/")
    yield client.get("/api/v1/intake")
    yield client.get("/api/v1/openapi.json")
    yield client.get("/api/v1/nothing")
    yield client.get("/api/v1/submissions")
    yield client.get("/static/nothing.css")
    yield world.post("/submissions", {})
    yield world.post("/submissions", citizen.request())
    yield world.post("/mailbox", citizen.question())
    yield client.get("/api/v1/desk/cases")
    yield world.desk().get("/cases")
    yield client.options("/api/v1/intake")
    yield client.get("/api/v1/boom")
    yield client.get("/boom")


def test_every_response_carries_the_headers(world: World) -> None:
    _add_bug(world.site)
    statuses = set()
    for answer in _answers(world):
        statuses.add(answer.status_code)
        for name, value in ALWAYS.items():
            assert answer.headers.getlist(name) == [value], (answer.request.path, name)
        assert answer.headers["Cache-Control"] == NO_STORE, answer.request.path
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
        assert not REVEALING & set(answer.headers.keys()), answer.request.path
        assert "Content-Encoding" not in answer.headers
    assert {200, 201, 401, 404, 405, 422, 500} <= statuses


def test_an_onion_service_has_no_hsts(world: World) -> None:
    """It would pin a browser to TLS on a name that needs none, and say that it was visited."""
    onion = world.open(replace(world.settings, onion=True, site_url="http://a.onion"))
    answer = onion.test_client().get("/api/v1/intake")

    assert "Strict-Transport-Security" not in answer.headers
    assert "upgrade-insecure-requests" not in answer.headers["Content-Security-Policy"]


def test_static_files_are_kept_for_ever_and_bound_to_their_bytes(world: World) -> None:
    asset = world.state.assets("base.css")
    plain = world.client.get(asset.url)
    packed = world.client.get(asset.url, headers={"Accept-Encoding": "br, gzip"})

    assert plain.data == asset.body
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert plain.content_type == "text/css; charset=utf-8"
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == (
        "gzip",
        "Accept-Encoding",
    )
    assert len(packed.data) < len(plain.data)
    assert (
        "Content-Encoding"
        not in world.client.get(asset.url, headers={"Accept-Encoding": "gzip;q=0"}).headers
    )
    assert world.client.get("/static/base.css").status_code == 404


def test_ciphertext_is_never_shown_by_a_browser(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    (case,) = desk.get("/cases").get_json()["cases"]
    answer = desk.get(f"/blobs/{b64decode(case['digest']).hex()}")

    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.content_type == "application/octet-stream"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_bug_is_answered_without_its_message(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _add_bug(world.site)
    answers = [world.client.get("/api/v1/boom"), world.client.get("/boom")]

    said = "".join([*(answer.text for answer in answers), caplog.text, *capfd.readouterr()])
    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[0].get_json()["type"] == "urn:wasl:problem:internal"
    assert "CANARY" not in said
    assert "RuntimeError at " in caplog.text
    assert "test_every_response_carries_the_headers.py:" in caplog.text


def test_a_page_that_fails_while_it_explains_a_failure_is_still_a_page(world: World) -> None:
    use_page(world.site, lambda _problem: str(1 // 0))
    answer = world.client.get("/no-such-page")

    assert answer.status_code == 404
    assert "الصفحة غير موجودة" in answer.text
    assert "There is no such page" in answer.text


def _add_bug(site: Flask) -> None:
    """A route that fails as only a bug does, quoting what a person wrote."""

    def boom() -> str:
        raise RuntimeError("CANARY")

    site._got_first_request = False
    site.add_url_rule("/boom", "boom", boom)
    site.add_url_rule("/api/v1/boom", "api-boom", boom)
