"""`wasl send`: an opinion handed in by a program instead of a browser."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from app.cli.batches import DEFAULT_HOURS, Errand, hand_in
from app.cli.forms import read_form
from app.cli.outcomes import Command
from app.cli.progress import bars
from app.cli.secrets import read_text
from app.client.attachments import PreparedFile, prepare
from app.client.errors import AttachmentError
from app.client.patience import patiently
from app.client.send import Promised, Sender, Sent, UncertainDeliveryError
from app.client.site import Site
from app.web.clock import today
from crypto.about import ABOUT, About
from crypto.encoding import encode_base64
from crypto.receipt import ReceiptCode
from redaction.text import scan
from redaction.words import words


@click.command("send", cls=Command)
@click.argument("url")
@click.option("--topic", metavar="SLUG", help="The open topic to answer.")
@click.option("--text-file", metavar="FILE", help="UTF-8 text; - reads standard input.")
@click.option(
    "--attach",
    "paths",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file to send along; may be repeated.",
)
@click.option(
    "--form",
    metavar="FILE",
    help="Type in a paper form: the letters of its square, or a picture of it. Its slip opens"
    " the case.",
)
@click.option(
    "--batch",
    "batches",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Hand in what an offline page saved; may be repeated, and run again until all is in.",
)
@click.option(
    "--within",
    "hours",
    type=click.FloatRange(0.1, 72),
    default=DEFAULT_HOURS,
    show_default=True,
    help="Of batches: over how many hours to spread them, at random.",
)
@click.option("--now", is_flag=True, help="Of batches: without pauses. Others see them together.")
@click.option("--delete", is_flag=True, help="Of batches: delete the files when all is in.")
@click.option("--region", type=click.Choice(ABOUT["region"]), help="You may say where you live.")
@click.option("--age", type=click.Choice(ABOUT["age"]), help="You may say how old you are.")
@click.option("--sector", type=click.Choice(ABOUT["sector"]), help="You may say what you do.")
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option(
    "--roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Root keys you got another way; the site must show the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    url: str,
    topic: str | None,
    text_file: str | None,
    paths: Sequence[Path],
    form: str | None,
    batches: Sequence[Path],
    hours: float,
    now: bool,
    delete: bool,
    region: str | None,
    age: str | None,
    sector: str | None,
    socks: str | None,
    roots: Path | None,
    as_json: bool,
) -> None:
    """Seal a text on this machine and hand it in at URL; or hand in what was sealed offline.

    Prints the follow-up code, which is shown only once, and the site's signed promise.
    """
    pinned = None if roots is None else read_text(str(roots))
    if batches:
        if topic or text_file or paths or form:
            raise click.UsageError("--batch goes without --topic, --text-file, --attach, --form")
        errand = Errand(url, socks, pinned, 0 if now else hours, delete=delete)
        hand_in(errand, batches, as_json=as_json)
        return
    if not topic or not text_file:
        raise click.UsageError("--topic and --text-file are needed, or --batch")
    about = About(region, age, sector)
    half = None if form is None else read_form(form)
    text = read_text(text_file).strip()
    if not text:
        raise click.UsageError(f"{text_file}: empty")
    kinds = sorted({finding.kind for finding in scan(text)})
    for kind in kinds:
        en, ar = words("kinds", kind, "en"), words("kinds", kind, "ar")
        click.echo(f"Warning: in the text: {en}\nتنبيه: في النص: {ar}", err=True)
    with Site(url, socks) as site, bars(quiet=as_json) as progress:
        files = _prepare(site, paths)
        sender = Sender(site, today(), roots=pinned, progress=progress)
        try:
            sent = (
                sender.send(topic, text, files, about)
                if half is None
                else sender.send_form(half, topic, text, files, about)
            )
        except UncertainDeliveryError as error:
            _print_code(error.code, as_json=as_json)
            raise
    if as_json:
        click.echo(json.dumps(_document(sent, kinds, files), ensure_ascii=False))
    else:
        _print(sent)


def _prepare(site: Site, paths: Sequence[Path]) -> list[PreparedFile]:
    if not paths:
        return []
    intake = patiently(site.intake)
    if len(paths) > intake.attachments:
        raise AttachmentError(intake.attachments + 1, "too-many")
    files = [prepare(path, n, intake.attachment_bytes) for n, path in enumerate(paths, start=1)]
    for number, file in enumerate(files, start=1):
        for warning in file.warnings:
            en, ar = words("warnings", warning, "en"), words("warnings", warning, "ar")
            click.echo(f"Warning: file {number}: {en}\nتنبيه: الملف {number}: {ar}", err=True)
    return files


def _document(sent: Promised, kinds: list[str], files: list[PreparedFile]) -> dict[str, object]:
    return {
        **(_code_document(sent.code) if isinstance(sent, Sent) else {}),
        "commitment": encode_base64(sent.commitment),
        "promise": sent.promise,
        "merge_by": sent.merge_by.isoformat(),
        "findings": kinds,
        "attachments": [{"media": file.media, "removed": list(file.removed)} for file in files],
    }


def _code_document(code: ReceiptCode) -> dict[str, object]:
    return {"words": " ".join(code.words), "digits": " ".join(code.digits)}


def _print_code(code: ReceiptCode, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_code_document(code), ensure_ascii=False))
        return
    click.echo("The follow-up code, in words or in digits. It is shown only once.")
    click.echo("رمز المتابعة، بالكلمات أو بالأرقام. يظهر مرة واحدة فقط.\n")
    for number, word in enumerate(code.words, start=1):
        click.echo(f"  {number}. {word}")
    click.echo(f"\n  {' '.join(code.digits)}\n")


def _print(sent: Promised) -> None:
    if isinstance(sent, Sent):
        _print_code(sent.code, as_json=False)
    click.echo(
        "The message has arrived. The site promises to record it in its public log before"
        f" {sent.merge_by}:\nوصلت الرسالة. يتعهد الموقع بتسجيلها في السجل العام قبل"
        f" {sent.merge_by}:\n"
    )
    click.echo(sent.promise)
