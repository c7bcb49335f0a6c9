"""How a program talks to a site: to no unsafe address, leaving no trace, believing no nonsense."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.client import site as module
from app.client.errors import (
    SiteOddError,
    SiteRefusedError,
    SiteUnreachableError,
    UnsafeAddressError,
)
from app.client.site import Site, safe_address

INTAKE: dict[str, Any] = {
    "origin": "wasl.example",
    "keyring": "note",
    "roots": "roots",
    "promise_key": "key",
    "topics": [{"slug": "a", "title": {"ar": "أ", "en": "A"}, "closes": None}],
    "limits": {
        "attachment_bytes": 1,
        "attachments": 1,
        "part_bytes": 1,
        "text_bytes": 1,
        "objection_days": 3,
    },
    "log": {"vkeys": [], "policy": "quorum none\n", "size": 0},
}


def site_that(answer: Callable[[httpx.Request], httpx.Response]) -> Site:
    return Site("https://wasl.example", transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("url", "through_socks"),
    [
        ("https://wasl.example", False),
        ("https://wasl.example:8443/", False),
        ("https://wasl.example", True),
        ("http://abc.onion", True),
        ("http://127.0.0.1:8080", False),
        ("http://localhost:8080/", False),
        ("http://[::1]:8080", False),
    ],
)
def test_safe_addresses_are_taken(url: str, through_socks: bool) -> None:
    assert safe_address(url, through_socks=through_socks) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "through_socks"),
    [
        ("http://wasl.example", False),
        ("http://wasl.example", True),
        ("http://abc.onion", False),
        ("https://abc.onion", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://name:secret@wasl.example", False),
        ("https://wasl.example/?code=1", False),
        ("https://wasl.example/#x", False),
        ("ftp://wasl.example", False),
        ("wasl.example", False),
        ("https://", False),
        ("", False),
    ],
)
def test_addresses_that_betray_the_visitor_are_refused(url: str, through_socks: bool) -> None:
    with pytest.raises(UnsafeAddressError):
        safe_address(url, through_socks=through_socks)


@pytest.mark.parametrize("socks", ["9050", ":9050", "127.0.0.1", "127.0.0.1:", "127.0.0.1:port"])
def test_a_malformed_proxy_is_refused_rather_than_left_out(socks: str) -> None:
    with pytest.raises(UnsafeAddressError):
        Site("https://wasl.example", socks)


def test_names_are_resolved_by_the_proxy_and_circuits_are_not_shared() -> None:
    first, second = module.isolated_proxy("127.0.0.1:9050"), module.isolated_proxy("[::1]:9050")

    assert first.startswith("socks5h://")
    assert first.endswith("@127.0.0.1:9050")
    assert first.split("@")[0] != second.split("@")[0]


def test_a_name_reaches_the_proxy_unresolved() -> None:
    """An onion name, and any other, goes to Tor as it is; Tor keeps circuits apart by login."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=proxy_with_a_site_behind, args=(server, asked))
        thread.start()
        port = server.getsockname()[1]
        with (
            Site("http://wasl7example.onion", f"127.0.0.1:{port}") as site,
            pytest.raises(SiteRefusedError),
        ):
            site.intake()
        thread.join()

    login, request = asked
    assert len(login) == 35, "two names of 16 letters, their lengths and a version"
    assert request == b"\x05\x01\x00\x03\x12wasl7example.onion\x00P"


def proxy_with_a_site_behind(server: socket.socket, asked: list[bytes]) -> None:
    """One conversation of SOCKS 5 (RFC 1928, 1929), and an answer from beyond it."""
    connection, _ = server.accept()
    with connection:
        connection.recv(64)
        connection.sendall(b"\x05\x02")
        asked.append(connection.recv(64))
        connection.sendall(b"\x01\x00")
        asked.append(connection.recv(64))
        connection.sendall(b"\x05\x00\x00\x01" + bytes(6))
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def test_the_environment_chooses_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")

    with Site("https://wasl.example") as site:
        assert site._client._mounts == {}


def test_requests_say_nothing_about_program_system_or_language() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=INTAKE)

    site_that(answer).intake()

    (headers,) = seen
    assert headers["User-Agent"] == "Mozilla/5.0"
    assert headers["Accept-Encoding"] == "identity"
    assert set(headers) == {"host", "accept", "accept-encoding", "connection", "user-agent"}


def test_cookies_are_never_sent_back() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Cookie"))
        return httpx.Response(200, json=INTAKE, headers={"Set-Cookie": "id=1; Path=/"})

    site = site_that(answer)
    site.intake()
    site.intake()

    assert seen == [None, None]


def test_a_redirect_is_not_followed() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://evil.example/"})

    with pytest.raises(SiteOddError):
        site_that(answer).intake()
    assert seen == ["https://wasl.example/api/v1/intake"]


@pytest.mark.parametrize("status", [500, 502, 503, 507, 429, 408])
def test_trouble_that_passes_asks_for_patience(status: int) -> None:
    with pytest.raises(SiteUnreachableError):
        site_that(lambda _: httpx.Response(status, text="<html>")).intake()


def test_a_refusal_is_told_in_both_languages() -> None:
    problem = {
        "type": "urn:wasl:problem:already-sent",
        "title": "Already sent",
        "detail": "Nothing new.",
        "title_ar": "سبق الإرسال",
        "detail_ar": "لا جديد.",
    }

    with pytest.raises(SiteRefusedError) as caught:
        site_that(lambda _: httpx.Response(409, json=problem)).submit({}, b"")

    assert caught.value.problem.code == "already-sent"
    assert caught.value.problem.title_ar == "سبق الإرسال"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"type": 7, "title": []}', b"\xff"])
def test_a_refusal_without_a_document_is_still_a_refusal(body: bytes) -> None:
    with pytest.raises(SiteRefusedError) as caught:
        site_that(lambda _: httpx.Response(404, content=body)).intake()

    assert caught.value.problem.code == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({}).encode(),
        json.dumps(INTAKE | {"origin": 1}).encode(),
        json.dumps(INTAKE | {"topics": "abc"}).encode(),
        json.dumps(INTAKE | {"topics": [{"slug": "a"}]}).encode(),
        json.dumps(INTAKE | {"limits": {}}).encode(),
        json.dumps(INTAKE | {"limits": INTAKE["limits"] | {"part_bytes": 0}}).encode(),
        json.dumps(INTAKE | {"limits": INTAKE["limits"] | {"part_bytes": True}}).encode(),
        json.dumps(INTAKE).encode() + b" " * module.MAX_ANSWER_BYTES,
    ],
)
def test_an_answer_out_of_contract_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(SiteOddError):
        site_that(lambda _: httpx.Response(200, content=body)).intake()


@pytest.mark.parametrize("upload_id", ["../../x", "A" * 32, "0" * 31, "", 7, "0" * 31 + "/"])
def test_an_upload_id_cannot_lead_anywhere_else(upload_id: object) -> None:
    answer = {"id": upload_id, "parts": 1, "part_bytes": 100}

    with pytest.raises(SiteOddError):
        site_that(lambda _: httpx.Response(201, json=answer)).create_upload(100)


def test_parts_that_do_not_fit_the_file_are_noticed() -> None:
    answer = {"id": "0" * 32, "parts": 2, "part_bytes": 100}

    with pytest.raises(SiteOddError):
        site_that(lambda _: httpx.Response(201, json=answer)).create_upload(100)


@pytest.mark.parametrize("challenge", ["line\nbreak", "", "ش", "x" * 201, 7, None])
def test_a_device_signs_no_challenge_that_could_be_something_else(challenge: object) -> None:
    """A line break could turn the session note into a text of another kind."""
    signed: list[str] = []

    def sign(text: str) -> str:
        signed.append(text)
        return "note"

    with pytest.raises(SiteOddError):
        site_that(lambda _: httpx.Response(200, json={"challenge": challenge})).desk_session(sign)
    assert signed == []


def test_a_session_that_ran_out_is_renewed_once() -> None:
    tokens = iter(["first", "second", "third"])
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/challenge"):
            return httpx.Response(200, json={"challenge": "c"})
        if request.url.path.endswith("/session"):
            return httpx.Response(200, json={"token": next(tokens), "expires_in": 900})
        seen.append(request.headers["Authorization"])
        if seen[-1] == "Bearer first":
            return httpx.Response(401, json={})
        return httpx.Response(200, json={"cases": [], "messages": [], "team": [], "relays": []})

    session = site_that(answer).desk_session(lambda _: "note")

    assert session.listing().cases == ()
    assert seen == ["Bearer first", "Bearer second"]
