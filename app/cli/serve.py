"""`wasl serve`: begins again with a `malloc` that clears, before anything large is loaded."""

from pathlib import Path

import click

from app.cli.clearing import restart_clearing
from app.cli.options import data_option


@click.command()
@data_option
def command(data: Path) -> None:
    """Serve the site in the folder DATA until SIGTERM."""
    restart_clearing()
    from app.cli.serving import serve  # noqa: PLC0415 once, by the process that stays

    serve(data)
