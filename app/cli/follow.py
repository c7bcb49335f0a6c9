"""`wasl follow`: the answers to a submission, read by its code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from app.cli.outcomes import Command
from app.cli.secrets import MAX_SECRET_BYTES, STANDARD_INPUT, read_text
from app.client.display import readable
from app.client.follow import Followed, Follower, ReadReply
from app.client.site import Site
from app.web.clock import today
from crypto.receipt import ReceiptCode

LOG_VERDICT: Final = {"state": "pending"}
"""The log has no entry to check before the promised day."""

_STATUSES: Final = {
    "received": ("Received", "وصلت"),
    "read": ("Read", "قُرئت"),
    "question": ("The team has a question", "لدى الفريق سؤال"),
    "declined": ("Declined, with a reason", "اعتذار مع بيان السبب"),
    "withdrawn": ("Withdrawn", "سُحبت"),
}
_PROBLEMS: Final = {
    "unverified": "A reply that no reviewer of this week's keyring signed is not shown.",
    "damaged": "A reply was changed on its way and is not shown.",
    "moved": "A reply that belongs to another place is not shown.",
}


@click.command("follow", cls=Command)
@click.argument("url")
@click.option(
    "--code-file", required=True, metavar="FILE", help="The code, in words or digits; - for stdin."
)
@click.option("--message-file", metavar="FILE", help="A text to leave for the team; - for stdin.")
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option(
    "--roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Root keys you got another way; the site must show the same.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    url: str,
    code_file: str,
    message_file: str | None,
    socks: str | None,
    roots: Path | None,
    as_json: bool,
) -> None:
    """Show the status of a submission and the team's replies; leave a message."""
    if code_file == message_file == STANDARD_INPUT:
        raise click.UsageError("standard input can hold the code or the message, not both")
    code = ReceiptCode.parse(read_text(code_file, MAX_SECRET_BYTES))
    message = None if message_file is None else read_text(message_file).strip()
    if message == "":
        raise click.UsageError(f"{message_file}: empty")
    with Site(url, socks) as site:
        follower = Follower(site, today(), roots=None if roots is None else read_text(str(roots)))
        followed = follower.follow(code, message)
    if as_json:
        click.echo(json.dumps(_document(followed), ensure_ascii=False))
    else:
        _print(followed)


def _document(followed: Followed) -> dict[str, object]:
    return {
        "status": followed.status,
        "messages": [_reply_document(reply) for reply in followed.replies],
        "sent": followed.sent_index,
        "log": LOG_VERDICT,
    }


def _reply_document(reply: ReadReply) -> dict[str, object]:
    if reply.problem is not None:
        return {"index": reply.index, "verified": False, "problem": reply.problem}
    return {
        "index": reply.index,
        "verified": True,
        "status": reply.status,
        "lang": reply.lang,
        "text": reply.text,
        "org": {"slug": reply.org, "name_ar": reply.org_ar, "name_en": reply.org_en},
    }


def _print(followed: Followed) -> None:
    en, ar = _STATUSES.get(followed.status, (followed.status, followed.status))
    click.echo(f"{en} / {ar}")
    for reply in followed.replies:
        if reply.problem is not None:
            click.echo(f"\n[{_PROBLEMS[reply.problem]}]")
        else:
            text, _ = readable(reply.text)
            click.echo(f"\n{reply.org_en} / {reply.org_ar}\n{text}")
    if not followed.replies:
        click.echo("No reply yet. / لا يوجد رد بعد.")
    if followed.sent_index is not None:
        click.echo("\nYour message has arrived. / وصلت رسالتك.")
