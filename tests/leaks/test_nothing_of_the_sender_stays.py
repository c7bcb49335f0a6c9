"""Canaries in the text, the file name, the metadata, the headers and the code; then a search.

Searched: everything the site and the desk keep (database, write-ahead log, ciphertext), the
folder for temporary files, everything printed, and what the site answers to others.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.journey import SEAL_MILLISECONDS, Citizen, Reviewer
from tests.browser.photo import CAMERA_CANARY, PLACE_CANARY
from tests.leaks.canaries import Canary, found_in, found_in_files
from tests.stack import Stack, review_path, running_demo

TEXT = Canary("the text", "كناري النص ثمانية وأربعون CANARY-text-48213")
ANSWER = Canary("the citizen's answer", "CANARY-answer-99172 جواب المرسل")
REPLY = Canary("the team's reply", "CANARY-reply-55310 رد الفريق")
FILE_NAME = Canary("the file name", "CANARY-name-of-samir")
CAMERA = Canary("the camera", CAMERA_CANARY)
PLACE = Canary("the place", PLACE_CANARY)
AGENT = Canary("the user agent", "CANARY-agent-31337")
ADDRESS = Canary("the address", "203.0.113.77")
REFERRER = Canary("the referrer", "canary-referrer.example")
FIXED = (TEXT, ANSWER, REPLY, FILE_NAME, CAMERA, PLACE, AGENT, ADDRESS, REFERRER)

CUT_AFTER = 25_000_000
ANNOUNCED = 50_000_000


@dataclass
class Searched:
    """A demo of its own whose temporary files go where we can look."""

    stack: Stack
    temporary: Path

    def search(self, canaries: list[Canary]) -> list[str]:
        return found_in_files(canaries, [self.stack.folder, self.temporary, self._printed()])

    def _printed(self) -> Path:
        return self.stack.folder.parent


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searched]:
    folder = tmp_path_factory.mktemp("searched")
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = os.environ | {"TMPDIR": str(temporary)}
    with running_demo(folder / "data", environment=environment) as stack:
        yield Searched(stack, temporary)


@pytest.mark.parametrize("javascript", [True, False], ids=["sealed-in-browser", "no-javascript"])
def test_after_the_whole_journey_nothing_is_found(
    searched: Searched, chromium: Browser, photo: Path, javascript: bool
) -> None:
    citizen = _citizen_with_canaries(chromium, searched.stack, javascript)
    citizen.reads_a_topic()
    text = f"{TEXT.text} ({'with' if javascript else 'without'} JavaScript)"
    citizen.writes(text, photo)
    citizen.page.locator("#send").click(timeout=SEAL_MILLISECONDS)
    expect(citizen.page.locator("#words").first).to_be_visible(timeout=SEAL_MILLISECONDS)
    citizen.keeps_the_code()
    reviewer = Reviewer.sits_down(chromium, searched.stack)
    reviewer.syncs()
    reviewer.opens_the_case_with(text)
    reviewer.replies(REPLY.text, "question")
    citizen.comes_back_with(" ".join(citizen.words))
    assert citizen.replies() == [REPLY.text]
    citizen.answers(ANSWER.text)
    citizen.sees_that_it_arrived()
    reviewer.syncs()
    addresses = citizen.requested
    citizen.leaves()
    reviewer.leaves()

    canaries = [*FIXED, *_of_the_code(citizen)]
    assert searched.search(canaries) == []
    assert found_in(canaries, "\n".join(addresses).encode()) == []
    assert found_in(canaries, _what_others_see(searched.stack)) == []


def test_a_big_upload_without_javascript_cut_in_the_middle_leaves_nothing(
    searched: Searched,
) -> None:
    canary = Canary("the uploaded file", "CANARY-upload-70707")
    sent = _send_half(searched.stack, canary, while_open=lambda: _search_now(searched, canary))
    assert sent == CUT_AFTER
    assert searched.search([canary, TEXT, FILE_NAME]) == []
    response = httpx.get(searched.stack.site + "/write", timeout=10)
    assert response.status_code == 200, "the site lives on"


def _search_now(searched: Searched, canary: Canary) -> None:
    os.sync()
    assert searched.search([canary, TEXT, FILE_NAME]) == [], "on disk while the upload was open"


def _citizen_with_canaries(browser: Browser, stack: Stack, javascript: bool) -> Citizen:
    citizen = Citizen.arrives(browser, stack, javascript=javascript, user_agent=AGENT.text)
    citizen.page.set_extra_http_headers(
        {
            "X-Forwarded-For": ADDRESS.text,
            "Forwarded": f"for={ADDRESS.text}",
            "X-Real-IP": ADDRESS.text,
        }
    )
    # Chromium refuses to send a false referrer, so a plain client asks with one.
    referred = {"Referer": f"https://{REFERRER.text}/", "Cookie": f"c={REFERRER.text}"}
    for path in ("/", f"/t/{REFERRER.text}", f"/{REFERRER.text}?q={REFERRER.text}"):
        httpx.get(stack.site + path, headers=referred, timeout=10)
    return citizen


def _of_the_code(citizen: Citizen) -> list[Canary]:
    words, digits = citizen.words, citizen.digits
    return [
        Canary("the code in words", " ".join(words)),
        Canary("three words of the code", " ".join(words[3:6])),
        Canary("the code in digits", " ".join(digits)),
        Canary("the code in joined digits", "".join(digits)),
    ]


def _what_others_see(stack: Stack) -> bytes:
    paths = ["/", "/topics", "/write", "/follow", "/who", "/en/", "/api/v1/intake", "/nowhere"]
    return b"\n".join(httpx.get(stack.site + path, timeout=10).content for path in paths)


def _send_half(stack: Stack, canary: Canary, while_open: Callable[[], None]) -> int:
    """Post half of a multipart body, look at the disk, then break the connection."""
    head = _multipart_head(canary)
    request = (
        f"POST {review_path(stack.site)} HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n"
        f"User-Agent: {AGENT.text}\r\n"
        f"Content-Type: multipart/form-data; boundary=line\r\nContent-Length: {ANNOUNCED}\r\n\r\n"
    )
    piece = (canary.text.encode() + b" ") * 5000
    sent = 0
    with socket.create_connection(("127.0.0.1", stack.port), timeout=60) as connection:
        connection.sendall(request.encode() + head)
        while sent < CUT_AFTER:
            connection.sendall(piece[: CUT_AFTER - sent])
            sent += len(piece[: CUT_AFTER - sent])
        while_open()
    return sent


def _multipart_head(canary: Canary) -> bytes:
    fields = {"topic": "water-strategy", "problem": f"{TEXT.text} {canary.text}"}
    parts = [
        f'--line\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts.append(
        '--line\r\nContent-Disposition: form-data; name="attachments"; '
        f'filename="{FILE_NAME.text}.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    )
    return "".join(parts).encode()
