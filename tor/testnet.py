"""A real Tor network of our own on loopback, for tests and demonstrations: no packet leaves 127/8.

Three authorities, some relays, one client, and the tor that runs an instance's onion services,
each in a process of its own with a loopback address of its own, so that ports are fixed and
several networks do not collide. It hides nobody: every part is on one machine.

What makes it start quickly and every time:
- whoever reads the consensus starts only when every authority's consensus lists every relay;
- the relays are told to fetch it at once;
- all relays have equal measured bandwidths and are stable, and are enough for a path without the
  authorities: a client goes by weight when it counts what it knows, and authorities weigh nothing.
  With fewer relays it would begin, and find nobody for the middle of its first path;
- authorities vote at multiples of their interval, counted from the moment at which they start.
"""

import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Self

from tor.control import Control
from tor.daemon import Daemon
from tor.errors import NotReadyError
from tor.instance import Instance
from tor.program import find
from tor.status import COMPLETE, bootstrap_progress

AUTHORITIES: Final = 3
"""Measured bandwidths need three voters."""
RELAYS: Final = 4
START_SECONDS: Final = 90
SOCKS_PORT: Final = 9050
_ONION: Final = "onion"
_OR_PORT: Final = 5000
_DIR_PORT: Final = 7000
_FIRST_VOTES_SECONDS: Final = 6
_FINGERPRINT: Final = re.compile(r"^fingerprint ([0-9A-F]{40})", re.MULTILINE)

_COMMON: Final = """\
TestingTorNetwork 1
PathsNeededToBuildCircuits 0.67
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
V3AuthNIntervalsValid 10
ShutdownWaitLength 0
AvoidDiskWrites 1
CookieAuthentication 1
GeoIPFile
GeoIPv6File
"""
_RELAY: Final = """\
DataDirectory {folder}
ControlSocket {folder}/control
Nickname {name}
Address {ip}
OutboundBindAddress {ip}
ORPort {ip}:{or_port} IPv4Only
SocksPort 0
AssumeReachable 1
ContactInfo {name}@test.invalid
ExitPolicy reject *:*
"""
_AUTHORITY: Final = """\
DirPort {ip}:{dir_port}
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingV3AuthInitialVotingInterval {first_votes}
TestingV3AuthVotingStartOffset {votes_at}
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 20
V3AuthVoteDelay 2
V3AuthDistDelay 2
V3BandwidthsFile {base}/bandwidths
AuthDirVoteStableGuaranteeMinUptime 0
AuthDirVoteStableGuaranteeMTBF 0
"""
_CLIENT: Final = """\
DataDirectory {folder}
ControlSocket {folder}/control
SocksPort {ip}:{socks_port}
ClientOnly 1
ClientOnionAuthDir {keys}
"""


@dataclass
class _Node:
    """A relay or authority; `fingerprint` and `identity` are made by `_make_keys`."""

    name: str
    folder: Path
    ip: str
    is_authority: bool
    fingerprint: str = ""
    identity: str = ""

    @property
    def authority_line(self) -> str:
        return (
            f"DirAuthority {self.name} orport={_OR_PORT} no-v2 v3ident={self.identity}"
            f" {self.ip}:{_DIR_PORT} {self.fingerprint}\n"
        )


class PrivateNetwork:
    """A running network for the length of a `with` block.

    In it run the onion services of *instance*, with this network in place of the world's.
    *client_keys* is the folder with `.auth_private` files of the one client. Raises
    `TorMissingError`, `NotReadyError`.
    """

    def __init__(
        self, instance: Instance | None = None, *, client_keys: Path | None = None
    ) -> None:
        # The paths of Unix sockets are short, so the folder is not wherever the caller is.
        self._base = Path(mkdtemp(prefix="wasl-tor-"))
        self._subnet = f"127.{10 + secrets.randbelow(240)}.{secrets.randbelow(256)}"
        self._instance = instance
        self._client_keys = client_keys or self._folder("client-keys")
        self._daemons: list[Daemon] = []
        self._nodes = [
            *(self._node(f"authority{n}", n, True) for n in range(AUTHORITIES)),
            *(self._node(f"relay{n}", AUTHORITIES + n, False) for n in range(RELAYS)),
        ]
        self._client_ip = f"{self._subnet}.{len(self._nodes) + 1}"

    @property
    def socks(self) -> str:
        """`HOST:PORT` of the client."""
        return f"{self._client_ip}:{SOCKS_PORT}"

    @property
    def client_control(self) -> Path:
        return self._base / "client" / "control"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Kill what was started and remove every file of the network."""
        for daemon in self._daemons:
            daemon.end()
        shutil.rmtree(self._base, ignore_errors=True)

    def keep(self) -> None:
        """As a service manager would, start an onion services' tor again that has ended.

        Raises `NotReadyError` if any other part has.
        """
        for daemon in [each for each in self._daemons if each.has_ended]:
            if daemon.name != _ONION:
                raise NotReadyError(f"{daemon.name} ended by itself")
            daemon.restart()
            daemon.wait(_is_bootstrapped, _deadline())

    def _start(self) -> None:
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._make_keys, self._nodes))
        self._write_shared_files()
        self._votes_at = _starts_in_a_moment()
        running = [self._launch_node(node) for node in self._nodes]
        deadline = _deadline()
        for daemon in running[:AUTHORITIES]:
            daemon.wait(_lists(len(self._nodes)), deadline)
        for daemon in running:
            daemon.wait(_has_consensus, deadline, reload=True)
        users = [self._launch_client()]
        if self._instance is not None:
            users.append(self._launch(_ONION, self._instance.torrc, self._instance.control))
        for daemon in users:
            daemon.wait(_is_bootstrapped, deadline)

    def _node(self, name: str, number: int, is_authority: bool) -> _Node:
        return _Node(name, self._folder(name), f"{self._subnet}.{number + 1}", is_authority)

    def _folder(self, name: str) -> Path:
        folder = self._base / name
        folder.mkdir(mode=0o700)
        return folder

    def _make_keys(self, node: _Node) -> None:
        extra: tuple[str, ...] = ()
        if node.is_authority:
            node.identity = _make_authority_keys(node.folder)
            # tor makes no keys for an authority that it does not find in a list.
            unused = f"x orport=1 v3ident={node.identity} 127.0.0.1:1 {'F' * 40}"
            extra = ("--DirAuthority", unused)
        empty = node.folder / "empty"
        empty.touch()
        said = _run(
            *(find(), "--list-fingerprint", "--quiet", "-f", empty, "--defaults-torrc", empty),
            *("--DataDirectory", node.folder, "--Nickname", node.name),
            *("--ORPort", str(_OR_PORT), "--Address", node.ip, *extra),
        )
        node.fingerprint = said.partition(" ")[2].replace(" ", "").strip()

    def _write_shared_files(self) -> None:
        authorities = [node.authority_line for node in self._nodes if node.is_authority]
        self._defaults.write_text(_COMMON + "".join(authorities), "utf-8")
        measured = [f"node_id=${node.fingerprint} bw=1000\n" for node in self._nodes]
        bandwidths = f"{int(time.time())}\n" + "".join(measured)
        (self._base / "bandwidths").write_text(bandwidths, "utf-8")

    @property
    def _defaults(self) -> Path:
        return self._base / "network"

    def _launch_node(self, node: _Node) -> Daemon:
        text = (_RELAY + _AUTHORITY if node.is_authority else _RELAY).format(
            **vars(node),
            base=self._base,
            or_port=_OR_PORT,
            dir_port=_DIR_PORT,
            first_votes=_FIRST_VOTES_SECONDS,
            votes_at=self._votes_at,
        )
        return self._launch_text(node.name, node.folder, text)

    def _launch_client(self) -> Daemon:
        folder = self._folder("client")
        text = _CLIENT.format(
            folder=folder, ip=self._client_ip, socks_port=SOCKS_PORT, keys=self._client_keys
        )
        return self._launch_text("client", folder, text)

    def _launch_text(self, name: str, folder: Path, text: str) -> Daemon:
        torrc = folder / "torrc"
        torrc.write_text(text, "utf-8")
        return self._launch(name, torrc, folder / "control")

    def _launch(self, name: str, torrc: Path, control: Path) -> Daemon:
        log = self._base / f"{name}.log"
        daemon = Daemon(name, torrc, self._defaults, control=control, log=log)
        self._daemons.append(daemon)
        return daemon


def _make_authority_keys(folder: Path) -> str:
    """Write an authority's identity and certificate; return the identity's fingerprint."""
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    command = (find("tor-gencert"), "--create-identity-key", "--passphrase-fd", "0", "-m", "12")
    _run(*command, cwd=keys, stdin="unused\n")
    found = _FINGERPRINT.search((keys / "authority_certificate").read_text("ascii"))
    if found is None:
        raise NotReadyError("tor-gencert wrote no certificate")
    return found[1]


def _run(*command: str | Path, cwd: Path | None = None, stdin: str = "") -> str:
    done = subprocess.run(  # noqa: S603 ours
        list(map(str, command)), cwd=cwd, input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotReadyError(f"{command[0]} failed: {(done.stdout + done.stderr).strip()}")
    return done.stdout


def _starts_in_a_moment() -> int:
    """Sleep until a whole second; return where in an interval of votes it is."""
    time.sleep(-time.time() % 1)
    return round(time.time()) % _FIRST_VOTES_SECONDS


def _deadline() -> float:
    return time.monotonic() + START_SECONDS


def _is_bootstrapped(control: Control) -> bool:
    return bootstrap_progress(control) == COMPLETE


def _has_consensus(control: Control) -> bool:
    return control.info("status/enough-dir-info") == "1"


def _lists(relays: int) -> Callable[[Control], bool]:
    """Whether the consensus of an authority has all *relays*."""

    def is_complete(control: Control) -> bool:
        lines = control.info("ns/all").split("\n")
        return sum(line.startswith("r ") for line in lines) == relays

    return is_complete
