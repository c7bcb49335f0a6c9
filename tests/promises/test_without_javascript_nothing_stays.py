"""Where the server seals, plaintext is in memory for one request and nowhere else, ever."""

from __future__ import annotations

import logging
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from crypto.receipt import ReceiptCode
from redaction.cases import pictures
from tests.units.citizen.plain_browser import (
    MULTIPART,
    Page,
    PlainBrowser,
    encode_multipart,
)
from tests.world import World

CANARY = "CANARY-نص-سري"
SCREENSHOT = pictures.TRUECOLOUR
FILE_CANARY = b"CANARY-in-the-file"
NAME_CANARY = "CANARY-samir.png"
URLENCODED = "application/x-www-form-urlencoded"
FORMS = ("/write", "/review", "/send", "/receipt/check", "/follow", "/follow/reply")


@dataclass
class Wire:
    """A body on its way: calls *look* before each piece, and may break off."""

    body: bytes
    look: Callable[[int], None] = lambda _: None
    breaks_at: int | None = None
    at: int = 0

    def read(self, size: int) -> bytes:
        self.look(self.at)
        end = len(self.body) if self.breaks_at is None else self.breaks_at
        piece = self.body[self.at : min(end, self.at + size)]
        self.at += len(piece)
        return piece


def reviews(world: World, wire: Wire) -> TestResponse:
    length = str(len(wire.body))
    overrides = {"wsgi.input": wire, "CONTENT_LENGTH": length, "CONTENT_TYPE": MULTIPART}
    return world.client.post(review_path(world), environ_overrides=overrides)


def review_path(world: World) -> str:
    return f"/forms/{world.state.form_tickets.issue()}/review"


def action(world: World, form: str) -> str:
    return review_path(world) if form == "/review" else form


def form_with_file(size: int) -> bytes:
    return encode_multipart([("problem", CANARY)], [(NAME_CANARY, picture(size))])


def picture(size: int) -> bytes:
    """A PNG of so many bytes whose pixels' data are the canary over and over."""
    begin, end = SCREENSHOT.index(b"IDAT") - 4, SCREENSHOT.index(b"IEND") - 4
    data = (FILE_CANARY + b" ") * (size // (len(FILE_CANARY) + 1))
    return SCREENSHOT[:begin] + pictures.chunk(b"IDAT", data) + SCREENSHOT[end:]


def on_disk(world: World) -> bytes:
    """All that the site wrote, and what this process holds in files that have no name."""
    return world.at_rest() + b"".join(map(_content, Path("/proc/self/fd").iterdir()))


def _content(descriptor: Path) -> bytes:
    try:
        if not str(descriptor.readlink()).endswith("(deleted)"):
            return b""
        return descriptor.read_bytes()
    except OSError:
        return b""


def assert_clean(data: bytes) -> None:
    for canary in (CANARY.encode(), FILE_CANARY, NAME_CANARY.encode(), b"CANARY"):
        assert canary not in data


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_while_a_file_arrives_the_disk_holds_ciphertext_only(world: World, temporary: Path) -> None:
    seen: list[int] = []

    def look(at: int) -> None:
        if at > 1_000_000 * (len(seen) + 1):
            data = on_disk(world)
            assert_clean(data)
            seen.append(len(data))

    answer = reviews(world, Wire(form_with_file(5_000_000), look))

    assert answer.status_code == 200
    # The sealed bytes really were there to be found.
    assert len(seen) >= 4
    assert seen[-1] - seen[0] > 2_000_000
    assert_clean(on_disk(world))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.99, 0.999999])
def test_a_form_that_breaks_off_leaves_nothing(world: World, part: float) -> None:
    before = len(world.at_rest())
    body = form_with_file(3_000_000)

    answer = reviews(world, Wire(body, breaks_at=int(len(body) * part)))

    assert answer.status_code == 400
    assert list(world.settings.uploads_path.glob("*/*")) == []
    assert len(world.at_rest()) - before < 20_000
    assert_clean(on_disk(world))


def test_a_file_that_was_whole_goes_when_the_next_one_breaks_off(world: World) -> None:
    files = [("a.png", picture(200_000)), ("b.png", picture(200_000))]
    body = encode_multipart([("problem", CANARY)], files)
    uploads: list[int] = []

    def look(_: int) -> None:
        uploads.append(len(list(world.settings.uploads_path.glob("*/*"))))

    answer = reviews(world, Wire(body, look, breaks_at=len(body) - 100_000))

    assert answer.status_code == 400
    assert max(uploads) == 1
    assert list(world.settings.uploads_path.glob("*/*")) == []


def test_a_large_file_needs_little_memory(world: World) -> None:
    body = form_with_file(16_000_000)
    reviews(world, Wire(form_with_file(100_000)))
    tracemalloc.start()
    answer = reviews(world, Wire(body))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert answer.status_code == 200
    assert peak < 6_000_000


def test_after_the_whole_journey_nothing_can_be_read_anywhere(
    world: World,
    temporary: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = PlainBrowser(world.client)
    form = browser.visits("/write").form("/review")
    form.fill(problem=CANARY, why=CANARY)
    page = browser.presses(form, "to-review", files=[(NAME_CANARY, picture(2_000))])
    send = page.form("/send")
    page = browser.presses(send, "send")
    code = ReceiptCode.parse(page.by_id["words"])
    follow = browser.visits("/follow").form("/follow")
    follow.fill(code=" ".join(code.words))
    reply = browser.presses(follow, "open").form("/follow/reply")
    reply.fill(reply=CANARY)
    browser.presses(reply, "reply-send")
    assert browser.response.status_code == 201

    printed = capfd.readouterr()
    everything = on_disk(world) + caplog.text.encode() + (printed.out + printed.err).encode()
    assert_clean(everything)
    assert code.secret not in everything
    assert "".join(code.digits).encode() not in everything
    assert " ".join(code.words).encode() not in everything
    assert list(temporary.iterdir()) == []


def test_no_address_carries_a_code_or_a_text(world: World) -> None:
    browser = PlainBrowser(world.client)
    form = browser.visits("/write").form("/review")
    form.fill(problem=CANARY)
    pages = [browser.presses(form, "to-review")]
    pages.append(browser.presses(pages[-1].form("/send"), "send"))
    code = ReceiptCode.parse(pages[-1].by_id["words"])
    follow = browser.visits("/follow").form("/follow")
    follow.fill(code=" ".join(code.digits))
    pages.append(browser.presses(follow, "open"))

    for page in pages:
        addresses = page.hrefs + [form.action for form in page.forms] + [page.title]
        assert not any(group in each for each in addresses for group in code.digits)
        assert not any("CANARY" in each for each in addresses)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["cross-site", "same-site"])
def test_a_form_on_another_site_is_refused(world: World, path: str, origin: str) -> None:
    answer = world.client.post(
        action(world, path), data=b"", content_type=URLENCODED, headers={"Sec-Fetch-Site": origin}
    )

    assert answer.status_code == 403
    page = Page(answer.text)
    assert "exit" in page.attributes
    assert "من موقع آخر" in page.title


def test_a_fault_on_the_way_says_nothing_of_the_text(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    browser = PlainBrowser(world.client, "en")
    form = browser.visits("/write").form("/review")
    form.fill(problem=CANARY)
    send = browser.presses(form, "to-review").form("/send")
    monkeypatch.setattr("app.services.submissions.accept", fails)
    page = browser.presses(send, "send")

    assert browser.response.status_code == 500
    assert "It never arrives twice." in page.text
    assert "RuntimeError" in caplog.text
    assert "CANARY" not in page.text + caplog.text

    monkeypatch.undo()
    browser.presses(send, "send")
    assert browser.response.status_code == 201


BODIES: dict[str, tuple[bytes, str, set[int]]] = {
    "nothing": (b"", URLENCODED, {200, 303, 400, 422}),
    "of no type": (b"problem=x", "", {415}),
    "of another type": (b"{}", "application/json", {415}),
    "without a boundary": (b"--x--", "multipart/form-data", {415}),
    "with a strange boundary": (b"--x--", "multipart/form-data; boundary=\xc3\xa9", {400, 415}),
    "with a long boundary": (b"--x--", f"multipart/form-data; boundary={'x' * 5000}", {400, 415}),
    "not a form": (b"\x00\xff\xfe", URLENCODED, {400}),
    "not UTF-8": (b"problem=%ff%fe&code=%ff", URLENCODED, {400}),
    "a surrogate": (b"problem=%ed%a0%80&reply=%ed%a0%80", URLENCODED, {400}),
    "a half escape": (b"problem=%4&code=%", URLENCODED, {200, 303, 400, 422}),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(5000)), URLENCODED, {400}),
    "too large": (b"problem=" + b"x" * 3_000_001, URLENCODED, {413}),
    "a false file": (b"problem=x&file-1=%7B%7D", URLENCODED, {200, 303, 400, 422}),
    "a false code": (b"problem=x&code=1234&index=1&reply=x", URLENCODED, {303, 400, 422}),
    "a false index": (b"reply=x&code=1&index=-1", URLENCODED, {200, 303, 400, 422}),
    "a huge index": (b"reply=x&code=1&index=" + b"9" * 5000, URLENCODED, {200, 303, 400, 422}),
    "an eastern index": ("reply=x&code=1&index=١".encode(), URLENCODED, {400}),
    "marks without end": (
        b"problem=x&" + b"&".join(b"found-%d=x" % n for n in range(1, 250)),
        URLENCODED,
        {200, 303, 400, 422},
    ),
}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(("body", "kind", "statuses"), BODIES.values(), ids=BODIES)
def test_whatever_is_posted_the_answer_is_a_page_and_never_a_fault(
    still: World, path: str, body: bytes, kind: str, statuses: set[int]
) -> None:
    answer = still.client.post(action(still, path), data=body, content_type=kind)

    assert answer.status_code in statuses
    if answer.status_code != 303:
        page = Page(answer.text)
        assert page.title
        assert "exit" in page.attributes


def test_a_multipart_body_is_refused_where_no_file_is_taken(still: World) -> None:
    """Nothing of ours sends one there, and Werkzeug would spool it to the disk."""
    body = form_with_file(1_000_000)
    for path in FORMS:
        if path != "/review":
            answer = still.client.post(path, data=body, content_type=MULTIPART)
            assert answer.status_code == 415, path


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world that these tests leave as it was."""
    return World(tmp_path_factory.mktemp("still"))
