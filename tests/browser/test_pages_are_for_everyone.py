"""axe-core and html-validate on every page: both languages, phone and desktop, light and dark."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import PROJECT, complaints, new_context
from tests.browser.journey import PHONE, SEAL_MILLISECONDS, Citizen, Reviewer
from tests.corpus.make import corpus
from tests.stack import Stack

LANGUAGES: Final = ("ar", "en")
PAGES: Final = (
    "/",
    "/topics",
    "/t/water-strategy",
    "/t/bus-stops",
    "/kit/bus-stops",
    "/write",
    "/write?topic=water-strategy",
    "/follow",
    "/safety",
    "/who",
    "/verify",
    "/health",
    "/privacy",
    "/accessibility",
    "/how",
    "/script",
    "/field",
    "/receipt/done",
    "/nowhere",
)
OPTIONS: Final = ("--config", str(PROJECT / ".htmlvalidate.json"), "--formatter", "json")
LETTER: Final = next(entry.data for entry in corpus() if entry.name == "odt-letter")
HTML: Final = "text/html; charset=utf-8"
pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="axe-core and html-validate come with Node's packages"
)


def _url(stack: Stack, language: str, path: str) -> str:
    return stack.site + ("" if language == "ar" else "/en") + path


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_shuts_anybody_out(stack: Stack, chromium: Browser, language: str) -> None:
    found = {}
    with new_context(chromium) as context:
        page = context.new_page()
        for path in PAGES:
            page.goto(_url(stack, language, path))
            found[path] = complaints(page)
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no-javascript"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_step_of_the_journey_shuts_anybody_out(
    stack: Stack, chromium: Browser, language: str, javascript: bool, tmp_path: Path
) -> None:
    files = tmp_path / "program.bin", tmp_path / "letter.odt"
    files[0].write_bytes(b"\x7fELF\2\1\1" + bytes(57))
    files[1].write_bytes(LETTER)
    found = {}
    with new_context(chromium, java_script_enabled=javascript) as context:
        citizen = Citizen(context.new_page(), stack)
        for step in _steps(citizen, _url(stack, language, ""), *files):
            found[step] = (
                complaints(citizen.page) if javascript else _with_scripts(chromium, citizen.page)
            )
    assert {step: each for step, each in found.items() if each} == {}


def _steps(citizen: Citizen, base: str, refused: Path, taken: Path) -> Iterator[str]:
    page = citizen.page
    page.goto(base + "/write?topic=water-strategy")
    page.locator("#to-review").click()
    yield "an empty form"
    citizen.writes(f"رأي قصير {PHONE}", refused)
    expect(page.get_by_role("alert")).to_contain_text(refused.name, timeout=SEAL_MILLISECONDS)
    yield "a refused file"
    citizen.writes(f"رأي قصير {PHONE}", taken)
    expect(page.locator("#marked")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "review"
    page.locator("#send").click()
    expect(page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "receipt"
    citizen.keeps_the_code()
    page.goto(base + "/follow")
    page.locator("#code").fill("كتلب " * 9)
    page.locator("#open").click()
    yield "a wrong code"
    page.locator("#code").fill(" ".join(citizen.words))
    page.locator("#open").click()
    expect(page.locator("#timeline")).to_be_visible(timeout=SEAL_MILLISECONDS)
    yield "case"
    if page.locator("#rate[hidden]").count():
        # Where a script shows it, what belongs to later states of a case is there already.
        page.locator("#object, #rate").evaluate_all("boxes => boxes.forEach(b => b.hidden = false)")
        yield "what may be said later"


def _with_scripts(browser: Browser, page: Page) -> dict[str, list[str]]:
    """axe on the same markup in a page where scripts run; our own stay away from it."""
    html = page.content()
    with new_context(browser) as context:
        copy = context.new_page()
        copy.route("**/*.js", lambda route: route.abort())
        copy.route(page.url, lambda route: route.fulfill(body=html, content_type=HTML))
        copy.goto(page.url)
        return complaints(copy)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk_shuts_no_reviewer_out(stack: Stack, chromium: Browser, language: str) -> None:
    base = stack.desk + ("" if language == "ar" else "/en")
    found = {}
    with new_context(chromium) as context:
        page = context.new_page()
        page.goto(base + "/")
        found["unlock"] = complaints(page)
        reviewer = Reviewer.unlocks(page, stack)
        reviewer.syncs()
        for name, path in (
            *(("inbox", "/"), ("keys", "/keys"), ("nowhere", "/nowhere")),
            *(("training", "/training"), ("exercise", "/training/joint/nurse")),
        ):
            page.goto(base + path)
            found[name] = complaints(page)
        page.goto(base + "/")
        if page.locator("#cases h2 a").count():
            page.locator("#cases h2 a").first.click()
            found["case"] = complaints(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_every_page_is_valid_html(stack: Stack, tmp_path: Path) -> None:
    """All recommended rules but one: the desk's passphrase must not get into a password store."""
    for language in LANGUAGES:
        for number, path in enumerate(PAGES):
            html = httpx.get(_url(stack, language, path), timeout=10).text
            (tmp_path / f"{number}-{language}.html").write_text(html, "utf-8")
    (tmp_path / "desk.html").write_text(httpx.get(stack.desk + "/", timeout=10).text, "utf-8")
    checked = subprocess.run(
        ["npx", "--no-install", "html-validate", *OPTIONS, str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [
        f"{Path(file['filePath']).name}:{each['line']} {each['ruleId']} {each['message']}"
        for file in json.loads(checked.stdout or "[]")
        for each in file["messages"]
    ]
    assert complaints == []
    assert checked.returncode == 0, checked.stderr
