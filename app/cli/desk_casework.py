"""`wasl desk redact … numbers`: the way from a case to a decision, without pages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

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
from app.cli.outcomes import REFUSED, WrongUsageError
from app.cli.secrets import read_text
from app.desk import coverage, echo, relaying, tallies, team, workspace
from app.desk.casebook import Case
from app.desk.desk import Desk
from app.desk.relaying import Draft, Result, Way
from app.desk.rubric import RUBRIC, marks
from app.domain.coverage import coverage_table
from app.web.clock import today
from crypto.record import COLUMNS, Bilingual, Lang, Tally
from crypto.status import ANSWERS

rubric_option = click.option(
    "--rubric", default="", help=f"Those of {','.join(RUBRIC)} that hold; none is needed."
)
_text_file = click.option("--text-file", metavar="FILE", help="UTF-8 text; - for stdin.")


@click.command("redact", cls=DeskCommand)
@on_desk
@case_argument
@_text_file
@click.option("--ask", default="", help="What is asked of the body, in one line.")
@click.option("--agency", default="", metavar="SLUG", help="The body that decides.")
@click.option("--lang", type=click.Choice(["ar", "en"]), help="The language of the text.")
@click.option("--checked", default="", help=f"All of {','.join(workspace.CHECKS)}, if they hold.")
@click.option("--also", multiple=True, metavar="CASE", help="Another case it speaks for.")
@rubric_option
@click.option("--anyway", is_flag=True, help="Propose although it repeats removed words.")
def redact(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    case_name: str,
    text_file: str | None,
    ask: str,
    agency: str,
    lang: Lang | None,
    checked: str,
    also: tuple[str, ...],
    rubric: str,
    anyway: bool,
) -> None:
    """Show what may point at the sender, or propose FILE as the text for a body.

    Without --text-file this shows the message with every suggestion taken out. With it, the text
    is signed and a colleague is asked to sign it too.
    """
    desk = unlock(folder, passphrase_file)
    case = desk.casebook.case(case_name)
    opened = workspace.open_case(case)
    if text_file is None:
        answer = {"label": case.label, "found": opened.counts, "result": opened.result}
        show(answer, as_json, opened.result)
        return
    words = read_text(text_file).replace("\r\n", "\n").strip()
    _require_checks(checked)
    repeated = echo.echoes(words, workspace.originals(case), opened.result)
    if repeated and not anyway:
        click.echo(
            "The text repeats what was taken out of the message. Change it, or use --anyway if"
            " these words point at nobody.",
            err=True,
        )
        raise click.exceptions.Exit(REFUSED)
    draft = Draft(agency, lang or _lang_of(case), ask, words, also)
    review = {
        "found": opened.counts,
        "checked": list(workspace.CHECKS),
        "rubric": list(marks(rubric.split(","))),
    }
    relaying.propose(_way(desk), case.id, draft, review)
    _finish(desk, case, as_json, "Proposed. A colleague must sign it.")


@click.command("approve", cls=DeskCommand)
@on_desk
@case_argument
@click.option("--outcome", "kind", flag_value="outcome", help="An outcome, not a packet.")
@click.option("--reject", metavar="REASON", help="Send it back, and say why.")
@rubric_option
@click.option("--yes", is_flag=True, help="Sign without being asked.")
def approve(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    case_name: str,
    kind: Literal["outcome"] | None,
    reject: str | None,
    rubric: str,
    yes: bool,
) -> None:
    """Read what a colleague proposed, and sign the same text or send it back."""
    desk = unlock(folder, passphrase_file)
    way, case = _way(desk), desk.casebook.case(case_name)
    wanted = team.OUTCOME if kind else team.PROPOSE
    proposal = relaying.to_judge(desk, case, wanted)
    if proposal is not None and not yes:
        click.echo(proposal.facts["outcome" if kind else "packet"], err=True)
    if reject is not None:
        relaying.reject(way, case.id, wanted, reject)
        _finish(desk, case, as_json, "Sent back.")
        return
    if proposal is not None and not yes:
        click.confirm("Sign this text?", abort=True, err=True)
    if kind:
        relaying.approve_outcome(way, case.id)
    else:
        relaying.approve(way, case.id, marks(rubric.split(",")))
    _finish(desk, case, as_json, "Signed.")


@click.command("relay", cls=DeskCommand)
@on_desk
@case_argument
def relay(folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str) -> None:
    """Hand the approved text to its body; print the code for the body's answer.

    The code is there once the site has taken the text; asked again, this only prints it.
    """
    desk = unlock(folder, passphrase_file)
    case = desk.casebook.case(case_name)
    if not relaying.letter_code(case):
        case = relaying.relay(_way(desk), case.id)
        sync_if_reachable(desk, quiet=as_json)
        case = desk.casebook.case(case.id)
    code = relaying.letter_code(case)
    said = f"Code for the letter: {code}" if code else "It waits, and so does the code."
    answer = {"label": case.label, "status": case.status, "sent": not case.waits, "code": code}
    show(answer, as_json, said)


@click.command("answer", cls=DeskCommand)
@on_desk
@case_argument
@click.option(
    "--answer",
    type=click.Choice([str(each) for each in ANSWERS]),
    required=True,
    help="1 accepted, 2 partly, 3 done already, 4 refused, 5 no answer.",
)
@click.option("--text-file", required=True, metavar="FILE", help="What the sender reads.")
def answer_command(
    folder: Path,
    passphrase_file: Path | None,
    as_json: bool,
    case_name: str,
    answer: str,
    text_file: str,
) -> None:
    """Tell the senders what the body answered, or that it did not."""
    desk = unlock(folder, passphrase_file)
    case = relaying.take_answer(_way(desk), case_name, int(answer), read_text(text_file))
    _finish(desk, case, as_json, "The senders are told.")


@click.command("outcome", cls=DeskCommand)
@on_desk
@case_argument
@click.option(
    "--from",
    "source",
    required=True,
    metavar="FILE",
    help="JSON: changed, decided, and said, answered, change with ar and en; - for stdin.",
)
def outcome(
    folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str, source: str
) -> None:
    """Propose what becomes public; a colleague signs it with `approve --outcome`."""
    desk = unlock(folder, passphrase_file)
    case = desk.casebook.case(case_name)
    result = _result(case, read_text(source))
    relaying.propose_outcome(_way(desk), case.id, result)
    _finish(desk, case, as_json, "Proposed. A colleague must sign it.")


@click.command("assign", cls=DeskCommand)
@on_desk
@case_argument
@click.argument("reviewer")
def assign(
    folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str, reviewer: str
) -> None:
    """Make it the case of REVIEWER."""
    desk = unlock(folder, passphrase_file)
    case = relaying.assign(_way(desk), case_name, reviewer)
    _finish(desk, case, as_json, f"The case of {reviewer} now.")


@click.command("recuse", cls=DeskCommand)
@on_desk
@case_argument
def recuse(folder: Path, passphrase_file: Path | None, as_json: bool, case_name: str) -> None:
    """Keep out of a case for a conflict of interest, for good."""
    desk = unlock(folder, passphrase_file)
    case = relaying.recuse(_way(desk), case_name)
    _finish(desk, case, as_json, "Kept out of it.")


@click.command("numbers", cls=DeskCommand)
@on_desk
@click.option("--propose", "step", flag_value="propose", help="Sign the count, ask a colleague.")
@click.option("--approve", "step", flag_value="approve", help="Publish what both desks counted.")
def numbers(folder: Path, passphrase_file: Path | None, as_json: bool, step: str | None) -> None:
    """Count what this desk would publish: coarse numbers, by topic and body."""
    desk = unlock(folder, passphrase_file)
    way = _way(desk)
    steps = {None: tallies.count, "propose": tallies.propose, "approve": tallies.approve}
    tally = steps[step](way)
    if step is not None:
        sync_if_reachable(desk, quiet=as_json)
    waits = tallies.waiting(way) is not None
    show({**_table(tally), "waits_for_approval": waits}, as_json, tally.encode())


@click.command("coverage", cls=DeskCommand)
@on_desk
@click.option("--topic", required=True, metavar="SLUG", help="A topic whose last day is over.")
@click.option("--propose", "step", flag_value="propose", help="Sign the count, ask a colleague.")
@click.option("--approve", "step", flag_value="approve", help="Publish what both desks counted.")
def coverage_command(
    folder: Path, passphrase_file: Path | None, as_json: bool, topic: str, step: str | None
) -> None:
    """Count who took part in a topic: region, age and work, coarsely, each by itself."""
    desk = unlock(folder, passphrase_file)
    way = _way(desk)
    steps = {None: coverage.count, "propose": coverage.propose, "approve": coverage.approve}
    found = steps[step](way, topic)
    if step is not None:
        sync_if_reachable(desk, quiet=as_json)
    waits = coverage.waiting(way, topic) is not None
    told = {"topic": topic, **coverage_table(found), "waits_for_approval": waits}
    show(told, as_json, found.encode())


COMMANDS: Final = (
    *(redact, approve, relay, answer_command, outcome),
    *(assign, recuse, numbers, coverage_command),
)


def _way(desk: Desk) -> Way:
    ensure_keyring(desk)
    return Way(desk, desk.keyring(today()), today())


def _finish(desk: Desk, case: Case, as_json: bool, said: str) -> None:
    """Send what waits, and tell how the case stands."""
    sync_if_reachable(desk, quiet=as_json)
    after = desk.casebook.case(case.id)
    answer = {"label": after.label, "status": after.status, "sent": not after.waits}
    show(answer, as_json, said)


def _require_checks(checked: str) -> None:
    missing = set(workspace.CHECKS) - {each.strip() for each in checked.split(",")}
    if missing:
        message = f"--checked lacks {', '.join(sorted(missing))}"
        raise WrongUsageError(click.UsageError(message))


def _lang_of(case: Case) -> Lang:
    return "ar" if case.lang == "ar" else "en"


def _result(case: Case, untrusted: str) -> Result:
    try:
        document = json.loads(untrusted)
        decided = document.get("decided")
        texts = [
            Bilingual(str(document[key]["ar"]), str(document[key]["en"]))
            for key in ("said", "answered", "change")
        ]
        return Result(
            int(case.status.partition(":")[2] or 0),
            document["changed"] is True,
            None if decided is None else date.fromisoformat(decided),
            *texts,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUsageError(click.UsageError("FILE is not such JSON")) from error


def _table(tally: Tally) -> dict[str, Any]:
    rows = [
        {"topic": row.topic, "agency": row.agency, **dict(zip(COLUMNS, row.counts, strict=True))}
        for row in tally.rows
    ]
    return {"week": tally.week, "rows": rows}
