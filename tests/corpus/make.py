"""The whole corpus; `python -m tests.corpus.make FOLDER` writes it out to look at."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from tests.corpus.entry import Entry
from tests.corpus.families import (
    docx,
    film,
    packages,
    pdf,
    photos,
    pictures,
    plain,
    refused,
    sheets,
    sounds,
)

FAMILIES = (docx, sheets, pdf, film, sounds, pictures, packages, plain, photos, refused)


@functools.cache
def corpus() -> tuple[Entry, ...]:
    """Every file, family by family; names are unique."""
    made = tuple(entry for family in FAMILIES for entry in family.entries())
    assert len({entry.name for entry in made}) == len(made)
    return made


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in corpus():
        extension = entry.declared.rpartition(".")[2]
        (folder / f"{entry.name}.{extension}").write_bytes(entry.data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
