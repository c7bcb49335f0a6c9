"""What looking for identifying text costs and finds, in Python and in a real Chromium.

Times stand beside cutting the same text into words with one pattern, in the same run.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

from redaction.text import scan
from tests.conftest import QUIET, chromium_path
from tests.text.found import BLIND, TUNED
from tests.text.found import HERE as LABELLED
from tests.text.scoring import load, score

PROJECT: Final = Path(__file__).parents[1]
ANSWER: Final = (PROJECT / "tests/data/consultation_answer_ar.txt").read_text("utf-8")
HOSTILE: Final[list[str]] = json.loads(
    (PROJECT / "redaction/cases/hostile.json").read_text("utf-8")
)
SCRIPT: Final = PROJECT / "app/static/client/checks.js"
CHARACTERS: Final = 4_000
HOSTILE_CHARACTERS: Final = 20_000
ROUNDS: Final = 9
AIM_MS, AIM_F1, AIM_FALSE = 30.0, 0.90, 0.03

_IN_CHROMIUM: Final = """
async ([module, text, rounds]) => {
  const { scan } = await import(module);
  const took = (work) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const words = () => text.match(/[\\u0621-\\u064aA-Za-z]+/g).length;
  const first = took(() => scan(text));
  const best = (work) => Math.min(...Array.from({ length: rounds }, () => took(() => {
    for (let i = 0; i < 10; i++) work();
  }) / 10));
  return { first, scanning: best(() => scan(text)), words: best(words) };
}
"""

Row = Callable[[str, str], None]


def measure(row: Row) -> None:
    """Print speed in both languages, the worst hostile text, and agreement with the labels."""
    text = (ANSWER * 2)[:CHARACTERS]
    ours, words = _best(lambda: scan(text)), _best(lambda: _words(text))
    row("4,000 characters, Python", f"{ours * 1e3:.1f} ms = {ours / words:.0f} × cutting words")
    seen = _in_chromium(text)
    row(
        "4,000 characters, Chromium",
        f"{seen['scanning']:.1f} ms = {seen['scanning'] / seen['words']:.0f} × cutting words, "
        f"{seen['first']:.0f} ms the first time (aim < {AIM_MS:.0f} ms)",
    )
    ratio, piece = _worst()
    row("the worst hostile text", f"{ratio:.1f} × a harmless one of its length ({piece!r})")
    for names, which in ((TUNED, "labelled, tuned on"), ((BLIND,), "labelled, errors never seen")):
        labelled = [sentence for name in names for sentence in load(LABELLED / name)]
        result = score([scan(sentence.text) for sentence in labelled], labelled)
        row(
            which,
            f"F1 {result.total.f1:.2f} (aim ≥ {AIM_F1:.2f}), warned about "
            f"{result.false_warning_share:.1%} of the clean (aim ≤ {AIM_FALSE:.0%})",
        )


def _words(text: str) -> int:
    return len(re.findall(r"[\u0621-\u064aA-Za-z]+", text))


def _best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Return the CPU seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def _in_chromium(text: str) -> dict[str, float]:
    module = "data:text/javascript;base64," + base64.b64encode(SCRIPT.read_bytes()).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        seen: dict[str, float] = browser.new_page().evaluate(_IN_CHROMIUM, [module, text, ROUNDS])
        browser.close()
    return seen


def _worst() -> tuple[float, str]:
    harmless = _best(lambda: scan((ANSWER * 9)[:HOSTILE_CHARACTERS]), 3)
    texts = [(piece * HOSTILE_CHARACTERS)[:HOSTILE_CHARACTERS] for piece in HOSTILE]
    slowest = max((_best(lambda t=text: scan(t), 2), text[:12]) for text in texts)  # type: ignore[misc]
    return slowest[0] / harmless, slowest[1]
