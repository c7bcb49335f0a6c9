"""`wasl training`: exercises for reviewers as files, for those who take, examine and compare them.

The same exercises are pages of the desk (`wasl desk serve`). Here a turn is a JSON file: it is
written by `begin`, filled in with any editor, and scored and signed by `take`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from app.cli.desk_base import DeskGroup, folder_argument, passphrase_option, unlock
from app.cli.outcomes import REFUSED
from app.cli.root_base import signing_key
from app.cli.secrets import read_text
from app.desk.desk import Desk
from app.desk.files import replace_file
from app.desk.rubric import RUBRIC
from app.desk.training import agreement
from app.desk.training.answers import CaseAnswer, MalformedRecordError, Record
from app.desk.training.certificates import NotPassedError, certify, check_again, countersign
from app.desk.training.curriculum import Turn
from app.desk.training.explain import explain
from app.desk.training.scoring import Result, score
from app.web.clock import today
from crypto.errors import CryptoError
from crypto.note import SigningKey
from crypto.training import Certificate

_file: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_record_argument: Final = click.argument("record", metavar="RECORD", type=_file)


@click.group("training", cls=DeskGroup)
def command() -> None:
    """Exercises with made-up cases; without a certificate the real inbox stays closed."""


@command.command("begin")
@folder_argument
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@passphrase_option
def begin(folder: Path, out: Path, passphrase_file: Path | None) -> None:
    """Show the cases and questions of this desk's turn, and write OUT to be filled in."""
    progress = unlock(folder, passphrase_file).training
    for line in _sheet(progress.asked):
        click.echo(line)
    blank = CaseAnswer(rubric=dict.fromkeys(RUBRIC, False))
    cases = {item.id: progress.answers.cases.get(item.id, blank) for item in progress.asked.items}
    answers = replace(progress.answers, cases=cases)
    replace_file(out, Record(answers).encode().encode("utf-8"))
    click.echo(f"\n{out}: fill it in, then `wasl training take`.", err=True)


@command.command("take")
@folder_argument
@_record_argument
@passphrase_option
def take(folder: Path, record: Path, passphrase_file: Path | None) -> None:
    """Score the answers in RECORD; if they pass, sign a certificate into the same file."""
    sign_answers(unlock(folder, passphrase_file), record)


def sign_answers(desk: Desk, path: Path) -> None:
    """What `take` does, for a desk that is open. Exits with `REFUSED` for answers that fail."""
    answers, device = _read(path).answers, desk.keystore.secrets.device
    try:
        signed = certify(answers, device, desk.profile.origin, today())
    except NotPassedError as error:
        _tell(error.result)
        if not error.result.missing:
            desk.change_training(
                lambda now: now.again() if now.answers.turn == answers.turn else now
            )
            click.echo("The next turn brings other cases: `wasl training begin`.", err=True)
        raise click.exceptions.Exit(REFUSED) from None
    except CryptoError as error:
        raise click.ClickException(f"{path}: {error}") from None
    _tell(score(answers))
    desk.change_training(lambda now: replace(now, answers=answers, record=signed.encode()))
    replace_file(path, signed.encode().encode("utf-8"))
    click.echo(f"{path}: signed. Next: an examiner runs `wasl training countersign`.")


@command.command("verify")
@_record_argument
def verify(record: Path) -> None:
    """Score the answers in RECORD again, and say whether the certificate tells the truth."""
    certificate = _checked(record)
    click.echo(_said(certificate))


@command.command("countersign")
@_record_argument
@click.option("--key", "key_file", type=_file, help="A root key that examines.")
@click.option(
    "--desk",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The desk of a trained reviewer who examines.",
)
@passphrase_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def countersign_command(
    record: Path,
    key_file: Path | None,
    folder: Path | None,
    passphrase_file: Path | None,
    yes: bool,
) -> None:
    """Score RECORD again and, if its reviewer did it herself, sign its certificate too."""
    click.echo(_said(_checked(record)))
    if not yes:
        click.confirm("Did this reviewer answer alone, and were you there?", abort=True)
    key = _examiner(key_file, folder, passphrase_file)
    try:
        signed = countersign(_read(record), key)
    except CryptoError as error:
        raise click.ClickException(f"{record}: {error}") from None
    replace_file(record, signed.encode().encode("utf-8"))
    click.echo(f"{record}: signed by {key.verifier.name}. It goes to `wasl root sign --training`.")


@command.command("agreement")
@click.argument("one", type=_file)
@click.argument("other", type=_file)
def agreement_command(one: Path, other: Path) -> None:
    """How far two reviewers agree on the cases that both answered."""
    found = agreement.compare(_read(one).answers, _read(other).answers)
    if found is None:
        raise click.ClickException("they answered no case in common: take the joint exercise")
    click.echo(
        f"{found.same} of {found.judgements} judgements are the same: {found.percent} %,"
        f" kappa {found.kappa:.2f}"
    )
    if found.apart:
        click.echo(f"They differ on: {', '.join(found.apart)}")


def _examiner(
    key_file: Path | None, folder: Path | None, passphrase_file: Path | None
) -> SigningKey:
    if key_file and not folder:
        return signing_key(key_file)
    if folder and not key_file:
        return unlock(folder, passphrase_file).keystore.secrets.device
    raise click.UsageError("name one examiner, with --key or with --desk")


def _sheet(asked: Turn) -> list[str]:
    lines = []
    for item in asked.items:
        lines += [
            f"\n[{item.id}]  {item.topic}{f'  + {item.file}' if item.file else ''}",
            item.text,
        ]
    for each in asked.questions:
        lines += [f"\n[{each.id}]  {each.text.ar}", f"  {each.text.en}"]
        lines += [f"  {letter}) {said.ar} / {said.en}" for letter, said in each.shown()]
    return lines


def _read(path: Path) -> Record:
    try:
        return Record.parse(read_text(str(path)))
    except MalformedRecordError as error:
        raise click.ClickException(f"{path}: {error}") from None


def _checked(path: Path) -> Certificate:
    """Exits with `REFUSED` unless the certificate is what its answers are worth."""
    try:
        return check_again(_read(path))
    except NotPassedError as error:
        _tell(error.result)
        raise click.exceptions.Exit(REFUSED) from None
    except CryptoError as error:
        raise click.ClickException(f"{path}: {error}") from None


def _said(certificate: Certificate) -> str:
    return (
        f"{certificate.device.name}, exercises of {certificate.curriculum},"
        f" turn {certificate.turn}: {certificate.score} on {certificate.issued},"
        f" good until {certificate.until}\n"
        f"device {certificate.device.encode()}"
    )


def _tell(result: Result) -> None:
    for each in result.findings:
        said = explain(each)
        click.echo(f"{'!' if each.fails else '-'} [{each.place}] {said.en}\n  {said.ar}")
    if result.missing:
        click.echo(f"No answer yet: {', '.join(result.missing)}")
    click.echo(
        f"{'Passed' if result.passed else 'Not passed yet'}."
        f" Taken out: {result.recall.percent} %. Kept what is needed: {result.kept.percent} %."
        f" Judged: {result.rubric.percent} %."
        f" Questions: {result.questions.got} of {result.questions.of}."
    )
