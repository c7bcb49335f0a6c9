"""TOML files that operators publish: all of them or none, and the file at fault is named."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from app.domain.errors import MalformedTopicError

T = TypeVar("T")

files_argument = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)


def parsed(files: Sequence[Path], parse: Callable[[str], T]) -> Iterator[T]:
    """What stands in *files*; `click.ClickException` names the file that cannot be published."""
    for file in files:
        try:
            yield parse(file.read_text("utf-8"))
        except (MalformedTopicError, UnicodeDecodeError) as exc:
            raise click.ClickException(f"{file}: {exc}") from None
