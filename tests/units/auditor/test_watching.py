"""A watch tells what is new, once, and tells a broken line apart from a broken promise."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from app.auditor.errors import UnreachableError
from app.auditor.source import FolderSource
from app.auditor.state import StateFolder
from app.auditor.sync import Synced, sync
from app.auditor.watch import Watch, parse_interval
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import Town, without
from tests.units.tlog.operator import LOG_KEY


def hook(folder: Path) -> tuple[str, Path]:
    """A program that keeps what it is told."""
    told = folder / "told"
    program = folder / "hook.py"
    program.write_text(f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read())")
    return f"{sys.executable} {program}", told


def test_the_hook_is_told_what_is_new_once(auditor: Auditor) -> None:
    town = Town(a_day=2, cover=1)
    town.days(14)
    auditor.audits(town)
    command, told = hook(auditor.folder)
    town.day(rolls=without)
    town.publish(auditor.log)

    for _ in range(2):
        ended = auditor.run("watch", "--rounds", 2, "--interval", "1s", "--hook", command)
        assert ended.exit_code == 1

    [event] = map(json.loads, told.read_text().splitlines())
    assert event["kind"] == "finding"
    assert [one["code"] for one in event["findings"]] == ["roll-missing"]
    assert [Path(path) for path in event["evidence"]] == auditor.evidence


def test_what_stays_wrong_is_told_once(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    command, told = hook(auditor.folder)
    (auditor.log / "checkpoint").write_text(town.checkpoint.sign(LOG_KEY))
    auditor.run("watch", "--rounds", 3, "--interval", "1s", "--hook", command)
    [event] = map(json.loads, told.read_text().splitlines())
    assert [one["code"] for one in event["findings"]] == ["checkpoint-unverified"]


def test_a_watch_renews_the_reports(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    page, data = auditor.folder / "r.html", auditor.folder / "r.json"
    ended = auditor.run("watch", "--rounds", 1, "--html", page, "--json", data, "--lang", "en")
    assert ended.exit_code == 0
    assert json.loads(data.read_text())["size"] == town.log.size
    assert page.read_text().startswith("<!doctype html>")


def test_a_line_that_stays_broken_is_told_once_and_its_end_too(
    town: Town, auditor: Auditor
) -> None:
    command, told = hook(auditor.folder)
    auditor.audits(town)
    state = auditor.state
    answers: list[bool] = [False] * 5 + [True, True, False, True]

    def once() -> Synced:
        if not answers.pop(0):
            raise UnreachableError("nobody answers")
        return sync(StateFolder(state), FolderSource(auditor.log), now=0)

    said: list[str] = []
    watch = Watch("wasl.example", once, command.split(), said.append)
    watch.run(1, lambda _: None, rounds=9)

    assert [json.loads(line)["kind"] for line in told.read_text().splitlines()] == [
        "unreachable",
        "recovered",
    ]
    assert len(said) == 9


def test_a_hook_that_fails_does_not_end_the_watch(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    (auditor.log / "checkpoint").write_text(town.checkpoint.sign(LOG_KEY))
    for command in ("/no/such/program", "false"):
        (auditor.state / "auditor.json").write_text(_without_findings(auditor))
        ended = auditor.run("watch", "--rounds", 1, "--hook", command)
        assert ended.exit_code == 1
        assert "the hook" in ended.output


def _without_findings(auditor: Auditor) -> str:
    return json.dumps(auditor.remembered() | {"findings": []})


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("15m", 900), ("1d", 86_400)])
def test_intervals(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "-1d", "1w", "1.5h", "١d"])
def test_what_is_no_interval(text: str) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        parse_interval(text)
