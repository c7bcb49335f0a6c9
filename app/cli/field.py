"""`wasl field`: what field partners carry. Nothing here reads a submission, or could."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import click

from app.cli.field_sources import Source, source_options
from app.cli.outcomes import Group
from app.field.kit import Kit


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


def _tell_topics(kit: Kit) -> None:
    for topic in kit.topics:
        click.echo(f"  {topic.slug}  {topic.title_ar}  {topic.title_en}")
