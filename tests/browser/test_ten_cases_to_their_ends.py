"""Ten cases from sending to what changed: a site, two desks and an agency, all real processes."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.cli.audit_outcomes import CLEAN, MISBEHAVED
from tests.browser.journey import SEAL_MILLISECONDS, Citizen
from tests.browser.office import Agency, Colleague, second_desk
from tests.stack import Stack, running_demo, wasl

TOPIC, BODY = "water-strategy", "water"
NAMES = ("أ", "ب", "ج", "د", "هـ", "و", "ز", "ح", "ط", "ي")
PUBLISHED = {0: 1, 1: 2, 2: 3, 3: 4, 4: 1, 5: 2}
"""The class of the answer by the place of the case."""
RECUSED, OVERDUE, OBJECTED, WITHDRAWN, DECLINED = 5, 6, 7, 8, 9
LATER = {"FAKETIME": "+40d"}
"""What every process is told about the day, forty days on."""
WAKE_SECONDS = 60


def message(at: int) -> str:
    return f"الحالة {NAMES[at]}: الماء ينقطع في حينا أسبوعين كل صيف."


def words(at: int) -> str:
    return f"الماء ينقطع أسبوعين كل صيف ({NAMES[at]})."


@dataclass
class Told:
    """The ten codes after everything was said, in the same order as the cases."""

    stack: Stack
    codes: list[str]


def send_with_a_browser(browser: Browser, stack: Stack, at: int, *, javascript: bool) -> str:
    citizen = Citizen.arrives(browser, stack, javascript=javascript)
    citizen.page.goto(f"{stack.site}/write?topic={TOPIC}")
    citizen.writes(message(at))
    citizen.page.locator("#send").click(timeout=SEAL_MILLISECONDS)
    expect(citizen.page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.keeps_the_code()
    citizen.leaves()
    return " ".join(citizen.words)


def send_with_the_command(stack: Stack, folder: Path, at: int) -> str:
    text = folder / f"{at}.txt"
    text.write_text(message(at), "utf-8")
    sent = wasl("send", stack.site, "--topic", TOPIC, "--text-file", text, "--json")
    assert sent.returncode == 0, sent.stderr
    return str(json.loads(sent.stdout)["words"])


def does(
    browser: Browser,
    stack: Stack,
    code: str,
    action: str,
    *,
    javascript: bool,
    button: str = "button",
) -> None:
    """The holder of *code* objects, withdraws, or rates an answer."""
    citizen = Citizen.arrives(browser, stack, javascript=javascript)
    citizen.comes_back_with(code)
    place = citizen.page.locator(f"#{action}")
    if action == "withdraw":
        place.locator("summary").click()
    place.locator(button).click()
    # Leaving while it is on its way would stop it.
    done = citizen.page.locator("p.box.ok[role=status]")
    expect(done).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.leaves()


def status_by_code(stack: Stack, folder: Path, code: str) -> str:
    path = folder / "code.txt"
    path.write_text(code, "utf-8")
    followed = wasl("follow", stack.site, "--code-file", path, "--json")
    assert followed.returncode == 0, followed.stderr
    return str(json.loads(followed.stdout)["status"])


@pytest.fixture(scope="module")
def told(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Everything that happens before the clock moves on."""
    folder = tmp_path_factory.mktemp("ten")
    with running_demo(folder / "data") as stack:
        codes = [send_with_the_command(stack, folder, at) for at in range(7)]
        codes.append(send_with_a_browser(chromium, stack, 7, javascript=True))
        codes.append(send_with_a_browser(chromium, stack, 8, javascript=False))
        codes.append(send_with_a_browser(chromium, stack, 9, javascript=True))
        with second_desk(stack, "nahr-1") as second, second_desk(stack, "amal-2") as third:
            _work(chromium, stack, (second, third), codes)
        yield Told(stack, codes)


@dataclass
class Office:
    """Three reviewers; the first keeps out of one case, which the other two then carry."""

    first: Colleague
    second: Colleague
    third: Colleague

    def carrier(self, at: int) -> Colleague:
        return self.second if at == RECUSED else self.first

    def witness(self, at: int) -> Colleague:
        return self.third if at == RECUSED else self.second

    @property
    def carriers(self) -> tuple[Colleague, Colleague]:
        return self.first, self.second

    @property
    def witnesses(self) -> tuple[Colleague, Colleague]:
        return self.second, self.third

    def sync(self, *spoke: Colleague) -> None:
        """Until everybody has heard the site, and those who *spoke* since the last time."""
        silent = [each for each in (self.first, self.second, self.third) if each not in spoke]
        for colleague in (*spoke, *silent, *spoke[:-1]):
            colleague.syncs()


def _work(browser: Browser, stack: Stack, desks: tuple[str, str], codes: list[str]) -> None:
    passphrase = stack.facts["passphrase"]
    office = Office(
        *(Colleague.sits_down(browser, desk, passphrase) for desk in (stack.desk, *desks))
    )
    office.sync()
    for colleague in (office.first, office.second, office.third):
        colleague.reads_all(*map(message, range(10)))
    office.first.marks_as_read(message(at) for at in range(9))
    office.sync(office.first)
    does(browser, stack, codes[WITHDRAWN], "withdraw", javascript=False)
    office.first.declines(message(DECLINED))
    office.first.among_colleagues(message(RECUSED), "recuse")
    office.first.among_colleagues(message(RECUSED), "assign", to="nahr-1")
    office.sync(office.first)
    office.first.opens(message(RECUSED))
    expect(office.first.page.locator("#redact")).to_have_count(0)
    _two_sign_the_words(office, [*PUBLISHED, OVERDUE, OBJECTED])
    does(browser, stack, codes[OBJECTED], "object", javascript=True)
    office.sync()
    assert office.first.status(message(OBJECTED)) == "read"
    letters = {at: office.carrier(at).relays(message(at)) for at in [*PUBLISHED, OVERDUE]}
    office.sync(*office.carriers)
    _agency_answers(browser, stack, letters)
    office.sync()
    _publish(office)
    _rate(browser, stack, codes)
    office.sync()
    office.first.numbers("#propose-numbers")
    office.sync(office.first)
    office.second.numbers("#approve-numbers")
    office.sync(office.second)
    for colleague in (office.first, office.second, office.third):
        colleague.leaves()


def _two_sign_the_words(office: Office, cases: list[int]) -> None:
    for at in cases:
        office.carrier(at).proposes(message(at), words(at), BODY)
    office.sync(*office.carriers)
    for at in cases:
        office.witness(at).signs_the_words(message(at), words(at))
    office.sync(*office.witnesses)


def _agency_answers(browser: Browser, stack: Stack, letters: dict[int, str]) -> None:
    agency = Agency.arrives(browser, stack)
    for at, answer in PUBLISHED.items():
        agency.answers(letters[at], words(at), answer)
    agency.leaves()


def _publish(office: Office) -> None:
    for at, answer in PUBLISHED.items():
        office.carrier(at).tells_the_answer(message(at), answer)
    office.sync(*office.carriers)
    for at, answer in PUBLISHED.items():
        office.carrier(at).prepares_the_outcome(message(at), changed=answer == 1)
    office.sync(*office.carriers)
    for at in PUBLISHED:
        office.witness(at).signs_the_outcome(message(at))
    office.sync(*office.witnesses)


def _rate(browser: Browser, stack: Stack, codes: list[str]) -> None:
    """Five holders of codes say that the answer helped, each in one of three ways."""
    does(browser, stack, codes[0], "rate", javascript=True, button="[value=yes]")
    does(browser, stack, codes[1], "rate", javascript=False, button="[value=yes]")
    for code in codes[2:5]:
        path = stack.folder.parent / "rated.txt"
        path.write_text(code, "utf-8")
        rated = wasl("follow", stack.site, "--code-file", path, "--rate", "yes", "--json")
        assert rated.returncode == 0, rated.stderr
        assert json.loads(rated.stdout)["rated"] == "yes"


def test_every_citizen_sees_how_their_case_ended(told: Told, tmp_path: Path) -> None:
    seen = [status_by_code(told.stack, tmp_path, code) for code in told.codes]

    expected = {at: f"published:{answer}" for at, answer in PUBLISHED.items()}
    expected |= {OVERDUE: "relayed", OBJECTED: "read", WITHDRAWN: "withdrawn"}
    assert {at: seen[at] for at in expected} == expected
    assert seen[DECLINED].startswith("declined")


def test_the_public_page_the_table_and_the_auditor_agree(told: Told, tmp_path: Path) -> None:
    page = httpx.get(told.stack.site + f"/en/record/{TOPIC}", timeout=10).text
    audited = _audit(told.stack, tmp_path)["record"]

    assert page.count("Work began in two streets") == len(PUBLISHED)
    relays = audited["relays"]
    assert sorted(each["answer"] for each in relays if each["answer"]) == sorted(PUBLISHED.values())
    assert [each["answer"] for each in relays].count(None) == 1
    assert sum(bool(each["changed"]) for each in relays) == list(PUBLISHED.values()).count(1)
    assert _table(told.stack) == [audited["header"], *audited["rows"]]
    counts = _numbers(audited)
    # Three went to nobody; seven are told as five.
    assert counts[TOPIC, "none"]["received"] == "few"
    assert counts[TOPIC, BODY]["received"] == "5"
    assert counts[TOPIC, BODY]["relays"] == "7"
    assert counts[TOPIC, BODY]["published"] == "6"
    assert counts[TOPIC, BODY]["overdue"] == "0"
    assert counts[TOPIC, BODY]["helped-yes"] == "5"


def test_when_the_day_has_passed_everybody_sees_that_no_answer_came(
    told: Told, tmp_path: Path
) -> None:
    told.stack.stop()
    [clock] = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    later = os.environ | LATER | {"LD_PRELOAD": str(clock)}
    with running_demo(told.stack.folder, environment=later, again=told.stack) as stack:
        page = httpx.get(stack.site + f"/en/record/{TOPIC}", timeout=10).text
        # A log that slept for forty days broke its rules, and the auditor says that, too.
        audited = _audit_once_the_log_is_awake(stack, tmp_path, env=later)

        assert page.count("No answer yet. It was due on") == 1
        assert page.count("reminder to") == 1
        assert [each["overdue"] for each in audited["relays"]].count(True) == 1
        assert _numbers(audited)[TOPIC, BODY]["overdue"] == "1"
        assert _table(stack) == [audited["header"], *audited["rows"]]


def _audit_once_the_log_is_awake(stack: Stack, folder: Path, **options: Any) -> dict[str, Any]:
    """The record of the day on which the log published again: its day is that of the last slot."""
    deadline = time.monotonic() + WAKE_SECONDS
    while True:
        record: dict[str, Any] = _audit(stack, folder, MISBEHAVED, **options)["record"]
        if any(each["overdue"] for each in record["relays"]) or time.monotonic() > deadline:
            return record
        shutil.rmtree(folder / "auditor")


def _audit(stack: Stack, folder: Path, ends: int = CLEAN, **options: Any) -> dict[str, Any]:
    state = folder / "auditor"
    facts = stack.facts
    started = wasl(
        *("audit", "init", "--policy", facts["witness_policy"], "--url", facts["log"]),
        *("--state", state, "--roots", facts["roots"]),
        **options,
    )
    assert started.returncode == 0, started.stderr
    synced = wasl("audit", "sync", "--state", state, **options)
    assert synced.returncode == ends, synced.stdout + synced.stderr
    report = wasl("audit", "report", "--state", state, "--json", "-", **options)
    assert report.returncode == ends, report.stderr
    document: dict[str, Any] = json.loads(report.stdout)
    return document


def _table(stack: Stack) -> list[list[str]]:
    answer = httpx.get(stack.site + "/record.csv", timeout=10)
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def _numbers(record: dict[str, Any]) -> dict[tuple[str, str], dict[str, str]]:
    rows = [dict(zip(record["header"], map(str, row), strict=True)) for row in record["rows"]]
    return {(row["topic"], row["agency"]): row for row in rows}
