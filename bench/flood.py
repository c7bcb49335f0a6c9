"""What floods cost everybody else: of one circuit, and of as many circuits as requests.

The people are as a browser with JavaScript, which works for what it hands in, and as one without,
which presses the buttons of the pages. The flood is of four kinds at once: most of it pays nothing
and comes from a new circuit each time, as submissions and as made-up codes; some of it works, and
some of it waits, as patiently as people.
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import psutil

from app.domain import media_types
from bench.hail import hailing, posts
from bench.load import Request, cpu_seconds, resident_bytes, submission
from bench.slow import Row, ask, site
from crypto.receipt import ReceiptCode
from crypto.work import work_on
from tests.doors import Door
from tests.units.citizen.plain_browser import MULTIPART, Form, Page, encode_multipart
from tests.world import World

LIMIT: Final = 60
"""Submissions a minute that cost nothing, and turns a minute: what is flooded a hundred times."""
CODES: Final = 5
"""Every so many requests of what pays nothing is a made-up code."""
TIMES: Final = 100
SECONDS: Final = 60.0
WITH_SCRIPTS, WITHOUT_SCRIPTS = 100, 20
WITHIN_SECONDS, WITHIN_SECONDS_WITHOUT = 30, 120
WORKERS, WAITERS = 1, 10
TEXT: Final = "الحافلة تتأخر كل يوم، ونقترح جدولا ثابتا."
_URLENCODED: Final = "application/x-www-form-urlencoded"
_PAUSE_SECONDS: Final = 1.0

_circuits = itertools.count(1 << 24)


def measure(folder: Path, row: Row, factor: int) -> None:
    """One circuit first, then all of them."""
    _one_circuit(folder / "one", row, factor)
    _many_circuits(folder / "many", row, factor)


def _one_circuit(folder: Path, row: Row, factor: int) -> None:
    with site(folder) as (world, _, onion):
        door = Door(onion=onion)
        count = 120 // factor
        people = [_submission(world) for _ in range(count)]
        flood = itertools.cycle([_submission(world).body for _ in range(50)])
        circuit, flooded = next(_circuits), Counter[int]()
        with _running([lambda: flooded.update([_post(door, circuit, next(flood))[0]])] * 4):
            asked = ask(door, people, SECONDS / 4 / factor)
    row("one circuit sent", f"{flooded.total()} submissions, {flooded[201]} were taken")
    row("  others, answered", f"{asked.success:.1f} % (aim ≥ 99 %), p99 {asked.p99_ms:.0f} ms")


def _submission(world: World) -> Request:
    return submission(world.citizen(), TEXT)


@dataclass
class Tally:
    """Of one kind of people: seconds until each had arrived, and how many never did."""

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    most_bits: int = 0

    def share(self, within: float) -> float:
        arrived = sum(each <= within for each in self.seconds)
        return 100 * arrived / max(1, len(self.seconds) + self.lost)

    def said(self) -> str:
        ordered = sorted(self.seconds) or [float("nan")]
        middle, last = ordered[len(ordered) // 2], ordered[-1]
        return f"half in {middle:.1f} s, the last in {last:.1f} s, {self.lost} never"


def _many_circuits(folder: Path, row: Row, factor: int) -> None:
    limits = f"[limits]\ncalm_per_minute = {LIMIT}\nturns_per_minute = {LIMIT}"
    with site(folder, limits) as (world, served, onion):
        door, seconds, plain_count = Door(onion=onion), SECONDS / factor, WITHOUT_SCRIPTS // factor
        people = [_submission(world).body for _ in range(WITH_SCRIPTS // factor)]
        bodies = [_submission(world).body for _ in range(200)]
        flood = Flood(door, bodies)
        process = psutil.Process(served.process.pid)
        scripted, plain = Tally(), Tally()
        with flood.going(), hailing(onion, _pay_nothing(bodies), TIMES * LIMIT / 60) as hail:
            began, before = time.perf_counter(), cpu_seconds(process)
            time.sleep(seconds / 6)
            arrivals = [
                *_spread(people, seconds, lambda body: _works(door, body, scripted)),
                *_spread([TEXT] * plain_count, seconds, lambda _: _waits(door, plain)),
            ]
            for each in arrivals:
                each.join()
            memory, took = resident_bytes(process), time.perf_counter() - began
            spent = cpu_seconds(process) - before
    sent = flood.answers.total() + hail.total()
    row("flood", f"{sent / took:.0f} a second, {60 * sent / took / LIMIT:.0f} × the limit")
    row("  of it unanswered", f"{hail[0] + flood.answers[0]}")
    row("  server", f"{100 * spent / took:.0f} % of a core")
    flood.arrived["unpaid"] = hail[201]
    row("  of it arrived", ", ".join(f"{n} {what}" for what, n in sorted(flood.arrived.items())))
    row(
        "with JavaScript",
        f"{scripted.share(WITHIN_SECONDS):.1f} % in {WITHIN_SECONDS} s (aim ≥ 99 %): "
        f"{scripted.said()}; at most {scripted.most_bits} bits",
    )
    row(
        "without JavaScript",
        f"{plain.share(WITHIN_SECONDS_WITHOUT):.1f} % in {WITHIN_SECONDS_WITHOUT} s "
        f"(aim ≥ 95 %): {plain.said()}",
    )
    row("memory", f"{memory / 1e6:.0f} MB (aim < 256)")


def _pay_nothing(bodies: list[bytes]) -> list[bytes]:
    """Requests of the kinds that pay nothing, submissions and made-up codes."""
    requests = [posts("/api/v1/submissions", media_types.SEALED, body) for body in bodies]
    for place in range(0, len(requests), CODES):
        code = urlencode({"code": " ".join(ReceiptCode.generate().digits)}).encode()
        requests[place] = posts("/follow", _URLENCODED, code)
    return requests


class Flood:
    """What works and what waits of it; `answers` by status, and what of it `arrived`, by kind."""

    def __init__(self, door: Door, bodies: list[bytes]) -> None:
        self.answers: Counter[int] = Counter()
        self.arrived: Counter[str] = Counter()
        self._door = door
        self._bodies = itertools.cycle(bodies)

    @contextmanager
    def going(self) -> Iterator[None]:
        with _running([self._works] * WORKERS + [self._waits] * WAITERS):
            yield

    def _works(self) -> None:
        tally = Tally()
        _works(self._door, next(self._bodies), tally)
        self._count(201 if tally.seconds else 429, "for work")

    def _waits(self) -> None:
        tally = Tally()
        _waits(self._door, tally)
        if tally.lost:
            time.sleep(_PAUSE_SECONDS)
        self._count(201 if tally.seconds else 503, "by waiting")

    def _count(self, status: int, how: str) -> None:
        self.answers[status] += 1
        if status == 201:
            self.arrived[how] += 1


def _works(door: Door, body: bytes, tally: Tally) -> None:
    """Hand *body* in as a browser with JavaScript does."""
    circuit, began, work = next(_circuits), time.perf_counter(), ""
    while time.perf_counter() - began < 2 * WITHIN_SECONDS:
        status, answer = _post(door, circuit, body, work)
        if status == 201:
            tally.seconds.append(time.perf_counter() - began)
            return
        problem = json.loads(answer) if status == 429 else {}
        if "challenge" in problem:
            tally.most_bits = max(tally.most_bits, problem["bits"])
            work = work_on(bytes.fromhex(problem["challenge"]), problem["bits"]).encode()
        else:
            time.sleep(_PAUSE_SECONDS)
    tally.lost += 1


def _waits(door: Door, tally: Tally) -> None:
    """Write and send with forms alone, and wait where a page says so."""
    circuit, began = next(_circuits), time.perf_counter()
    try:
        form = _review(door, circuit)
        status, page = _form(door, circuit, form.action, dict(form.pairs))
        while status == 503 and time.perf_counter() - began < 1.5 * WITHIN_SECONDS_WITHOUT:
            shown = Page(page.decode())
            time.sleep(_seconds_of(shown))
            form = next(each for each in shown.forms if each.method == "post")
            status, page = _form(door, circuit, form.action, dict(form.pairs))
    except (OSError, StopIteration, http.client.HTTPException):
        status = 0
    if status == 201:
        tally.seconds.append(time.perf_counter() - began)
    else:
        tally.lost += 1


def _review(door: Door, circuit: int) -> Form:
    """From the page to write on to the form that sends."""
    _, page = _send(door, circuit, Request("GET", "/write"))
    form = next(each for each in Page(page.decode()).forms if "/review" in each.action)
    form.fill(problem=TEXT)
    body = encode_multipart(form.pairs, ())
    _, page = _send(door, circuit, Request("POST", form.action, body), MULTIPART)
    return Page(page.decode()).form("/send")


def _seconds_of(page: Page) -> int:
    """How long the page asks to wait: its stylesheet knows by a class."""
    classes = " ".join(attributes.get("class", "") for _, attributes in page.tags).split()
    return next(int(name.removeprefix("in-")) for name in classes if name.startswith("in-"))


def _post(door: Door, circuit: int, body: bytes, work: str = "") -> tuple[int, bytes]:
    request = Request("POST", "/api/v1/submissions", body)
    return _send(door, circuit, request, media_types.SEALED, {"Wasl-Work": work} if work else {})


def _form(door: Door, circuit: int, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
    return _send(door, circuit, Request("POST", path, urlencode(fields).encode()), _URLENCODED)


def _send(
    door: Door,
    circuit: int,
    request: Request,
    media_type: str = "",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Status 0 where no answer came."""
    typed = {"Content-Type": media_type} if media_type else {}
    client = door.client(circuit, timeout=60)
    try:
        client.request(request.method, request.path, request.body or None, typed | (headers or {}))
        answer = client.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        client.close()


def _spread(
    items: list[bytes] | list[str], seconds: float, task: Callable[..., None]
) -> list[threading.Thread]:
    """Begin *task* for one item after the other, over *seconds*."""

    def begin(number: int, item: bytes | str) -> None:
        time.sleep(seconds * number / len(items))
        task(item)

    threads = [threading.Thread(target=begin, args=each) for each in enumerate(items)]
    for each in threads:
        each.start()
    return threads


@contextmanager
def _running(tasks: Sequence[Callable[[], object]]) -> Iterator[None]:
    """Do each of *tasks* again and again meanwhile."""
    over = threading.Event()

    def run(task: Callable[[], object]) -> None:
        while not over.is_set():
            task()

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        over.set()
