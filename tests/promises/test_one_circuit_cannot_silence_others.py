"""Over Tor everybody comes by one door; limits follow the circuit, which tells nothing of who.

What tor says of a circuit is spoken here as tor speaks it (`tests.doors`).
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.clock import today
from tests.doors import Door, circuit_line, open_onion
from tests.units.server.serving import Served, serving
from tests.world import SEALED_HEADERS, World, sealed_body

LIMIT = 3
PEOPLE = 12
FLOODERS = 4
BODY = b"{}"
REQUEST = (
    b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a.onion\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world that lives today, with a door for tor and few requests allowed."""
    world = World(tmp_path, today=today())
    limits = f"mailbox_per_minute = {LIMIT}\nsubmissions_per_hour = {LIMIT}"
    open_onion(world, f"[limits]\n{limits}")
    yield world
    world.close()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world) as served:
        yield served


def _door(world: World) -> Door:
    return Door(onion=world.settings.data / "onion.sock")


def _statuses(connection: socket.socket, count: int) -> list[int]:
    """Send *count* requests over one connection, one after the other."""
    statuses = []
    with connection, connection.makefile("rb") as answers:
        for _ in range(count):
            connection.sendall(REQUEST)
            head = b"".join(iter(answers.readline, b"\r\n")).decode()
            status, length = (
                re.search(r"^HTTP/1.1 (\d+)", head),
                re.search(r"content-length: (\d+)", head, re.IGNORECASE),
            )
            assert status, head
            assert length, head
            answers.read(int(length[1]))
            statuses.append(int(status[1]))
    return statuses


def _asks(world: World, circuit: int, count: int) -> list[int]:
    return _statuses(_door(world).connect(circuit), count)


@pytest.mark.usefixtures("served")
def test_a_circuit_that_floods_is_limited_alone(world: World) -> None:
    flood = _asks(world, circuit=7, count=LIMIT + 2)

    assert flood == [422] * LIMIT + [429] * 2
    assert _asks(world, circuit=7, count=1) == [429], "another connection, the same circuit"
    assert _asks(world, circuit=8, count=LIMIT) == [422] * LIMIT
    assert _asks(world, circuit=7 + (1 << 31), count=LIMIT) == [422] * LIMIT


@pytest.mark.usefixtures("served")
def test_while_one_circuit_floods_everybody_else_submits(world: World) -> None:
    """The flood brings sealed submissions as good as any, over several connections at once."""
    flood, people = _submissions(world, 50), _submissions(world, PEOPLE)
    flooded: list[int] = []
    waiting = iter(flood)

    def floods() -> None:
        for body in waiting:
            flooded.append(_submits(world, 7, body))

    flooders = [threading.Thread(target=floods) for _ in range(FLOODERS)]
    for each in flooders:
        each.start()
    answers = [_submits(world, 100 + number, body) for number, body in enumerate(people)]
    for each in flooders:
        each.join()

    assert answers == [201] * PEOPLE
    assert sorted(flooded) == [201] * LIMIT + [429] * (len(flood) - LIMIT)


def _submissions(world: World, count: int) -> list[bytes]:
    return [sealed_body(world.citizen().request()) for _ in range(count)]


def _submits(world: World, circuit: int, body: bytes) -> int:
    client = _door(world).client(circuit)
    client.request("POST", "/api/v1/submissions", body, SEALED_HEADERS)
    status = client.getresponse().status
    client.close()
    return status


def test_nobody_on_the_open_web_can_pass_for_a_circuit(served: Served) -> None:
    """Otherwise every request could bring a budget of its own."""
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    with connection:
        connection.sendall(circuit_line(9) + REQUEST)
        answer = connection.recv(4096)

    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")), answer


def test_a_circuit_is_neither_stored_nor_logged(world: World, served: Served) -> None:
    _asks(world, circuit=0xDEADCAFE, count=LIMIT + 1)

    written = served.log.read_bytes() + world.at_rest()
    for trace in (b"dead:beef", b"dead:cafe", b"DEADCAFE", b"deadcafe"):
        assert trace not in written
