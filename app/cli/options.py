"""Options that several commands have. Nothing large is loaded for them."""

from pathlib import Path

import click

data_option = click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The instance's folder, made by `wasl init`.",
)
