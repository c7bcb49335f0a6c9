"""`wasl agencies`: publish communication plans."""

from pathlib import Path

import click

from app.cli.site import data_option, load_settings, open_database
from app.domain.agencies import Agency
from app.domain.errors import MalformedTopicError
from app.services import relays


@click.group()
def command() -> None:
    """Agencies: how each is reached, and by when it answers."""


@command.command("import")
@data_option
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
def import_(data: Path, files: tuple[Path, ...]) -> None:
    """Publish the plans in TOML FILEs, all or none; a slug that exists is replaced."""
    with open_database(load_settings(data)).transaction() as connection:
        for file in files:
            try:
                plan = Agency.parse_toml(file.read_text("utf-8"))
            except (MalformedTopicError, UnicodeDecodeError) as exc:
                raise click.ClickException(f"{file}: {exc}") from None
            relays.publish_plan(connection, plan)
            click.echo(f"Agency {plan.slug}: answers within {plan.answer_days} days")
