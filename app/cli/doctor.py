"""`wasl doctor`: look at a running site as those would who want to know who writes there.

Exit codes: 0 nothing found, 1 something was, 2 the site could not be reached, 3 wrong usage. Notes
are no findings.
"""

from __future__ import annotations

import json
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from app.cli.outcomes import Command
from app.doctor.checks import SEVERITIES, Finding
from app.doctor.folder import SERVE_LOCK, Instance
from app.doctor.inside import examine_inside
from app.doctor.machine import Machine
from app.doctor.observation import Observation
from app.doctor.outside import examine_outside
from app.doctor.visit import Progress, Visitor, observe, onion_of, silent, visiting
from app.settings import Settings, SettingsError
from app.web.clock import seconds, today

FOUND: Final = 1
_SHOWN: Final = 3
_WIDTH: Final = 100
_INDENT: Final = " " * 10


@click.command("doctor", cls=Command)
@click.argument("url")
@click.option("--socks", metavar="HOST:PORT", help="Tor's SOCKS port, such as 127.0.0.1:9050.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The instance's folder, on the server itself: looks at the disk and machine too.",
)
@click.option(
    "--logs",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Where a proxy or journald writes, such as /var/log/nginx; may be repeated. With --data.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    url: str, socks: str | None, data: Path | None, logs: tuple[Path, ...], as_json: bool
) -> None:
    """Look at the site at URL from outside, and with --data at the server from inside.

    Changes nothing. Exit code 1 if something must be mended.
    """
    if logs and data is None:
        raise click.UsageError("--logs needs --data")
    with visiting(url, socks, progress=_counted(quiet=as_json)) as visitor:
        observation = _observe(visitor, socks)
    findings = [*examine_outside(observation), *_inside(data, logs)]
    if as_json:
        click.echo(json.dumps(_document(observation, findings), ensure_ascii=False))
    else:
        _tell(observation, findings)
    if any(each.counts for each in findings):
        raise SystemExit(FOUND)


def _observe(visitor: Visitor, socks: str | None) -> Observation:
    """With Tor at hand, the onion that pages name is visited as well."""
    onion = onion_of(visitor) if socks else ""
    with _twin(onion, socks) as twin:
        return observe(visitor, today=today(), twin=twin)


@contextmanager
def _twin(onion: str, socks: str | None) -> Iterator[Visitor | None]:
    if not onion.endswith(".onion"):
        yield None
        return
    with visiting(onion, socks) as twin:
        yield twin


def _inside(data: Path | None, logs: tuple[Path, ...]) -> list[Finding]:
    if data is None:
        return []
    try:
        settings = Settings.load(data)
        instance = Instance(
            settings=settings,
            machine=Machine.read(settings.data / SERVE_LOCK),
            today=today(),
            now=seconds(),
            temporary=Path(tempfile.gettempdir()),
            logs=logs,
        )
        return list(examine_inside(instance))
    except SettingsError as exc:
        raise click.UsageError(str(exc)) from None
    except PermissionError as exc:
        raise click.UsageError(f"{exc.filename}: only its owner or root may look there") from None


def _counted(*, quiet: bool) -> Progress:
    return silent if quiet or not sys.stderr.isatty() else _count


def _count(answered: int) -> None:
    click.echo(f"\r{answered} requests\r", err=True, nl=False)


def _document(observation: Observation, findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "url": observation.url,
        "requests": len(observation.exchanges),
        "findings": [each.document() for each in findings if each.counts],
        "notes": [each.document() for each in findings if not each.counts],
    }


def _tell(observation: Observation, findings: Sequence[Finding]) -> None:
    for each in sorted(findings, key=lambda one: SEVERITIES.index(one.severity)):
        _tell_one(each)
    count = sum(each.counts for each in findings)
    click.echo(f"{observation.url}: {len(observation.exchanges)} requests, {count} findings")
    click.echo(f"عدد ما يجب إصلاحه: {count}")


def _tell_one(finding: Finding) -> None:
    click.echo(f"{finding.severity:<8}  {finding.id}")
    shown = finding.sightings[:_SHOWN]
    for each in shown:
        click.echo(f"{_INDENT}{each.where}: {each.seen}")
    if len(finding.sightings) > len(shown):
        click.echo(f"{_INDENT}and {len(finding.sightings) - len(shown)} more")
    click.echo(
        textwrap.fill(finding.mend, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    )
    click.echo(f"{_INDENT}{finding.mend_ar}\n")
