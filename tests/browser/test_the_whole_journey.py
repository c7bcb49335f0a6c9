"""From the first page to the answer, as people do it: real Chromium, real site, real desk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.journey import (
    ANSWER,
    EMAIL,
    PHONE,
    SEAL_MILLISECONDS,
    TEXT,
    Citizen,
    Reviewer,
    in_arabic_indic,
    without_dots,
)
from tests.browser.photo import CAMERA_CANARY, PLACE_CANARY
from tests.stack import Stack

QUESTION = "شكرا على هذا الرأي. في أي شهر كان الانقطاع أطول؟"
MAX_PAGE_LOADS = 6


def test_a_view_with_a_photo_is_sealed_in_the_browser_answered_and_answered_again(
    stack: Stack, whole_chromium: Browser, photo: Path
) -> None:
    assert len(ANSWER.split()) >= 500
    assert photo.stat().st_size >= 5_000_000
    citizen = Citizen.arrives(whole_chromium, stack)
    citizen.reads_a_topic()
    citizen.writes(_unmistakable("مع جافاسكربت"), photo)
    expect(citizen.page.locator("#step-review")).to_be_visible(timeout=SEAL_MILLISECONDS)
    _sees_what_points_at_them(citizen)
    _removes_the_phone_and_keeps_the_address(citizen)
    citizen.page.locator("#send").click()
    expect(citizen.page.locator("#step-receipt")).to_be_visible(timeout=SEAL_MILLISECONDS)
    assert citizen.page_loads <= MAX_PAGE_LOADS

    _code_leads_to_an_answer(stack, whole_chromium, citizen, "مع جافاسكربت")
    _complains_of_nothing(citizen)


def test_the_same_journey_without_javascript(
    stack: Stack, whole_chromium: Browser, photo: Path
) -> None:
    citizen = Citizen.arrives(whole_chromium, stack, javascript=False)
    citizen.reads_a_topic()
    expect(citizen.page.locator("noscript, .box").first).to_be_visible()
    citizen.writes(_unmistakable("بلا جافاسكربت"), photo)
    _sees_what_points_at_them(citizen)
    _removes_the_phone_and_keeps_the_address(citizen)
    citizen.page.locator("#send").click()
    expect(citizen.page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    assert citizen.page_loads <= MAX_PAGE_LOADS

    _code_leads_to_an_answer(stack, whole_chromium, citizen, "بلا جافاسكربت", javascript=False)


def _unmistakable(mark: str) -> str:
    return f"{mark}\n{TEXT}"


def _sees_what_points_at_them(citizen: Citizen) -> None:
    marked = citizen.page.locator("#marked mark").all_inner_texts()
    assert PHONE in marked
    assert EMAIL in marked
    expect(citizen.page.locator("#found")).to_be_visible()
    files = citizen.page.locator("#files").inner_text()
    assert "file-1.jpg" in files
    assert "مكان" in files


def _removes_the_phone_and_keeps_the_address(citizen: Citizen) -> None:
    choices = citizen.page.locator("#findings fieldset")
    for at in range(choices.count()):
        choice = choices.nth(at)
        keeps = EMAIL in choice.inner_text()
        choice.locator(f"input[type=radio][value={'keep' if keeps else 'remove'}]").check()


def _code_leads_to_an_answer(
    stack: Stack, whole_chromium: Browser, citizen: Citizen, mark: str, *, javascript: bool = True
) -> None:
    """The reviewer reads and asks; a second device reads with half-dotless words and answers;
    a third reads with Arabic-Indic digits."""
    citizen.keeps_the_code()
    citizen.leaves()
    reviewer = Reviewer.sits_down(whole_chromium, stack)
    reviewer.syncs()
    reviewer.opens_the_case_with(mark)
    _reads_what_was_left_in(reviewer)
    reviewer.replies(QUESTION, "question")

    second = Citizen.arrives(whole_chromium, stack, javascript=javascript)
    second.comes_back_with(without_dots(citizen.words))
    assert second.replies() == [QUESTION]
    answer = f"في شهر آب، وكان عشرة أيام. {mark}"
    second.answers(answer)
    second.sees_that_it_arrived()
    second.leaves()

    third = Citizen.arrives(whole_chromium, stack, javascript=javascript)
    third.comes_back_with(in_arabic_indic(citizen.digits))
    assert third.replies() == [QUESTION]
    third.leaves()

    reviewer.syncs()
    reviewer.opens_the_case_with(mark)
    assert [line.strip() for line in reviewer.conversation()] == [QUESTION, answer]
    reviewer.leaves()


def _reads_what_was_left_in(reviewer: Reviewer) -> None:
    text = reviewer.page.locator("#message").inner_text()
    assert PHONE not in text
    assert EMAIL in text
    assert ANSWER.split("\n")[0] in text
    shown, picture = reviewer.shown_picture(), reviewer.attached_picture()
    assert shown.startswith(b"\xff\xd8")
    assert picture.startswith(b"\xff\xd8")
    assert len(picture) > 4_900_000
    for canary in (CAMERA_CANARY, PLACE_CANARY, "Exif\0\0II*\0"):
        assert canary.encode() not in picture
        assert canary.encode() not in shown


def _complains_of_nothing(citizen: Citizen) -> None:
    assert citizen.errors == []


@pytest.mark.parametrize(
    ("path", "field", "button"),
    [("/write", "#problem", "#to-review"), ("/follow", "#code", "#open")],
)
def test_nothing_typed_leaves_before_the_scripts_have_come(
    stack: Stack, whole_chromium: Browser, path: str, field: str, button: str
) -> None:
    """On a slow line a press must not send in the open what is sealed a moment later."""
    page = whole_chromium.new_context().new_page()
    held: list[Route] = []
    page.route(re.compile(r"/client[^/]*\.js"), lambda route: held.append(route))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(stack.site + path, wait_until="commit")
    page.locator(field).fill("كلام لا يخرج")
    page.locator(field).press("Enter")
    assert page.locator("main button[type=submit]:visible").count() == 0
    expect(page.locator("#awaits")).to_be_attached()
    assert "POST" not in sent

    held[0].continue_()
    expect(page.locator(button)).to_be_visible(timeout=SEAL_MILLISECONDS)
    expect(page.locator("#awaits")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("path", ["/", "/en/"])
def test_the_first_page_is_small_and_asks_for_little(
    stack: Stack, whole_chromium: Browser, path: str
) -> None:
    page = whole_chromium.new_context().new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(stack.site + path, wait_until="networkidle")
    assert len(received) <= 3
    assert sum(received) <= 15_000
    page.context.close()
