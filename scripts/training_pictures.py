"""Take the pictures of docs/training.md: an exercise, and what was missed in it, in both languages.

.venv/bin/python scripts/training_pictures.py docs/screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.desk.training.curriculum import items
from tests.browser.office import Colleague
from tests.conftest import QUIET, chromium_path
from tests.stack import Stack, running_demo


def main(folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_demo(Path(temporary) / "demo") as stack,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        reviewer = Colleague.sits_down(browser, stack.desk, stack.facts["passphrase"])
        take(reviewer.page, stack, folder)
        browser.close()


def take(page: Page, stack: Stack, folder: Path) -> None:
    """A careless answer to the first case of the next turn; one page of it in each language."""
    page.goto(f"{stack.desk}/training")
    page.locator("#again").click()
    first = page.locator('a[href^="/training/turn/"]').first.get_attribute("href") or ""
    for language, root in (("ar", ""), ("en", "/en")):
        page.goto(f"{stack.desk}{root}{first}")
        page.screenshot(path=folder / f"training-case-{language}.png", full_page=True)
    item = items()[first.rpartition("/")[2]]
    page.locator('[name="decision"][value="relay"]').check()
    page.locator("#words").fill(item.text.partition(".")[2].strip())
    page.locator("#ask").fill(item.ask)
    page.locator("#reply").fill("شكرا. ما رقم الهاتف للتواصل؟")
    if item.file:
        page.locator('[name="files"][value="send"]').check()
    page.locator("#answer").click()
    for language, root in (("ar", ""), ("en", "/en")):
        page.goto(f"{stack.desk}{root}{first}")
        path = folder / f"training-feedback-{language}.png"
        page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 1280, "height": 820})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
