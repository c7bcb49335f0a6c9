"""`wasl topics`: put topics on the site."""

from pathlib import Path

import click

from app.cli.options import data_option
from app.cli.site import load_settings, open_database
from app.cli.toml_files import files_argument, parsed
from app.domain.topics import Topic
from app.services import topics


@click.group()
def command() -> None:
    """Topics: what people are asked about."""


@command.command("import")
@data_option
@files_argument
def import_(data: Path, files: tuple[Path, ...]) -> None:
    """Store the topics in TOML FILEs, all or none; a slug that exists is replaced."""
    with open_database(load_settings(data)).transaction() as connection:
        for topic in parsed(files, Topic.parse_toml):
            topics.publish(connection, topic)
            click.echo(f"Topic {topic.slug}: {topic.opens} to {topic.closes or 'no end yet'}")
