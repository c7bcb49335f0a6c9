"""`wasl topics`: weigh topics, put them on the site, keep copies of what they rest on."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from app.cli.options import data_option
from app.cli.site import load_settings, open_database
from app.cli.toml_files import files_argument, parsed
from app.domain.errors import ReadabilityError, SignedTopicError
from app.domain.topic_gate import Judgement, judge
from app.domain.topics import MAX_COPY_BYTES, Topic
from app.services import topics
from app.store.copies import CopyStore
from app.web.clock import today
from crypto.encoding import sha256

_KINDS: Final = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".png": ("image/png", b"\x89PNG\r\n"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".txt": ("text/plain", b""),
}
"""By the ending of a name: what the file is served as, and how it begins."""


@click.group()
def command() -> None:
    """Topics: what people are asked about."""


@command.command("import")
@data_option
@files_argument
def import_(data: Path, files: tuple[Path, ...]) -> None:
    """Store the topics in TOML FILEs, all or none; a slug that exists is replaced.

    A topic that `wasl topics check` finds wanting is refused, and so is one whose copies of
    sources `wasl topics archive` has not put here yet.
    """
    judged, settings = list(_judged(files)), load_settings(data)
    copies = CopyStore(settings.copies_path)
    for file, judgement in zip(files, judged, strict=True):
        for lack in judgement.lacks:
            raise click.ClickException(f"{file}: {lack}")
        for copy in judgement.topic.copies:
            if not copies.has(copy.sha256):
                raise click.ClickException(
                    f"{file}: no copy {copy.sha256} here: run `wasl topics archive` first"
                )
    with open_database(settings).transaction() as connection:
        for judgement in judged:
            topic = judgement.topic
            try:
                topics.publish(connection, topic)
            except SignedTopicError:
                raise click.ClickException(
                    f"{topic.slug}: two reviewers have signed it; only they change it, at a desk"
                ) from None
            click.echo(f"Topic {topic.slug}: {topic.opens} to {topic.closes or 'no end yet'}")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, with every sentence.")
@files_argument
def check(as_json: bool, files: tuple[Path, ...]) -> None:
    """Say whether the topics in TOML FILEs may be published; exit 1 if one may not.

    The Arabic must reach OSMAN 85, in sentences of 12 words or fewer; or a second person says why
    it cannot, in the file's [waiver].
    """
    judged = list(_judged(files))
    if as_json:
        reports = [_report(each) for each in judged]
        click.echo(json.dumps(reports, ensure_ascii=False, indent=1))
    else:
        for judgement in judged:
            _tell(judgement)
    if any(each.lacks for each in judged):
        raise SystemExit(1)


@command.command()
@data_option
@files_argument
def archive(data: Path, files: tuple[Path, ...]) -> None:
    """Keep copies of sources, each under its SHA-256, and print the line for the topic's file."""
    store = CopyStore(load_settings(data).copies_path)
    for file in files:
        media, content = _copy_of(file)
        name = store.put(content)
        click.echo(f'copy = {{sha256 = "{name}", size_bytes = {len(content)}, media = "{media}"}}')


@command.command("check-sources")
@click.option(
    "--source",
    "pairs",
    metavar="N FILE",
    type=(int, click.Path(path_type=Path, exists=True, dir_okay=False)),
    multiple=True,
    required=True,
    help="FILE is source number N as it can be had now.",
)
@click.argument("topic_file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check_sources(pairs: tuple[tuple[int, Path], ...], topic_file: Path) -> None:
    """Compare what sources are now with the copies of them that TOPIC_FILE names.

    Fetches nothing. Exit 1 where one has changed; it prints the line that lets the topic's page
    say so.
    """
    (topic,) = parsed([topic_file], Topic.parse_toml)
    has_changed = False
    for number, file in pairs:
        copy = topic.sources[number - 1].copy if 0 < number <= len(topic.sources) else None
        if copy is None:
            raise click.ClickException(f"{topic_file}: source {number} has no copy")
        if sha256(file.read_bytes()).hex() == copy.sha256:
            click.echo(f"source {number}: as it was")
        else:
            has_changed = True
            click.echo(f"source {number}: has changed. Put there: changed = {today()}")
    if has_changed:
        raise SystemExit(1)


def _copy_of(file: Path) -> tuple[str, bytes]:
    media, begins = _KINDS.get(file.suffix.lower(), ("", b""))
    content = file.read_bytes()
    if not media or not content.startswith(begins) or not content:
        raise click.ClickException(f"{file}: a PDF, a picture (PNG, JPEG) or a plain text")
    if len(content) > MAX_COPY_BYTES:
        raise click.ClickException(f"{file}: more than {MAX_COPY_BYTES} bytes")
    return media, content


def _judged(files: Sequence[Path]) -> Iterator[Judgement]:
    try:
        yield from map(judge, parsed(files, Topic.parse_toml))
    except ReadabilityError:
        raise click.ClickException(
            "textstat is not installed here: install Wasl with its extra 'desk'"
        ) from None


def _tell(judgement: Judgement) -> None:
    found = judgement.readability
    score = "–" if found.osman is None else f"{found.osman:.1f}"
    verdict = "not yet" if judgement.lacks else "may be published"
    click.echo(
        f"{judgement.topic.slug}: {verdict}. OSMAN {score}, longest sentence {found.longest} words"
    )
    for lack in judgement.lacks:
        click.echo(f"  {lack}")
    for sentence in found.sentences:
        if sentence.is_long:
            click.echo(f"  long ({sentence.words} words): {sentence.text}")
        if sentence.is_hard:
            click.echo(f"  hard ({sentence.osman:.0f}): {sentence.text}")


def _report(judgement: Judgement) -> dict[str, Any]:
    found = judgement.readability
    return {
        "slug": judgement.topic.slug,
        "publishable": not judgement.lacks,
        "lacks": list(judgement.lacks),
        "waived": judgement.topic.waiver is not None and judgement.needs_waiver,
        "osman": found.osman,
        "longest_sentence_words": found.longest,
        "sentences": [
            {
                "text": each.text,
                "words": each.words,
                "osman": each.osman,
                "long": each.is_long,
                "hard": each.is_hard,
            }
            for each in found.sentences
        ],
    }
