"""Without JavaScript the server looks a case up in the log, and hands out what proves it."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import delete

from app.auditor.receipts import parse_receipt
from app.log_keys import load_policy
from app.store.models import PendingLeaf
from crypto.encoding import decode_base64
from crypto.receipt import ReceiptCode
from crypto.tlog.leaves import Accept
from crypto.tlog.proof import TlogProof
from crypto.tlog.rules import Rules
from tests.promises.test_without_javascript_the_whole_journey import code_on, writes
from tests.units.citizen.plain_browser import Page, PlainBrowser
from tests.world import ORIGIN, World


@pytest.fixture(params=["ar", "en"])
def browser(request: pytest.FixtureRequest, world: World) -> PlainBrowser:
    world.starts_log(fewest=0)
    world.sequences()
    return PlainBrowser(world.client, request.param)


def sends(browser: PlainBrowser) -> ReceiptCode:
    return code_on(browser.presses(writes(browser), "send"))


def comes_back(browser: PlainBrowser, code: ReceiptCode) -> Page:
    form = browser.visits("/follow").form("/follow")
    form.fill(code=" ".join(code.digits))
    return browser.presses(form, "open")


def passes(world: World, days: int) -> None:
    """As time does: the clock of the site goes along."""
    for _ in range(days):
        world.next_day()
        world.sequences()
    world.now = world.slot_time


def downloads(browser: PlainBrowser, page: Page, button: str) -> str:
    browser.presses(page.form("/follow/file"), button)
    answer = browser.response
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.text


def test_a_case_waits_for_its_line_and_has_it(world: World, browser: PlainBrowser) -> None:
    code = sends(browser)
    world.now = world.slot_time
    waiting = comes_back(browser, code)
    assert "log-proof" not in waiting.by_id
    assert re.search(
        "1\u00a0كانون\u00a0الأول 2026|1\u00a0December 2026", waiting.by_id["log-verdict"]
    )
    passes(world, 1)
    page = comes_back(browser, code)

    assert page.attributes["log-verdict"]["class"] == "box ok"
    proof = TlogProof.parse(downloads(browser, page, "log-proof"))
    assert str(proof.index + 1) in page.by_id["log-verdict"]
    assert proof.extra is not None
    witnessed = proof.verify(
        Accept(proof.extra).encode(), load_policy(world.settings), origin=ORIGIN
    )
    assert witnessed.checkpoint.size == len(world.entries())


def test_the_file_for_auditors_holds_nothing_that_opens_a_case(
    world: World, browser: PlainBrowser
) -> None:
    code = sends(browser)
    passes(world, 1)
    text = downloads(browser, comes_back(browser, code), "log-receipt")
    receipt = parse_receipt(text)

    assert receipt.opening is not None
    assert receipt.opening.commitment == receipt.commitment
    assert receipt.proof is not None
    assert receipt.proof.extra == receipt.commitment
    assert receipt.keyring
    assert set(json.loads(text)) == {"format", "commitment", "opening", "keyring", "proof"}
    assert code.secret.hex() not in text
    assert set(code.words).isdisjoint(text.split())


def test_rolls_and_broken_promises_are_told(world: World, browser: PlainBrowser) -> None:
    code = sends(browser)
    passes(world, 13)
    page = comes_back(browser, code)
    assert page.attributes["log-verdict"]["class"] == "box ok"
    assert re.search(r"7[^0-9]+(?:وصلت|Arrived)", page.by_id["log-facts"])

    lost = sends(browser)
    with world.state.transaction() as connection:
        connection.execute(delete(PendingLeaf))
    passes(world, 9)
    page = comes_back(browser, lost)
    assert page.attributes["log-verdict"]["class"] == "box bad"
    mark = json.loads(downloads(browser, page, "log-receipt"))["commitment"]
    assert decode_base64(mark) not in b"".join(world.entries())


def test_a_wrong_code_gets_no_file(browser: PlainBrowser) -> None:
    code = sends(browser)
    form = comes_back(browser, code).form("/follow/file")
    form.fill(code=" ".join(ReceiptCode.generate().digits))
    browser.presses(form, "log-receipt")
    assert browser.response.status_code in {200, 303}
    assert "log_salt" not in browser.response.text


def test_the_page_about_the_log_says_how_it_stands(world: World, browser: PlainBrowser) -> None:
    for _ in range(3):
        sends(browser)
    passes(world, 2)
    page = browser.visits("/verify")
    size = len(world.entries())

    assert f"{size}" in page.by_id["log-now"]
    assert "0-9" in page.by_id["log-now"]
    assert re.search("27\u00a0تشرين\u00a0الثاني 2026|27\u00a0November 2026", page.by_id["log-now"])
    policy = browser.visits("/verify/policy")
    assert policy.html == load_policy(world.settings).encode()


def test_a_log_that_stands_still_is_not_praised(world: World, browser: PlainBrowser) -> None:
    sends(browser)
    passes(world, 2)
    assert "log-stale" not in browser.visits("/verify").by_id

    world.now += Rules.stale + 1
    page = browser.visits("/verify")
    assert "log-stale" in page.by_id
    assert ("p", {"class": "box ok"}) not in page.tags


def test_a_log_without_signatures_is_not_praised(world: World, browser: PlainBrowser) -> None:
    checkpoint = world.settings.log_path / "checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n", b"\nx", 1))
    page = browser.visits("/verify")

    assert "log-now" not in page.by_id
    assert ("p", {"class": "box bad"}) in page.tags
