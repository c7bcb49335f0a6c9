"""Take the pictures of the reviewer's guide: one case on its way, in both languages.

.venv/bin/python scripts/reviewer_pictures.py docs/screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Locator, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.browser.office import Colleague, second_desk
from tests.conftest import QUIET, chromium_path
from tests.stack import Stack, running_demo, wasl

MESSAGES: Final = {
    "ar": "أنا سامر، سائق حافلة المدرسة. الماء ينقطع في حي الزهور أسبوعين كل صيف. رقمي 0791234567.",
    "en": "I am Samir, the school's bus driver. Water stops in Zuhur street every July. "
    "My number is 0791234567.",
}
WORDS: Final = {
    "ar": "ينقطع الماء في حي من المدينة أسابيع كل صيف، وتتحمل كلفة الصهاريج أسر لا تقدر عليها.",
    "en": "Water stops in one district for weeks each summer; families who cannot afford it "
    "pay for lorries.",
}
OTHERS: Final = (
    "لا يكفي خزان واحد لعمارتين.",
    "مواعيد الضخ تتغير بلا إعلان.",
    "Leaks in our street run for months.",
)


def main(folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_demo(Path(temporary) / "demo") as stack,
        second_desk(stack, "nahr-1") as other,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        for text in (*MESSAGES.values(), *OTHERS):
            _send(stack, Path(temporary), text)
        for language in ("ar", "en"):
            _follow_one_case(browser, stack, other, language, folder)
        browser.close()


def _send(stack: Stack, folder: Path, text: str) -> None:
    path = folder / "message.txt"
    path.write_text(text, "utf-8")
    sent = wasl("send", stack.site, "--topic", "water-strategy", "--text-file", path, "--json")
    if sent.returncode:
        raise RuntimeError(sent.stderr)


def _follow_one_case(browser: Browser, stack: Stack, other: str, lang: str, folder: Path) -> None:
    passphrase, root = stack.facts["passphrase"], "" if lang == "ar" else "/en"
    first = Colleague.sits_down(browser, stack.desk + root, passphrase)
    second = Colleague.sits_down(browser, other + root, passphrase)
    message = MESSAGES[lang]

    def takes(who: Colleague, name: str, part: Locator | None = None) -> None:
        path = folder / f"desk-{name}-{lang}.png"
        if part is None:
            who.page.screenshot(path=path, full_page=True)
        else:
            part.screenshot(path=path)

    def sync() -> None:
        for who in (first, second, first):
            who.syncs()

    sync()
    for who in (first, second):
        who.reads_all(message)
    first.page.goto(first.desk + "/")
    takes(first, "inbox")
    first.marks_as_read([message])
    sync()
    first.fills_in_the_packet(message, WORDS[lang], "water")
    takes(first, "redact")
    first.page.locator("#propose").click()
    sync()
    second.opens(message)
    second.page.locator("#judge").click()
    takes(second, "judge")
    second.signs_the_words(message, WORDS[lang])
    sync()
    first.relays(message)
    takes(first, "relayed", first.page.locator("#letter"))
    for who in (first, second):
        who.leaves()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
