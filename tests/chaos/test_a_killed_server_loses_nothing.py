"""`kill -9` in the middle of two hundred concurrent submissions, and what is left afterwards."""

from __future__ import annotations

import base64
import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path

import httpx
import psutil
import pytest

from tests.units.server.serving import Served, start
from tests.world import SEALED_HEADERS, Citizen, World, sealed_body

PEOPLE = 200
DONE_BEFORE_THE_KILL = (20, 90)


@cache
def _client() -> httpx.Client:
    """One client with as many connections as there are people."""
    return httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))  # noqa: S501


@dataclass
class Sender:
    """A citizen's client: it made its own receipt and sends the same bytes until it is answered."""

    citizen: Citizen
    body: bytes
    promise: str | None = None
    answers: list[tuple[int, str]] = field(default_factory=list)

    def tries(self, served: Served) -> None:
        try:
            answer = _client().post(
                f"{served.url}/api/v1/submissions",
                content=self.body,
                headers=SEALED_HEADERS,
                timeout=30,
            )
        except httpx.TransportError as exc:
            self.answers.append((0, type(exc).__name__))
            return
        self.answers.append((answer.status_code, answer.text))
        if answer.status_code == HTTPStatus.CREATED:
            self.promise = answer.json()["promise"]


@pytest.fixture
def today_world(tmp_path: Path) -> World:
    """A world of the present week, because a real server reads the real clock."""
    world = World(tmp_path, today=datetime.now(UTC).date())  # noqa: TID251 - the server's own clock
    with (world.settings.data / "wasl.toml").open("a", encoding="utf-8") as toml:
        toml.write(f"\n[limits]\ncalm_per_minute = {4 * PEOPLE}\n")
    return world


@pytest.mark.parametrize("done_before", DONE_BEFORE_THE_KILL)
def test_every_receipt_opens_its_case_once_after_a_kill(
    today_world: World, done_before: int
) -> None:
    senders = _sealed(today_world)
    served = start(today_world)
    _send_together(senders, served, kill_after=done_before)
    told_before = [sender for sender in senders if sender.promise]
    assert len(told_before) < PEOPLE, "the kill came too late to prove anything"

    served = start(today_world)
    try:
        assert [s for s in told_before if _status(s, served) != "received"] == []
        first_promises = {id(sender): sender.promise for sender in told_before}
        _send_together(senders, served)
        assert [sender.answers for sender in senders if not sender.promise] == []
        assert first_promises == {id(sender): sender.promise for sender in told_before}
        assert [s for s in senders if _status(s, served) != "received"] == []
    finally:
        served.stop()
    _nothing_twice_nothing_unclaimed(today_world)


def _sealed(world: World) -> list[Sender]:
    citizens = [world.citizen() for _ in range(PEOPLE)]
    return [Sender(each, sealed_body(each.request())) for each in citizens]


def _send_together(senders: list[Sender], served: Served, kill_after: int | None = None) -> None:
    threads = [threading.Thread(target=sender.tries, args=(served,)) for sender in senders]
    for thread in threads:
        thread.start()
    if kill_after is not None:
        while sum(sender.promise is not None for sender in senders) < kill_after:
            time.sleep(0.001)
        _kill(served)
    for thread in threads:
        thread.join()


def _kill(served: Served) -> None:
    family = psutil.Process(served.process.pid)
    for process in [family, *family.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    served.process.wait(10)


def _status(sender: Sender, served: Served) -> str:
    asked = sender.citizen.question()
    answer = _client().post(f"{served.url}/api/v1/mailbox", json=asked, timeout=30)
    assert answer.status_code == 200, answer.text
    status: str = answer.json()["status"].strip()
    return status


def _nothing_twice_nothing_unclaimed(world: World) -> None:
    """As many cases, ciphertexts and promised leaves as people; no ciphertext without a row."""
    cases = world.desk().get("/cases").get_json()["cases"]
    assert len({case["slot"] for case in cases}) == len(cases) == PEOPLE
    named = {base64.b64decode(case["digest"]) for case in cases} | {world.state.dummy_reply}
    assert set(world.state.blobs.digests()) == named
    assert not list((world.settings.blobs_path / "incoming").iterdir())
