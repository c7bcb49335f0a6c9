"""The whole of Wasl as people run it: `wasl demo` in its own process, ports and folder."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

START_SECONDS = 180
STOP_SECONDS = 60
"""The demo itself gives its parts half of this."""


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = cycle(range(20_000 + 1000 * (_WORKER % 12), 21_000 + 1000 * (_WORKER % 12)))
"""Each worker has its own, below those that a system gives away unasked."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on; not the one of the last calls."""
    for port in _PORTS:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("never reached")


def wasl(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the `wasl` command to its end and return what it printed."""
    command = [str(Path(sys.executable).with_name("wasl")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def review_path(site: str) -> str:
    """Where the form with files goes, with the ticket of a page just opened."""
    page = httpx.get(f"{site}/write", timeout=30).text
    found = re.search(r'action="(/forms/[0-9a-f]{64}/review)"', page)
    assert found, page
    return found[1]


@dataclass
class Stack:
    """A running demo: `site` and `desk` are base URLs, `folder` holds everything it writes."""

    folder: Path
    port: int
    desk_port: int
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.desk_port}"

    @property
    def facts(self) -> dict[str, Any]:
        """What the demo wrote down about itself: passphrase, desks, roots."""
        facts: dict[str, Any] = json.loads((self.folder / "demo.json").read_text("utf-8"))
        return facts

    @property
    def log_text(self) -> str:
        return (self.folder.parent / "demo.log").read_text("utf-8", errors="replace")

    def stop(self) -> None:
        """End the demo and everything it started, politely at first."""
        if self.process.poll() is None:
            # Not SIGINT, which whatever a script starts in the background ignores.
            self.process.terminate()
            family = psutil.Process(self.process.pid).children(recursive=True)
            try:
                self.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            _end(family)
        self.log.close()


def _end(family: list[psutil.Process]) -> None:
    """The parts are in sessions of their own: a signal to the demo's group misses them."""
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def launch_demo(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    again: Stack | None = None,
    options: Sequence[str] = (),
) -> Stack:
    """Start `wasl demo` on *folder*, at the ports of *again* if it ran before, and go on."""
    port, desk_port = (again.port, again.desk_port) if again else (free_port(), free_port())
    folder.parent.mkdir(parents=True, exist_ok=True)
    log = (folder.parent / "demo.log").open("ab")
    command = [str(Path(sys.executable).with_name("wasl")), "demo", "--data", str(folder)]
    command += ["--port", str(port), "--desk-port", str(desk_port), *options]
    process = subprocess.Popen(
        command, stdout=log, stderr=log, start_new_session=True, env=environment
    )
    return Stack(folder, port, desk_port, process, log)


def start_demo(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    again: Stack | None = None,
    options: Sequence[str] = (),
) -> Stack:
    """Launch a demo; return once site and desk both answer."""
    stack = launch_demo(folder, environment, again, options)
    try:
        wait_until_answers(stack.site + "/", stack.process)
        wait_until_answers(stack.desk + "/", stack.process)
    except BaseException:
        stack.stop()
        raise AssertionError(f"the demo did not start:\n{stack.log_text}") from None
    return stack


def wait_until_answers(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return once *url* answers anything; raise when *process* ends or time is up."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(url)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
    raise TimeoutError(url)


@contextmanager
def running_demo(
    folder: Path,
    environment: Mapping[str, str] | None = None,
    again: Stack | None = None,
    options: Sequence[str] = (),
) -> Iterator[Stack]:
    """A demo for the length of a `with` block."""
    stack = start_demo(folder, environment, again, options)
    try:
        yield stack
    finally:
        stack.stop()
