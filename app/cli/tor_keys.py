"""Onion keys on a stick: backed up as an age file, restored from one.

Who holds the key *is* the site, so the backup is sealed to a key that is made and kept offline.
Inside is tor's own `hs_ed25519_secret_key`: any age program opens it, any tor reads it.
"""

from pathlib import Path
from typing import Final

import click

from app.cli.secrets import read_identity, read_text
from app.cli.tor_base import TorCommand
from crypto.age import Identity, Recipient, decrypt, encrypt
from crypto.errors import CryptoError, MalformedError
from tor.onion import OnionKey, read_key, write_key, write_private

_COMMENT: Final = "#"
_MAX_BACKUP_BYTES: Final = 65_536
_service = click.Path(path_type=Path, file_okay=False)
_new_file = click.Path(path_type=Path, dir_okay=False)


@click.command("backup-key", cls=TorCommand)
@click.argument("file", metavar="FILE", type=_new_file)
def backup_key(file: Path) -> None:
    """Offline: make the key that opens backups in FILE; print its recipient, for `backup`."""
    identity = Identity.generate()
    recipient = identity.recipient.encode()
    write_private(file, f"# public key: {recipient}\n{identity.encode()}\n".encode())
    click.echo(recipient)


@click.command(cls=TorCommand)
@click.argument("service", metavar="SERVICE", type=_service)
@click.option("--to", "recipients", required=True, help="A file with what `backup-key` printed.")
@click.option("--out", required=True, type=_new_file, help="The age file to write.")
def backup(service: Path, recipients: str, out: Path) -> None:
    """Seal the key of the onion service in the folder SERVICE."""
    key = read_key(service)
    try:
        openers = [Recipient.parse(line) for line in _lines(recipients)]
    except MalformedError:
        raise click.ClickException(f"{recipients}: not what `backup-key` printed") from None
    write_private(out, encrypt(key.encode(), openers))
    click.echo(f"{out}: the key of {key.address}. Keep it away from this machine.")


@click.command(cls=TorCommand)
@click.argument("file", metavar="BACKUP", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("service", metavar="SERVICE", type=_service)
@click.option(
    "--identity", required=True, metavar="FILE", help="What `backup-key` made; - for stdin."
)
def restore(file: Path, service: Path, identity: str) -> None:
    """Put the key of a BACKUP into the new folder SERVICE: the address comes back with it."""
    opener = read_identity(identity)
    with file.open("rb") as sealed:
        untrusted = sealed.read(_MAX_BACKUP_BYTES)
    try:
        key = OnionKey.parse(decrypt(untrusted, [opener]))
    except CryptoError:
        raise click.ClickException(f"{file}: this identity does not open it") from None
    write_key(service, key)
    click.echo(f"{service}: {key.address}")


def _lines(file: str) -> list[str]:
    """The lines of an age key file; `#` begins a comment."""
    lines = read_text(file).splitlines()
    return [line for line in lines if line and not line.startswith(_COMMENT)]
