"""`wasl desk ask`: what people are asked, without pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from app.cli.desk_base import DeskCommand, ensure_keyring, on_desk, show, sync_if_reachable, unlock
from app.cli.toml_files import parsed
from app.desk import topics
from app.desk.errors import ForbiddenStatusError
from app.desk.relaying import Way
from app.domain.topics import Topic
from app.web.clock import today


@click.command("ask", cls=DeskCommand)
@on_desk
@click.argument(
    "file",
    required=False,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option("--sign", metavar="SLUG", help="Sign what a colleague proposed about a topic.")
@click.option("--yes", is_flag=True, help="Sign without being asked.")
def ask(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    file: Path | None,
    sign: str | None,
    yes: bool,
) -> None:
    """List the topics; with FILE (TOML) sign one and ask a colleague; with --sign, sign hers.

    Reasons for hard Arabic are written in the pages of `wasl desk serve`.
    """
    desk = unlock(folder, passphrase_file)
    ensure_keyring(desk)
    way = Way(desk, desk.keyring(today()), today())
    if file is not None:
        (topic,) = parsed([file], Topic.parse_toml)
        topics.propose(way, topic)
    if sign is not None:
        _sign(way, sign, yes=yes)
    if file is not None or sign is not None:
        sync_if_reachable(desk, quiet=as_json)
    listed = _listed(way)
    said = [f"{each['slug']}  version {each['version']}  {each['state']}" for each in listed]
    show({"topics": listed}, as_json, "\n".join(said))


COMMANDS: Final = (ask,)


def _sign(way: Way, slug: str, *, yes: bool) -> None:
    found = next((each for each in topics.waiting(way) if each.topic.slug == slug), None)
    if found is None:
        raise ForbiddenStatusError
    if not yes:
        click.echo(found.question.encode(), err=True)
        click.confirm("Sign this text?", abort=True, err=True)
    topics.approve(way, found.id)


def _listed(way: Way) -> list[dict[str, Any]]:
    """What stands at the site, then what waits for a signature."""
    at_the_site = [
        {
            "slug": each.slug,
            "version": each.version,
            "state": "signed"
            if each.is_verified
            else "not verified"
            if each.version
            else "unsigned",
        }
        for each in way.desk.casebook.state.asked
    ]
    waiting = [
        {"slug": each.topic.slug, "version": each.question.version, "state": "waits"}
        for each in topics.waiting(way)
    ]
    return at_the_site + waiting
