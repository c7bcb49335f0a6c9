"""Which circuit of Tor a request came through.

tor, told `HiddenServiceExportCircuitID haproxy`, begins each connection with a line of the
PROXY protocol whose address is made up: its last 32 bits number the circuit. The number says
nothing about a person and is gone with the circuit. Only tor reaches the socket where
`wasl serve` accepts that line (`listen.onion_socket`, `listen.desk_socket`).
"""

import ipaddress
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

CIRCUITS: Final = ipaddress.ip_network("fc00:dead:beef:4dad::/64")


class Circuits:
    """Remembers the circuit of each open connection.

    gunicorn gives what the line said to the first request of a connection only; without a
    memory all later ones would count as everybody's.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._addresses: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def address(self, environ: dict[str, Any]) -> str:
        """The address that a request counts for, empty if there is none."""
        address: str = environ.get("REMOTE_ADDR", "")
        connection = environ.get("gunicorn.socket")
        if connection is None:
            return address
        with self._lock:
            if "PROXY_PROTOCOL" in environ:
                self._addresses[connection] = address
            return self._addresses.get(connection, address)
