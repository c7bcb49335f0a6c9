"""A whole demo in a real Tor network on this machine, shared by the tests of a session."""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser

from tests.browser.journey import Reviewer
from tests.onion.visitors import Browsers
from tests.stack import Stack, running_demo, wasl
from tor.control import Control
from tor.instance import DESK, SITE, Instance

NETWORK_SECONDS = 120
WAIT_SECONDS = 40


@dataclass
class OverTor:
    """The demo, the addresses of its onion services, and the client through which they are seen."""

    stack: Stack

    @cached_property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.stack.folder / "network.json").read_text("utf-8"))
        return facts

    @property
    def socks(self) -> str:
        socks: str = self.facts["socks"]
        return socks

    @property
    def site(self) -> str:
        return f"http://{self.facts['services'][SITE]}"

    @property
    def desk(self) -> str:
        return f"http://{self.facts['services'][DESK]}"

    @property
    def instance(self) -> Instance:
        return Instance(self.stack.folder / "tor")

    @property
    def client_keys(self) -> Path:
        return self.stack.folder / "client-keys"

    def proxy(self, person: str) -> str:
        """Each *person* has circuits of their own."""
        return f"socks5h://{person}:x@{self.socks}"

    def client_reads_its_keys(self) -> None:
        with Control(Path(self.facts["client_control"])) as control:
            control.ask("SIGNAL RELOAD")

    def client_starts_afresh(self) -> None:
        """Drop circuits and descriptors, so that no test waits for what a former one left."""
        with Control(Path(self.facts["client_control"])) as control:
            control.ask("SIGNAL NEWNYM")

    def client_loses_its_circuits(self) -> None:
        """Every way to an onion service breaks at once, as when a relay on it is switched off."""
        with Control(Path(self.facts["client_control"])) as control:
            circuits = control.info("circuit-status").split("\n")
            lost = [line.split()[0] for line in circuits if "PURPOSE=HS_CLIENT_REND" in line]
            assert lost
            for circuit in lost:
                control.ask(f"CLOSECIRCUIT {circuit}")

    def bytes_received(self) -> int:
        """What has reached the onion services' tor since it started."""
        with Control(self.instance.control) as control:
            return int(control.info("traffic/read"))

    def parts_arrived(self) -> int:
        """How many parts of unfinished uploads the site holds."""
        return len(list((self.stack.folder / "site" / "uploads").glob("*/*/[0-9]*")))

    def client_forgets_its_key(self) -> None:
        """tor removes the file as well."""
        with Control(Path(self.facts["client_control"])) as control:
            control.ask(f"ONION_CLIENT_AUTH_REMOVE {self.facts['services'][DESK][:56]}")

    def operator_restarts_tor(self) -> None:
        """The network starts it again, as a service manager does."""
        with Control(self.instance.control) as control:
            control.ask("SIGNAL HALT")
        deadline = time.monotonic() + WAIT_SECONDS
        while wasl("tor", "status", self.instance.root).returncode != 0:
            assert time.monotonic() < deadline, "tor did not come back"
            time.sleep(0.2)

    def operator_reloads_tor(self) -> None:
        with Control(self.instance.control) as control:
            control.ask("SIGNAL RELOAD")


@pytest.fixture(scope="session")
def over_tor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OverTor]:
    folder = tmp_path_factory.mktemp("onion") / "data"
    with running_demo(folder, options=["--onion"]) as stack:
        _wait_for_network(stack)
        family = psutil.Process(stack.process.pid).children(recursive=True)
        yield OverTor(stack)
    # A test kills the demo, which then cannot end its parts itself.
    for process in family:
        if process.is_running():
            process.kill()


@pytest.fixture(scope="session")
def browsers(
    over_tor: OverTor, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Browsers:
    return Browsers(chromium, over_tor.socks, tmp_path_factory.mktemp("browsers"))


@pytest.fixture(scope="session")
def reviewer(over_tor: OverTor, chromium: Browser) -> Iterator[Reviewer]:
    """Somebody at the demo's desk, who reaches the site as she always did."""
    sitting = Reviewer.sits_down(chromium, over_tor.stack)
    yield sitting
    sitting.leaves()


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 MB that no cleaner can make smaller."""
    path = tmp_path_factory.mktemp("picture") / "large.png"
    path.write_bytes(_noise(side=2600))
    return path


def _noise(side: int) -> bytes:
    """A PNG (RFC 2083) of random pixels, three bytes each."""
    rows = b"".join(b"\0" + os.urandom(3 * side) for _ in range(side))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 0)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _wait_for_network(stack: Stack) -> None:
    deadline = time.monotonic() + NETWORK_SECONDS
    while not (stack.folder / "network.json").exists():
        assert stack.process.poll() is None, stack.log_text
        assert time.monotonic() < deadline, stack.log_text
        time.sleep(0.1)
