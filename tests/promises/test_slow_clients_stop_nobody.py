"""Being slow costs a server more than being many; here it costs nobody else anything."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psutil
import pytest

from app.store.uploads import PART_BYTES
from app.web.clock import today
from app.web.edge import _WAITED_FOR_BYTES
from tests.doors import Door, open_onion
from tests.slow_clients import begin_upload, slow_clients
from tests.units.server.serving import Served, serving
from tests.world import World

THREADS = 24
SLOW = 60
"""So many that, if each kept its thread for as long as it may, others would wait for a minute."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with fewer threads than there will be slow clients."""
    world = World(tmp_path_factory.mktemp("slow"), today=today())
    toml = world.settings.data / "wasl.toml"
    toml.write_text(f"threads = {THREADS}\n{toml.read_text('utf-8')}", "utf-8")
    open_onion(world)
    yield world
    world.close()


@pytest.fixture(scope="module")
def served(world: World) -> Iterator[Served]:
    with serving(world) as served:
        yield served


def test_a_slow_head_takes_no_thread(served: Served) -> None:
    """It comes first: a thread that was begun for a body stays."""
    door = Door(port=served.port)
    (worker,) = psutil.Process(served.process.pid).children()
    with slow_clients(door, heads=SLOW, bodies=0):
        assert _get(door, 1, "/write") == 200
        assert worker.num_threads() < THREADS // 2


@pytest.mark.parametrize("name", ["tcp", "onion"])
def test_slow_heads_and_stalled_bodies_hold_nobody_up(
    world: World, served: Served, name: str
) -> None:
    onion = world.settings.data / "onion.sock"
    door = Door(onion=onion) if name == "onion" else Door(port=served.port)
    request = world.citizen().request()
    with slow_clients(door, heads=SLOW, bodies=SLOW):
        assert _get(door, 1, "/write") == 200
        assert served.submits(request).status_code == 201


@pytest.mark.usefixtures("served")
def test_whoever_takes_no_answer_holds_nobody_up(world: World) -> None:
    """More of them than threads ask for the largest file; tor's socket takes a part of it."""
    door = Door(onion=world.settings.data / "onion.sock")
    large = world.state.assets("client/documents.js")
    assert len(large.body) > 250_000, "more than a socket keeps for those who take nothing"
    with slow_clients(door, readers=SLOW, large=large.url):
        assert _get(door, 1, "/write") == 200


def _get(door: Door, circuit: int, path: str) -> int:
    client = door.client(circuit, timeout=30)
    client.request("GET", path)
    status = client.getresponse().status
    client.close()
    return status


@pytest.mark.parametrize("size", [1000, PART_BYTES])
def test_without_a_ticket_a_body_is_refused_unread(served: Served, size: int) -> None:
    """The answer comes although not one byte of the body is ever sent."""
    door = Door(port=served.port)
    ticket = begin_upload(door)
    wrong = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")

    status, problem = _answer_to_head(door, "PUT", f"/api/v1/uploads/{wrong}/0", size)
    assert status == 404
    assert json.loads(problem)["type"] == "urn:wasl:problem:unknown-upload"

    status, page = _answer_to_head(door, "POST", f"/en/forms/{wrong}/review", size)
    assert status == 410
    assert "This page is too old" in page.decode()


def _answer_to_head(door: Door, method: str, path: str, size: int) -> tuple[int, bytes]:
    client = door.client(1)
    client.putrequest(method, path)
    client.putheader("Content-Length", str(size))
    client.endheaders()
    answer = client.getresponse()
    assert answer.will_close == (size > _WAITED_FOR_BYTES), "what nobody wants is not waited for"
    status, body = answer.status, answer.read()
    client.close()
    return status, body
