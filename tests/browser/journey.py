"""The steps of a citizen and a reviewer, told once and used by every journey test."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.stack import Stack

ANSWER = (Path(__file__).parent.parent / "data" / "consultation_answer_ar.txt").read_text("utf-8")
PHONE = "0791234567"
EMAIL = "samir.k@example.org"
TEXT = f"{ANSWER}\nللتواصل: {PHONE} أو {EMAIL}\n"

SEAL_MILLISECONDS = 60_000
"""How long sealing and uploading may take on a small loaded machine."""

_DOTLESS = str.maketrans("بتثجخذزشضظغفق", "ٮٮٮححدرسصطعڡڡ")


@dataclass
class Citizen:
    """Someone with a browser; counts the pages they load."""

    page: Page
    stack: Stack
    page_loads: int = 0
    words: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    errors: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    @classmethod
    def arrives(
        cls,
        browser: Browser,
        stack: Stack,
        *,
        javascript: bool = True,
        user_agent: str | None = None,
    ) -> Citizen:
        context: BrowserContext = browser.new_context(
            java_script_enabled=javascript,
            viewport={"width": 360, "height": 740},
            locale="ar",
            user_agent=user_agent,
        )
        page = context.new_page()
        citizen = cls(page, stack)
        page.on("framenavigated", lambda frame: citizen._count(frame == page.main_frame))
        page.on("request", lambda request: citizen.requested.append(request.url))
        page.on("pageerror", lambda error: citizen.errors.append(str(error)))
        page.on(
            "console",
            lambda line: citizen.errors.append(line.text) if line.type == "error" else None,
        )
        return citizen

    def _count(self, main: bool) -> None:
        self.page_loads += main

    def leaves(self) -> None:
        self.page.context.close()

    def reads_a_topic(self) -> None:
        """Home, the list of topics, one topic, the page to write on."""
        self.opens_a_topic()
        self.page.locator("main a.btn[href*='/write']").click()

    def opens_a_topic(self) -> None:
        self.page.goto(self.stack.site + "/")
        self.page.locator("nav a[href$='/topics']").first.click()
        self.page.locator("main a[href*='/t/']").first.click()
        expect(self.page.locator("h1")).to_be_visible()

    def writes(self, text: str, *files: Path) -> None:
        self.page.locator("#problem").fill(text)
        self.page.locator("#attachments").set_input_files(list(files))
        self.page.locator("#to-review").click()

    def keeps_the_code(self) -> None:
        self.words = tuple(
            text.strip() for text in self.page.locator("#words bdi").all_inner_texts()
        )
        self.digits = tuple(
            text.strip() for text in self.page.locator("#digits bdi").all_inner_texts()
        )
        assert len(self.words) == 9
        assert [len(group) for group in self.digits] == [4] * 7

    def comes_back_with(self, code: str) -> None:
        self.page.goto(self.stack.site + "/follow")
        self.page.locator("#code").fill(code)
        self.page.locator("#open").click()
        expect(self.page.locator("#timeline")).to_be_visible(timeout=SEAL_MILLISECONDS)

    def replies(self) -> list[str]:
        return self.page.locator("#replies .text").all_inner_texts()

    def answers(self, text: str) -> None:
        self.page.locator("#reply").fill(text)
        self.page.locator("#reply-send").click()

    def sees_that_it_arrived(self) -> None:
        arrived = self.page.locator("p.box.ok[role=status]").filter(has_text="وصل")
        expect(arrived.first).to_be_visible(timeout=SEAL_MILLISECONDS)


def without_dots(words: tuple[str, ...], seed: int = 7) -> str:
    """The nine words as somebody in a hurry writes them: half of them lost their dots."""
    lost = set(random.Random(seed).sample(range(9), 5))  # noqa: S311 - which words, not a secret
    return " ".join(_lose_dots(word) if place in lost else word for place, word in enumerate(words))


def _lose_dots(word: str) -> str:
    body, last = word[:-1], word[-1]
    body = body.translate(_DOTLESS).translate(str.maketrans("ني", "ٮٮ"))
    return body + last.translate(_DOTLESS | {ord("ق"): "ق"})


def in_arabic_indic(digits: tuple[str, ...]) -> str:
    """The seven groups in the digits of handwriting: ٠١٢٣٤٥٦٧٨٩."""
    return " ".join(digits).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


@dataclass
class Reviewer:
    """Someone at a desk, in a browser on their own machine."""

    page: Page
    stack: Stack

    @classmethod
    def sits_down(cls, browser: Browser, stack: Stack) -> Reviewer:
        page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ar").new_page()
        page.goto(stack.desk + "/")
        return cls.unlocks(page, stack)

    @classmethod
    def unlocks(cls, page: Page, stack: Stack) -> Reviewer:
        """Give the passphrase to the locked desk that *page* shows."""
        page.locator("#passphrase").fill(stack.facts["passphrase"])
        page.locator("#unlock").click()
        expect(page.locator("#sync")).to_be_visible(timeout=SEAL_MILLISECONDS)
        return cls(page, stack)

    def leaves(self) -> None:
        self.page.context.close()

    def syncs(self) -> None:
        self.page.goto(self.stack.desk + "/")
        self.page.locator("#sync").click()
        # The inbox reloads itself until the work is done.
        expect(self.page.locator("#sync")).to_be_enabled(timeout=SEAL_MILLISECONDS)

    def opens_the_case_with(self, words: str) -> None:
        """Look through the inbox for the case that holds *words*; the list itself shows none."""
        assert words not in self.page.content()
        links = self.page.locator("#cases h2 a")
        for href in [links.nth(at).get_attribute("href") for at in range(links.count())]:
            self.page.goto(self.stack.desk + str(href))
            if words in self.page.locator("#message").inner_text():
                return
        raise AssertionError("no case on this desk holds these words")

    def replies(self, text: str, status: str) -> None:
        self.page.locator("#text").fill(text)
        self.page.locator(f"input[name=status][value={status}]").check()
        self.page.locator("#send").click()
        expect(self.page.locator("#status")).to_have_attribute(
            "data-status", status, timeout=SEAL_MILLISECONDS
        )

    def attached_picture(self) -> bytes:
        """The file itself, as it was sealed: saved after the warning."""
        itself = self.page.locator("#attachments details:has(form)").first
        itself.locator("summary").click()
        itself.locator("input[name=understood]").check()
        with self.page.expect_download() as saved:
            itself.locator("button").click()
        return Path(saved.value.path()).read_bytes()

    def shown_picture(self) -> bytes:
        """What the page of the case shows of the first picture."""
        source = self.page.locator("#attachments img").first.get_attribute("src")
        return self.page.request.get(self.stack.desk + str(source)).body()

    def conversation(self) -> list[str]:
        return self.page.locator("#timeline .text").all_inner_texts()
