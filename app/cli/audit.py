"""`wasl audit`: hold a log to its own rules, from the outside.

Exit codes: 0 clean, 1 the log misbehaved, 2 could not check, 3 wrong usage. A line that breaks
is never a finding. Nothing is kept of a run that did not come to its end.
"""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import click

from app.auditor.compare import compare
from app.auditor.errors import SetupError
from app.auditor.findings import Evidence, Found
from app.auditor.history import History
from app.auditor.page import render_page
from app.auditor.report import Document, encode_report, make_report
from app.auditor.source import Source, open_source
from app.auditor.state import AuditState, StateFolder
from app.auditor.sync import Synced, begin, only_origin, sync
from app.auditor.verify import replay, verify_mirror
from app.auditor.watch import Watch, parse_interval
from app.auditor.words import LANGS, Lang
from app.cli.audit_holders import canary_group, promise_command, receipt_command
from app.cli.audit_outcomes import (
    CLEAN,
    MISBEHAVED,
    UNCHECKED,
    AuditGroup,
    checkpoint_document,
    exit_for,
    json_option,
    print_json,
    socks_option,
    state_option,
    tell_checkpoint,
    tell_findings,
)
from app.cli.secrets import read_text
from app.web.clock import seconds
from crypto.encoding import decode_base64, decode_decimal, encode_base64, sha256
from crypto.errors import MalformedError
from crypto.keyring import Roots
from crypto.note import NoteKey
from crypto.tlog.policy import Policy

T = TypeVar("T")
_LONGEST_KEY: Final = 200


@click.group("audit", cls=AuditGroup)
def command() -> None:
    """Check the public log of an instance: that it keeps its promises and its own rules."""


for holders in (promise_command, receipt_command, canary_group):
    command.add_command(holders)


# Setting up


@command.command("init")
@click.option("--policy", required=True, metavar="FILE", help="The tlog-policy you believe.")
@click.option("--url", required=True, metavar="PREFIX", help="The log: an address or a folder.")
@state_option
@click.option("--trust", metavar="SIZE:ROOT", help="A checkpoint you know from somebody else.")
@click.option("--roots", metavar="FILE", help="The instance's root keys.")
@socks_option
def init(
    policy: str, url: str, folder: Path, trust: str | None, roots: str | None, socks: str | None
) -> None:
    """Pin the keys of a log and its present checkpoint, and say what is pinned.

    Without --roots those that the site itself shows are pinned: compare them with somebody.
    """
    believed = _parsed(policy, Policy.parse)
    with open_source(url, socks) as source:
        rooted = _parsed(roots, Roots.parse) if roots else _roots_of(source, only_origin(believed))
        outcome = begin(
            StateFolder(folder), source, believed, rooted, trust=_trusted(trust) if trust else None
        )
    if isinstance(outcome, Evidence):
        kept = StateFolder(folder).keep([outcome], only_origin(believed))
        tell_findings([outcome.finding], kept)
        sys.exit(MISBEHAVED)
    _tell_pinned(outcome, given_roots=roots is not None, given_tree=trust is not None)


def _parsed(name: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(read_text(name))
    except MalformedError as exc:
        raise SetupError(f"{name}: {exc}") from exc


def _trusted(text: str) -> tuple[int, bytes]:
    size, _, root = text.partition(":")
    try:
        return decode_decimal(size), decode_base64(root, 32)
    except ValueError:
        raise SetupError("--trust must look like 1234:<base64 root>") from None


def _roots_of(source: Source, origin: str) -> Roots:
    """The roots that the site shows beside its log."""
    if "://" not in source.name:
        raise SetupError("a folder holds no root keys: give --roots")
    site = source.name.removesuffix("/log")
    with open_source(site) as pages:
        untrusted = pages.read("api/v1/intake", 1 << 20)
    try:
        intake = json.loads(untrusted)
        if intake["origin"] != origin:
            raise SetupError(f"the site at {site} is another one: give --roots")
        return Roots.parse(intake["roots"])
    except (ValueError, KeyError, TypeError, MalformedError) as exc:
        raise SetupError(f"no root keys at {site}: give --roots") from exc


def _tell_pinned(state: AuditState, *, given_roots: bool, given_tree: bool) -> None:
    checkpoint = state.witnessed.checkpoint
    root = encode_base64(checkpoint.root)
    click.echo(f"Pinned for {state.origin}, in every later run:")
    for log in state.policy.logs:
        click.echo(f"  log key    {_shown(log.key)}")
    for witness in state.policy.witnesses:
        click.echo(f"  witness    {witness.name}: {_shown(witness.key)}")
    click.echo(f"  quorum     {state.policy.quorum}")
    click.echo(f"  roots      {state.roots.quorum} of {len(state.roots.keys)} must sign")
    for key in state.roots.keys:
        click.echo(f"             {key.encode()}")
    click.echo(f"  checkpoint {checkpoint.size}:{root}")
    if not given_roots:
        click.echo("The root keys came from the site itself: compare them with somebody.")
    if not given_tree:
        click.echo("The checkpoint came from the log itself: compare it with another auditor,")
        click.echo(f"who can start from yours with --trust {checkpoint.size}:{root}")


def _shown(key: NoteKey) -> str:
    """The whole key where it fits a line, else its name, ID and SHA-256."""
    encoded = key.encode()
    if len(encoded) <= _LONGEST_KEY:
        return encoded
    return f"{key.name}+{key.id.hex()} (SHA-256 of the key {sha256(encoded.encode()).hex()})"


# Reading the log


@command.command("sync")
@state_option
@click.option("--mirror", type=click.Path(file_okay=False, path_type=Path), metavar="DIR")
@click.option("--url", metavar="PREFIX", help="Read from here instead of where init did.")
@socks_option
@json_option
def sync_command(
    folder: Path, mirror: Path | None, url: str | None, socks: str | None, as_json: bool
) -> None:
    """Fetch what is new, verify it, judge it, and add it to the mirror."""
    state_folder = StateFolder(folder)
    with open_source(url or state_folder.load().url, socks) as source:
        synced = sync(state_folder, source, seconds(), mirror)
    if as_json:
        print_json(_synced_document(synced))
    else:
        tell_checkpoint(synced.witnessed)
        click.echo(f"{synced.entries} new entries")
        tell_findings(synced.findings, synced.evidence)
    exit_for(synced.findings)


def _synced_document(synced: Synced) -> Document:
    return {
        **checkpoint_document(synced.witnessed),
        "new_entries": synced.entries,
        "findings": [one.encode() for one in synced.findings],
        "evidence": [str(path) for path in synced.evidence],
    }


@command.command("verify")
@state_option
@click.option("--full", is_flag=True, help="Hash every file, and judge from the first entry.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True)
@json_option
def verify_command(folder: Path, full: bool, jobs: int, as_json: bool) -> None:
    """Check the mirror again, without a network; show every finding so far."""
    state = StateFolder(folder).load()
    verified = verify_mirror(state, full=full, jobs=jobs)
    if as_json:
        findings = [one.encode() for one in verified.findings]
        print_json({**checkpoint_document(state.witnessed), "findings": findings})
    else:
        tell_checkpoint(state.witnessed)
        tell_findings(verified.findings)
    exit_for(verified.findings)


@command.command("report")
@state_option
@click.option("--json", "json_file", metavar="FILE", help="Write the report as JSON; - for stdout.")
@click.option("--html", "html_file", metavar="FILE", help="Write it as one static page.")
@click.option("--lang", type=click.Choice(LANGS), default="ar", show_default=True)
def report_command(folder: Path, json_file: str | None, html_file: str | None, lang: Lang) -> None:
    """Tell what the log says: the same bytes from every auditor of one checkpoint."""
    state = StateFolder(folder).load()
    history = replay(state)
    report = make_report(state, history)
    _write_report(report, json_file, html_file, lang)
    if json_file != "-" and html_file != "-":
        _tell_report(state, history, report)
    sys.exit(MISBEHAVED if report["findings"] or report["observed"] else CLEAN)


def _write_report(
    report: Document, json_file: str | None, html_file: str | None, lang: Lang
) -> None:
    if json_file:
        _write(json_file, encode_report(report))
    if html_file:
        _write(html_file, render_page(report, lang))


def _write(name: str, text: str) -> None:
    if name == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(name).write_text(text, "utf-8", newline="\n")
    except OSError as exc:
        raise SetupError(f"{name}: {exc.strerror}") from exc


def _tell_report(state: AuditState, history: History, report: Document) -> None:
    tell_checkpoint(state.witnessed)
    batches = ", ".join(f"{count} {kind}" for kind, count in report["batches"].items())
    click.echo(f"batches: {batches or 'none'}")
    for name, cohort in report["cohorts"].items():
        real = "not yet known" if cohort["real"] is None else cohort["real"]
        rolls = [
            f"{age} {'on time' if on_time else 'late'}"
            for age, on_time in cohort["on_time"].items()
        ]
        rolls += [f"{age} missing" for age in cohort["missing"]]
        click.echo(f"{name}: {real} cases; {', '.join(rolls) or 'no rolls yet'}")
    click.echo(f"keys, rules, releases: {len(history.control)} leaves")
    tell_findings([Found.load(one) for one in (*report["findings"], *report["observed"])])


# Several places, and again and again


@command.command("compare")
@state_option
@click.argument("urls", nargs=-1, required=True, metavar="URL…")
@socks_option
@json_option
def compare_command(folder: Path, urls: Sequence[str], socks: str | None, as_json: bool) -> None:
    """Is it the same log at each URL: the site, its onion, witnesses, mirrors, folders?"""
    state_folder = StateFolder(folder)
    sources = [open_source(url, socks if _needs_socks(url) else None) for url in urls]
    compared = compare(state_folder, sources)
    for source in sources:
        source.close()
    findings = [one.finding for one in compared.evidence]
    kept = state_folder.keep(compared.evidence, state_folder.load().origin)
    if as_json:
        views = [
            {
                "place": view.place,
                "problem": view.problem or None,
                **(checkpoint_document(view.witnessed) if view.witnessed else {}),
            }
            for view in compared.views
        ]
        findings_json = [one.encode() for one in findings]
        print_json(
            {"views": views, "findings": findings_json, "evidence": [str(path) for path in kept]}
        )
    else:
        for view in compared.views:
            size = view.witnessed.checkpoint.size if view.witnessed else "?"
            click.echo(f"{view.place}: size {size} {view.problem}".rstrip())
        tell_findings(findings, kept)
    if not findings and not compared.complete:
        sys.exit(UNCHECKED)
    exit_for(findings)


def _needs_socks(url: str) -> bool:
    return "://" in url


@command.command("watch")
@state_option
@click.option("--interval", default="1d", show_default=True, help="Such as 15m, 12h, 1d.")
@click.option("--hook", default="", metavar="CMD", help="Runs with each event as JSON on stdin.")
@click.option("--html", "html_file", metavar="FILE", help="Renew this report after each round.")
@click.option("--json", "json_file", metavar="FILE", help="Renew this report after each round.")
@click.option("--lang", type=click.Choice(LANGS), default="ar", show_default=True)
@click.option("--rounds", type=click.IntRange(0), default=0, help="Stop after so many; 0: never.")
@socks_option
def watch_command(
    folder: Path,
    interval: str,
    hook: str,
    html_file: str | None,
    json_file: str | None,
    lang: Lang,
    rounds: int,
    socks: str | None,
) -> None:
    """Sync again and again, and call the hook for what is new."""
    state_folder = StateFolder(folder)
    state = state_folder.load()
    try:
        pause, program = parse_interval(interval), shlex.split(hook)
    except ValueError:
        raise SetupError("--interval must look like 1d, and --hook like a command") from None

    def once() -> Synced:
        with open_source(state.url, socks) as source:
            synced = sync(state_folder, source, seconds())
        if html_file or json_file:
            current = state_folder.load()
            report = make_report(current, replay(current))
            _write_report(report, json_file, html_file, lang)
        return synced

    watch = Watch(state.origin, once, program, click.echo, set(state.findings))
    watch.run(pause, time.sleep, rounds)
    sys.exit(MISBEHAVED if state_folder.load().findings else UNCHECKED if watch.failures else CLEAN)
