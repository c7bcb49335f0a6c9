"""Several backends behind one address: the files that OnionBalance (v3) and its backends read.

The frontend's key lies with OnionBalance alone; each backend has a key of its own and is told
the frontend's address.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tor.onion import write_private
from tor.torrc import ONIONBALANCE_FILE, check_path


def render(key_file: Path, backends: Sequence[str]) -> str:
    """`config.yaml` of OnionBalance for one frontend. Written as JSON, which is YAML."""
    instances = [
        {"name": f"backend{number}", "address": address}
        for number, address in enumerate(backends, start=1)
    ]
    service = {"key": check_path(key_file), "instances": instances}
    return json.dumps({"services": [service]}, indent=2) + "\n"


def write_backend(service: Path, frontend: str) -> None:
    """Tell the service in a `HiddenServiceDir` which address it also answers for."""
    file = service / ONIONBALANCE_FILE
    file.unlink(missing_ok=True)
    write_private(file, f"MasterOnionAddress {frontend}\n".encode())
