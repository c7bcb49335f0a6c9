"""`wasl scan`: what in a text may point to a person."""

from __future__ import annotations

import json

import click

from app.cli.outcomes import Command
from app.cli.secrets import read_text
from app.client.display import visible_name
from redaction.text import Finding, scan
from redaction.words import words


@click.command("scan", cls=Command)
@click.argument("text_file", metavar="TEXT-FILE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(text_file: str, as_json: bool) -> None:
    """Show what in TEXT-FILE (UTF-8; - reads standard input) may point to a person.

    A warning, never a guarantee. Exit code 0 whatever is found; nothing leaves this machine.
    """
    text = read_text(text_file)
    findings = scan(text)
    if as_json:
        rows = [{"kind": each.kind, "start": each.start, "end": each.end} for each in findings]
        click.echo(json.dumps({"findings": rows}))
        return
    for finding in findings:
        click.echo(_said(text, finding))
    if not findings:
        click.echo(
            "Nothing was found. Please read once more.\nلم نجد شيئا. نرجو قراءة النص مرة أخرى."
        )


def _said(text: str, finding: Finding) -> str:
    before = text[: finding.start]
    line, column = before.count("\n") + 1, finding.start - (before.rfind("\n") + 1) + 1
    en, ar = words("kinds", finding.kind, "en"), words("kinds", finding.kind, "ar")
    return f"{line}:{column}: {en} / {ar}: {visible_name(text[finding.start : finding.end])}"
