"""A whole demo in a real Tor network on this machine, shared by the tests of a session."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil
import pytest

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


def _wait_for_network(stack: Stack) -> None:
    deadline = time.monotonic() + NETWORK_SECONDS
    while not (stack.folder / "network.json").exists():
        assert stack.process.poll() is None, stack.log_text
        assert time.monotonic() < deadline, stack.log_text
        time.sleep(0.1)
