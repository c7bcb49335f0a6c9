"""Addresses, browsers and referrers end at the edge; limits work without them."""

import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import request

from app.settings import Limits
from app.web.edge import CLIENT, SHARED, Edge
from tests.world import SEALED_HEADERS, World, sealed_body

ADDRESS = "203.0.113.77"
CANARY_HEADERS = {
    "User-Agent": "CANARY-agent",
    "Referer": "https://example.org/CANARY-referer",
    "X-Forwarded-For": "198.51.100.9, CANARY",
    "X-Real-IP": "198.51.100.9",
    "Forwarded": "for=198.51.100.9",
    "Via": "CANARY-proxy",
    "Accept-Language": "CANARY",
    "Cookie": "CANARY=1",
    "X-CANARY": "CANARY",
    "X-Forwarded-Host": "CANARY.example",
}


def test_nothing_inside_the_application_knows_who_asks(world: World) -> None:
    seen: list[dict[str, Any]] = []
    world.site._got_first_request = False
    world.site.before_request(lambda: seen.append(dict(request.environ)))
    world.client.get("/", headers=CANARY_HEADERS, environ_base={"REMOTE_ADDR": ADDRESS})

    (environ,) = seen
    described = repr({key: value for key, value in environ.items() if "werkzeug" not in key})
    for trace in ("CANARY", ADDRESS, "198.51.100.9"):
        assert trace not in described
    assert environ["REMOTE_ADDR"] == ""


def test_an_address_is_not_on_disk_nor_in_logs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    citizen = world.citizen()
    for path in ("/", "/no-such-page", "/api/v1/intake"):
        world.client.get(path, headers=CANARY_HEADERS, environ_base={"REMOTE_ADDR": ADDRESS})
    answer = world.client.post(
        "/api/v1/submissions",
        data=sealed_body(citizen.request()),
        headers=SEALED_HEADERS | CANARY_HEADERS,
        environ_base={"REMOTE_ADDR": ADDRESS},
    )

    assert answer.status_code == 201
    for trace in ("CANARY", ADDRESS):
        assert trace.encode() not in world.at_rest()
        assert trace not in caplog.text


def _allow(world: World, **limits: int) -> Any:
    changed = replace(world.settings, limits=replace(Limits(), **limits))
    return world.open(changed).test_client()


def test_one_address_is_limited_and_others_are_not(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = _allow(world, mailbox_per_minute=3)

    def ask(address: str) -> int:
        answer = client.post(
            "/api/v1/mailbox",
            json=world.citizen().question(),
            environ_base={"REMOTE_ADDR": address},
        )
        status: int = answer.status_code
        return status

    assert [ask(ADDRESS) for _ in range(5)] == [200, 200, 200, 429, 429]
    assert ask("203.0.113.78") == 200
    assert ADDRESS not in caplog.text


def test_a_refusal_is_a_problem_document_and_says_no_numbers(world: World) -> None:
    client = _allow(world, pages_per_minute=0)
    answer = client.get("/api/v1/intake")

    assert (answer.status_code, answer.get_json()["type"][-17:]) == (429, "too-many-requests")
    assert not [name for name in dict(answer.headers) if "imit" in name or "Retry" in name]
    page = client.get("/")
    assert (page.status_code, page.mimetype) == (429, "text/html")


def test_people_behind_one_door_share_a_larger_budget(world: World) -> None:
    """Over Tor, and behind a proxy on this machine, everybody has one address."""
    client = _allow(world, mailbox_per_minute=1, people_per_shared_address=3)
    statuses = [
        client.post("/api/v1/mailbox", json=world.citizen().question()).status_code
        for _ in range(4)
    ]

    assert statuses == [200, 200, 200, 429]


def test_a_page_in_two_languages_is_counted_once(world: World) -> None:
    client = _allow(world, pages_per_minute=2, people_per_shared_address=1)
    statuses = [client.get(path).status_code for path in ("/safety", "/en/safety", "/safety")]

    assert statuses == [200, 200, 429]


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::", "unix", "@"]
)
def test_what_many_share_has_one_key(address: str) -> None:
    assert _key(address) == SHARED


def test_a_key_is_an_address_or_an_ipv6_network_for_one_day() -> None:
    days = [date(2026, 11, 25)]
    edge = _edge(days)

    assert _client_of(edge, "2001:db8::1") == _client_of(edge, "2001:db8::ffff:2")
    assert _client_of(edge, "2001:db8::1") != _client_of(edge, "2001:db8:0:1::1")
    assert _client_of(edge, "::ffff:203.0.113.77") == _client_of(edge, ADDRESS)
    yesterday = _client_of(edge, ADDRESS)
    days[0] += timedelta(days=1)
    assert _client_of(edge, ADDRESS) != yesterday
    assert _client_of(_edge(days), ADDRESS) != _client_of(_edge(days), ADDRESS)


def _edge(days: list[date]) -> Edge:
    return Edge(lambda environ, _: [environ[CLIENT].encode()], today=lambda: days[0])


def _client_of(edge: Edge, address: str) -> str:
    environ = {"REMOTE_ADDR": address, "wsgi.input": None}
    return b"".join(edge(environ, lambda *_: None)).decode()


def _key(address: str) -> str:
    return _client_of(_edge([date(2026, 11, 25)]), address)
