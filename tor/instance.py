"""The folder of an instance's own tor: its torrc, and a `HiddenServiceDir` for each service.

DIR/torrc          what tor is started with
DIR/control        its control socket
DIR/data           what tor keeps for itself
DIR/site           the onion that citizens use
DIR/desk           the reviewers' onion, closed but for authorised clients
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tor import onionbalance, program
from tor.client_auth import AuthorisedClients
from tor.onion import SECRET_FILE, OnionKey, read_key, write_key
from tor.torrc import OnionService, Target, Torrc

SITE: Final = "site"
DESK: Final = "desk"
_NAMES: Final = (SITE, DESK)


@dataclass(frozen=True)
class Instance:
    """Belongs to the user that tor runs as; nobody else may read it."""

    root: Path

    @property
    def torrc(self) -> Path:
        return self.root / "torrc"

    @property
    def control(self) -> Path:
        return self.root / "control"

    def service(self, name: str) -> Path:
        return self.root / name

    def addresses(self) -> Mapping[str, str]:
        """The address of each service that has a key, by name."""
        return {name: read_key(self.service(name)).address for name in _NAMES if self._has(name)}

    def set_up(self, targets: Mapping[str, Target], *, frontend: str | None = None) -> None:
        """Make what is missing, keep every key that is there, and write a torrc that tor accepts.

        *targets* are the services by name: `SITE`, `DESK`. *frontend* is the address of
        OnionBalance for which the site is a backend. Raises `TorMissingError`,
        `TorrcRefusedError`.
        """
        features = program.features()
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in targets:
            if not self._has(name):
                write_key(self.service(name), OnionKey.generate())
        if DESK in targets:
            AuthorisedClients(self.service(DESK)).close()
        if frontend:
            onionbalance.write_backend(self.service(SITE), frontend)
        services = [
            OnionService(self.service(name), target, is_backend=bool(frontend) and name == SITE)
            for name, target in targets.items()
        ]
        text = Torrc(self.root / "data", self.control, services).render(features)
        program.verify(text)
        self.torrc.write_text(text, "utf-8")

    def _has(self, name: str) -> bool:
        return (self.service(name) / SECRET_FILE).exists()
