"""`wasl demo --training`: made-up cases in a real inbox, and nobody can take it for a live site."""

from __future__ import annotations

import json
import time
from pathlib import Path

import httpx

from app.desk.training.curriculum import items
from tests.stack import START_SECONDS, running_demo, wasl


def test_a_sandbox_has_cases_says_so_and_keeps_the_untrained_out(tmp_path: Path) -> None:
    with running_demo(tmp_path / "sandbox", options=["--training"]) as stack:
        for url in (stack.site + "/", stack.site + "/en/topics", stack.desk + "/en/"):
            assert '<body class="sandbox">' in httpx.get(url, timeout=30).text
        deadline = time.monotonic() + START_SECONDS
        while not (stack.folder / "cases-sent").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert stack.facts["origin"].startswith("training.")

        def syncs(reviewer: str) -> tuple[int, dict[str, object]]:
            secret = ("--passphrase-file", stack.folder / "passphrase")
            done = wasl("desk", "sync", stack.facts["desks"][reviewer], *secret, "--json")
            return done.returncode, json.loads(done.stdout)

        code, report = syncs("amal-2")
        with_files = sum(bool(item.file) for item in items().values())
        assert (code, report["new_cases"], report["attachments"]) == (0, len(items()), with_files)
        code, report = syncs("rukn-1")
        assert (code, report["error"]) == (1, "untrained")
