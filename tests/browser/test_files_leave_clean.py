"""Documents, films and sound that say who made them leave a real browser saying nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from redaction.files import clean_bytes
from redaction.words import words
from tests.browser.journey import SEAL_MILLISECONDS, Citizen
from tests.corpus.check import leaks
from tests.corpus.make import corpus
from tests.stack import Stack, wasl

NAMES = ("docx-word", "pdf-office", "odt-letter", "mp4-phone", "mp3-player", "webp-lossy")
ENTRIES = {entry.name: entry for entry in corpus() if entry.name in NAMES}
TEXT = "الجداول المرفقة تبين كم يوما انقطع الماء ({})."


def desk(stack: Stack, command: str, *arguments: str | Path) -> Any:
    done = wasl(
        *("desk", command, stack.facts["desks"]["amal-2"], *arguments, "--json"),
        *("--passphrase-file", stack.folder / "passphrase"),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("javascript", [True, False], ids=["in-the-browser", "no-javascript"])
def test_the_sender_sees_what_went_and_the_desk_gets_clean_files(
    stack: Stack, chromium: Browser, tmp_path: Path, javascript: bool
) -> None:
    chosen = [tmp_path / f"{name}-{ENTRIES[name].declared}" for name in NAMES]
    for path, name in zip(chosen, NAMES, strict=True):
        path.write_bytes(ENTRIES[name].data)
    text = TEXT.format("على الجهاز" if javascript else "على الخادم")
    citizen = Citizen.arrives(chromium, stack, javascript=javascript)
    citizen.page.goto(stack.site + "/write?topic=water-strategy")
    citizen.writes(text, *chosen)
    expect(citizen.page.locator("#marked")).to_be_visible(timeout=SEAL_MILLISECONDS)

    shown = citizen.page.locator("#files > li").all_inner_texts()
    assert len(shown) == len(NAMES)
    for name, words_of_file in zip(NAMES, shown, strict=True):
        _, report = clean_bytes(ENTRIES[name].data, ENTRIES[name].declared)
        assert report.removed
        for category in report.removed:
            assert words("categories", category, "ar") in words_of_file, (name, category)

    citizen.page.locator("#send").click()
    expect(citizen.page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.leaves()
    received = exported(stack, tmp_path / "out", text)
    assert len(received) == len(NAMES)
    for name, data in zip(NAMES, received, strict=True):
        assert leaks(ENTRIES[name], data) == [], name


def exported(stack: Stack, folder: Path, text: str) -> list[bytes]:
    """The attachments of the one case that says *text*, in their order."""
    desk(stack, "sync")
    shown = [desk(stack, "show", case["label"]) for case in desk(stack, "list")["cases"]]
    (case,) = [case for case in shown if text in case["sections"][0]["text"]]
    written = map(Path, desk(stack, "export", case["label"], folder, "--yes")["files"])
    return [path.read_bytes() for path in written if path.parent != folder]
