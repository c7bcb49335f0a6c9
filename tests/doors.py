"""A running site's doors, and how they are spoken to: a port of loopback, or tor's Unix socket.

What tor says of a circuit is spoken here as tor speaks it: a PROXY line before the first request.
"""

from __future__ import annotations

import http.client
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.world import World


@dataclass(frozen=True)
class Door:
    """A port of loopback, where everybody is one, or *onion*, where each circuit is."""

    port: int = 0
    onion: Path | None = None

    def connect(self, circuit: int, timeout: float = 20) -> socket.socket:
        """A new connection; over the onion it has already said which circuit it comes by."""
        if self.onion is None:
            return socket.create_connection(("127.0.0.1", self.port), timeout)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(str(self.onion))
        connection.sendall(circuit_line(circuit))
        return connection

    def client(self, circuit: int, timeout: float = 20) -> http.client.HTTPConnection:
        return _Client(self, circuit, timeout)


class _Client(http.client.HTTPConnection):
    def __init__(self, door: Door, circuit: int, timeout: float) -> None:
        super().__init__("a.onion" if door.onion else "127.0.0.1", timeout=timeout)
        self._door, self._circuit, self._seconds = door, circuit, timeout

    def connect(self) -> None:
        self.sock = self._door.connect(self._circuit, self._seconds)


def circuit_line(circuit: int) -> bytes:
    """What tor's `HiddenServiceExportCircuitID haproxy` says of *circuit*."""
    return b"PROXY TCP6 fc00:dead:beef:4dad::%x:%x ::1 65535 42\r\n" % divmod(circuit, 1 << 16)


def open_onion(world: World, settings: str = "") -> Path:
    """Give *world* a socket for tor, and more lines of *settings*; serve it afterwards."""
    path = world.settings.data / "onion.sock"
    toml = world.settings.data / "wasl.toml"
    text = re.sub('onion_socket = ""', f'onion_socket = "{path}"', toml.read_text("utf-8"))
    toml.write_text(f"{text}\n{settings}\n", "utf-8")
    return path
