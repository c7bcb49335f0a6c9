"""A load generator: prepared requests over keep-alive connections, to keep its own work small."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.domain import media_types
from tests.world import Citizen, sealed_body


@dataclass(frozen=True)
class Request:
    """One prepared request; *body* is sent as it is."""

    method: str
    path: str
    body: bytes = b""
    expect: int = 200
    type: str = media_types.JSON


def submission(citizen: Citizen, text: str) -> Request:
    """The request that hands *text* in."""
    body = sealed_body(citizen.request(citizen.seals(text)))
    return Request("POST", "/api/v1/submissions", body, expect=201, type=media_types.SEALED)


@dataclass
class Outcome:
    """Wall seconds of the requests answered as expected, and how many were not."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    server_cpu_seconds: float = 0.0
    wall_seconds: float = 0.0

    @property
    def done(self) -> int:
        return len(self.seconds)

    @property
    def cpu_ms(self) -> float:
        """Server CPU milliseconds for each answered request."""
        return 1000 * self.server_cpu_seconds / max(1, self.done)

    @property
    def p50_ms(self) -> float:
        return 1000 * statistics.median(self.seconds) if self.seconds else float("nan")

    @property
    def p95_ms(self) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[int(0.95 * (len(ordered) - 1))] if ordered else float("nan")


def cpu_seconds(process: psutil.Process) -> float:
    """User and system time of *process* and its children so far."""
    family = [process, *process.children(recursive=True)]
    return sum(times.user + times.system for times in (member.cpu_times() for member in family))


def resident_bytes(process: psutil.Process) -> int:
    """Proportional resident memory of *process* and its children: shared pages count once."""
    return sum(_pss(member.pid) for member in [process, *process.children(recursive=True)])


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel reports no proportional set size")


def run(
    port: int,
    requests: Sequence[Request],
    clients: int,
    server: psutil.Process,
    tick: Callable[[], None] = lambda: None,
) -> Outcome:
    """Send *requests* over *clients* parallel connections; account for the CPU of *server*."""
    outcome, lock, queue = Outcome(), threading.Lock(), iter(requests)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                request = next(queue, None)
            if request is None:
                break
            _send(connection, request, outcome, lock)
            tick()
        connection.close()

    before, started = cpu_seconds(server), time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.wall_seconds = time.perf_counter() - started
    outcome.server_cpu_seconds = cpu_seconds(server) - before
    return outcome


def _send(
    connection: http.client.HTTPConnection,
    request: Request,
    outcome: Outcome,
    lock: threading.Lock,
) -> None:
    headers = {"Content-Type": request.type} if request.body else {}
    started = time.perf_counter()
    try:
        connection.request(request.method, request.path, body=request.body or None, headers=headers)
        response = connection.getresponse()
        response.read()
        answered = response.status == request.expect
    except (OSError, http.client.HTTPException):
        connection.close()
        answered = False
    took = time.perf_counter() - started
    with lock:
        if answered:
            outcome.seconds.append(took)
        else:
            outcome.failures += 1
