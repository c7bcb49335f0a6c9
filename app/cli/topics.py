"""`wasl topics`: put topics on the site."""

from pathlib import Path

import click

from app.cli.site import data_option, load_settings, open_database
from app.domain.errors import MalformedTopicError
from app.domain.topics import Topic
from app.services import topics


@click.group()
def command() -> None:
    """Topics: what people are asked about."""


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
    """Store the topics in TOML FILEs, all or none; a slug that exists is replaced."""
    with open_database(load_settings(data)).transaction() as connection:
        for file in files:
            try:
                topic = Topic.parse_toml(file.read_text("utf-8"))
            except (MalformedTopicError, UnicodeDecodeError) as exc:
                raise click.ClickException(f"{file}: {exc}") from None
            topics.publish(connection, topic)
            click.echo(f"Topic {topic.slug}: {topic.opens} to {topic.closes or 'no end yet'}")
