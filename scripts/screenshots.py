"""Take pictures of every page: both languages, phone and desktop, light and dark.

    .venv/bin/python scripts/screenshots.py FOLDER

Starts a demo of its own. `docs/screenshots/` holds a few of these.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.browser.journey import SEAL_MILLISECONDS, TEXT, Citizen, Reviewer
from tests.browser.photo import take_photo
from tests.conftest import QUIET, chromium_path
from tests.stack import Stack, running_demo

Scheme = Literal["light", "dark"]
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")
STILL: Final = {
    "home": "/",
    "topics": "/topics",
    "topic": "/t/water-strategy",
    "write": "/write?topic=water-strategy",
    "follow": "/follow",
    "how": "/how",
    "script": "/script",
    "safety": "/safety",
    "verify": "/verify",
    "who": "/who",
    "privacy": "/privacy",
    "accessibility": "/accessibility",
    "record": "/record",
    "record-topic": "/record/water-strategy",
    "agency": "/agency",
    "error": "/nowhere",
}
FOR_THE_BODY: Final = {
    "ar": ("الماء يصل مرة واحدة في الأسبوع، ليلا.", "نشر مواعيد الضخ لكل حي"),
    "en": ("Water comes once a week, at night.", "Publish the hours of supply for each district"),
}
QUESTION: Final = {
    "ar": "شكرا على هذا الرأي. في أي شهر كان الانقطاع أطول؟",
    "en": "Thank you for this view. In which month was the cut longest?",
}
OPINION: Final = {
    "ar": "\n".join(TEXT.split("\n")[:3]) + "\nللتواصل: 0791234567",
    "en": "Water reaches our street once a week, for six hours at night. Those without a big tank "
    "buy it from a lorry at four times the price.\nCall me on 0791234567.",
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_demo(Path(temporary) / "demo") as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        photo = Path(temporary) / "photo.jpg"
        photo.write_bytes(take_photo(browser, 640, 480))
        for language, width, scheme in product(("ar", "en"), (360, 1280), SCHEMES):
            page = _window(browser, language, width, scheme)
            for name in _steps(page, stack, language, photo):
                path = folder / f"{name}-{language}-{width}-{scheme}.png"
                page.screenshot(path=path, full_page=True)
            page.context.close()
        browser.close()


def _window(browser: Browser, language: str, width: int, scheme: Scheme) -> Page:
    size: ViewportSize = {"width": width, "height": 760}
    return browser.new_context(viewport=size, color_scheme=scheme, locale=language).new_page()


def _steps(page: Page, stack: Stack, language: str, photo: Path) -> Iterator[str]:
    """Walk through the whole journey, stopping at each page worth a picture."""
    root = "" if language == "ar" else "/en"
    for name, path in STILL.items():
        page.goto(stack.site + root + path)
        yield name
    citizen = Citizen(page, stack)
    page.goto(stack.site + root + STILL["write"])
    citizen.writes(OPINION[language], photo)
    expect(page.locator("#step-review")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "review"
    page.locator("#send").click()
    expect(page.locator("#step-receipt")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "receipt"
    citizen.keeps_the_code()
    desk = stack.desk + root
    page.goto(desk + "/")
    if page.locator("#unlock").count():
        yield "desk-unlock"
        Reviewer.unlocks(page, stack)
    Reviewer(page, stack).syncs()
    page.goto(desk + "/")
    yield "desk-inbox"
    page.locator("#cases li:has(.badge) h2 a").first.click()
    yield "desk-case"
    yield from _way(page, desk, page.url, language)
    Reviewer(page, stack).replies(QUESTION[language], "question")
    page.goto(desk + "/keys")
    yield "desk-keys"
    page.goto(stack.site + root + "/follow")
    page.locator("#code").fill(" ".join(citizen.words))
    page.locator("#open").click()
    expect(page.locator("#replies .text")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "case"


def _way(page: Page, desk: str, case: str, language: str) -> Iterator[str]:
    """The pages between a message and a body's answer; leads back to the page of the case."""
    page.locator("#attachments a.btn").first.click()
    for side, value in (("left", "10"), ("top", "10"), ("right", "35"), ("bottom", "40")):
        page.locator(f"#{side}-0").fill(value)
    page.locator("#preview").click()
    yield "desk-view"
    page.goto(case)
    page.locator("#seen").click()
    expect(page.locator("#status")).to_have_attribute(
        "data-status", "read", timeout=SEAL_MILLISECONDS
    )
    page.locator("#redact").click()
    words, ask = FOR_THE_BODY[language]
    page.locator("#words").fill(words)
    page.locator("#ask").fill(ask)
    page.locator("#agency").select_option("water")
    yield "desk-redact"
    page.goto(case + "/outcome")
    yield "desk-outcome"
    page.goto(desk + "/numbers")
    yield "desk-numbers"
    page.goto(case)
    for summary in page.locator("#way summary").all():
        summary.click()
    yield "desk-way"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
