"""A whole demo in a real Tor network on this machine, shared by the tests of a session."""

from __future__ import annotations

import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from tests.onion.reviewer import Reviewer
from tests.onion.side_by_side import UnderWay, begun
from tests.stack import Stack, free_port, launch_demo
from tor.control import Control
from tor.daemon import Daemon
from tor.errors import ControlError
from tor.instance import DESK, SITE, Instance
from tor.status import COMPLETE, bootstrap_progress, read_status

NETWORK_SECONDS = 120
WAIT_SECONDS = 40
SAID_LAST = "  Over Tor "
"""The demo says so once the site, its log and the network are all there."""


@dataclass(frozen=True)
class Client:
    """Somebody's own tor. It finds the keys of closed onions in the folder *keys*."""

    socks: str
    control: Path
    keys: Path

    def reads_its_keys(self) -> None:
        self._asks("SIGNAL RELOAD")

    def forgets_its_key(self, onion: str) -> None:
        """tor removes the file as well."""
        self._asks(f"ONION_CLIENT_AUTH_REMOVE {onion[:56]}")

    def starts_afresh(self) -> None:
        """Drop circuits and descriptors, so that nothing is left of a former answer."""
        self._asks("SIGNAL NEWNYM")

    def loses_its_circuits(self) -> None:
        """Every way to an onion service breaks at once, as when a relay on it is switched off."""
        with Control(self.control) as control:
            circuits = control.info("circuit-status").split("\n")
            lost = [line.split()[0] for line in circuits if "PURPOSE=HS_CLIENT_REND" in line]
            assert lost
            for circuit in lost:
                control.ask(f"CLOSECIRCUIT {circuit}")

    def bytes_sent(self) -> int:
        with Control(self.control) as control:
            return int(control.info("traffic/written"))

    def _asks(self, command: str) -> None:
        with Control(self.control) as control:
            control.ask(command)


@dataclass
class OverTor:
    """The demo, the addresses of its onion services, and the client through which they are seen.

    Whoever asks for something of the network waits until it is there.
    """

    stack: Stack
    orphans: list[psutil.Process] = field(default_factory=list)

    @cached_property
    def _folder(self) -> Path:
        deadline = time.monotonic() + NETWORK_SECONDS
        while SAID_LAST not in self.stack.log_text:
            assert self.stack.process.poll() is None, self.stack.log_text
            assert time.monotonic() < deadline, self.stack.log_text
            time.sleep(0.1)
        return self.stack.folder

    @cached_property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self._folder / "network.json").read_text("utf-8"))
        return facts

    @property
    def client(self) -> Client:
        """The one that comes with the network; it may enter the desk's onion."""
        keys = self._folder / "client-keys"
        return Client(self.facts["socks"], Path(self.facts["client_control"]), keys)

    @contextmanager
    def another_client(self) -> Iterator[Client]:
        """Somebody with a tor of their own and no key."""
        shared = Path(self.facts["client_control"]).parents[1] / "network"
        # The paths of Unix sockets are short.
        with TemporaryDirectory(prefix="wasl-onion-") as name:
            folder = Path(name)
            client = Client(f"127.0.0.1:{free_port()}", folder / "control", folder / "keys")
            client.keys.mkdir(mode=0o700)
            torrc = folder / "torrc"
            torrc.write_text(
                f"DataDirectory {folder}/data\nControlSocket {client.control}\n"
                f"SocksPort {client.socks}\nClientOnly 1\nClientOnionAuthDir {client.keys}\n"
            )
            log = folder / "log"
            daemon = Daemon("a client", torrc, shared, control=client.control, log=log)
            try:
                daemon.wait(
                    lambda control: bootstrap_progress(control) == COMPLETE,
                    time.monotonic() + WAIT_SECONDS,
                )
                yield client
            finally:
                daemon.end()

    @property
    def site(self) -> str:
        return f"http://{self.facts['services'][SITE]}"

    @property
    def desk(self) -> str:
        return f"http://{self.facts['services'][DESK]}"

    @property
    def instance(self) -> Instance:
        return Instance(self._folder / "tor")

    def proxy(self, person: str) -> str:
        """Each *person* has circuits of their own."""
        return f"socks5h://{person}:x@{self.client.socks}"

    def kill_the_demo(self) -> None:
        """Its parts are then nobody's, and end by themselves or with the test session."""
        self.orphans = psutil.Process(self.stack.process.pid).children(recursive=True)
        self.stack.process.kill()
        self.stack.process.wait()

    def operator_restarts_tor(self) -> None:
        """The network starts it again, as a service manager does."""
        with Control(self.instance.control) as control:
            control.ask("SIGNAL HALT")
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._is_well():
            assert time.monotonic() < deadline, "tor did not come back"
            time.sleep(0.2)

    def operator_reloads_tor(self) -> None:
        with Control(self.instance.control) as control:
            control.ask("SIGNAL RELOAD")

    def _is_well(self) -> bool:
        try:
            return read_status(self.instance.control, self.instance.addresses()).is_well
        except ControlError:
            return False


@pytest.fixture(scope="session")
def over_tor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OverTor]:
    stack = launch_demo(tmp_path_factory.mktemp("onion") / "data", options=["--onion"])
    over_tor = OverTor(stack)
    yield over_tor
    stack.stop()
    for process in over_tor.orphans:
        if process.is_running():
            process.kill()


@pytest.fixture(scope="session")
def under_way(request: pytest.FixtureRequest) -> Iterator[UnderWay]:
    """The demo starts first, so that its network gets ready while browsers start."""
    request.getfixturevalue("over_tor")
    with begun(request) as under_way:
        yield under_way


@pytest.fixture(scope="session")
def reviewer(over_tor: OverTor) -> Reviewer:
    return Reviewer(over_tor.stack)


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
