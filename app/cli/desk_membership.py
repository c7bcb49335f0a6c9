"""`wasl desk apply` and `vouch`: how an organisation comes in, before any root signs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from app.cli.desk_base import DeskCommand, folder_argument, passphrase_option, unlock
from app.desk.desk import Desk
from app.desk.errors import (
    BadApplicationError,
    NotConnectedError,
    NotYoursError,
    OnProbationError,
)
from app.desk.files import replace_file
from app.domain.enrolment import Enrolment, MalformedEnrolmentError
from app.web.clock import today
from crypto.errors import CryptoError, StaleKeyringError
from crypto.membership import VOUCHES, Application, open_application
from crypto.note import add_signature, sign

_file: Final = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("apply", cls=DeskCommand)
@folder_argument
@passphrase_option
@click.option(
    "--with",
    "colleagues",
    multiple=True,
    type=_file,
    help="A file by `wasl desk enrol` of another reviewer of the same organisation.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def apply_command(
    folder: Path, passphrase_file: Path | None, colleagues: tuple[Path, ...], out: Path
) -> None:
    """Write and sign the application of this desk's organisation, for others to vouch for."""
    desk = unlock(folder, passphrase_file)
    profile, device = desk.profile, desk.keystore.secrets.device
    enrolments = list(map(_enrolment, colleagues))
    strangers = [each.reviewer for each in enrolments if each.org != profile.org]
    if strangers:
        raise click.UsageError(f"{strangers[0]} is of another organisation")
    devices = {device.verifier, *(each.device for each in enrolments)}
    application = Application(
        profile.origin,
        profile.org,
        profile.name_ar,
        profile.name_en,
        today(),
        tuple(sorted(devices, key=lambda key: key.encode())),
    )
    replace_file(out, sign(application.encode(), device).encode("utf-8"))
    _show(application)
    click.echo(f"Next: {VOUCHES} organisations that read already sign it with `wasl desk vouch`.")


@click.command("vouch", cls=DeskCommand)
@folder_argument
@click.argument("application", type=_file)
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def vouch_command(folder: Path, application: Path, passphrase_file: Path | None, yes: bool) -> None:
    """Show the APPLICATION of another organisation and, if you vouch for it, sign it."""
    desk = unlock(folder, passphrase_file)
    device = desk.keystore.secrets.device
    try:
        note = application.read_text("utf-8")
        known = {device.verifier: desk.profile.org}
        parsed, vouched = open_application(note, known, origin=desk.profile.origin)
    except (CryptoError, UnicodeDecodeError) as error:
        raise BadApplicationError from error
    _require_may_vouch(desk, parsed)
    _show(parsed)
    if vouched:
        click.echo("You vouch for it already.")
        return
    if not yes:
        click.confirm("Do you know these people, and were these keys read to you?", abort=True)
    replace_file(application, add_signature(note, device).encode("utf-8"))
    click.echo("Signed. The key officers count an organisation once.")


def _enrolment(path: Path) -> Enrolment:
    try:
        return Enrolment.parse(path.read_text("utf-8"))
    except (MalformedEnrolmentError, UnicodeDecodeError):
        raise click.UsageError(f"{path}: not a file by `wasl desk enrol`") from None


def _require_may_vouch(desk: Desk, application: Application) -> None:
    """Raise `NotYoursError` for the own organisation, `OnProbationError`."""
    if application.org == desk.profile.org:
        raise NotYoursError
    with suppress(NotConnectedError, StaleKeyringError):
        if not desk.decides(desk.keyring(today())):
            raise OnProbationError


def _show(application: Application) -> None:
    said = f"{application.name_ar} · {application.name_en} ({application.org})"
    click.echo(f"{said}, {application.written_on}")
    for device in application.devices:
        click.echo(f"  {device.encode()}")


COMMANDS: Final = (apply_command, vouch_command)
