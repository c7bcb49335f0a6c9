"""The steps of two reviewers and an agency, each in a browser of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.journey import SEAL_MILLISECONDS
from tests.stack import Stack, free_port, wait_until_answers


@contextmanager
def second_desk(stack: Stack, reviewer: str) -> Iterator[str]:
    """The desk of *reviewer* in a process of its own; gives its address."""
    port = free_port()
    program = str(Path(sys.executable).with_name("wasl"))
    command = [program, "desk", "serve", stack.facts["desks"][reviewer], "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_answers(address + "/", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass
class Colleague:
    """A reviewer who knows the cases by the first words of their messages."""

    page: Page
    desk: str
    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sits_down(cls, browser: Browser, desk: str, passphrase: str) -> Colleague:
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ar").new_page()
        page.goto(desk + "/")
        page.locator("#passphrase").fill(passphrase)
        page.locator("#unlock").click()
        expect(page.locator("#sync")).to_be_visible(timeout=SEAL_MILLISECONDS)
        return cls(page, desk)

    def leaves(self) -> None:
        self.page.context.close()

    def syncs(self) -> None:
        self._goes(self.desk + "/")
        self.page.locator("#sync").click()
        expect(self.page.locator("#sync")).to_be_enabled(timeout=SEAL_MILLISECONDS)

    def reads_all(self, *messages: str) -> None:
        """Learn which case holds which message; the inbox itself tells nothing of them."""
        self.page.goto(self.desk + "/")
        links = self.page.locator("#cases h2 a")
        addresses = [str(links.nth(at).get_attribute("href")) for at in range(links.count())]
        for case in [address.rpartition("/")[2] for address in addresses]:
            self.page.goto(f"{self.desk}/case/{case}")
            text = self.page.locator("#message").inner_text()
            self.known |= {message: case for message in messages if message in text}
        assert sorted(self.known) == sorted(messages)

    def marks_as_read(self, messages: Iterable[str]) -> None:
        for message in messages:
            self.opens(message)
            self.page.locator("#seen").click()
            expect(self.page.locator("#seen")).to_have_count(0)

    def opens(self, message: str) -> None:
        self._goes(f"{self.desk}/case/{self.known[message]}")

    def status(self, message: str) -> str:
        self.opens(message)
        return str(self.page.locator("#status").get_attribute("data-status"))

    def proposes(self, message: str, words: str, agency: str) -> None:
        self.fills_in_the_packet(message, words, agency)
        self.page.locator("#propose").click()
        expect(self.page.locator("#way")).to_be_visible()

    def fills_in_the_packet(self, message: str, words: str, agency: str) -> None:
        self.opens(message)
        self.page.locator("#redact").click()
        self.page.locator("#words").fill(words)
        self.page.locator("#ask").fill("إصلاح الشبكة قبل الصيف")
        self.page.locator("#agency").select_option(agency)
        for box in self.page.locator("input[type=checkbox][name^=check-]").all():
            box.check()

    def signs_the_words(self, message: str, words: str) -> None:
        self.opens(message)
        self.page.locator("#judge").click()
        expect(self.page.locator("#result")).to_have_text(words)
        self._approves()

    def relays(self, message: str) -> str:
        """Send it to the agency; gives the code for the letter."""
        self.opens(message)
        self.page.locator("#relay").click()
        expect(self.page.locator("#link-code")).to_be_visible(timeout=SEAL_MILLISECONDS)
        return self.page.locator("#link-code").inner_text()

    def tells_the_answer(self, message: str, answer: int) -> None:
        self.opens(message)
        summary = self.page.locator("#answering")
        if summary.get_attribute("open") is None:
            summary.locator("summary").click()
        self.page.locator(f"input[name=answer][value='{answer}']").check()
        self.page.locator("#answer-text").fill("ردت الجهة على ما نقلناه.")
        self.page.locator("#take-answer").click()
        expect(self.page.locator("#outcome")).to_be_visible()

    def prepares_the_outcome(self, message: str, *, changed: bool) -> None:
        self.opens(message)
        self.page.locator("#outcome").click()
        for name, text in OUTCOME.items():
            self.page.locator(f"#{name}").fill(text)
        self.page.locator(f"input[name=changed][value={'yes' if changed else 'no'}]").check()
        self.page.locator("#propose-outcome").click()
        expect(self.page.locator("#way")).to_be_visible()

    def signs_the_outcome(self, message: str) -> None:
        self.opens(message)
        self.page.locator("#judge-outcome").click()
        self._approves()

    def declines(self, message: str) -> None:
        self.opens(message)
        self.page.locator("#text").fill("هذا الموضوع ليس من شأن هذه الاستشارة.")
        self.page.locator("input[name=status][value^=declined]").first.check()
        self.page.locator("#send").click()
        expect(self.page.locator("#status")).to_have_attribute(
            "data-status", re.compile("^declined"), timeout=SEAL_MILLISECONDS
        )

    def among_colleagues(self, message: str, action: str, to: str = "") -> None:
        self.opens(message)
        self.page.locator("#team summary").click()
        if to:
            self.page.locator("#to").select_option(to)
        self.page.locator(f"#team button[value={action}]").click()
        expect(self.page.locator("#way")).to_be_visible()

    def numbers(self, button: str) -> None:
        self._goes(self.desk + "/numbers")
        self.page.locator(button).click()
        expect(self.page.locator("h1")).to_be_visible()

    def _goes(self, address: str) -> None:
        """A page that reloads itself while the desk works may come in between; then again."""
        try:
            self.page.goto(address)
        except Error:
            self.page.goto(address)

    def _approves(self) -> None:
        self.page.locator("#approve").click()
        expect(self.page.locator("#way")).to_be_visible()


OUTCOME = {
    "said_ar": "الماء لا يصل في الصيف",
    "said_en": "No water in summer",
    "answered_ar": "نصلح الشبكة في الربيع",
    "answered_en": "The network is mended in spring",
    "change_ar": "بدأ العمل في شارعين",
    "change_en": "Work began in two streets",
}


@dataclass
class Agency:
    """Somebody at a ministry with the letter and a browser that runs no scripts."""

    page: Page
    stack: Stack

    @classmethod
    def arrives(cls, browser: Browser, stack: Stack) -> Agency:
        context = browser.new_context(java_script_enabled=False, locale="ar")
        return cls(context.new_page(), stack)

    def leaves(self) -> None:
        self.page.context.close()

    def answers(self, code: str, words: str, answer: int) -> None:
        self.page.goto(self.stack.site + "/agency")
        self.page.locator("#code").fill(code)
        self.page.locator("#open-packet").click()
        expect(self.page.locator("blockquote.text")).to_have_text(words)
        self.page.locator(f"#answer-{answer}").check()
        self.page.locator("#words").fill(f"تحية طيبة وبعد\nنصلح الشبكة في الربيع ({answer}).")
        self.page.locator("#to-review").click()
        assert "تحية" not in self.page.locator("#words").input_value()
        self.page.locator("#send").click()
        expect(self.page.get_by_role("status")).to_be_visible()
