"""`wasl doctor` as operators run it, against the real processes of the demo."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stack import Stack, free_port, wasl

OF_THE_MACHINE = {
    *("file-system", "access-times", "disk-encryption", "temporary-files", "swap"),
    "core-pattern",
}
"""What a laptop may be like without the demo's fault."""


@pytest.fixture(scope="module")
def demo(stack: Stack) -> Stack:
    """A demo whose log has a first batch."""
    deadline = time.monotonic() + 60
    while httpx.get(f"{stack.site}/log/checkpoint").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return stack


def examined(demo: Stack, *more: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit code and what was said, from outside and from inside."""
    inside = ("--data", demo.folder / "site", "--logs", demo.folder.parent / "demo.log")
    ended = wasl("doctor", demo.site, *inside, "--json", *more)
    document: dict[str, Any] = json.loads(ended.stdout)
    return ended.returncode, document


def test_nothing_is_found_on_the_demo(demo: Stack) -> None:
    code, said = examined(demo)

    assert said["findings"] == []
    assert {each["id"] for each in said["notes"]} <= OF_THE_MACHINE
    assert said["requests"] > 150
    assert code == 0


def test_a_finding_says_what_was_seen_and_how_to_mend_it_in_both_languages(demo: Stack) -> None:
    key = demo.folder / "site" / "keys" / "promise"
    key.chmod(0o644)
    try:
        code, said = examined(demo)
        told = wasl("doctor", demo.site, "--data", demo.folder / "site")
    finally:
        key.chmod(0o600)

    (finding,) = said["findings"]
    assert (code, told.returncode) == (1, 1)
    assert (finding["id"], finding["severity"]) == ("key-permissions", "high")
    assert finding["seen"] == [{"where": str(key), "seen": "mode 0644"}]
    for words in (str(key), finding["mend"], finding["mend_ar"], "1 findings"):
        assert words in told.stdout


def test_a_site_that_cannot_be_reached_is_no_finding() -> None:
    ended = wasl("doctor", f"http://127.0.0.1:{free_port()}", "--json")

    assert ended.returncode == 2
    assert json.loads(ended.stdout)["error"] == "unreachable"


@pytest.mark.parametrize(
    "arguments",
    [
        ("http://wasl.example",),
        (f"http://{'a' * 56}.onion",),
        ("http://127.0.0.1", "--logs", "/var/log"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_asked(arguments: tuple[str, ...]) -> None:
    """Readable on the way, a name that would be asked of a name server, logs of nothing."""
    assert wasl("doctor", *arguments).returncode == 3


def test_a_folder_that_is_no_instance_is_wrong_use(demo: Stack, tmp_path: Path) -> None:
    assert wasl("doctor", demo.site, "--data", tmp_path).returncode == 3
