"""What a citizen's program promises over a line that breaks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.client.attachments import prepare
from app.client.errors import (
    AttachmentError,
    SiteOddError,
    SiteRefusedError,
    SiteUnreachableError,
    UnknownTopicError,
)
from app.client.follow import UnknownCodeError
from app.client.send import UncertainDeliveryError, language_of
from app.client.trust import RootsChangedError
from crypto.errors import TooLargeError
from crypto.note import SigningKey
from crypto.receipt import ReceiptCode
from tests.units.client.pictures import TINY_JPEG
from tests.units.desk.office import ORIGIN, Office


def break_once(office: Office, method: str, part_of_path: str) -> None:
    """Lose the answer to the first such request; the request itself arrives."""
    broken: list[str] = []

    def lose(request: httpx.Request) -> bool:
        if request.method == method and part_of_path in request.url.path and not broken:
            broken.append(request.url.path)
            return True
        return False

    office.network.lose_answer = lose


def a_file(office: Office, size: int) -> Path:
    path = office.folder / "notes.txt"
    path.write_bytes(bytes(range(48, 112)) * (size // 64))
    return path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/intake"),
        ("POST", "/uploads"),
        ("PUT", "/uploads/"),
        ("GET", "/uploads/"),
        ("POST", "/submissions"),
    ],
)
def test_a_lost_answer_anywhere_sends_one_case(office: Office, method: str, path: str) -> None:
    file = prepare(a_file(office, 3_000_000), 1, 10**8)
    break_once(office, method, path)

    office.sends("نص", file)

    office.syncs("amal")
    (attachment,) = office.only_case("amal").attachments
    got = b"".join(office.desks["amal"].casebook.read_file(attachment))
    assert got == file.path.read_bytes()


def test_a_part_that_arrived_is_not_sent_again(office: Office) -> None:
    file = prepare(a_file(office, 3_000_000), 1, 10**8)
    break_once(office, "PUT", "/1")

    office.sends("نص", file)

    parts = [path for method, path in office.network.requests if method == "PUT"]
    assert len(parts) == len(set(parts))


def test_an_upload_that_the_site_lost_is_begun_again(office: Office) -> None:
    file = prepare(a_file(office, 3_000_000), 1, 10**8)
    problem = {"type": "urn:wasl:problem:unknown-upload", "title": "No such upload"}
    lost: list[str] = []

    def lose_upload(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PUT" and request.url.path.endswith("/2") and not lost:
            lost.append(request.url.path)
            return httpx.Response(404, json=problem)
        return None

    office.network.fault = lose_upload

    office.sends("نص", file)

    assert office.syncs("amal").attachments == 1


def test_when_the_last_step_stays_silent_the_code_is_not_lost(office: Office) -> None:
    office.network.lose_answer = lambda request: request.url.path.endswith("/submissions")

    with pytest.raises(UncertainDeliveryError) as caught:
        office.sends("ربما وصلت")

    office.network.lose_answer = lambda _: False
    assert office.follows(caught.value.code).status == "received"


def test_a_week_that_turns_in_the_middle_is_sealed_again(office: Office) -> None:
    """The keyring changes after it was fetched; the site refuses; the program seals anew."""
    turned: list[bool] = []

    def turn(request: httpx.Request) -> None:
        if request.url.path.endswith("/submissions") and not turned:
            turned.append(True)
            office.publishes_keyring("basem")

    office.network.fault = turn

    office.sends("نص")

    office.network.fault = lambda _: None
    office.syncs("amal")
    assert office.only_case("amal").keyring == 2


def test_cleaning_happens_before_sealing(office: Office) -> None:
    """The reviewer gets the picture without what the camera wrote into it."""
    canary = b"CANARY-camera"
    comment = b"\xff\xfe" + (len(canary) + 2).to_bytes(2, "big") + canary
    jpeg = TINY_JPEG[:2] + comment + TINY_JPEG[2:]
    path = office.folder / "CANARY-name.jpg"
    path.write_bytes(jpeg)
    file = prepare(path, 1, 10**8)

    office.sends("نص", file)

    office.syncs("amal")
    (attachment,) = office.only_case("amal").attachments
    got = b"".join(office.desks["amal"].casebook.read_file(attachment))
    assert (attachment.name, attachment.media, attachment.cleaned) == (
        "file-1.jpg",
        "image/jpeg",
        True,
    )
    assert canary not in got
    assert file.removed


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.pdf", b"", "file-empty"),
        ("cut.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\0", "jpeg-truncated"),
        ("disguised.jpg", b"MZ\0 not a picture at all", "type-unknown"),
        ("large.txt", b"x" * 2001, "too-large"),
    ],
)
def test_a_file_that_cannot_be_sent_is_named_by_its_number(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(AttachmentError) as caught:
        prepare(path, 3, 2000)

    assert (caught.value.position, caught.value.code) == (3, code)
    assert name not in str(caught.value)


def test_a_file_that_changes_while_it_is_sent_is_noticed(office: Office) -> None:
    file = prepare(a_file(office, 100_000), 1, 10**8)
    file.path.write_bytes(b"%PDF-1.4\n" + b"x" * 900_000)

    with pytest.raises((AttachmentError, SiteRefusedError)):
        office.sends("نص", file)


def test_a_topic_that_is_not_open_is_refused_before_anything_is_sealed(office: Office) -> None:
    with pytest.raises(UnknownTopicError):
        office.sends("نص", topic="nothing-of-the-kind")

    assert [path for _, path in office.network.requests] == ["/api/v1/intake"]


def test_a_text_that_is_too_long_is_refused(office: Office) -> None:
    with pytest.raises(TooLargeError):
        office.sends("x" * 200_001)


def change(office: Office, path: str, **values: Any) -> None:
    def changed(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(path):
            return None
        answer = office.network.honest(request)
        return httpx.Response(answer.status_code, json=json.loads(answer.read()) | values)

    office.network.fault = changed


def test_a_promise_of_another_key_is_noticed(office: Office) -> None:
    key = SigningKey.generate(f"{ORIGIN}/promise")
    change(office, "/intake", promise_key=key.verifier.encode())

    with pytest.raises(SiteOddError, match="promise"):
        office.sends("نص")


def test_a_promise_about_something_else_is_noticed(office: Office) -> None:
    first = office.sends("نص")
    change(office, "/submissions", promise=first.promise)

    with pytest.raises(SiteOddError, match="promise"):
        office.sends("نص آخر")


def test_another_commitment_is_noticed(office: Office) -> None:
    change(office, "/submissions", commitment="A" * 43 + "=")

    with pytest.raises(SiteOddError, match="committed"):
        office.sends("نص")


def test_roots_that_are_not_the_pinned_ones_stop_the_sending(office: Office) -> None:
    roots = office.roots_text.replace("quorum 2", "quorum 1")
    change(office, "/intake", roots=roots)

    with pytest.raises(RootsChangedError):
        office.sends("نص")
    assert "POST" not in {method for method, _ in office.network.requests}


def test_a_code_that_was_never_used_is_unknown(office: Office) -> None:
    with pytest.raises(UnknownCodeError):
        office.follows(ReceiptCode(bytes(10)))


def test_more_replies_than_a_window_holds_are_all_read_in_order(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    for number in range(9):
        office.replies("amal", office.only_case("amal"), f"رد {number}")
        office.syncs("amal")

    assert [reply.text for reply in office.follows(sent.code).replies] == [
        f"رد {number}" for number in range(9)
    ]


def test_every_question_to_the_mailbox_has_one_size(office: Office) -> None:
    sizes: set[int] = set()

    def measure(request: httpx.Request) -> None:
        if request.url.path.endswith("/mailbox"):
            sizes.add(len(request.content))

    sent = office.sends("نص")
    office.network.fault = measure
    office.follows(sent.code)
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "رد")
    office.syncs("amal")
    office.follows(sent.code)

    assert len(sizes) == 1


def test_messages_take_the_next_free_place_without_any_memory(office: Office) -> None:
    sent = office.sends("نص")
    for number in (1, 2, 3):
        assert office.follows(sent.code, f"رسالة {number}").sent_index == number

    office.syncs("amal")
    assert [line.text for line in office.only_case("amal").lines] == [
        "رسالة 1",
        "رسالة 2",
        "رسالة 3",
    ]


def test_a_message_whose_answer_was_lost_is_not_left_twice(office: Office) -> None:
    sent = office.sends("نص")
    break_once(office, "POST", "/messages")

    assert office.follows(sent.code, "مرة واحدة").sent_index == 1

    office.syncs("amal")
    assert [line.text for line in office.only_case("amal").lines] == ["مرة واحدة"]


def test_a_reply_by_a_device_that_left_the_keyring_is_not_shown(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "رد")
    office.syncs("amal")
    office.today += timedelta(weeks=1)
    office.publishes_keyring("amal")

    (reply,) = office.follows(sent.code).replies

    assert (reply.problem, reply.text) == ("unverified", "")


def test_replies_moved_to_another_place_are_not_shown(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    for text in ("الأول", "الثاني"):
        office.replies("amal", office.only_case("amal"), text)
        office.syncs("amal")

    def exchange(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/mailbox"):
            return None
        answer = json.loads(office.network.honest(request).read())
        first, second, *_ = answer["slots"]
        first["envelope"], second["envelope"] = second["envelope"], first["envelope"]
        return httpx.Response(200, json=answer)

    office.network.fault = exchange

    assert [reply.problem for reply in office.follows(sent.code).replies] == ["moved", "moved"]


def test_patience_ends(office: Office) -> None:
    def unplugged(_: httpx.Request) -> None:
        raise httpx.ConnectError("no network")

    office.network.fault = unplugged

    with pytest.raises(SiteUnreachableError):
        office.sends("نص")


@pytest.mark.parametrize(
    ("text", "language"), [("المياه", "ar"), ("Water", "en"), ("the الماء", "ar"), ("123", "en")]
)
def test_the_language_follows_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_prepared_file_never_shows_its_name_in_the_manifest(office: Office) -> None:
    file = replace(prepare(a_file(office, 1000), 1, 10**8), media="application/octet-stream")

    office.sends("نص", file)

    office.syncs("amal")
    assert office.only_case("amal").attachments[0].name == "file-1.bin"
