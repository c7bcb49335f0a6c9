"""`wasl field`: what field partners carry. Nothing here reads a submission, or could."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from app.cli.field_sources import Source, source_options
from app.cli.outcomes import Group
from app.field.kit import Kit

MAX_FORMS: Final = 500
"""More are printed in several files: each is a pile that somebody must guard."""


@click.group(cls=Group)
def command() -> None:
    """The field kit: an offline page that seals, and paper forms with slips."""


_topics = click.option(
    "--topic",
    "slugs",
    multiple=True,
    metavar="SLUG",
    help="An open topic; may be repeated. None: all that are open.",
)
_language = click.option(
    "--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True, help="Language."
)


@command.command("page")
@source_options
@_topics
@_language
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def page(source: Source, slugs: Sequence[str], lang: str, out: Path) -> None:
    """Write the offline page as one HTML file. It needs no network ever again.

    The page seals to this week's keys and says until when. Two people who make it on one day get
    the same bytes, so the digest that is printed can be compared over the telephone.
    """
    from app.field.page import page_bytes, script_digest  # noqa: PLC0415 loads the pages' words

    kit = source.kit(slugs)
    html = page_bytes(kit, "en" if lang == "en" else "ar")
    out.write_bytes(html)
    click.echo(f"{out}: {len(html)} bytes, SHA-256 {hashlib.sha256(html).hexdigest()}")
    click.echo(f"Its script is field.js of the site's list, SHA-256 {script_digest()}")
    _tell_topics(kit)


@command.command("forms")
@source_options
@click.option("--topic", "slug", required=True, metavar="SLUG", help="The open topic to ask about.")
@click.option(
    "--count", required=True, type=click.IntRange(1, MAX_FORMS), help="How many forms to make."
)
@_language
@click.option("--out", required=True, type=click.Path(dir_okay=False, allow_dash=True))
def forms(source: Source, slug: str, count: int, lang: str, out: str) -> None:
    """Write numbered paper forms with tear-off slips as a PDF, `-` for standard output.

    Each slip has the code that opens the replies, and nothing else has it: neither this machine nor
    the form's other half. So print the PDF where nobody looks on, and delete it.
    """
    from app.field.forms import form_bytes  # noqa: PLC0415 loads a type setter

    kit = source.kit([slug])
    pdf = form_bytes(kit, "en" if lang == "en" else "ar", count)
    if out == "-":
        sys.stdout.buffer.write(pdf)
    else:
        _write_for_the_owner(Path(out), pdf)
        click.echo(f"{out}: {count} forms. Whoever has this file has the codes on their slips.")
        click.echo("Print it, make sure the printer keeps no copy, and delete it.")


def _write_for_the_owner(path: Path, data: bytes) -> None:
    """Others on this machine cannot read it."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _tell_topics(kit: Kit) -> None:
    for topic in kit.topics:
        click.echo(f"  {topic.slug}  {topic.title_ar}  {topic.title_en}")
