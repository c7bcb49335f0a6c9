"""People in browsers: what they do with a page, the same words for Chromium and for Firefox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from playwright.sync_api import Browser, Locator, expect, sync_playwright

from tests.conftest import QUIET, chromium_path
from tests.onion.firefox import WAIT_SECONDS


class Visitor(Protocol):
    """A browser in which nothing is left of an earlier visit. Elements are named by CSS."""

    def goes_through(self, socks: str) -> None:
        """Connect to nothing but this SOCKS port."""

    def begins_anew(self) -> None:
        """Lose all that a visit left in the browser."""

    def opens(self, url: str) -> None: ...

    def clicks(self, selector: str) -> None:
        """Click what can be seen or soon will be, and wait for the page it may lead to."""

    def fills(self, selector: str, text: str) -> None: ...

    def attaches(self, selector: str, path: Path) -> None: ...

    def waits_for(self, selector: str) -> None:
        """Until it can be seen."""

    def texts(self, selector: str) -> list[str]: ...

    def address(self) -> str: ...

    def complaints(self) -> list[str]:
        """Errors of scripts, and what policies blocked."""


@dataclass
class Chromium:
    """Debian's Chromium; it has no page until it is told its SOCKS port."""

    browser: Browser
    said: list[str] = field(default_factory=list)

    def goes_through(self, socks: str) -> None:
        self._socks = socks
        context = self.browser.new_context(proxy={"server": f"socks5://{socks}"}, locale="ar")
        self.page = context.new_page()
        self.page.set_default_timeout(1000 * WAIT_SECONDS)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on(
            "console", lambda line: self.said.append(line.text) if line.type == "error" else None
        )

    def begins_anew(self) -> None:
        self.page.context.close()
        self.goes_through(self._socks)

    def opens(self, url: str) -> None:
        self.page.goto(url)

    def clicks(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def fills(self, selector: str, text: str) -> None:
        self._loaded(selector).fill(text)

    def attaches(self, selector: str, path: Path) -> None:
        self._loaded(selector).set_input_files(path)

    def _loaded(self, selector: str) -> Locator:
        """A field, once the scripts of its page have run: a form sent before goes unsealed."""
        field = self.page.locator(selector)
        field.wait_for()
        self.page.wait_for_load_state("load")
        return field

    def address(self) -> str:
        return self.page.url

    def waits_for(self, selector: str) -> None:
        expect(self.page.locator(selector).first).to_be_visible(timeout=1000 * WAIT_SECONDS)

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def complaints(self) -> list[str]:
        # To Chromium no onion is trustworthy, and it says that it does not heed this header there.
        return [line for line in self.said if "Cross-Origin-Opener-Policy" not in line]


@contextmanager
def chromium() -> Iterator[Visitor]:
    """A program of its own, for the thread that asks."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET])
        yield Chromium(browser)
        browser.close()


def reads_a_topic(visitor: Visitor, site: str) -> None:
    """Home, the list of topics, one topic, the page to write on."""
    visitor.opens(f"{site}/")
    visitor.clicks("nav a[href$='/topics']")
    visitor.clicks("main a[href*='/t/']")
    visitor.waits_for("main h1")
    visitor.clicks("main a.btn[href*='/write']")


def writes(visitor: Visitor, text: str, *, javascript: bool = True) -> None:
    """Up to the review; with scripts it stays on this device, and so on this page."""
    visitor.fills("#problem", text)
    visitor.clicks("#to-review")
    visitor.waits_for("#send")
    assert ("/forms/" in visitor.address()) is not javascript, visitor.address()


def seals_and_keeps_the_code(visitor: Visitor) -> str:
    """Return the nine words, once the site has let the visitor prove that they were kept."""
    visitor.clicks("#send")
    visitor.waits_for("#words bdi")
    words = visitor.texts("#words bdi")
    visitor.fills("#keep-word", words[2])
    visitor.clicks("#close")
    visitor.waits_for("main a.btn[href$='/exit']")
    assert visitor.texts("#words bdi") == []
    return " ".join(words)


def comes_back(visitor: Visitor, site: str, code: str) -> None:
    visitor.opens(f"{site}/follow")
    visitor.fills("#code", code)
    visitor.clicks("#open")
    visitor.waits_for("#timeline")
