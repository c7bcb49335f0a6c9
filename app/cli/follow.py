"""`wasl follow`: the answers to a submission, read by its code."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import click

from app.cli.outcomes import REFUSED, Command
from app.cli.secrets import MAX_SECRET_BYTES, STANDARD_INPUT, read_text
from app.client.display import readable
from app.client.follow import Followed, Follower, Rating, ReadReply
from app.client.site import Site
from app.client.words import LOG_PROBLEMS
from app.web.clock import today
from app.wording import sentences
from crypto.encoding import encode_base64
from crypto.receipt import ReceiptCode
from crypto.status import RATINGS
from crypto.tlog.case import Verdict

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
@click.option(
    "--rate",
    type=click.Choice(RATINGS),
    help="Say whether the answer helped; sealed like a message, and the newest counts.",
)
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option(
    "--roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Root keys you got another way; the site must show the same.",
)
@click.option(
    "--verify", is_flag=True, help="Check the public log too; exit code 1 for a broken promise."
)
@click.option(
    "--promise",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --verify: the signed promise that `wasl send` printed, in a file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    url: str,
    code_file: str,
    message_file: str | None,
    rate: Rating | None,
    socks: str | None,
    roots: Path | None,
    verify: bool,
    promise: Path | None,
    as_json: bool,
) -> None:
    """Show the status of a submission and the team's replies; leave a message."""
    if promise and not verify:
        raise click.UsageError("--promise is for --verify")
    if code_file == message_file == STANDARD_INPUT:
        raise click.UsageError("standard input can hold the code or the message, not both")
    code = ReceiptCode.parse(read_text(code_file, MAX_SECRET_BYTES))
    message = None if message_file is None else read_text(message_file).strip()
    if message == "":
        raise click.UsageError(f"{message_file}: empty")
    with Site(url, socks) as site:
        follower = Follower(site, today(), roots=None if roots is None else read_text(str(roots)))
        note = None if promise is None else read_text(str(promise))
        followed = follower.follow(code, message, rating=rate, verify=verify, promise=note)
    if as_json:
        click.echo(json.dumps(_document(followed), ensure_ascii=False))
    else:
        _print(followed)
    if followed.verdict is not None and followed.verdict.problems:
        sys.exit(REFUSED)


def _document(followed: Followed) -> dict[str, object]:
    return {
        "status": followed.status,
        "messages": [_reply_document(reply) for reply in followed.replies],
        "sent": followed.sent_index,
        "rated": followed.rated,
        "log": _verdict_document(followed.verdict),
    }


def _verdict_document(verdict: Verdict | None) -> dict[str, object]:
    if verdict is None:
        return {"state": "unchecked"}
    return {
        "state": verdict.state,
        "problems": list(verdict.problems),
        "index": verdict.index,
        "size": verdict.size,
        "due": verdict.due.isoformat(),
        "commitment": encode_base64(verdict.commitment),
        "rolls": dict(verdict.rolls),
        "quorum": verdict.quorum,
        "witnesses": list(verdict.witnesses),
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
    click.echo(_status_words(followed.status))
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
    if followed.rated is not None:
        click.echo("\nThe team will learn whether the answer helped. / سيعرف الفريق هل أفاد الرد.")
    if followed.verdict is not None:
        _print_verdict(followed.verdict)


def _status_words(status: str | None) -> str:
    """In both languages, as the pages say it."""
    key = f"status_{status}" if status else "log_roll_none"
    return " / ".join(sentences(code).get(key, status or "") for code in ("en", "ar"))


def _print_verdict(verdict: Verdict) -> None:
    click.echo()
    if verdict.index is not None:
        line, size = verdict.index + 1, verdict.size
        click.echo(
            f"Line {line} of the public log's {size}. / السطر {line} من {size} في السجل العام."
        )
    elif not verdict.problems:
        click.echo(
            f"Not in the public log yet; it must be there by {verdict.due}."
            f" / ليست في السجل العام بعد، وموعدها حتى {verdict.due}."
        )
    for age, status in verdict.rolls:
        click.echo(f"  {age}: {_status_words(status)}")
    for problem in verdict.problems:
        en, ar = LOG_PROBLEMS[problem]
        click.echo(f"{en} / {ar}")
    if verdict.problems:
        click.echo(
            "A promise was broken. Keep your promise and this output, and tell an organisation that"
            " audits the log; give your code to nobody. / أُخلف تعهد. يحسن حفظ التعهد وهذا الناتج"
            " وإخبار منظمة تدقق السجل، دون إعطاء الرمز لأحد."
        )
