"""`wasl clean`: take out of files what may point to a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

import click

from app.cli.outcomes import REFUSED, Command
from redaction.files import FileCleaner, Report, UnreadableFileError, neutral_name
from redaction.words import words

READ_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of the file at *source*: a new file and a report, or a refusal's code."""

    source: Path
    target: Path | None
    report: Report | None
    refused: str = ""


@click.command("clean", cls=Command)
@click.argument("source", metavar="IN", type=click.Path(exists=True, path_type=Path))
@click.argument("target", metavar="[OUT]", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file.")
def command(source: Path, target: Path | None, as_json: bool) -> None:
    """Write a copy of IN without what tells who, where, when and with what it was made.

    IN may be a folder; every file in it is cleaned. OUT is a file or a folder; without it, and
    in a folder, copies are called file-1.jpg and so on, because names tell as well. Nothing that
    exists is overwritten. Exit code 1 if a file could not be cleaned: no copy is made of it.
    """
    sources = sorted(each for each in source.rglob("*") if each.is_file())
    if source.is_file():
        sources = [source]
    elif target is not None and target.is_file():
        raise click.UsageError(f"{target}: a folder's copies need a folder")
    outcomes = []
    for outcome in _watched(sources, target, quiet=as_json):
        outcomes.append(outcome)
        click.echo(json.dumps(_document(outcome)) if as_json else _said(outcome))
    if any(outcome.refused for outcome in outcomes):
        sys.exit(REFUSED)


def _watched(sources: Sequence[Path], target: Path | None, *, quiet: bool) -> Iterator[Outcome]:
    """Clean one file after the other, with a bar where somebody looks."""
    hidden = quiet or len(sources) < 2 or not sys.stderr.isatty()
    with click.progressbar(sources, label="Cleaning", file=sys.stderr, hidden=hidden) as bar:
        for each in bar:
            yield _clean(each, target)


def _clean(source: Path, target: Path | None) -> Outcome:
    is_folder = target is None or target.is_dir() or target.suffix == ""
    folder = target if target is not None and is_folder else (target or source).parent
    folder.mkdir(parents=True, exist_ok=True)
    # The copy gets its name only when it is whole.
    with NamedTemporaryFile(dir=folder, prefix=".wasl-", delete=False) as spool:
        temporary = Path(spool.name)
        try:
            report = _cleaned(source, spool)
            made = _claimed(folder, report.media) if is_folder else _claim(target)
            temporary.replace(made)
        except UnreadableFileError as exc:
            temporary.unlink()
            return Outcome(source, None, None, exc.code)
        except BaseException:
            temporary.unlink()
            raise
    return Outcome(source, made, report)


def _cleaned(source: Path, copy: IO[bytes]) -> Report:
    cleaner = FileCleaner(source.name)
    with source.open("rb") as reader:
        while data := reader.read(READ_BYTES):
            copy.write(cleaner.update(data))
    copy.write(cleaner.finish())
    return cleaner.report


def _claimed(folder: Path, media: str) -> Path:
    """Return the first neutral name that is free; it is taken from now on."""
    for number in count(1):
        with suppress(FileExistsError):
            path = folder / neutral_name(number, media)
            path.touch(exist_ok=False)
            return path
    raise AssertionError("numbers do not end")


def _claim(target: Path | None) -> Path:
    assert target is not None  # noqa: S101 - for the type checker
    try:
        target.touch(exist_ok=False)
    except FileExistsError:
        raise click.UsageError(f"{target}: exists already") from None
    return target


def _document(outcome: Outcome) -> dict[str, object]:
    if outcome.report is None:
        return {"in": str(outcome.source), "refused": outcome.refused}
    report = outcome.report
    return {
        "in": str(outcome.source),
        "out": str(outcome.target),
        "media": report.media,
        "removed": list(report.removed),
        "warnings": list(report.warnings),
    }


def _said(outcome: Outcome) -> str:
    if outcome.report is None:
        return "\n".join(
            (
                f"{outcome.source}: not cleaned",
                *(f"  {words('errors', outcome.refused, lang)}" for lang in ("en", "ar")),
            )
        )
    lines = [f"{outcome.source} -> {outcome.target}"]
    removed = outcome.report.removed
    in_english = ", ".join(words("categories", each, "en") for each in removed)
    in_arabic = "، ".join(words("categories", each, "ar") for each in removed)
    lines.append(f"  Removed: {in_english or 'nothing was found'}")
    lines.append(f"  ما حذف: {in_arabic or 'لا شيء'}")
    for warning in outcome.report.warnings:
        lines += [f"  {words('warnings', warning, lang)}" for lang in ("en", "ar")]
    return "\n".join(lines)
