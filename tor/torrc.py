"""The configuration of tor for an instance: its onion services and nothing else.

What it asks of tor, and why:
- the site is reached over a Unix socket, so nothing listens on the network;
- `HiddenServiceExportCircuitID` tells the site which circuit asks, and nothing about who;
- proof of work, where this build has it, makes a flood of introductions expensive. Limits at
  the introduction points are set high: low ones also refuse honest people;
- no circuit may hold more streams than a browser opens; one that does is torn down.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tor.errors import TorrcRefusedError
from tor.program import Features

MAX_SOCKET_BYTES: Final = 100
"""A Unix socket's path has room for about 108 bytes, 104 on some systems."""
STREAMS_PER_CIRCUIT: Final = 32
INTRODUCTIONS_PER_SECOND: Final = 100
INTRODUCTIONS_AT_ONCE: Final = 1000
ONIONBALANCE_FILE: Final = "ob_config"
_PATH: Final = re.compile(r"/[A-Za-z0-9._/@+-]*", re.ASCII)
_TCP: Final = re.compile(r"127\.0\.0\.1:[0-9]{1,5}", re.ASCII)


@dataclass(frozen=True)
class Target:
    """Where an onion service hands its streams to; `tells_circuit` if a PROXY line goes first."""

    address: str
    tells_circuit: bool

    @classmethod
    def parse(cls, text: str) -> "Target":
        """`unix:/path`, which learns circuits, or `127.0.0.1:PORT`, which does not.

        Raises `TorrcRefusedError`.
        """
        path = text.removeprefix("unix:")
        if path != text:
            if len(check_path(Path(path))) > MAX_SOCKET_BYTES:
                raise TorrcRefusedError(f"{path}: a socket's path has at most 100 bytes")
            return cls(text, tells_circuit=True)
        if not _TCP.fullmatch(text):
            raise TorrcRefusedError(f"{text}: write unix:/path/of.sock or 127.0.0.1:PORT")
        return cls(text, tells_circuit=False)


@dataclass(frozen=True)
class OnionService:
    """One service; behind OnionBalance it answers for the address of the frontend as well."""

    folder: Path
    target: Target
    is_backend: bool = False


@dataclass(frozen=True)
class Torrc:
    """A tor of our own, with `data` and `control` under the operator's folder."""

    data: Path
    control: Path
    services: Sequence[OnionService]

    def render(self, features: Features) -> str:
        """The text of the file; raises `TorrcRefusedError` for a path tor might misread."""
        return "".join(f"{line}\n" for line in self._lines(features))

    def _lines(self, features: Features) -> Iterator[str]:
        yield "# Written by `wasl tor setup`; run it again instead of editing this file."
        yield f"DataDirectory {check_path(self.data)}"
        yield f"ControlSocket {check_path(self.control)}"
        yield "CookieAuthentication 1"
        yield "SocksPort 0"
        yield "SafeLogging 1"
        yield "AvoidDiskWrites 1"
        for service in self.services:
            yield ""
            yield from _service_lines(service, features)


def _service_lines(service: OnionService, features: Features) -> Iterator[str]:
    yield f"HiddenServiceDir {check_path(service.folder)}"
    yield "HiddenServiceVersion 3"
    yield f"HiddenServicePort 80 {service.target.address}"
    if service.target.tells_circuit:
        yield "HiddenServiceExportCircuitID haproxy"
    yield f"HiddenServiceMaxStreams {STREAMS_PER_CIRCUIT}"
    yield "HiddenServiceMaxStreamsCloseCircuit 1"
    yield "HiddenServiceEnableIntroDoSDefense 1"
    yield f"HiddenServiceEnableIntroDoSRatePerSec {INTRODUCTIONS_PER_SECOND}"
    yield f"HiddenServiceEnableIntroDoSBurstPerSec {INTRODUCTIONS_AT_ONCE}"
    if features.has_pow:
        yield "HiddenServicePoWDefensesEnabled 1"
    else:
        yield f"# tor {features.version} was built without the proof-of-work defence."
    if service.is_backend:
        yield "HiddenServiceOnionbalanceInstance 1"


def check_path(path: Path) -> str:
    """Return *path* as text; refuse what would need quoting, for tor quotes differently."""
    text = str(path)
    if not _PATH.fullmatch(text):
        raise TorrcRefusedError(
            f"{text}: use an absolute path of plain letters, digits and . _ / @ + -"
        )
    return text
