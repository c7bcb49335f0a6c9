"""What people print fits on one sheet, and what they save works without any network."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import complaints, new_context
from tests.stack import Stack

ONE_SHEET = ("/how", "/script", "/safety")
OUTSIDE = b"http://outside.example/picture.png"
SPOKEN_WORDS = range(90, 131)
"""A calm speaker says about 120 words of Arabic in a minute."""


@pytest.mark.parametrize("root", ["", "/en"])
def test_what_is_handed_out_fits_on_one_sheet(stack: Stack, chromium: Browser, root: str) -> None:
    page = chromium.new_page()
    sheets = {}
    for path in ONE_SHEET:
        page.goto(stack.site + root + path)
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        sheets[path] = len(re.findall(rb"/Type\s*/Page\b", printed))
    page.close()

    assert sheets == dict.fromkeys(ONE_SHEET, 1)


@pytest.mark.parametrize("path", ["/t/water-strategy", "/en/t/bus-stops"])
def test_the_summary_of_a_topic_fits_on_one_sheet(
    stack: Stack, chromium: Browser, path: str
) -> None:
    """What it rests on comes on the next."""
    page = chromium.new_page()
    page.goto(stack.site + path)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    page.evaluate("document.querySelector('.next-page').remove()")
    summary = page.pdf(format="A4", prefer_css_page_size=True)
    page.close()

    pages = [len(re.findall(rb"/Type\s*/Page\b", each)) for each in (printed, summary)]
    assert pages == [2, 1]


@pytest.mark.parametrize("path", ["/how", "/script", "/t/water-strategy"])
def test_paper_says_where_the_site_is(stack: Stack, chromium: Browser, path: str) -> None:
    """On a screen nobody needs it: there the address stands above the page."""
    page = chromium.new_page()
    page.goto(stack.site + path)
    address = page.locator(".paper")
    expect(address).to_be_hidden()
    page.emulate_media(media="print")
    expect(address).to_be_visible()
    printed = address.evaluate("line => getComputedStyle(line, '::after').content")
    page.close()

    assert stack.site in printed


def test_the_words_for_one_minute_take_one_minute(stack: Stack, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(stack.site + "/script")
    spoken = page.locator("#spoken").inner_text()
    page.close()

    assert len(spoken.split()) in SPOKEN_WORDS


@pytest.mark.parametrize("root", ["", "/en"])
def test_a_saved_copy_asks_nothing_of_anybody(
    stack: Stack, chromium: Browser, root: str, tmp_path: Path
) -> None:
    """It has the advice, no script and no address to load; its own policy would stop one."""
    answer = httpx.get(f"{stack.site}{root}/offline.html", timeout=30)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="offline.html"'
    assert not re.search(r"<(?:script|img|iframe|form|link|a)\b|\bsrc=|url\(|@import", answer.text)
    saved = tmp_path / "offline.html"
    # A picture planted on the way to the phone is not asked for either.
    saved.write_bytes(answer.content.replace(b"</main>", b"<img src=%b></main>" % OUTSIDE))

    page = chromium.new_page()
    asked: list[str] = []
    refused: dict[str, str | None] = {}
    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", lambda request: refused.update({request.url: request.failure}))
    page.goto(saved.as_uri(), wait_until="networkidle")
    expect(page.locator("h1")).to_have_count(2)
    expect(page.locator(".box").first).to_have_css("border-top-width", "2px")
    page.close()
    assert asked == [saved.as_uri(), OUTSIDE.decode()]
    assert refused == {OUTSIDE.decode(): "csp"}


@pytest.mark.parametrize("root", ["", "/en"])
def test_a_saved_copy_shuts_nobody_out(
    stack: Stack, chromium: Browser, root: str, tmp_path: Path
) -> None:
    saved = tmp_path / "offline.html"
    saved.write_bytes(httpx.get(f"{stack.site}{root}/offline.html", timeout=30).content)
    with new_context(chromium) as context:
        page = context.new_page()
        page.goto(saved.as_uri())
        assert complaints(page) == {}
