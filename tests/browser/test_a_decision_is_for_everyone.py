"""The way to a decision at two desks: axe-core on its pages, and a whole case by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app.web.clock import today
from tests.browser.axe import complaints, new_context
from tests.browser.journey import SEAL_MILLISECONDS
from tests.browser.office import Colleague, second_desk
from tests.browser.photo import take_photo
from tests.stack import Stack, wasl

MESSAGE: Final = "أنا سامر ورقمي 0791234567. الماء ينقطع في حينا كل صيف أسبوعين."
WORDS: Final = "الماء ينقطع كل صيف."
ASK: Final = "إصلاح الشبكة قبل الصيف"
TOPIC, BODY = "water-strategy", "water"
CHANGED_TOPIC: Final = "bus-stops"
BOX: Final = {"page": "1", "left": "10", "top": "10", "right": "40", "bottom": "40"}
MAX_TABS: Final = 150


@dataclass
class Desks:
    """Two open desks of two organisations, by their addresses."""

    stack: Stack
    first: str
    second: str


@pytest.fixture(scope="module")
def desks(stack: Stack) -> Iterator[Desks]:
    with second_desk(stack, "nahr-1") as second:
        yield Desks(stack, stack.desk, second)


def send(stack: Stack, folder: Path, text: str, *more: str | Path) -> None:
    source = folder / "text.txt"
    source.write_text(text, "utf-8")
    done = wasl("send", stack.site, "--topic", TOPIC, "--text-file", source, *more, "--json")
    assert done.returncode == 0, done.stderr


def seen(page: Page, desk: str, case: str, stage: str) -> Iterator[str]:
    """Stop at every new page of *case*, in the state that it has."""
    if stage == "fresh":
        addresses = {
            "inbox": "/?q=zzzz",
            "found": "/?show=news",
            "redact": f"{case}/redact",
            "view": f"{case}/view/1",
            "numbers": "/numbers",
            "outcome": f"{case}/outcome",
        }
    else:
        addresses = {
            "judge": f"{case}/judge/packet",
            "topics": "/topics",
            "meetings": "/meetings",
        }
    for name, address in addresses.items():
        page.goto(desk + address)
        yield name
    page.goto(desk + case)
    for summary in page.locator("summary").all():
        summary.click()
    yield f"case, {stage}"
    if stage == "fresh":
        page.goto(desk + f"{case}/view/1")
        page.locator("#left-0").fill("90")
        page.locator("#right-0").fill("10")
        page.locator("#preview").click()
        expect(page.locator("#wrong")).to_be_visible()
        yield "a box that is none"
        page.goto(f"{desk}/topics/{CHANGED_TOPIC}/edit")
        page.locator("#who_ar").fill("هو " * 13)
        page.locator("#check").click()
        expect(page.locator("#preview")).to_be_visible()
        yield "a topic, weighed"
    else:
        page.goto(f"{desk}/topics")
        page.locator("#to-sign a").click()
        expect(page.locator("#approve")).to_be_visible()
        yield "a topic to sign"


def asks_the_team(colleague: Colleague) -> None:
    """A topic to sign and a meeting to know of, for the pages of the second desk."""
    page = colleague.page
    page.goto(f"{colleague.desk}/topics/{CHANGED_TOPIC}/edit")
    page.locator("#title_en").fill("Where should buses stop?")
    page.locator("#propose").click()
    expect(page.locator("#topic-form")).to_have_count(0)
    page.goto(f"{colleague.desk}/meetings")
    page.locator("#on").fill(str(today() + timedelta(days=14)))
    page.locator("#plan").click()
    expect(page.locator("button[value=off]")).to_be_visible()


def test_no_page_of_the_way_shuts_anybody_out(
    desks: Desks, chromium: Browser, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(take_photo(chromium, 320, 240))
    send(desks.stack, tmp_path, MESSAGE, "--attach", photo)
    found = {}
    phrase = desks.stack.facts["passphrase"]
    first = Colleague.sits_down(chromium, desks.first, phrase)
    first.syncs()
    first.reads_all(MESSAGE)
    first.opens(MESSAGE)
    first.page.locator("#seen").click()
    expect(first.page.locator("#status")).to_have_attribute(
        "data-status", "read", timeout=SEAL_MILLISECONDS
    )
    first.leaves()
    for stage, desk in (("fresh", desks.first), ("proposed", desks.second)):
        colleague = Colleague.sits_down(chromium, desk, phrase)
        colleague.syncs()
        colleague.reads_all(MESSAGE)
        case = f"/case/{colleague.known[MESSAGE]}"
        cookies = colleague.page.context.cookies()
        for language in ("ar", "en"):
            with new_context(chromium) as context:
                context.add_cookies(cookies)  # type: ignore[arg-type]
                page = context.new_page()
                for name in seen(page, desk + ("" if language == "ar" else "/en"), case, stage):
                    found[f"{name} {language}"] = complaints(page)
        if stage == "fresh":
            colleague.proposes(MESSAGE, WORDS, BODY)
            asks_the_team(colleague)
            colleague.syncs()
        colleague.leaves()

    assert len(found) == 2 * (9 + 5)
    assert {name: each for name, each in found.items() if each} == {}


@dataclass
class Keyboard:
    """A reviewer who has no mouse: Tab, Space, Enter, arrows and letters."""

    page: Page
    desk: str

    def goes_to(self, selector: str) -> None:
        """Press Tab until the element that *selector* names has the focus."""
        for _ in range(MAX_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
        raise AssertionError(f"no Tab leads to {selector}")

    def presses(self, selector: str) -> None:
        self.goes_to(selector)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def types(self, selector: str, text: str) -> None:
        self.goes_to(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def unlocks(self, passphrase: str) -> None:
        self.page.goto(self.desk + "/")
        self.types("#passphrase", passphrase)
        self.presses("#unlock")

    def syncs(self) -> None:
        """Back to the list by the link at the top, then the button."""
        self.presses("header .bar a, header.bar a")
        # Nothing leads to the button while an earlier sync is at work.
        expect(self.page.locator("#sync")).to_be_enabled(timeout=SEAL_MILLISECONDS)
        self.presses("#sync")
        expect(self.page.locator("#sync")).to_be_enabled(timeout=SEAL_MILLISECONDS)

    def opens_the_case(self, name: str) -> None:
        self.presses(f"#cases a[href$='{name}']")

    def waits_for(self, status: str) -> None:
        expect(self.page.locator("#status")).to_have_attribute(
            "data-status", status, timeout=SEAL_MILLISECONDS
        )


def test_a_whole_case_is_handled_by_keyboard_alone(
    desks: Desks, chromium: Browser, tmp_path: Path
) -> None:
    text = MESSAGE + " بلا فأرة."
    send(desks.stack, tmp_path, text)
    phrase = desks.stack.facts["passphrase"]
    names = {}
    for desk in (desks.first, desks.second):
        colleague = Colleague.sits_down(chromium, desk, phrase)
        colleague.syncs()
        colleague.reads_all(text)
        names[desk] = colleague.known[text]
        colleague.leaves()
    first = Keyboard(chromium.new_page(locale="ar"), desks.first)
    second = Keyboard(chromium.new_page(locale="ar"), desks.second)

    first.unlocks(phrase)
    first.opens_the_case(names[desks.first])
    first.presses("#seen")
    first.waits_for("read")
    first.presses("#redact")
    first.types("#words", WORDS)
    first.types("#ask", ASK)
    first.goes_to("#agency")
    for _ in range(20):
        if first.page.locator("#agency").input_value() == BODY:
            break
        first.page.keyboard.press("ArrowDown")
    for check in ("manager", "date", "style", "summary"):
        first.goes_to(f"#check-{check}")
        first.page.keyboard.press("Space")
    first.presses("#propose")
    first.syncs()

    second.unlocks(phrase)
    second.syncs()
    second.opens_the_case(names[desks.second])
    second.presses("#judge")
    expect(second.page.locator("#result")).to_have_text(WORDS)
    second.presses("#approve")
    second.waits_for("redacted")

    first.syncs()
    first.opens_the_case(names[desks.first])
    first.presses("#relay")
    first.waits_for("relayed")
    first.goes_to("#answering > summary")
    if first.page.locator("#answering").get_attribute("open") is None:
        first.page.keyboard.press("Enter")
    first.goes_to("input[name=answer]")
    first.page.keyboard.press("Space")
    first.types("#answer-text", "ردت الجهة بالقبول.")
    first.presses("#take-answer")
    first.waits_for("answered:1")
    first.presses("#outcome")
    for key in ("said", "answered", "change"):
        first.types(f"#{key}_ar", "سطر واحد")
        first.types(f"#{key}_en", "One line")
    first.presses("#propose-outcome")
    first.syncs()

    second.syncs()
    second.opens_the_case(names[desks.second])
    second.presses("#judge-outcome")
    second.presses("#approve")
    second.waits_for("published:1")
    for each in (first, second):
        each.page.context.close()
