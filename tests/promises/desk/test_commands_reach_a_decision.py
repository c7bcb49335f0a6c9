"""The way to a decision as commands of two desks, against a running site."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.stack import Stack, wasl

TEXT = "أنا سامر ورقمي 0791234567. المياه لا تصل إلى الحي منذ شهر."
WORDS = "المياه لا تصل منذ شهر."
ALL_CHECKED = ("--checked", "manager,date,style,summary")
FOR_THE_BODY = ("--ask", "نشر مواعيد الضخ", "--agency", "water")
OUTCOME = {
    "changed": True,
    "decided": "2026-12-20",
    "said": {"ar": "المياه لا تصل", "en": "No water comes"},
    "answered": {"ar": "تصل يوم الأحد", "en": "It comes on Sundays"},
    "change": {"ar": "جدول جديد", "en": "A new timetable"},
}


class Desk:
    """One reviewer at a terminal."""

    def __init__(self, stack: Stack, reviewer: str) -> None:
        self.folder = stack.facts["desks"][reviewer]
        self.passphrase = stack.folder / "passphrase"

    def runs(self, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return wasl(
            *("desk", command, self.folder, *arguments),
            *("--passphrase-file", self.passphrase, "--json"),
        )

    def does(self, command: str, *arguments: str | Path) -> dict[str, Any]:
        done = self.runs(command, *arguments)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def finds(self, text: str) -> str:
        self.does("sync")
        for case in self.does("list")["cases"]:
            if self.does("show", case["label"])["sections"][0]["text"] == text:
                return str(case["label"])
        raise AssertionError("no case on this desk holds these words")


def test_two_desks_bring_a_case_to_its_outcome(stack: Stack, tmp_path: Path) -> None:
    amal, nahr = Desk(stack, "amal-2"), Desk(stack, "nahr-1")
    text, words, outcome = (tmp_path / name for name in ("text", "words", "outcome"))
    text.write_text(TEXT, "utf-8")
    words.write_text(WORDS, "utf-8")
    outcome.write_text(json.dumps(OUTCOME), "utf-8")
    sent = wasl("send", stack.site, "--topic", "water-strategy", "--text-file", text, "--json")
    assert sent.returncode == 0, sent.stderr
    case = amal.finds(TEXT)
    amal.does("status", case, "read")

    opened = amal.does("redact", case)
    assert "0791234567" not in opened["result"]
    assert opened["found"]["phone"] == 1
    unticked = amal.runs("redact", case, "--text-file", words, *FOR_THE_BODY)
    assert unticked.returncode == 3
    repeating = amal.runs("redact", case, "--text-file", text, *FOR_THE_BODY, *ALL_CHECKED)
    assert repeating.returncode == 1
    assert "repeats" in repeating.stderr
    assert amal.does("redact", case, "--text-file", words, *FOR_THE_BODY, *ALL_CHECKED)["sent"]
    alone = amal.runs("approve", case, "--yes")
    assert alone.returncode == 1
    assert json.loads(alone.stdout)["error"] == "not-yours"

    assert nahr.finds(TEXT) == case
    assert nahr.does("approve", case, "--yes")["status"] == "redacted"
    amal.does("sync")
    relayed = amal.does("relay", case)
    assert relayed["status"] == "relayed"
    assert relayed["code"]
    words.write_text("ردت الجهة بالقبول.", "utf-8")
    answered = amal.does("answer", case, "--answer", "1", "--text-file", words)
    assert answered["status"] == "answered:1"
    amal.does("outcome", case, "--from", outcome)
    nahr.does("sync")
    assert nahr.does("approve", case, "--outcome", "--yes")["status"] == "published:1"

    counted = nahr.does("numbers")
    assert {row["agency"] for row in counted["rows"]} >= {"water"}
    amal.does("sync")
    amal.does("numbers", "--propose")
    nahr.does("sync")
    assert nahr.does("numbers", "--approve")["week"] == counted["week"]


def test_a_recused_reviewer_is_refused_and_a_case_is_handed_over(
    stack: Stack, tmp_path: Path
) -> None:
    amal, nahr = Desk(stack, "amal-2"), Desk(stack, "nahr-1")
    text = tmp_path / "text"
    text.write_text(TEXT + " مرة ثانية.", "utf-8")
    sent = wasl("send", stack.site, "--topic", "water-strategy", "--text-file", text, "--json")
    assert sent.returncode == 0, sent.stderr
    case = amal.finds(TEXT + " مرة ثانية.")

    assert amal.does("assign", case, "nahr-1")["sent"]
    assert nahr.finds(TEXT + " مرة ثانية.") == case
    assert nahr.does("recuse", case)["sent"]
    again = amal.runs("sync")
    assert again.returncode == 0
    refused = amal.runs("assign", case, "nahr-1")

    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"] == "not-yours"
