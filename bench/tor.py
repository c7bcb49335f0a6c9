"""What a citizen over Tor waits for, from the press on the button to the receipt.

Beside it, in the same run and through the same private Tor network: a bare static page. Firefox is
set as Tor Browser at *Standard* and at *Safer*; the network is near, and then as far away as the
real one (`bench.far`). Both begin with a circuit that stands and no open connection: people write
for longer than the site keeps one open.
"""

from __future__ import annotations

import functools
import http.server
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import baselines
from bench.far import ROUND_TRIP_SECONDS, FarAway
from tests.doors import open_onion
from tests.onion.firefox import Firefox
from tests.units.server.serving import serving
from tests.world import World
from tor.instance import SITE, Instance
from tor.status import is_published
from tor.testnet import PrivateNetwork
from tor.torrc import Target

TIMES: Final = 3
AIM: Final = 3.0
PAGE: Final = b"<!doctype html><title>bare</title><p>A page of a few words.\n"
TEXT: Final = "الماء ينقطع يومين في الأسبوع. " * 8
KEPT_OPEN_SECONDS: Final = 16
"""A second longer than the site keeps a connection."""
_PUBLISH_SECONDS: Final = 90

Row = Callable[[str, str], None]


@dataclass(frozen=True)
class _Sites:
    """Addresses in a private network, and the SOCKS port of its client."""

    site: str
    bare: str
    socks: str


def measure(folder: Path, row: Row, factor: int) -> None:
    """Medians of some tries, near and far; one try for a smoke test."""
    times = max(1, TIMES // factor)
    with _network(folder) as sites:
        for level in ("standard", "safer"):
            near = _waits(folder / f"{level}-near", level, sites, 0, times)
            far = _waits(folder / f"{level}-far", level, sites, ROUND_TRIP_SECONDS, times)
            row(f"{level}, were it near", _told(near))
            row(f"{level}, as far as it is", _told(far))
            trips = (far.page - near.page, far.receipt - near.receipt)
            page, receipt = (f"{each / ROUND_TRIP_SECONDS:.1f}" for each in trips)
            row(f"{level}, round trips", f"bare page {page}, click to receipt {receipt}")


@dataclass(frozen=True)
class _Waits:
    """Median seconds for the bare page, and from click to receipt."""

    page: float
    receipt: float


def _told(waits: _Waits) -> str:
    return (
        f"bare page {waits.page:.2f} s, click to receipt {waits.receipt:.2f} s"
        f" = {waits.receipt / waits.page:.2f} × the bare page (aim ≤ {AIM:.0f})"
    )


def _waits(profile: Path, level: str, sites: _Sites, seconds: float, times: int) -> _Waits:
    pages, receipts = [], []
    with FarAway(sites.socks, seconds) as far, Firefox(profile, level) as firefox:
        firefox.goes_through(far.socks)
        firefox.opens(sites.bare)
        for _ in range(times):
            firefox.opens(f"{sites.site}/en/write")
            firefox.fills("#problem", TEXT)
            firefox.clicks("#to-review")
            firefox.waits_for("#send")
            time.sleep(KEPT_OPEN_SECONDS)
            receipts.append(_seconds(lambda: _sends(firefox)))
            pages.append(_seconds(lambda: firefox.opens(sites.bare)))
    return _Waits(statistics.median(pages), statistics.median(receipts))


def _sends(firefox: Firefox) -> None:
    firefox.clicks("#send")
    firefox.waits_for("#words bdi")


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@contextmanager
def _network(folder: Path) -> Iterator[_Sites]:
    world = World(folder / "world", today=baselines.today())
    with ExitStack() as stack:
        stack.callback(world.close)
        # The paths of Unix sockets are short.
        short = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wasl-bench-")))
        onion = open_onion(world)
        stack.enter_context(serving(world))
        port = stack.enter_context(_bare_page())
        instance = Instance(short / "tor")
        instance.set_up({SITE: Target.parse(f"unix:{onion}")})
        bare = instance.root / "bare"
        with instance.torrc.open("a", encoding="utf-8") as torrc:
            torrc.write(f"HiddenServiceDir {bare}\nHiddenServicePort 80 127.0.0.1:{port}\n")
        network = stack.enter_context(PrivateNetwork(instance))
        addresses = [instance.addresses()[SITE], (bare / "hostname").read_text("ascii").strip()]
        for address in addresses:
            _wait_until_published(instance, address)
        site, page = (f"http://{address}" for address in addresses)
        yield _Sites(site, page, network.socks)


def _wait_until_published(instance: Instance, address: str) -> None:
    deadline = time.monotonic() + _PUBLISH_SECONDS
    while not is_published(instance.control, address):
        if time.monotonic() > deadline:
            raise TimeoutError(address)
        time.sleep(0.5)


class _Bare(http.server.BaseHTTPRequestHandler):
    """HTTP/1.0: one connection, one page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def _bare_page() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Bare) as server:
        thread = threading.Thread(target=functools.partial(server.serve_forever, 0.1))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
