"""What slow clients cost everybody else, at both doors of one real `wasl serve`."""

from __future__ import annotations

import http.client
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from bench import baselines
from bench.load import Request, resident_bytes, submission
from tests.doors import Door, open_onion
from tests.slow_clients import slow_clients
from tests.units.server.serving import Served, serving
from tests.world import World

SLOW: Final = 500
PEOPLE: Final = 8
REQUESTS: Final = 360
SECONDS: Final = 12.0
LARGE_BYTES: Final = 1_000_000
AIM_SUCCESS, AIM_P99_MS, AIM_MB = 99.0, 1000, 256
TEXT: Final = "الحافلة تتأخر كل يوم، ونقترح جدولا ثابتا. " * 26

Row = Callable[[str, str], None]


@dataclass
class Asked:
    """Wall seconds of the requests answered as expected, and how many were not."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def success(self) -> float:
        return 100 * len(self.seconds) / max(1, len(self.seconds) + self.failures)

    @property
    def p50_ms(self) -> float:
        return 1000 * statistics.median(self.seconds) if self.seconds else float("nan")

    @property
    def p99_ms(self) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[int(0.99 * (len(ordered) - 1))] if ordered else float("nan")


def measure(folder: Path, row: Row, factor: int) -> None:
    """500 heads sent byte by byte and 500 bodies that stall, while people use the site."""
    for name in ("TCP", "onion"):
        with site(folder / name) as (world, served, onion):
            door = Door(onion=onion) if name == "onion" else Door(port=served.port)
            requests = _everyday(world, REQUESTS // factor)
            process = psutil.Process(served.process.pid)
            half = len(requests) // 4
            before = ask(door, requests[:half], SECONDS / 4 / factor)
            with slow_clients(door, heads=SLOW, bodies=SLOW) as slow:
                during = ask(door, requests[half:], SECONDS / factor)
                memory = resident_bytes(process)
            _report(row, name, before, during)
            row("  memory", f"{memory / 1e6:.0f} MB (aim < {AIM_MB})")
            with slow_clients(door, bodies=SLOW, begun_bytes=LARGE_BYTES):
                most = _most_memory(process, SECONDS / factor)
            row(
                "  memory, large bodies",
                f"{most / 1e6:.0f} MB at most, while {SLOW} stop after {LARGE_BYTES / 1e6:.1f} MB",
            )
            row("  slow ones came back", f"{slow.heads + slow.bodies - 2 * SLOW} times")


def _most_memory(process: psutil.Process, seconds: float) -> int:
    end, most = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        most = max(most, resident_bytes(process))
        time.sleep(0.5)
    return most


def _report(row: Row, name: str, before: Asked, during: Asked) -> None:
    row(f"{name}: requests answered", f"{during.success:.1f} % (aim ≥ {AIM_SUCCESS:.0f} %)")
    row("  p50", f"{during.p50_ms:.1f} ms = {during.p50_ms / before.p50_ms:.1f} × undisturbed")
    row(
        "  p99",
        f"{during.p99_ms:.0f} ms = {during.p99_ms / before.p99_ms:.1f} × undisturbed"
        f" (aim < {AIM_P99_MS} ms)",
    )


@contextmanager
def site(folder: Path, settings: str = "") -> Iterator[tuple[World, Served, Path]]:
    """A running site with more lines of *settings*, and its onion's socket."""
    folder.mkdir(parents=True)
    world = World(folder, today=baselines.today())
    try:
        onion = open_onion(world, settings)
        with serving(world) as served:
            yield world, served, onion
    finally:
        world.close()


def _everyday(world: World, count: int) -> list[Request]:
    """In turn: a page, a question about a case, a submission."""
    requests: list[Request] = []
    while len(requests) < count:
        citizen = world.citizen()
        requests.append(Request("GET", "/write"))
        question = json.dumps(citizen.question()).encode()
        requests.append(Request("POST", "/api/v1/mailbox", question))
        requests.append(submission(citizen, TEXT))
    return requests


def ask(door: Door, requests: Sequence[Request], seconds: float) -> Asked:
    """Send *requests*, each on a connection and a circuit of its own, spread over *seconds*."""
    asked, started = Asked(), time.perf_counter()
    waiting = iter(enumerate(requests))

    def person() -> None:
        while True:
            with asked.lock:
                number, request = next(waiting, (0, None))
            if request is None:
                return
            due = started + seconds * number / len(requests)
            time.sleep(max(0.0, due - time.perf_counter()))
            _ask(door, number, request, asked)

    people = [threading.Thread(target=person) for _ in range(PEOPLE)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    return asked


def _ask(door: Door, circuit: int, request: Request, asked: Asked) -> None:
    headers = {"Content-Type": request.type} if request.body else {}
    begun = time.perf_counter()
    client = door.client(circuit)
    try:
        client.request(request.method, request.path, request.body or None, headers)
        answer = client.getresponse()
        answer.read()
        answered = answer.status == request.expect
    except (OSError, http.client.HTTPException):
        answered = False
    finally:
        client.close()
    with asked.lock:
        if answered:
            asked.seconds.append(time.perf_counter() - begun)
        else:
            asked.failures += 1
