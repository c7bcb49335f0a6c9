"""`wasl init`: a new instance's folder: settings, keys, database."""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from app.cli.site import open_blobs
from app.log_keys import release_key_name
from app.settings import FILE_NAME, Settings
from app.store.blobs import sync_folder
from app.store.engine import open_engine
from app.store.migrate import upgrade
from crypto.commitment import promise_key_name
from crypto.errors import MalformedError
from crypto.keyring import Roots
from crypto.note import NoteKey, SeedKey, SigningKey
from crypto.tlog.cosignature import MlDsa44Key, has_ml_dsa
from crypto.tlog.policy import NONE as NO_QUORUM
from crypto.tlog.policy import KnownLog, Policy

_TEMPLATE: Final = """\
# Settings of one Wasl instance; `wasl serve` reads them when it starts.
# What is not here has a default that is safe in production: see the README.

# The instance's name in everything signed. It can never change.
origin = {origin}

# Where people reach it, and where the quick exit leads.
site_url = {site_url}
exit_url = {exit_url}

# How to reach whoever runs it; shown on the privacy page.
contact = {contact}

# true for an onion service: no HSTS, and no advice to use Tor.
onion = {onion}

# The onion twin of a site on the open web, as `wasl tor setup` prints it.
onion_url = {onion_url}

[listen]
host = {host}
port = {port}
# A Unix socket for the proxy, instead of host and port.
socket = {socket}
# Two for tor alone; if the second is named, desks are served there and nowhere else.
onion_socket = {onion_socket}
desk_socket = {desk_socket}
"""

_DEFAULT_EXIT: Final = "https://www.wikipedia.org/"


class CannotInitError(Exception):
    """The message says what is in the way."""


@click.command()
@click.argument("data", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--origin", required=True, help="Name in everything signed, such as wasl.example.")
@click.option(
    "--roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The roots.txt that `wasl root init` wrote.",
)
@click.option("--site-url", help="Where people reach the site [https://ORIGIN].")
@click.option(
    "--exit-url", default=_DEFAULT_EXIT, show_default=True, help="Where the quick exit leads."
)
@click.option("--contact", default="", help="How to reach the operator.")
@click.option("--onion", is_flag=True, help="This is an onion service.")
@click.option("--onion-url", default="", help="The onion twin of a site on the open web.")
@click.option("--socket", default="", help="A Unix socket, instead of host and port.")
@click.option("--onion-socket", default="", help="A Unix socket for tor alone.")
@click.option("--desk-socket", default="", help="Another one, for the desk's onion alone.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65_535))
def command(
    data: Path,
    origin: str,
    roots: Path | None,
    site_url: str | None,
    exit_url: str,
    contact: str,
    onion: bool,
    onion_url: str,
    socket: str,
    onion_socket: str,
    desk_socket: str,
    host: str,
    port: int,
) -> None:
    """Create the folder DIR of a new instance: settings, keys, database."""
    try:
        settings = initialise(
            data,
            origin=origin,
            roots=roots.read_text("utf-8") if roots else None,
            site_url=site_url or f"{'http' if onion else 'https'}://{origin}",
            exit_url=exit_url,
            contact=contact,
            onion=onion,
            onion_url=onion_url,
            socket=socket,
            onion_socket=onion_socket,
            desk_socket=desk_socket,
            host=host,
            port=port,
        )
    except Exception as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(f"Made {settings.data}. Its settings are in {data / FILE_NAME}.")
    if roots is None:
        click.echo(f"Next: put the roots.txt of `wasl root init` at {settings.roots_path}.")
    click.echo("Then `wasl keyring publish`, `wasl topics import`, `wasl rules draft`, and")
    click.echo("`wasl serve` and `wasl sequence` side by side.")


def initialise(
    data: Path,
    *,
    origin: str,
    roots: str | None,
    site_url: str,
    exit_url: str = _DEFAULT_EXIT,
    contact: str = "",
    onion: bool = False,
    onion_url: str = "",
    socket: str = "",
    onion_socket: str = "",
    desk_socket: str = "",
    host: str = "127.0.0.1",
    port: int = 8080,
) -> Settings:
    """Create an instance in *data*, which must be empty or not exist.

    Raises `CannotInitError`, `SettingsError`; then the folder may be half made.
    """
    _require_empty(data)
    if roots is not None:
        _require_roots(roots)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = _TEMPLATE.format(
        origin=_toml(origin),
        site_url=_toml(site_url),
        exit_url=_toml(exit_url),
        contact=_toml(contact),
        onion="true" if onion else "false",
        onion_url=_toml(onion_url),
        socket=_toml(socket),
        onion_socket=_toml(onion_socket),
        desk_socket=_toml(desk_socket),
        host=_toml(host),
        port=port,
    )
    _write(data / FILE_NAME, text.encode())
    settings = Settings.load(data)
    _make_keys(settings)
    if roots is not None:
        _write(settings.roots_path, roots.encode())
    open_blobs(settings).prepare()
    settings.uploads_path.mkdir(mode=0o700)
    upgrade(open_engine(settings.database_url))
    sync_folder(data)
    return settings


def _require_empty(data: Path) -> None:
    if data.exists() and any(data.iterdir()):
        raise CannotInitError(f"{data} is not empty; an instance is never made over another")


def _require_roots(text: str) -> None:
    try:
        Roots.parse(text)
    except MalformedError:
        raise CannotInitError("--roots: not a roots.txt that `wasl root init` wrote") from None


def _make_keys(settings: Settings) -> None:
    settings.promise_key_path.parent.mkdir(mode=0o700)
    origin = settings.origin
    log_key = SigningKey.generate(origin)
    keys: dict[Path, SeedKey] = {
        settings.promise_key_path: SigningKey.generate(promise_key_name(origin)),
        settings.release_key_path: SigningKey.generate(release_key_name(origin)),
        settings.log_key_path: log_key,
    }
    if has_ml_dsa():
        keys[settings.ml_dsa_key_path] = MlDsa44Key.generate(origin)
    for path, key in keys.items():
        _write(path, key.encode().encode() + b"\n")
    _write(settings.session_key_path, secrets.token_bytes(32))
    sync_folder(settings.promise_key_path.parent)
    verifiers = [key.verifier for key in keys.values() if key.name == origin]
    _write(settings.policy_path, unwitnessed(verifiers, settings.site_url).encode().encode())


def unwitnessed(log_keys: Sequence[NoteKey], site_url: str) -> Policy:
    """The policy of a log that has no witnesses yet."""
    url = f"{site_url.rstrip('/')}/log"
    return Policy(tuple(KnownLog(key, url) for key in log_keys), (), (), NO_QUORUM)


def _toml(text: str) -> str:
    # A JSON string is a TOML basic string, but for the one control character that TOML bars.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write(path: Path, content: bytes) -> None:
    """Create *path*, readable by its owner only."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(descriptor)
