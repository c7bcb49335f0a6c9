"""A citizen's own browser looks her message up in the public log, and is not fooled."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from app.auditor.receipts import parse_receipt
from crypto.receipt import ReceiptCode
from crypto.tlog.leaves import Accept
from crypto.tlog.policy import Policy
from crypto.tlog.proof import TlogProof
from tests.browser.journey import SEAL_MILLISECONDS, Citizen
from tests.stack import Stack, wasl

LOGGED_SECONDS: Final = 60
"""The demo seals a batch every five seconds, and witnesses need a moment."""


@pytest.fixture(scope="module")
def sent(stack: Stack, chromium: Browser) -> tuple[str, ...]:
    """The words of a message that is in the log."""
    citizen = Citizen.arrives(chromium, stack)
    grows_beyond(stack, 0)
    before = log_size(stack)
    citizen.page.goto(stack.site + "/write")
    citizen.page.locator("#problem").fill("الإنارة في الشارع مطفأة منذ شهر")
    citizen.page.locator("#to-review").click()
    citizen.page.locator("#send").click()
    expect(citizen.page.locator("#words")).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.keeps_the_code()
    promise = citizen.page.locator("#promise-line")
    assert re.search(r"\d{1,2}(?:\s\S+){1,2} 20\d\d", promise.inner_text())
    assert promise.locator("bdi.num[dir=ltr]").count() == 1
    citizen.leaves()
    grows_beyond(stack, before)
    return citizen.words


def grows_beyond(stack: Stack, size: int) -> None:
    deadline = time.monotonic() + LOGGED_SECONDS
    while log_size(stack) <= size:
        assert time.monotonic() < deadline, stack.log_text
        time.sleep(0.5)


def log_size(stack: Stack) -> int:
    answer = httpx.get(f"{stack.site}/log/checkpoint", timeout=10)
    return int(answer.text.split("\n")[1]) if answer.is_success else 0


@pytest.fixture
def citizen(stack: Stack, chromium: Browser) -> Iterator[Citizen]:
    citizen = Citizen.arrives(chromium, stack)
    yield citizen
    citizen.leaves()


def verdict(citizen: Citizen, words: tuple[str, ...]) -> Locator:
    """What the page says about the log once it has looked."""
    citizen.comes_back_with(" ".join(words))
    told = citizen.page.locator("#log-verdict")
    expect(told).to_have_class(re.compile(r"box (ok|bad)"), timeout=SEAL_MILLISECONDS)
    return told


def test_the_page_says_that_the_message_is_in_the_log(
    stack: Stack, citizen: Citizen, sent: tuple[str, ...], tmp_path: Path
) -> None:
    told = verdict(citizen, sent)
    assert "رسالتك في السجل العام" in told.inner_text()
    facts = citizen.page.locator("#log-facts").inner_text()
    assert "amal" in facts or "nahr" in facts
    assert citizen.errors == []

    proof = TlogProof.parse(saved(citizen, "#log-proof", tmp_path))
    receipt = parse_receipt(saved(citizen, "#log-receipt", tmp_path))
    policy = Policy.parse(Path(stack.facts["witness_policy"]).read_text("utf-8"))
    entry = Accept(receipt.commitment).encode()
    proof.verify(entry, policy, origin=stack.facts["origin"])
    assert proof == receipt.proof
    assert str(proof.index + 1) in told.inner_text()


def saved(citizen: Citizen, button: str, folder: Path) -> str:
    with citizen.page.expect_download() as waiting:
        citizen.page.locator(button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_text("utf-8")


def test_whole_bundles_are_read_and_nothing_of_the_message_is_in_an_address(
    citizen: Citizen, sent: tuple[str, ...]
) -> None:
    verdict(citizen, sent)
    asked = [url.partition("/log/")[2] for url in citizen.requested if "/log/" in url]

    assert asked[0] == "checkpoint"
    bundles = [re.match(r"tile/entries/([0-9x/]+)", path) for path in asked[1:]]
    numbers = {int(re.sub("[x/]", "", found[1])) for found in bundles if found}
    assert numbers == set(range(len(numbers))), "from the first to the last"


def test_the_receipt_passes_the_auditors_command(
    stack: Stack, citizen: Citizen, sent: tuple[str, ...], tmp_path: Path
) -> None:
    verdict(citizen, sent)
    saved(citizen, "#log-receipt", tmp_path)
    state, policy = tmp_path / "audit", stack.facts["witness_policy"]
    roots = ("--roots", stack.facts["roots"])
    for arguments in (
        ("init", "--policy", policy, "--url", stack.facts["log"], *roots, "--state", state),
        ("sync", "--state", state),
        ("receipt", "--state", state, tmp_path / "receipt.json"),
    ):
        done = wasl("audit", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_program_finds_the_same(stack: Stack, sent: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text(" ".join(sent), "utf-8")
    arguments = ("follow", stack.site, "--code-file", tmp_path / "code.txt", "--verify", "--json")
    done = wasl(*arguments, "--roots", stack.facts["roots"])
    answer = json.loads(done.stdout)["log"]

    assert (done.returncode, answer["state"], answer["quorum"]) == (0, "included", True)
    assert answer["index"] < answer["size"]


# Frauds


def doctor(citizen: Citizen, pattern: str, change: Callable[[bytes], bytes]) -> None:
    """The site answers something else at addresses that match."""

    def answer(route: Route) -> None:
        honest = route.fetch()
        route.fulfill(response=honest, body=change(honest.body()))

    citizen.page.route(re.compile(pattern), answer)


def flipped(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


def alarm(citizen: Citizen, sent: tuple[str, ...]) -> str:
    told = verdict(citizen, sent)
    assert told.get_attribute("class") == "box bad"
    assert "ما العمل؟" in told.inner_text()
    expect(citizen.page.locator("#log-receipt")).to_be_visible()
    return told.inner_text()


@pytest.mark.parametrize("path", ["/log/tile/entries/", "/log/checkpoint$"])
def test_a_changed_log_raises_the_alarm(citizen: Citizen, sent: tuple[str, ...], path: str) -> None:
    doctor(citizen, path, flipped)
    assert "لا يمكن الوثوق به" in alarm(citizen, sent)


def test_a_log_without_its_witnesses_raises_the_alarm(
    citizen: Citizen, sent: tuple[str, ...]
) -> None:
    doctor(
        citizen,
        "/log/checkpoint$",
        lambda note: b"".join(
            line for line in note.splitlines(keepends=True) if b"/witness " not in line
        ),
    )
    assert "لا يمكن الوثوق به" in alarm(citizen, sent)


def test_a_policy_without_witnesses_is_not_believed(
    citizen: Citizen, sent: tuple[str, ...]
) -> None:
    def alone(body: bytes) -> bytes:
        answer = json.loads(body)
        lines = answer["log"]["policy"].splitlines(keepends=True)
        logs = [line for line in lines if line.startswith("log ")]
        answer["log"]["policy"] = "".join([*logs, "quorum none\n"])
        return json.dumps(answer).encode()

    doctor(citizen, "/api/v1/intake$", alone)
    assert "لا يمكن الوثوق به" in alarm(citizen, sent)


def test_a_message_that_was_dropped_raises_the_alarm(
    citizen: Citizen, sent: tuple[str, ...]
) -> None:
    """The mailbox still knows it, from weeks ago, and the log has no line of it."""

    def of_another_envelope(body: bytes) -> bytes:
        answer = json.loads(body)
        return json.dumps({**answer, "digest": "A" * 43 + "=", "week": "2026-W30"}).encode()

    doctor(citizen, "/api/v1/mailbox$", of_another_envelope)
    assert "ليست في السجل العام" in alarm(citizen, sent)


def test_a_message_of_this_week_is_only_waited_for(citizen: Citizen, sent: tuple[str, ...]) -> None:
    def of_another_envelope(body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "digest": "A" * 43 + "="}).encode()

    doctor(citizen, "/api/v1/mailbox$", of_another_envelope)
    citizen.comes_back_with(" ".join(sent))
    told = citizen.page.locator("#log-verdict")
    expect(told).to_contain_text("تدخله خلال يومين", timeout=SEAL_MILLISECONDS)
    expect(told).to_have_class("box")


def test_a_network_that_fails_raises_no_alarm(citizen: Citizen, sent: tuple[str, ...]) -> None:
    citizen.page.route(re.compile("/log/checkpoint$"), lambda route: route.fulfill(status=403))
    citizen.comes_back_with(" ".join(sent))
    told = citizen.page.locator("#log-verdict")
    expect(told).to_contain_text("لم نتمكن الآن", timeout=SEAL_MILLISECONDS)
    expect(told).to_have_class("box")


def test_a_code_of_nobody_is_corrected_in_its_field(citizen: Citizen, stack: Stack) -> None:
    nobody = " ".join(ReceiptCode(b"0123456789").digits)
    citizen.page.goto(stack.site + "/follow")
    citizen.page.locator("#code").fill(nobody)
    citizen.page.locator("#open").click()
    expect(citizen.page.locator("#code-error")).to_be_visible(timeout=SEAL_MILLISECONDS)

    assert citizen.page.locator("#code").input_value() == nobody
    assert citizen.page.locator("#code").get_attribute("aria-invalid") == "true"
    expect(citizen.page.locator("#timeline")).to_be_hidden()
