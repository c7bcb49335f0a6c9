"""`wasl serve` as it runs: gunicorn, its parser, its log, its end."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from app.store.models import CaseFile
from app.web.clock import today
from app.web.headers import ALWAYS, NO_STORE
from tests.units.server.serving import Served, serving, start
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world that lives today, because the process under test reads the real clock."""
    world = World(tmp_path, today=today())
    yield world
    world.close()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world) as served:
        yield served


def test_a_submission_over_the_wire_is_accepted(world: World, served: Served) -> None:
    citizen = world.citizen()
    answer = served.submits(citizen.request())

    assert answer.status_code == 201, answer.text
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert "Server" not in answer.headers
    assert citizen.asks()["status"].strip() == "received"


def test_nothing_about_a_request_is_logged(world: World, served: Served) -> None:
    headers = {"User-Agent": "CANARY", "Referer": "http://CANARY/", "X-Forwarded-For": "CANARY"}
    httpx.get(f"{served.url}/CANARY?CANARY=1", headers=headers)
    for raw in (
        b"CANARY / HTTP/1.1\r\n\r\n",
        b"GET /CANARY HTTP/1.1\r\nCANARY\r\n\r\n",
        b"GET /CANARY HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: CANARY\r\n\r\n",
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nCANARY\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nCANARY",
    ):
        _exchange(served.port, raw)
    citizen = world.citizen()
    assert served.submits(citizen.request()).is_success
    served.stop()

    greeting, _, log = served.log.read_text().partition("\n")
    assert greeting == f"Serving wasl.example at 127.0.0.1:{served.port}"
    assert "CANARY" not in log
    assert "127.0.0.1" not in log
    assert b"CANARY" not in world.at_rest()


FRAMES = {
    "a long request line": (b"GET /" + b"a" * 3000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a long header": (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 5000 + b"\r\n\r\n", 431),
    "many headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: a\r\n" * 50 + b"\r\n", 431),
    "two lengths": (
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a body cut short": (
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 500\r\n\r\n{}",
        400,
    ),
    "a chunk cut short": (
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nff\r\n{}",
        400,
    ),
    "a chunk that is none": (
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
        400,
    ),
    "a body without end": (
        b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        + b"2000\r\n"
        + b" " * 8192
        + b"\r\n1\r\n \r\n0\r\n\r\n",
        413,
    ),
}


def test_odd_frames_are_refused(served: Served) -> None:
    for name, (raw, status) in FRAMES.items():
        answer = _exchange(served.port, raw)
        assert answer.startswith(b"HTTP/1.1 %d" % status), (name, answer[:200])


def test_what_the_parser_refuses_gets_the_site_s_own_page(served: Served) -> None:
    """These requests never reach the application: headers and words are the same all the same."""
    for name in ("a long request line", "a long header", "two hosts"):
        raw, _ = FRAMES[name]
        head, _, page = _exchange(served.port, raw).decode().partition("\r\n\r\n")
        lines = head.split("\r\n")
        for header in ALWAYS.items():
            assert ": ".join(header) in lines, (name, header)
        assert f"Cache-Control: {NO_STORE}" in lines
        assert f"Content-Length: {len(page.encode())}" in lines
        assert '<html lang="ar"' in page
        assert "aaaa" not in page


def test_a_second_server_keeps_off_the_folder(world: World, served: Served) -> None:
    """Its sweep would delete what the first one is receiving."""
    command = [sys.executable, "-m", "app.cli", "serve", "--data", str(world.settings.data)]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert second.returncode == 1
    assert "another `wasl serve`" in second.stderr
    assert httpx.get(f"{served.url}/api/v1/intake").is_success


def test_a_server_told_to_stop_ends_well(served: Served) -> None:
    assert served.stop() == 0


def test_a_server_does_not_start_on_a_broken_folder(world: World) -> None:
    world.settings.roots_path.unlink()
    command = [sys.executable, "-m", "app.cli", "serve", "--data", str(world.settings.data)]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert failed.returncode == 1
    assert "roots.txt is not there" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_every_receipt_given_before_a_kill_opens_its_case_afterwards(world: World) -> None:
    served = start(world)
    citizens = [world.citizen() for _ in range(60)]
    requests = [citizen.request() for citizen in citizens]
    acknowledged: list[int] = []

    def send(number: int) -> None:
        try:
            answer = served.submits(requests[number])
        except httpx.TransportError:
            return
        assert answer.status_code == 201
        acknowledged.append(number)
        if len(acknowledged) == 20:
            served.stop(signal.SIGKILL)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(len(citizens))))
    # At once, as a supervisor would: the killed server's worker may still be there.
    with serving(world) as again:
        for number in acknowledged:
            assert citizens[number].asks()["status"].strip() == "received"
        for request in requests:
            assert again.submits(request).status_code == 201
    with world.state.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(CaseFile)) == len(citizens)
    assert 20 <= len(acknowledged) < len(citizens)


def _exchange(port: int, raw: bytes) -> bytes:
    """Send *raw*, end the stream, and return the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
        return answer
