"""Over Tor everybody comes by one door; limits follow the circuit, which tells nothing of who.

What tor says of a circuit is spoken here as tor speaks it: a PROXY line before the first request.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.clock import today
from tests.units.server.serving import Served, serving
from tests.world import World

LIMIT = 3
BODY = b"{}"
REQUEST = (
    b"POST /api/v1/mailbox HTTP/1.1\r\nHost: a.onion\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world that lives today, with a door for tor and few requests allowed."""
    world = World(tmp_path, today=today())
    settings = world.settings.data / "wasl.toml"
    door = f'onion_socket = "{_door(world)}"'
    text = settings.read_text("utf-8").replace('onion_socket = ""', door)
    settings.write_text(f"{text}\n[limits]\nmailbox_per_minute = {LIMIT}\n", "utf-8")
    yield world
    world.close()


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world) as served:
        yield served


def _door(world: World) -> Path:
    return world.settings.data / "onion.sock"


def _line(circuit: int) -> bytes:
    return b"PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 65535 42\r\n" % divmod(circuit, 1 << 16)


def _statuses(connection: socket.socket, count: int, first: bytes = b"") -> list[int]:
    """Send *count* requests over one connection, one after the other."""
    statuses = []
    with connection, connection.makefile("rb") as answers:
        for number in range(count):
            connection.sendall((first if number == 0 else b"") + REQUEST)
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
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(_door(world)))
    return _statuses(connection, count, _line(circuit))


@pytest.mark.usefixtures("served")
def test_a_circuit_that_floods_is_limited_alone(world: World) -> None:
    flood = _asks(world, circuit=7, count=LIMIT + 2)

    assert flood == [422] * LIMIT + [429] * 2
    assert _asks(world, circuit=7, count=1) == [429], "another connection, the same circuit"
    assert _asks(world, circuit=8, count=LIMIT) == [422] * LIMIT
    assert _asks(world, circuit=7 + (1 << 31), count=LIMIT) == [422] * LIMIT


def test_nobody_on_the_open_web_can_pass_for_a_circuit(served: Served) -> None:
    """Otherwise every request could bring a budget of its own."""
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    with connection:
        connection.sendall(_line(9) + REQUEST)
        answer = connection.recv(4096)

    assert answer.startswith((b"HTTP/1.1 403", b"HTTP/1.1 400")), answer


def test_a_circuit_is_neither_stored_nor_logged(world: World, served: Served) -> None:
    _asks(world, circuit=0xDEADCAFE, count=LIMIT + 1)

    written = served.log.read_bytes() + world.at_rest()
    for trace in (b"dead:beef", b"dead:cafe", b"DEADCAFE", b"deadcafe"):
        assert trace not in written
