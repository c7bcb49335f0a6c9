"""`wasl witness`: a small witness for anyone who wants to keep a log honest.

It runs apart from every site, needs next to nothing, and cosigns each tree of the logs it
knows that continues the one before.
"""

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from app.witness.memory import Memory
from app.witness.web import create_app
from app.witness.witness import Witness
from crypto.errors import MalformedError
from crypto.note import ED25519, NoteKey
from crypto.tlog.cosignature import ML_DSA_44_COSIGNATURE, WitnessKey, parse_key

_KEY: Final = "witness.key"
_LOGS: Final = "logs.txt"
_MEMORY: Final = "seen.sqlite3"
_THREADS: Final = 8
_folder = click.Path(path_type=Path, file_okay=False)


@click.group()
def command() -> None:
    """A witness: it vouches that a log has one history."""


@command.command()
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--name", required=True, help="The witness's name, such as ngo.example/witness.")
@click.option("--log", "logs", multiple=True, help="A key of a log to cosign, as its intake has.")
def init(folder: Path, name: str, logs: tuple[str, ...]) -> None:
    """Make a witness's key in DIR and the list of logs that it knows, logs.txt."""
    try:
        key = WitnessKey.generate(name)
        known = [_log_key(vkey).encode() for vkey in logs]
    except MalformedError as exc:
        raise click.ClickException(str(exc)) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _create(folder / _KEY, f"{key.encode()}\n")
    _create(folder / _LOGS, "".join(f"{vkey}\n" for vkey in known))
    click.echo(key.verifier.encode())


@command.command()
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--socket", type=click.Path(path_type=Path), help="A Unix socket, instead of host and port."
)
def serve(folder: Path, host: str, port: int, socket: Path | None) -> None:
    """Cosign for the logs in logs.txt until SIGTERM; put TLS or an onion service in front."""
    witness = open_witness(folder)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if socket is not None:
        address = f"unix:{socket.absolute()}"
    _Server(witness, address).run()


def open_witness(folder: Path) -> Witness:
    """The witness in a folder, or an end with the reason."""
    try:
        key = WitnessKey.parse((folder / _KEY).read_text("ascii").removesuffix("\n"))
        logs = read_logs((folder / _LOGS).read_text("utf-8"))
    except FileNotFoundError as exc:
        raise click.ClickException(
            f"{exc.filename} is not there: run `wasl witness init`"
        ) from None
    except (MalformedError, UnicodeDecodeError):
        raise click.ClickException(f"{folder}: {_KEY} or {_LOGS} holds no keys") from None
    return Witness(key, logs, Memory(folder / _MEMORY), lambda: int(time.time()))


def read_logs(text: str) -> Mapping[str, Sequence[NoteKey]]:
    """Keys by origin: one to a line, `#` begins a comment. Raises `MalformedKeyError`."""
    logs: dict[str, list[NoteKey]] = defaultdict(list)
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            key = _log_key(line)
            logs[key.name].append(key)
    return logs


def _log_key(untrusted: str) -> NoteKey:
    return parse_key(untrusted, ED25519, ML_DSA_44_COSIGNATURE)


def _create(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{path} exists; a witness is never made twice") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, witness: Witness, address: str) -> None:
        self._witness = witness
        self._address = address
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": self._address,
            "umask": 0o007,
            "workers": 1,
            "worker_class": "gthread",
            "threads": _THREADS,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "forwarded_allow_ips": "",
            "proxy_allow_ips": "",
            "control_socket_disable": True,
            "proc_name": "wasl-witness",
        }
        for key, value in options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        return create_app(self._witness)
