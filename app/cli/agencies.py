"""`wasl agencies`: publish communication plans."""

from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_settings, open_database
from app.cli.toml_files import files_argument, parsed
from app.domain.agencies import Agency
from app.services import relays


@click.group()
def command() -> None:
    """Agencies: how each is reached, and by when it answers."""


@command.command("import")
@data_option
@files_argument
def import_(data: Path, files: tuple[Path, ...]) -> None:
    """Publish the plans in TOML FILEs, all or none; a slug that exists is replaced."""
    with open_database(load_settings(data)).transaction() as connection:
        for plan in parsed(files, Agency.parse_toml):
            relays.publish_plan(connection, plan)
            click.echo(f"Agency {plan.slug}: answers within {plan.answer_days} days")
