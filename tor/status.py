"""How a running tor and its onion services are, asked over the control socket.

A descriptor counts as published when it can be fetched again from the network. tor asks no
directory twice within some 15 minutes; when it has just asked all, its own word must do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tor.control import Control
from tor.errors import ControlError

COMPLETE: Final = 100
_ASK_SECONDS: Final = 3
_FETCH_SECONDS: Final = 20
_PROGRESS: Final = re.compile(r"PROGRESS=([0-9]+)")


@dataclass(frozen=True)
class ServiceStatus:
    """One onion service; `introduction_points` are those that are ready."""

    name: str
    address: str
    is_published: bool
    introduction_points: int

    @property
    def is_reachable(self) -> bool:
        return self.is_published and self.introduction_points > 0


@dataclass(frozen=True)
class Status:
    """`progress` of the bootstrap is in percent."""

    version: str
    progress: int
    services: tuple[ServiceStatus, ...]

    @property
    def is_well(self) -> bool:
        return self.progress == COMPLETE and all(each.is_reachable for each in self.services)


def read_status(control_socket: Path, addresses: Mapping[str, str]) -> Status:
    """The state of tor and of the services whose *addresses* are given by name."""
    with Control(control_socket) as control:
        progress = bootstrap_progress(control)
        services = {
            name: ServiceStatus(
                name=name,
                address=address,
                is_published=progress == COMPLETE and is_published(control_socket, address),
                introduction_points=introduction_points(control, address),
            )
            for name, address in addresses.items()
        }
        return Status(control.info("version"), progress, tuple(services.values()))


def bootstrap_progress(control: Control) -> int:
    found = _PROGRESS.search(control.info("status/bootstrap-phase"))
    return int(found[1]) if found else 0


def introduction_points(control: Control, address: str) -> int:
    """How many circuits to introduction points of the service are established."""
    name = address.removesuffix(".onion")
    circuits = [line.split() for line in control.info("circuit-status").split("\n")]
    return sum(
        {"PURPOSE=HS_SERVICE_INTRO", "HS_STATE=HSSI_ESTABLISHED", f"REND_QUERY={name}"} <= set(each)
        for each in circuits
    )


def is_published(control_socket: Path, address: str) -> bool:
    """Whether the network gives the service's descriptor to whoever asks for it."""
    name = address.removesuffix(".onion")
    outcome = _fetch(control_socket, name)
    if outcome == "not asked":
        return _has_descriptor(control_socket, name)
    return outcome == "received"


def _fetch(control_socket: Path, name: str) -> Literal["received", "failed", "not asked"]:
    """`not asked` if tor has lately asked every directory there is, and so asks none."""
    requests = failures = 0
    with Control(control_socket, timeout=_ASK_SECONDS) as control:
        control.ask("SETEVENTS HS_DESC")
        control.ask(f"HSFETCH {name}")
        try:
            for event in control.events():
                kind, action, address, *_ = event.split()
                if (kind, address) != ("HS_DESC", name):
                    continue
                if action == "RECEIVED":
                    return "received"
                requests += action == "REQUESTED"
                failures += action == "FAILED"
                if failures and failures >= requests:
                    return "failed"
                control.wait_at_most(_FETCH_SECONDS)
        except ControlError:
            pass
    return "failed" if requests else "not asked"


def _has_descriptor(control_socket: Path, name: str) -> bool:
    """Whether tor has a descriptor of its service, which it publishes by itself."""
    with Control(control_socket) as control:
        try:
            return bool(control.info(f"hs/service/desc/id/{name}"))
        except ControlError:
            return False
