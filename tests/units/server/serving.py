"""A real `wasl serve` in a process of its own, on a world's folder."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.stack import free_port
from tests.world import SEALED_HEADERS, World, sealed_body

START_SECONDS = 60


@dataclass
class Served:
    """`url` is where it answers; `log` is what it wrote to standard error."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def submits(self, request: Mapping[str, Any]) -> httpx.Response:
        """Hand in what `Citizen.request` returns."""
        url, body = f"{self.url}/api/v1/submissions", sealed_body(request)
        return httpx.post(url, content=body, headers=SEALED_HEADERS, timeout=30)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(30)


def start(world: World) -> Served:
    """Start a server on the world's folder and return when it answers."""
    port = free_port()
    settings = world.settings.data / "wasl.toml"
    text = re.sub(r"port = \d+", f"port = {port}", settings.read_text("utf-8"))
    settings.write_text(text, "utf-8")
    log = world.settings.data.parent / f"serve-{port}.log"
    command = [sys.executable, "-m", "app.cli", "serve", "--data", str(world.settings.data)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    served = Served(f"http://127.0.0.1:{port}", port, process, log)
    _wait(served)
    return served


def _wait(served: Served) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert served.process.poll() is None, served.log.read_text()
        try:
            httpx.get(f"{served.url}/api/v1/openapi.json", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(served.log.read_text())


@contextmanager
def serving(world: World) -> Iterator[Served]:
    served = start(world)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()
