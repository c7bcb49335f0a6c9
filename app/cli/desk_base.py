"""What all commands of a desk stand on: their arguments, the open desk, the way out."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from app.cli.outcomes import Command, Group
from app.cli.progress import bars
from app.cli.secrets import read_passphrase
from app.client.errors import SiteUnreachableError
from app.client.words import Words
from app.desk import words
from app.desk.desk import Desk
from app.desk.sync import sync, visit
from app.web.clock import today
from crypto.errors import StaleKeyringError

F = TypeVar("F", bound=Callable[..., Any])

folder_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path)
)
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its first line is the passphrase; without it you are asked.",
)
case_argument = click.argument("case_name", metavar="CASE")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def on_desk(function: F) -> F:
    """The arguments of every command that unlocks a desk."""
    return folder_argument(passphrase_option(_json(function)))


class DeskCommand(Command):
    def explain(self, error: Exception) -> Words | None:
        return words.explain(error)


class DeskGroup(Group):
    command_class = DeskCommand


def unlock(folder: Path, passphrase_file: Path | None) -> Desk:
    return Desk.unlock(folder, read_passphrase(passphrase_file))


def ensure_keyring(desk: Desk) -> None:
    """Fetch this week's keyring if the one of the last visit is over."""
    try:
        desk.keyring(today())
    except StaleKeyringError:
        with desk.site() as site:
            visit(desk, site, today())


def sync_if_reachable(desk: Desk, *, quiet: bool) -> None:
    """Send what waits; being offline is no failure, the next sync sends it."""
    with suppress(SiteUnreachableError), desk.site() as site, bars(quiet=quiet) as progress:
        sync(desk, site, today=today(), progress=progress)


def show(answer: Any, as_json: bool, words: str) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else words)
