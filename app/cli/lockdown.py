"""`wasl lockdown`: let a running site be read and nothing more, and end that again."""

from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_settings
from app.store import lockdown


@click.group()
def command() -> None:
    """Let the site be read only; it notices at once and says so on every page."""


@command.command()
@data_option
def on(data: Path) -> None:
    """Take nothing more: no submission, no reply, no decision. Reading and the log go on."""
    lockdown.lock(load_settings(data).data)
    click.echo("Locked down: the site can only be read.")


@command.command()
@data_option
def off(data: Path) -> None:
    """Take messages again."""
    lockdown.unlock(load_settings(data).data)
    click.echo("Open: the site takes messages.")


@command.command()
@data_option
def status(data: Path) -> None:
    """Say whether the site is locked down."""
    is_locked = lockdown.is_locked(load_settings(data).data)
    click.echo("Locked down." if is_locked else "Open.")
