"""`wasl campaign`: posters, cards and messages of a topic, from public facts alone."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import click

from app.campaign.facts import Facts
from app.campaign.kit import files
from app.cli.outcomes import Command
from app.cli.secrets import read_text
from app.client.kits import fetch_facts
from app.client.patience import patiently
from app.client.site import Site
from app.client.trust import trust
from app.web.clock import today

SUMS = "SHA256SUMS"
_SLUG = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)


@click.command("campaign", cls=Command)
@click.argument("source")
@click.option("--topic", required=True, metavar="SLUG", help="The topic, as in its address.")
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder for the files; made if it is not there.",
)
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option(
    "--roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Root keys you got another way; the site must show the same.",
)
def command(source: str, topic: str, out: Path, socks: str | None, roots: Path | None) -> None:
    """Draw the campaign kit of a topic. SOURCE is the site's address, or an instance's folder.

    From an address, the figures come from the public log, which is read and checked as a whole.
    The files are the same for everybody who draws them: compare SHA256SUMS.
    """
    if not _SLUG.fullmatch(topic):
        raise click.UsageError(f"--topic {topic}: the last part of the topic's address")
    if source.startswith(("http://", "https://")):
        facts = _from_site(source, topic, socks, roots)
    else:
        facts = _from_folder(Path(source), topic)
    _write(facts, out)


def _from_site(url: str, topic: str, socks: str | None, roots: Path | None) -> Facts:
    pinned = None if roots is None else read_text(str(roots))
    with Site(url, socks) as site:
        intake = patiently(site.intake)
        trusted = trust(intake, pinned, today=today())
        fetched = fetch_facts(site, topic, intake, trusted)
    if fetched.is_signed:
        click.echo("Two reviewers signed the text of this topic.")
    else:
        click.echo("No reviewers have signed the text of this topic: read it before you print it.")
    return fetched.facts


def _from_folder(data: Path, slug: str) -> Facts:
    # Only an operator has the folder, and only there is the site's code needed.
    from app.cli.site import load_roots, load_settings, open_database  # noqa: PLC0415
    from app.services import kits, topics  # noqa: PLC0415

    settings = load_settings(data)
    with open_database(settings).reading() as connection:
        topic = topics.find(connection, slug)
        if topic is None:
            raise click.ClickException(f"{data} has no topic {slug}")
        return kits.facts(
            connection,
            topic,
            roots=load_roots(settings),
            origin=settings.origin,
            site_url=settings.site_url,
            onion_url=settings.onion_url,
            today=today(),
        )


def _write(facts: Facts, out: Path) -> None:
    made = files(facts, inviting=facts.topic.is_open(today()))
    if not made:
        raise click.ClickException("the topic is closed, and nobody has counted yet")
    out.mkdir(parents=True, exist_ok=True)
    sums = []
    for file in made:
        data = file.make(facts)
        (out / file.name).write_bytes(data)
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {file.name}\n")
    (out / SUMS).write_text("".join(sums), "utf-8")
    told = "with results" if facts.results else "without results: nobody has counted yet"
    click.echo(f"{len(made)} files in {out}, {told}")
    click.echo(f"They lead to {facts.link('ar')}")
