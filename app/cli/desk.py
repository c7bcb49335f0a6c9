"""`wasl desk`: a reviewer's keys, cases and answers, on the reviewer's own machine."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from app.cli import desk_casework, desk_meeting, desk_membership, desk_topics
from app.cli.desk_base import (
    DeskGroup,
    case_argument,
    ensure_keyring,
    folder_argument,
    on_desk,
    passphrase_option,
    show,
    unlock,
)
from app.cli.outcomes import REFUSED
from app.cli.progress import bars
from app.cli.secrets import read_passphrase, read_text
from app.cli.training import sign_answers
from app.client.display import readable, visible_name
from app.client.errors import SiteUnreachableError
from app.desk import contact, replies
from app.desk.casebook import Case
from app.desk.desk import Desk
from app.desk.export import document, export
from app.desk.files import replace_file
from app.desk.keystore import CHEAP, PRODUCTION, Profile, dies_on
from app.desk.sync import SyncReport, sync, visit
from app.domain.cases import Status
from app.web.clock import today

ENROL_AGAIN = "There are new keys: send the output of `wasl desk enrol` to the key officers."
_answer = click.Choice([status.value for status in replies.ANSWERS])


@click.group("desk", cls=DeskGroup)
def command() -> None:
    """Read and answer what citizens sent. Keys and texts stay in DIR, encrypted.

    CASE is the eight-digit label that `list` shows, or the beginning of it.
    """


@command.command("init")
@folder_argument
@passphrase_option
@click.option("--org", required=True, metavar="SLUG", help="The organisation, in Latin letters.")
@click.option("--name-ar", required=True, help="Its name in Arabic.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option("--reviewer", required=True, metavar="ID", help="Who you are: a-z, 0-9, hyphens.")
@click.option("--origin", required=True, help="The name that the site signs with.")
@click.option("--trial", is_flag=True, help="For demos: opens at once, and is as quickly guessed.")
def init(folder: Path, passphrase_file: Path | None, trial: bool, **names: str) -> None:
    """Make a desk in DIR, with keys for this week and the next eight."""
    passphrase = read_passphrase(passphrase_file, twice=True)
    costs = CHEAP if trial else PRODUCTION
    desk = Desk.create(folder, Profile(**names), passphrase, today=today(), costs=costs)
    click.echo(f"Made a desk in {folder}. Device key: {desk.device_key}")
    if trial:
        click.echo("It is for trying out only: its passphrase protects nothing.")
    click.echo("Next: `wasl desk enrol` writes what the key officers need.")


@command.command("enrol")
@folder_argument
@passphrase_option
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file."
)
@click.option(
    "--training",
    "record",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also score and sign these answers, as `wasl training take`.",
)
def enrol(
    folder: Path, passphrase_file: Path | None, out: Path | None, record: Path | None
) -> None:
    """Print the public keys of this desk as JSON, for the key officers. No secret is in it."""
    if record is not None and out is None:
        raise click.UsageError("--training needs --out")
    desk = unlock(folder, passphrase_file)
    if record is not None:
        sign_answers(desk, record)
    text = json.dumps(desk.enrolment(), ensure_ascii=False, indent=1) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        replace_file(out, text.encode("utf-8"))
        click.echo(f"Wrote {out}. Device key: {desk.device_key}", err=True)


@command.command("connect")
@folder_argument
@click.argument("url")
@passphrase_option
@click.option(
    "--roots",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The roots.txt that the key officers gave you in person.",
)
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option("--courier", metavar="KEY", help="Of whom carries the stick; `wasl courier key`.")
def connect(
    folder: Path,
    url: str,
    passphrase_file: Path | None,
    roots: Path,
    socks: str | None,
    courier: str | None,
) -> None:
    """Remember the site at URL and the root keys it must show.

    On a machine without a network, URL is a stick such as file:///media/stick, and KEY that of
    the courier who carries it between this desk and the site.
    """
    if (courier is None) == url.startswith("file:"):
        raise click.UsageError("a stick needs --courier, and only a stick does")
    desk = unlock(folder, passphrase_file)
    if courier is None:
        desk.connect(url, read_text(str(roots)), socks)
    else:
        desk.connect_by_courier(url, read_text(str(roots)), courier, today())
    click.echo(f"This desk now syncs with {desk.profile.url}.")


@command.command("sync")
@on_desk
def sync_command(folder: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Fetch what is new and send what waits. May be broken off and run again."""
    desk = unlock(folder, passphrase_file)
    with desk.site() as site, bars(quiet=as_json) as progress:
        report = sync(desk, site, today=today(), progress=progress)
    show(vars(report), as_json, _report_words(report))


@command.command("list")
@on_desk
def list_command(folder: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases: never their content."""
    desk = unlock(folder, passphrase_file)
    book = desk.casebook
    rows = [_row(case) for case in book.cases()]
    answer = {
        "cases": rows,
        "unreadable": len(book.state.unreadable),
        "damaged": len(book.damaged),
    }
    lines = [
        f"{row['label']}  {row['week']}  {row['status']:<9}  {row['bytes']:>11,}"
        f"  {row['new'] or ' '}  {row['topic']}"
        for row in rows
    ]
    show(answer, as_json, "\n".join(["case      week      status           bytes  new", *lines]))


@command.command("show")
@on_desk
@case_argument
def show_command(folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str) -> None:
    """Show a case and mark it as seen on this desk."""
    desk = unlock(folder, passphrase_file)
    case = desk.casebook.change(case_name, Case.opened)
    show(document(case), as_json, _case_words(case))


@command.command("export")
@on_desk
@case_argument
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask again.")
def export_command(
    folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str, out: Path, yes: bool
) -> None:
    """Write a case in the clear to the new folder OUT."""
    desk = unlock(folder, passphrase_file)
    case = desk.casebook.case(case_name)
    click.echo(
        "The texts and files will lie on this disk unencrypted, and files that were not cleaned"
        " may be harmful. Open them offline, and delete the folder when you are done.",
        err=True,
    )
    if not yes:
        click.confirm("Export?", abort=True, err=True)
    paths = export(desk.casebook, case, out)
    show({"files": [str(path) for path in paths]}, as_json, "\n".join(map(str, paths)))


@command.command("reply")
@on_desk
@case_argument
@click.option("--text-file", required=True, metavar="FILE", help="UTF-8 text; - for stdin.")
@click.option("--status", type=_answer, help="The case's new status.")
@click.option("--lang", type=click.Choice(["ar", "en"]), help="The reply's language.")
@click.option("--anyway", is_flag=True, help="Send although the text may ask for contact.")
def reply(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    case_name: str,
    text_file: str,
    status: str | None,
    lang: str | None,
    anyway: bool,
) -> None:
    """Answer the citizen. What cannot be sent now is sent by the next sync."""
    desk = unlock(folder, passphrase_file)
    text = read_text(text_file)
    if contact.warnings(text) and not anyway:
        click.echo(
            "The text seems to ask for a name, a number or a meeting, or to contain one. That"
            " endangers the citizen. Change it, or use --anyway if it does not.",
            err=True,
        )
        raise click.exceptions.Exit(REFUSED)
    ensure_keyring(desk)
    case = replies.write(
        desk,
        case_name,
        text,
        status=None if status is None else Status(status),
        lang=lang or desk.casebook.case(case_name).lang,
        keyring=desk.keyring(today()),
    )
    _send(desk, case.id, as_json)


@command.command("status")
@on_desk
@case_argument
@click.argument("status", type=_answer)
def status_command(
    folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str, status: str
) -> None:
    """Give a case another status, signed by this device."""
    desk = unlock(folder, passphrase_file)
    ensure_keyring(desk)
    replies.require_may_say(desk, desk.keyring(today()), Status(status))
    case = replies.mark(desk, case_name, Status(status))
    _send(desk, case.id, as_json)


@command.command("rotate")
@on_desk
def rotate(folder: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make keys for the coming weeks and destroy the private halves of past ones."""
    desk = unlock(folder, passphrase_file)
    added, gone = desk.rotate(today())
    weeks = {week: dies_on(week).isoformat() for week in sorted(desk.keystore.secrets.epochs)}
    said = [f"New keys: {', '.join(added) or 'none'}"]
    said += [f"Destroyed: {', '.join(gone) or 'none'}"]
    if added:
        said.append(ENROL_AGAIN)
    show({"added": added, "destroyed": gone, "dies_on": weeks}, as_json, "\n".join(said))


@command.command("passphrase")
@folder_argument
@passphrase_option
@click.option("--new-passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def passphrase(
    folder: Path, passphrase_file: Path | None, new_passphrase_file: Path | None
) -> None:
    """Change the passphrase."""
    desk = unlock(folder, passphrase_file)
    click.echo("The new passphrase:", err=True)
    new = read_passphrase(new_passphrase_file, twice=True)
    desk.keystore.change_passphrase(new, desk.random)
    click.echo("Changed.")


@command.command("serve")
@folder_argument
@click.option("--port", type=click.IntRange(1, 65_535), default=8081, show_default=True)
def serve(folder: Path, port: int) -> None:
    """Open the desk as pages for a browser on this machine."""
    from app.desk.serve import run  # noqa: PLC0415 the other commands need no Flask

    click.echo(f"Open http://127.0.0.1:{port}/ in a browser. Ctrl+C ends and locks the desk.")
    run(folder, port)


def _send(desk: Desk, case_id: str, as_json: bool) -> None:
    """Try to send at once; being offline is no failure, the next sync sends it."""
    with suppress(SiteUnreachableError), desk.site() as site:
        trusted = visit(desk, site, today())
        session = site.desk_session(desk.sign_challenge)
        replies.send_waiting(desk, session, trusted.keyring, case_id, today=today())
    case = desk.casebook.case(case_id)
    said = "Waits for the next sync." if case.waits else f"Sent. Status: {case.status}"
    show({"label": case.label, "status": case.status, "sent": not case.waits}, as_json, said)


def _row(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "label": case.label,
        "topic": case.topic,
        "week": case.week,
        "status": case.status,
        "bytes": case.size,
        "attachments": len(case.attachments),
        "new": case.news,
        "waits": case.waits,
    }


def _report_words(report: SyncReport) -> str:
    said = (
        f"New cases: {report.new_cases}. New messages: {report.new_messages}."
        f" Attachments: {report.attachments}. Sent: {report.sent}."
        f" Unreadable: {report.unreadable}."
    )
    if report.carried:
        said += f" For the courier: {report.carried}."
    if report.keys_destroyed:
        said += f"\nKeys destroyed: {', '.join(report.keys_destroyed)}"
    return said + (f"\n{ENROL_AGAIN}" if report.keys_added else "")


def _case_words(case: Case) -> str:
    parts = [f"{case.label}  {case.week}  {case.status}  {case.topic}"]
    parts += [f"[{each.name}]\n{readable(each.text)[0]}" for each in case.sections]
    parts += [
        f"[attachment {n}] {visible_name(each.name)}  {each.size:,} bytes  {each.media}"
        f"{'' if each.cleaned else '  NOT CLEANED'}{f'  ({each.reason})' if each.reason else ''}"
        for n, each in enumerate(case.attachments, start=1)
    ]
    parts += [
        f"[{line.signed_by or 'citizen'}  {line.week}]\n{readable(line.said)[0]}"
        for line in case.lines
    ]
    if case.outgoing is not None:
        parts.append(f"[waits to be sent]\n{readable(case.outgoing.text)[0]}")
    return "\n\n".join(parts)


for _each in (
    *desk_casework.COMMANDS,
    *desk_meeting.COMMANDS,
    *desk_membership.COMMANDS,
    *desk_topics.COMMANDS,
):
    command.add_command(_each)
