"""A real browser, a running site, and a lock that falls while somebody writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import SEAL_MILLISECONDS, Citizen
from tests.stack import Stack, wasl

REFUSED = "الموقع للقراءة فقط الآن. لم تُرسل رسالتك. النص ما زال في الصفحة"
NOTICE = "الموقع للقراءة فقط الآن. قراءة الردود"
TEXT = "الحافلة تتأخر كل صباح"


@pytest.fixture
def operator(stack: Stack) -> Iterator[Operator]:
    operator = Operator(stack)
    yield operator
    operator.says("off")


class Operator:
    def __init__(self, stack: Stack) -> None:
        self._site = str(stack.folder / "site")

    def says(self, word: str) -> None:
        done = wasl("lockdown", word, "--data", self._site)
        assert done.returncode == 0, done.stderr


def test_what_was_written_stays_and_leaves_when_the_site_is_open_again(
    stack: Stack, chromium: Browser, operator: Operator
) -> None:
    citizen = Citizen.arrives(chromium, stack)
    citizen.reads_a_topic()
    citizen.writes(TEXT)
    send = citizen.page.locator("#send")
    expect(send).to_be_visible()
    operator.says("on")
    send.click()

    told = citizen.page.get_by_text(REFUSED)
    expect(told).to_be_visible(timeout=SEAL_MILLISECONDS)
    expect(citizen.page.locator("#marked")).to_contain_text(TEXT)
    loads = citizen.page_loads

    operator.says("off")
    send.click()
    expect(citizen.page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.keeps_the_code()
    assert citizen.page_loads == loads
    citizen.leaves()


def test_whoever_comes_later_is_told_before_writing_and_still_reads(
    stack: Stack, chromium: Browser, operator: Operator
) -> None:
    operator.says("on")
    citizen = Citizen.arrives(chromium, stack)
    citizen.opens_a_topic()

    expect(citizen.page.locator("main")).to_contain_text(NOTICE)
    expect(citizen.page.locator("main a[href*='/write']")).to_have_count(0)
    citizen.page.goto(f"{stack.site}/write")
    expect(citizen.page.locator("main")).to_contain_text(NOTICE)
    expect(citizen.page.locator("form")).to_have_count(0)
    citizen.page.goto(f"{stack.site}/follow")
    expect(citizen.page.locator("main")).to_contain_text(NOTICE)
    assert citizen.errors == []
    citizen.leaves()
