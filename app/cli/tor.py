"""`wasl tor`: onion services of an instance, and a Tor network of one's own for trying them.

Run it as the user that tor runs as; on Debian that is `sudo -u debian-tor wasl tor …`.
"""

import json
import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click

from app.cli.tor_base import TorGroup
from app.cli.tor_client_auth import client_auth
from app.cli.tor_keys import backup, backup_key, restore
from tor import onionbalance, program
from tor.errors import NotReadyError
from tor.instance import DESK, SITE, Instance
from tor.status import Status, read_status
from tor.testnet import PrivateNetwork
from tor.torrc import Target

_PAUSE_SECONDS: Final = 0.5
_PUBLISH_SECONDS: Final = 60
_folder = click.Path(path_type=Path, file_okay=False)
_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group(cls=TorGroup)
def command() -> None:
    """Onion services: set up, look after, back up, close to strangers; a network for trying."""


command.add_command(client_auth)
command.add_command(backup_key)
command.add_command(backup)
command.add_command(restore)


@command.command()
@click.argument("folder", metavar="DIR", type=_folder)
@click.option(
    "--target",
    required=True,
    help="unix:/PATH, the site's `listen.onion_socket`; or 127.0.0.1:PORT, without circuits.",
)
@click.option("--desk-target", help="The site's `listen.desk_socket` [the same as for the site].")
@click.option("--no-desk", is_flag=True, help="No onion of their own for reviewers.")
@click.option(
    "--onionbalance",
    "frontend",
    metavar="ADDRESS",
    help="The frontend's address; this is a backend.",
)
def setup(
    folder: Path, target: str, desk_target: str | None, no_desk: bool, frontend: str | None
) -> None:
    """Make keys and a torrc in DIR that the tor of this machine accepts. Keys there stay."""
    instance = Instance(folder.absolute())
    targets = {SITE: Target.parse(target)}
    if not no_desk:
        targets[DESK] = Target.parse(desk_target or target)
    instance.set_up(targets, frontend=frontend)
    addresses = instance.addresses()
    click.echo(
        f"{instance.torrc}: tor accepts it. Start tor with it, then `wasl tor status {folder}`."
    )
    click.echo(f'In wasl.toml: onion_url = "http://{addresses[SITE]}"')
    if DESK in addresses:
        click.echo(
            f"Reviewers: http://{addresses[DESK]}, for those in `wasl tor client-auth` only."
        )


@command.command()
@click.argument("torrc", type=_file)
def check(torrc: Path) -> None:
    """Ask the tor of this machine whether it accepts a TORRC; say what puts it right if not."""
    program.verify(torrc.read_text("utf-8"))
    click.echo(f"{torrc}: tor {program.features().version} accepts it.")


@command.command()
@click.argument("folder", metavar="DIR", type=_folder)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(folder: Path, as_json: bool) -> None:
    """How the running tor of DIR and its onion services are. Exit code 1 if one is not well."""
    instance = Instance(folder.absolute())
    state = read_status(instance.control, instance.addresses())
    click.echo(_as_json(state) if as_json else _in_words(state))
    if not state.is_well:
        raise SystemExit(1)


def _as_json(state: Status) -> str:
    services = {
        each.name: {
            "address": each.address,
            "published": each.is_published,
            "introduction_points": each.introduction_points,
        }
        for each in state.services
    }
    return json.dumps(
        {"version": state.version, "bootstrapped": state.progress, "services": services}
    )


def _in_words(state: Status) -> str:
    lines = [f"tor {state.version}, bootstrapped to {state.progress} %"]
    for each in state.services:
        published = "published" if each.is_published else "NOT PUBLISHED"
        lines.append(
            f"{each.name:<5} {each.address}  {published},"
            f" {each.introduction_points} introduction points"
        )
    return "\n".join(lines)


@command.command("onionbalance")
@click.option("--key", required=True, type=_file, help="The frontend's hs_ed25519_secret_key.")
@click.argument("backends", metavar="ADDRESS...", nargs=-1, required=True)
def onionbalance_command(key: Path, backends: tuple[str, ...]) -> None:
    """Print the config.yaml with which OnionBalance puts one address before several BACKENDS."""
    click.echo(onionbalance.render(key.absolute(), backends), nl=False)


@command.command()
@click.argument("folder", metavar="[DIR]", type=_folder, required=False)
@click.option("--client-keys", type=_folder, help="Folder of .auth_private files for the client.")
@click.option("--facts", type=click.Path(path_type=Path), help="Write what runs where, as JSON.")
def testnet(folder: Path | None, client_keys: Path | None, facts: Path | None) -> None:
    """Run a Tor network on this machine alone, and in it the onion services of DIR.

    For tests and demonstrations: it hides nobody. It ends with Ctrl+C, or with the program
    that started it.
    """
    signal.signal(signal.SIGTERM, _end)
    parent = os.getppid()
    try:
        instance = None if folder is None else Instance(folder.absolute())
        keys = client_keys and client_keys.absolute()
        with PrivateNetwork(instance, client_keys=keys) as network:
            if instance is not None:
                _wait_until_published(instance)
            said = _facts(network, folder)
            click.echo(said)
            if facts is not None:
                _write_whole(facts, said)
            while os.getppid() == parent:
                network.keep()
                time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        click.echo("Ending.")


def _wait_until_published(instance: Instance) -> None:
    """Return when the network knows each of its services."""
    deadline = time.monotonic() + _PUBLISH_SECONDS
    while not read_status(instance.control, instance.addresses()).is_well:
        if time.monotonic() > deadline:
            raise NotReadyError(f"the services of {instance.root} were not published in time")
        time.sleep(_PAUSE_SECONDS)


def _facts(network: PrivateNetwork, folder: Path | None) -> str:
    services = {} if folder is None else Instance(folder.absolute()).addresses()
    facts = {
        "socks": network.socks,
        "client_control": str(network.client_control),
        "services": dict(services),
    }
    return json.dumps(facts)


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file never reads half of it."""
    partial = path.with_name(f"{path.name}.new")
    partial.write_text(f"{text}\n", "utf-8")
    partial.replace(path)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
