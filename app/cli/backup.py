"""`wasl backup` and `wasl restore`: a running site in one file that only an offline key opens."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import click

from app.backup.create import Progress, create
from app.backup.format import BackupError
from app.backup.restore import restore
from app.cli.options import data_option
from app.cli.secrets import read_identity, read_recipient, read_text
from app.cli.site import load_settings, open_blobs
from app.store.blobs import sync_folder
from app.store.storage_keys import StorageKeysError
from app.web import clock

_file = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@data_option
@click.option(
    "--recipient",
    required=True,
    help="age1pq1… of a key that is kept offline, or a file with it.",
)
@click.argument("out", metavar="OUT", type=_file)
def backup_command(data: Path, recipient: str, out: Path) -> None:
    """Seal a copy of the site in DATA, which may go on running, into the new file OUT."""
    settings = load_settings(data)
    opener = read_recipient(recipient)
    try:
        with _new_file(out) as file, _bar("Sealing") as progress:
            made = create(
                settings, open_blobs(settings), opener, file, today=clock.today(), progress=progress
            )
    except (BackupError, StorageKeysError) as exc:
        raise click.ClickException(str(exc)) from None
    except FileExistsError:
        raise click.ClickException(f"{out} is there already") from None
    click.echo(f"{out}: {made.header.origin}, {made.header.leaves} leaves, {made.blobs} blobs")
    for path in made.elsewhere:
        click.echo(f"Not in the backup, because it is outside {settings.data}: {path}", err=True)


@click.command("restore")
@click.option(
    "--identity", required=True, metavar="FILE", help="The offline key; - for standard input."
)
@click.option(
    "--checkpoint",
    type=_file,
    help="The newest checkpoint of the log that anybody has: an auditor's, or a mirror's.",
)
@click.argument("backup", metavar="BACKUP", type=click.Path(path_type=Path, exists=True))
@click.argument("data", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def restore_command(identity: str, checkpoint: Path | None, backup: Path, data: Path) -> None:
    """Make the new folder DIR of a BACKUP. It is served once its log was found to be the newest."""
    opener = read_identity(identity)
    known = read_text(str(checkpoint)) if checkpoint else None
    try:
        back = restore(backup, opener, data, today=clock.today(), checkpoint=known)
    except BackupError as exc:
        raise click.ClickException(str(exc)) from None
    click.echo(f"{data}: {back.header.origin} as on {back.header.day}, {back.blobs} blobs")
    if back.overdue:
        click.echo(f"Not restored, because their time is over: {back.overdue} blobs")
    click.echo(
        f"Its log has {back.header.leaves} leaves. Now `wasl sequence --data {data}`", nl=False
    )
    click.echo(
        ", and then `wasl serve`." if known else ", after reading what it says of the guard."
    )


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there when it is whole and durable, and not at all otherwise."""
    if path.exists():
        raise FileExistsError
    part = path.with_name(f".{path.name}.part")
    try:
        part.touch(mode=0o600)
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.absolute().parent)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    """A progress bar where somebody looks."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show
