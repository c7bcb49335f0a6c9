"""`wasl courier`: a stick between a site and a desk on a machine without a network."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.cli.outcomes import Group
from app.cli.progress import bars
from app.client.courier import Courier, Trip, carry
from app.client.stick import Stick
from app.web.clock import today

_folder = click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))


@click.group("courier", cls=Group)
def command() -> None:
    """Carry sealed messages to a desk without a network, and its answers back.

    DIR is this machine's own folder. Nothing here can open a message or sign for a reviewer.
    """


@command.command("init")
@_folder
@click.argument("url")
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
def init(folder: Path, url: str, socks: str | None) -> None:
    """Make a key in DIR for trips to the site at URL, and print its public half."""
    if (folder / "courier.json").exists():
        raise click.UsageError(f"{folder} has a courier already")
    courier = Courier.create(folder, url, socks)
    click.echo(courier.key.verifier.encode())


@command.command("key")
@_folder
def key(folder: Path) -> None:
    """Print this courier's public key, for `wasl desk connect --courier`."""
    click.echo(_read(folder).key.verifier.encode())


@command.command("carry")
@_folder
@click.argument("stick", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def carry_command(folder: Path, stick: Path, as_json: bool) -> None:
    """Hand in what waits on STICK, then fetch. May be broken off and run again."""
    courier = _read(folder)
    with courier.site() as site, bars(quiet=as_json) as progress:
        after, trip = carry(courier, site, Stick(stick), today=today(), progress=progress)
    after.save(folder)
    click.echo(json.dumps(vars(trip)) if as_json else _words(trip))


def _read(folder: Path) -> Courier:
    try:
        return Courier.read(folder)
    except FileNotFoundError:
        raise click.UsageError(f"{folder} has no courier: `wasl courier init`") from None


def _words(trip: Trip) -> str:
    said = f"Trip {trip.number}. Handed in: {trip.handed_in}. Fetched: {trip.fetched}."
    if trip.refused:
        said += f" Refused: {trip.refused}; the desk will see why."
    if trip.waiting:
        said += f" Held back until the desk has looked: {trip.waiting}."
    return said
