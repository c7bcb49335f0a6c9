"""`wasl keyring`: put signed keyrings where citizens' clients find them."""

from pathlib import Path

import click

from app.cli.site import data_option, load_roots, load_settings, open_database
from app.services import keyrings
from app.services.keyrings import KeyringConflictError
from crypto.errors import CryptoError


@click.group()
def command() -> None:
    """Keyrings: whose keys people seal to, week by week."""


@command.command()
@data_option
@click.argument(
    "notes",
    metavar="NOTE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
def publish(data: Path, notes: tuple[Path, ...]) -> None:
    """Verify keyring NOTEs against the roots and store them, all or none."""
    settings = load_settings(data)
    roots = load_roots(settings)
    with open_database(settings).transaction() as connection:
        for note in notes:
            try:
                keyring = keyrings.publish(
                    connection, note.read_text("utf-8"), roots, settings.origin
                )
            except (CryptoError, KeyringConflictError, UnicodeDecodeError) as exc:
                raise click.ClickException(f"{note}: {exc or type(exc).__name__}") from None
            click.echo(
                f"Keyring {keyring.serial}: week {keyring.week}, "
                f"{len(keyring.recipients)} readers, valid until {keyring.not_after}"
            )
