"""How the commands of auditors end, and what they all say.

Exit codes: 0 clean, 1 the log misbehaved, 2 could not check, 3 wrong usage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click

from app.auditor.errors import AuditError, SetupError
from app.auditor.findings import Found
from app.auditor.report import Document
from app.auditor.words import meaning
from app.cli.outcomes import USAGE, Command, Group, WrongUsageError
from crypto.encoding import encode_base64
from crypto.tlog.policy import Witnessed
from crypto.tlog.times import encode_instant

CLEAN: Final = 0
MISBEHAVED: Final = 1
UNCHECKED: Final = 2


class AuditCommand(Command):
    """A command that ends as this module says."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return click.Command.invoke(self, ctx)
        except click.UsageError as error:
            raise WrongUsageError(error) from None
        except AuditError as error:
            click.echo(f"Could not check: {error}", err=True)
            ctx.exit(USAGE if isinstance(error, SetupError) else UNCHECKED)


class AuditGroup(Group):
    command_class = AuditCommand


state_option = click.option(
    "--state",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The auditor's folder for this log.",
)
socks_option = click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def tell_checkpoint(witnessed: Witnessed) -> None:
    checkpoint = witnessed.checkpoint
    click.echo(f"{checkpoint.origin}: {checkpoint.size} entries")
    click.echo(f"root {encode_base64(checkpoint.root)}")
    for name, moment in witnessed.times:
        click.echo(f"seen by {name} at {encode_instant(moment)}")


def checkpoint_document(witnessed: Witnessed) -> Document:
    return {
        "origin": witnessed.checkpoint.origin,
        "size": witnessed.checkpoint.size,
        "root": encode_base64(witnessed.checkpoint.root),
        "seen": None if witnessed.seen_at is None else encode_instant(witnessed.seen_at),
    }


def tell_findings(findings: Sequence[Found], evidence: Iterable[Path] = ()) -> None:
    if not findings:
        click.echo("no findings")
    for one in findings:
        facts = " ".join(f"{name}={value}" for name, value in one.facts)
        click.echo(f"FINDING {one.code} at {one.index} {facts}".rstrip())
        click.echo(f"  {meaning(one.code, 'en')}\n  {meaning(one.code, 'ar')}")
    for path in evidence:
        click.echo(f"evidence: {path}")


def print_json(document: Document) -> None:
    click.echo(json.dumps(document, ensure_ascii=False))


def exit_for(findings: Sequence[Found]) -> None:
    sys.exit(MISBEHAVED if findings else CLEAN)
