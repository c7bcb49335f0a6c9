"""`wasl desk pack`, `meeting`, `calendar`, `portal`: working with bodies that decide."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from app.cli.desk_base import (
    DeskCommand,
    case_argument,
    ensure_keyring,
    on_desk,
    show,
    sync_if_reachable,
    unlock,
)
from app.desk import diary, meeting, relaying
from app.desk.desk import Desk
from app.desk.errors import ForbiddenStatusError
from app.desk.export import write_folder
from app.desk.files import replace_file
from app.desk.relaying import Way
from app.packets import portal
from app.web.clock import today
from crypto.record import Lang

_agency = click.option("--agency", required=True, metavar="SLUG", help="The body that decides.")
_folder: Final = click.Path(path_type=Path, file_okay=False)
_day: Final = click.DateTime(["%Y-%m-%d"])


def _way(desk: Desk) -> Way:
    ensure_keyring(desk)
    return Way(desk, desk.keyring(today()), today())


def _date(given: datetime | None) -> date | None:
    return None if given is None else given.date()


@click.command("pack", cls=DeskCommand)
@on_desk
@_agency
@click.option("--since", type=_day, metavar="DAY", help="Of the last meeting; else as planned.")
@click.option("--on", "meets_on", type=_day, metavar="DAY", help="Of the meeting; else as planned.")
@click.option("--out", required=True, type=_folder, help="A folder that is not there yet.")
def pack(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    agency: str,
    since: datetime | None,
    meets_on: datetime | None,
    out: Path,
) -> None:
    """Write what a meeting with a body needs, to print: Arabic and English, page and PDF.

    It holds what two reviewers signed or what is public, and no message as its sender wrote it.
    """
    desk = unlock(folder, passphrase_file)
    gathered = meeting.gather(_way(desk), agency, since=_date(since), on=_date(meets_on))
    names = write_folder(out, meeting.files(gathered))
    show({"files": names}, as_json, "\n".join(names))


@click.command("meeting", cls=DeskCommand)
@on_desk
@_agency
@click.option("--on", "meets_on", type=_day, required=True, metavar="DAY", help="YYYY-MM-DD.")
@click.option("--off", is_flag=True, help="It does not take place.")
def meeting_command(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    agency: str,
    meets_on: datetime,
    off: bool,
) -> None:
    """Tell the colleagues of a meeting with a body; it stands in everybody's calendar."""
    desk = unlock(folder, passphrase_file)
    diary.plan_meeting(_way(desk), agency, meets_on.date(), is_off=off)
    sync_if_reachable(desk, quiet=as_json)
    days = [{"on": each.on.isoformat(), "agency": each.agency} for each in diary.meetings(desk)]
    said = "\n".join(f"{each['on']} {each['agency']}" for each in days) or "No meeting is planned."
    show({"meetings": days}, as_json, said)


@click.command("calendar", cls=DeskCommand)
@on_desk
@click.option("--lang", type=click.Choice(["ar", "en"]), default="ar", show_default=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
def calendar(
    folder: Path, passphrase_file: Path | None, as_json: bool, lang: Lang, out: Path
) -> None:
    """Write the shared calendar: answers due, escalations, topics that close, meetings."""
    desk = unlock(folder, passphrase_file)
    replace_file(out, diary.calendar(desk, lang))
    show({"file": str(out)}, as_json, f"Wrote {out}")


@click.command("portal", cls=DeskCommand)
@on_desk
@case_argument
@click.option(
    "--letters",
    type=click.IntRange(min=portal.LEAST_LETTERS),
    default=portal.USUAL_LETTERS,
    show_default=True,
    help="How long a comment may be there.",
)
@click.option("--out", required=True, type=_folder, help="A folder that is not there yet.")
def portal_command(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    case_name: str,
    letters: int,
    out: Path,
) -> None:
    """Write a relayed text as comments for the official portal: plain text, table, PDF."""
    desk = unlock(folder, passphrase_file)
    content = relaying.sent_content(_way(desk), desk.casebook.case(case_name))
    if content is None:
        raise ForbiddenStatusError
    names = write_folder(out, portal.files(content, letters))
    show({"files": names}, as_json, "\n".join(names))


COMMANDS: Final = (pack, meeting_command, calendar, portal_command)
