"""`wasl keyring`: put signed keyrings where citizens' clients find them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_roots, load_settings, open_database
from app.domain.errors import WaslError
from app.services import keyrings, members
from app.services.members import Publishing
from app.web import clock
from crypto.errors import CryptoError

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def command() -> None:
    """Keyrings: whose keys people seal to, week by week."""


@command.command()
@data_option
@click.option("--register", type=_file, help="The new register, by `wasl root admit` or `revoke`.")
@click.option(
    "--application",
    "applications",
    multiple=True,
    type=_file,
    help="The application, with its vouches, of an organisation that the register admits.",
)
@click.argument("notes", metavar="[NOTE]...", nargs=-1, type=_file)
def publish(
    data: Path, register: Path | None, applications: tuple[Path, ...], notes: tuple[Path, ...]
) -> None:
    """Verify keyring NOTEs, and a register, against the roots and store them, all or none.

    Every keyring to come must be as the newest register says: who is removed must be gone from
    the keyrings of the weeks from then on.
    """
    if not notes and register is None:
        raise click.UsageError("name keyrings, a register, or both")
    settings = load_settings(data)
    roots, today = load_roots(settings), clock.today()
    publishing = Publishing([*map(_text, applications)], _text(register) if register else None)
    with open_database(settings).transaction() as connection:
        with _named(register):
            found = members.publish(connection, publishing, roots, settings.origin, today)
        if found:
            click.echo(f"Register {found.serial}: {len(found.members)} organisations")
        for note in notes:
            with _named(note):
                keyring = keyrings.publish(connection, _text(note), roots, settings.origin)
            click.echo(
                f"Keyring {keyring.serial}: week {keyring.week}, "
                f"{len(keyring.recipients)} readers, valid until {keyring.not_after}"
            )
        with _named(None):
            members.require_consistent(connection, roots, settings.origin, today)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path}: not a signed note") from None


@contextmanager
def _named(path: Path | None) -> Iterator[None]:
    """End with the reason, and with the file at fault if it is one."""
    try:
        yield
    except (CryptoError, WaslError) as exc:
        reason = str(exc) or type(exc).__name__
        raise click.ClickException(f"{path}: {reason}" if path else reason) from None
