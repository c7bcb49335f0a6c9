"""`wasl audit promise`, `receipt` and `canary`: what holders have, checked against a mirror."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from app.auditor import canary
from app.auditor.errors import SetupError
from app.auditor.receipts import MAX_RECEIPT_BYTES, Judge, Judged, parse_receipt
from app.auditor.report import Document
from app.auditor.state import StateFolder
from app.cli.audit_outcomes import (
    UNCHECKED,
    AuditCommand,
    AuditGroup,
    exit_for,
    json_option,
    print_json,
    socks_option,
    state_option,
    tell_findings,
)
from app.cli.secrets import read_text
from app.web.clock import today
from crypto.encoding import decode_base64, encode_base64

STANDINGS: Final = {
    "in-log": "The log has it.",
    "late": "The log has it, but too late.",
    "open": "The log does not have it yet, and need not.",
    "broken": "The log should have it and does not.",
    "missing": "The log does not have it, and this file holds no promise that it will.",
}


@click.command("promise", cls=AuditCommand)
@state_option
@click.argument("file")
@json_option
def promise_command(folder: Path, file: str, as_json: bool) -> None:
    """Check the promise in FILE (- for stdin) against the mirror."""
    state_folder = StateFolder(folder)
    note = read_text(file)
    judge = Judge(state_folder.load())
    _end_with(state_folder, [judge.promise(note)], as_json=as_json)


@click.command("receipt", cls=AuditCommand)
@state_option
@click.argument("file")
@click.option("--commitment", metavar="BASE64", help="What a bare tlog-proof is the proof of.")
@json_option
def receipt_command(folder: Path, file: str, commitment: str | None, as_json: bool) -> None:
    """Check the receipt in FILE (- for stdin): a tlog-proof, or what a citizen downloads."""
    state_folder = StateFolder(folder)
    text = read_text(file, MAX_RECEIPT_BYTES)
    try:
        about = None if commitment is None else decode_base64(commitment, 32)
    except ValueError:
        raise SetupError("--commitment is 32 bytes in base64") from None
    receipt = parse_receipt(text, about)
    judge = Judge(state_folder.load())
    _end_with(state_folder, [judge.receipt(receipt)], as_json=as_json)


@click.group("canary", cls=AuditGroup)
def canary_group() -> None:
    """Test submissions of your own, which the site cannot tell from others."""


@canary_group.command("submit")
@state_option
@click.option("--site", required=True, metavar="URL", help="The site; use its onion address.")
@click.option("--topic", metavar="SLUG", help="Default: the first open topic.")
@click.option("--text-file", metavar="FILE", help="Default: one of some ordinary texts.")
@socks_option
@json_option
def canary_submit(
    folder: Path,
    site: str,
    topic: str | None,
    text_file: str | None,
    socks: str | None,
    as_json: bool,
) -> None:
    """Hand in a case as anybody would, and keep its code in the state folder."""
    state_folder = StateFolder(folder)
    state = state_folder.load()
    text = read_text(text_file).strip() if text_file else canary.ordinary_text()
    with canary.client_errors(), canary.WatchedSite(site, socks) as connection:
        sent = canary.submit(
            state_folder.canaries,
            connection,
            topic or canary.first_topic(connection, today()),
            text,
            today(),
            state.roots.encode(),
        )
    commitment = encode_base64(sent.receipt.commitment)
    if as_json:
        print_json({"canary": sent.number, "topic": sent.topic, "commitment": commitment})
    else:
        click.echo(f"Canary {sent.number} in {sent.topic}: commitment {commitment}")


@canary_group.command("check")
@state_option
@json_option
def canary_check(folder: Path, as_json: bool) -> None:
    """Look up every canary in the mirror: run sync before."""
    state_folder = StateFolder(folder)
    checked = canary.check(state_folder.canaries, Judge(state_folder.load()))
    if not checked:
        raise SetupError("there are no canaries yet: wasl audit canary submit")
    names = [f"canary {each.number} of {each.sent_on}" for each, _ in checked]
    _end_with(state_folder, [judged for _, judged in checked], names, as_json=as_json)


def _end_with(
    folder: StateFolder, judged: Sequence[Judged], names: Sequence[str] = (), *, as_json: bool
) -> None:
    """Tell about each receipt, keep what was found, and end."""
    origin = folder.load().origin
    evidence = [one for each in judged for one in each.evidence]
    kept = folder.keep(evidence, origin)
    findings = [one.finding for one in evidence]
    if as_json:
        print_json(
            {
                "receipts": [_judged_document(each) for each in judged],
                "evidence": [str(path) for path in kept],
            }
        )
    else:
        for number, each in enumerate(judged):
            _tell_judged(each, names[number] if names else "")
        tell_findings(findings, kept)
    if not findings and any(each.standing == "missing" for each in judged):
        sys.exit(UNCHECKED)
    exit_for(findings)


def _judged_document(judged: Judged) -> Document:
    return {
        "standing": judged.standing,
        "index": judged.index,
        "cohort": judged.cohort,
        "rolls": dict(judged.rolls),
        "findings": [one.encode() for one in judged.findings],
    }


def _tell_judged(judged: Judged, name: str) -> None:
    head = f"{name}: " if name else ""
    click.echo(f"{head}{STANDINGS[judged.standing]}")
    if judged.index is not None:
        click.echo(f"  entry {judged.index}, cohort {judged.cohort or 'not sealed'}")
    for age, status in judged.rolls.items():
        click.echo(f"  roll after {age}: {status or 'no line'}")
