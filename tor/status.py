"""How a running tor and its onion services are, asked over the control socket.

A descriptor counts as published when it can be fetched again from the network, not when tor
believes that it has sent it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tor.control import Control
from tor.errors import ControlError

COMPLETE: Final = 100
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
    with Control(control_socket, timeout=_FETCH_SECONDS) as control:
        control.ask("SETEVENTS HS_DESC")
        control.ask(f"HSFETCH {name}")
        try:
            return _was_received(control, name)
        except ControlError:
            return False


def _was_received(control: Control, name: str) -> bool:
    """False once every directory that was asked has failed."""
    open_requests = 0
    for event in control.events():
        kind, action, address, *_ = event.split()
        if (kind, address) != ("HS_DESC", name):
            continue
        if action == "RECEIVED":
            return True
        open_requests += {"REQUESTED": 1, "FAILED": -1}.get(action, 0)
        if action == "FAILED" and open_requests <= 0:
            return False
    return False
