"""From writing to the answer with forms alone: what a browser would do, the server does, once."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

import redaction.cases
from app.citizen import derivation
from app.store.models import AttachmentFile, CaseFile, MessageFile, PendingLeaf
from app.store.uploads import Upload, UploadArea
from crypto.encoding import encode_base64, sha256
from crypto.envelope import FollowUp, Submission, open_attachment, open_follow_up, open_submission
from crypto.keys import CitizenKeys, Thread, derive_root
from crypto.receipt import ReceiptCode
from tests.units.citizen.plain_browser import Form, Page, PlainBrowser
from tests.world import Citizen, World

PHONE = "0791234567"
TEXT = f"الحافلة لا تصل.\nللتواصل {PHONE} شكرا"
SEEDS = json.loads((Path(redaction.cases.__file__).parent / "seeds.json").read_text("utf-8"))
JPEG = b64decode(SEEDS["baseline"])
CAMERA = b"CANARY-camera"
# A comment segment right after the start of the image.
PHOTO = JPEG[:2] + b"\xff\xfe" + (len(CAMERA) + 2).to_bytes(2, "big") + CAMERA + JPEG[2:]
LETTER = b"Letter " + b"x" * 5_000


@pytest.fixture(params=["ar", "en"])
def browser(request: pytest.FixtureRequest, world: World) -> PlainBrowser:
    return PlainBrowser(world.client, request.param)


@pytest.fixture
def arabic(world: World) -> PlainBrowser:
    return PlainBrowser(world.client)


def writes(
    browser: PlainBrowser, text: str = TEXT, files: list[tuple[str, bytes]] | None = None
) -> Form:
    """Fill in the first form and go to the review; what is sent next is its form."""
    form = browser.visits("/write?topic=bus-lines").form("/review")
    form.fill(problem=text, why="كل يوم", proposal="")
    browser.presses(form, "to-review", files=files or [])
    assert browser.response.status_code == 200, browser.page.text
    return browser.page.form("/send")


def code_on(page: Page) -> ReceiptCode:
    return ReceiptCode.parse(page.by_id["words"])


def submissions(world: World) -> list[Submission]:
    """Everything that lies in the site, opened by basil."""
    with world.state.reading() as connection:
        digests = connection.scalars(select(CaseFile.envelope_digest)).all()
    blobs = [world.state.blobs.read(digest) for digest in digests]
    return [open_submission(blob, [world.basil.identity]) for blob in blobs]


def files_of(world: World, submission: Submission) -> Iterator[bytes]:
    for attachment in submission.attachments:
        opened = io.BytesIO()
        with world.state.blobs.open(attachment.digest) as reader:
            identity = [world.amal.identity]
            open_attachment(reader, opened, identity, attachment.size, digest=attachment.digest)
        yield opened.getvalue()


def follow_ups(world: World, thread: Thread) -> dict[int, FollowUp]:
    found = {}
    with world.state.reading() as connection:
        for index in range(1, 10):
            slot = thread.slot("citizen", index)
            digest = connection.scalar(select(MessageFile.digest).where(MessageFile.slot == slot))
            if digest is not None:
                blob = world.state.blobs.read(digest)
                found[index] = open_follow_up(blob, [world.amal.identity], thread, index=index)
    return found


def owner(world: World, code: ReceiptCode) -> Citizen:
    """The keys that the server itself derived, to answer with."""
    citizen = Citizen(world)
    citizen.code = code
    citizen.keys = CitizenKeys(derive_root(code, world.roots.hash))
    return citizen


def test_a_message_with_files_arrives_sealed_and_as_decided(
    world: World, browser: PlainBrowser
) -> None:
    form = writes(browser, files=[("my house.jpg", PHOTO), ("letter of samir.txt", LETTER)])
    assert PHONE in browser.page.by_id["marked"]
    form.fill(decision_1="remove")

    page = browser.presses(form, "send")

    assert browser.response.status_code == 201
    code = code_on(page)
    [submission] = submissions(world)
    assert submission.topic == "bus-lines"
    assert submission.lang == (browser.root.removeprefix("/") or "ar")
    assert submission.sealed_by == "server"
    assert [each.name for each in submission.sections] == ["problem", "why"]
    assert PHONE not in submission.sections[0].text
    assert submission.sections[0].text.startswith("الحافلة لا تصل.\nللتواصل")
    assert submission.thread == owner(world, code).keys.thread.key
    assert [each.name for each in submission.attachments] == ["file-1.jpg", "file-2.txt"]
    assert [each.cleaned for each in submission.attachments] == [True, True]
    photo, letter = files_of(world, submission)
    assert CAMERA not in photo
    assert photo.startswith(b"\xff\xd8")
    assert letter == LETTER


def test_both_spellings_of_the_code_are_shown_and_kept_by_a_check(browser: PlainBrowser) -> None:
    page = browser.presses(writes(browser), "send")
    code = code_on(page)
    assert re.findall("[0-9]{4}", page.by_id["digits"]) == list(code.digits)
    # A screen reader hears one digit after the other.
    assert " ".join(code.digits[0]) in page.by_id["digits"]

    check = page.form("/receipt/check")
    check.fill(word="قطة")
    page = browser.presses(check, "close")
    assert browser.response.status_code == 422
    assert code_on(page) == code

    for right in (code.words[2], code.digits[2]):
        check = page.form("/receipt/check")
        check.fill(word=f" {right} ")
        done = browser.presses(check, "close")
        assert done.attributes.keys().isdisjoint({"words", "digits"})
        assert browser.response.request.path.endswith("/receipt/done")


def test_the_code_opens_the_answer_and_carries_a_word_back(
    world: World, browser: PlainBrowser
) -> None:
    code = code_on(browser.presses(writes(browser), "send"))
    citizen = owner(world, code)
    desk = world.desk()
    for index in range(6):
        assert desk.replies(citizen, index, f"رد رقم {index}").status_code == 201
    desk.decides(citizen, "question")

    form = browser.visits("/follow").form("/follow")
    form.fill(code="، ".join(code.words))
    page = browser.presses(form, "open")

    assert browser.response.status_code == 200
    assert [page.by_id["replies"].count(f"رد رقم {index}") for index in range(6)] == [1] * 6
    assert "amal" in page.by_id["replies"]
    now = [at["data-status"] for tag, at in page.tags if at.get("aria-current") == "step"]
    assert now == ["question"]

    reply = page.form("/follow/reply")
    reply.fill(reply="شكرا لكم")
    page = browser.presses(reply, "reply-send")
    assert browser.response.status_code == 201
    again = page.form("/follow/reply")
    again.fill(reply="كلمة أخرى")
    browser.presses(again, "reply-send")

    sent = follow_ups(world, citizen.keys.thread)
    assert {index: each.text for index, each in sent.items()} == {1: "شكرا لكم", 2: "كلمة أخرى"}


def test_pressing_twice_is_one_message_with_one_code(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic, files=[("a.jpg", PHOTO)])
    first = code_on(arabic.presses(form, "send"))
    second = code_on(arabic.presses(form, "send"))

    assert first == second
    assert len(submissions(world)) == 1
    with world.state.reading() as connection:
        assert len(connection.scalars(select(PendingLeaf.commitment)).all()) == 1
        assert len(connection.scalars(select(AttachmentFile.digest)).all()) == 1


def test_pressing_twice_at_the_same_moment_is_one_message(world: World) -> None:
    form = writes(PlainBrowser(world.client), files=[("a.jpg", PHOTO)])

    def press(_: int) -> ReceiptCode:
        browser = PlainBrowser(world.site.test_client())
        page = browser.presses(form, "send")
        assert browser.response.status_code == 201, page.text
        return code_on(page)

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(press, range(4)))

    assert len(set(codes)) == 1
    assert len(submissions(world)) == 1


def test_a_second_press_that_finds_the_file_half_gone_gets_the_same_receipt(
    world: World, arabic: PlainBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = writes(arabic, files=[("a.jpg", PHOTO)])
    first: list[ReceiptCode] = []
    find = UploadArea.find

    def finds_it_just_before_it_goes(area: UploadArea, name: str, today: date) -> Upload:
        found = find(area, name, today)
        if not first:
            monkeypatch.setattr(UploadArea, "find", find)
            first.append(code_on(PlainBrowser(world.site.test_client()).presses(form, "send")))
        return found

    monkeypatch.setattr(UploadArea, "find", finds_it_just_before_it_goes)
    second = code_on(arabic.presses(form, "send"))

    assert arabic.response.status_code == 201
    assert first == [second]
    assert len(submissions(world)) == 1


def test_another_text_under_the_same_code_is_not_sent(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic)
    code = code_on(arabic.presses(form, "send"))
    form.fill(why="نص آخر")

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 409
    assert code_on(page) == code
    assert [each.sections[1].text for each in submissions(world)] == ["كل يوم"]


def test_sending_the_same_word_to_the_team_twice_is_one_word(
    world: World, arabic: PlainBrowser
) -> None:
    code = code_on(arabic.presses(writes(arabic), "send"))
    form = arabic.visits("/follow").form("/follow")
    form.fill(code=" ".join(code.digits))
    reply = arabic.presses(form, "open").form("/follow/reply")
    reply.fill(reply="مرة واحدة")
    arabic.presses(reply, "reply-send")
    arabic.presses(reply, "reply-send")

    assert len(follow_ups(world, owner(world, code).keys.thread)) == 1


def test_an_edited_text_is_checked_again_before_it_goes(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic)
    form.fill(decision_1="keep", problem=f"جديد {PHONE} ثم me@example.org")

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 200
    assert submissions(world) == []
    assert "me@example.org" in page.by_id["marked"]
    again = page.form("/send")
    # What was decided stays decided; what is new is removed unless it is kept.
    kept = [each for each in again.fields if each.name == "decision-1" and each.checked]
    assert [each.value for each in kept] == ["keep"]
    arabic.presses(again, "send")
    [submission] = submissions(world)
    assert PHONE in submission.sections[0].text
    assert "me@example.org" not in submission.sections[0].text


def test_going_back_keeps_text_files_and_code(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic, files=[("a.jpg", PHOTO)])
    page = arabic.presses(form, "back")
    back = page.form("/review")
    assert back.value("problem") == TEXT
    page = arabic.presses(back, "to-review", files=[("b.txt", LETTER)])

    again = page.form("/send")
    assert again.value("code") == form.value("code")
    arabic.presses(again, "send")
    [submission] = submissions(world)
    assert [each.name for each in submission.attachments] == ["file-1.jpg", "file-2.txt"]


def test_a_file_can_be_taken_out_and_is_gone(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic, files=[("a.jpg", PHOTO), ("b.txt", LETTER)])
    page = arabic.presses(form, "", name="drop", value="2")
    assert "file-2" not in page.text
    assert len(staged(world)) == 1

    arabic.presses(page.form("/send"), "send")

    assert [len(each.attachments) for each in submissions(world)] == [1]
    assert staged(world) == []


def staged(world: World) -> list[Path]:
    """The folders of files that wait for their message."""
    return list(world.settings.uploads_path.glob("*/*"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("big.txt", b"x" * 20_000_001)], "big.txt"),
        ([("broken.jpg", PHOTO[:200])], "broken.jpg"),
        ([("fake.jpg", b"MZ\0 not a picture at all")], "fake.jpg"),
        ([(f"{n}.jpg", JPEG) for n in range(10)] + [("last.txt", b"x")], None),
    ],
    ids=["too large", "broken", "not a picture", "too many"],
)
def test_a_file_that_cannot_be_sent_is_named_and_the_text_stays(
    world: World, arabic: PlainBrowser, files: list[tuple[str, bytes]], said: str | None
) -> None:
    form = arabic.visits("/write").form("/review")
    form.fill(problem=TEXT)
    page = arabic.presses(form, "to-review", files=files)

    if said is None:
        assert arabic.response.status_code == 413
    else:
        assert arabic.response.status_code == 422
        assert said in page.by_id["attachments-error"]
        assert page.form("/review").value("problem") == TEXT
        assert staged(world) == []


@pytest.mark.parametrize(
    ("text", "letters"), [("", None), ("  \n ", None), ("ب" * 110_000, "1000[0-9]")]
)
def test_a_text_that_cannot_be_sent_is_explained_and_stays(
    arabic: PlainBrowser, text: str, letters: str | None
) -> None:
    form = arabic.visits("/write").form("/review")
    form.fill(problem=text, why="سبب")
    page = arabic.presses(form, "to-review")

    assert arabic.response.status_code == 422
    again = page.form("/review")
    assert again.value("problem").strip() == text.strip()
    assert again.value("why") == "سبب"
    assert page.attributes["problem"]["aria-invalid"] == "true"
    assert re.search(letters or "", page.by_id["problem-error"])


@pytest.mark.parametrize(
    ("typed", "explained"),
    [
        ("", "فارغة"),
        ("طريق جسم", "عدد الكلمات 2"),
        ("1234 5678", "عدد الأرقام 8"),
        ("كتلبب " * 9, "لم نعرف الكلمة رقم 1"),
        ("1" * 28, "28"),
        ("x" * 2000, "أطول"),
    ],
)
def test_a_mistyped_code_is_explained_and_stays_to_be_corrected(
    arabic: PlainBrowser, typed: str, explained: str
) -> None:
    form = arabic.visits("/follow").form("/follow")
    form.fill(code=typed)
    page = arabic.presses(form, "open")

    assert arabic.response.status_code == 422
    assert explained in page.by_id["code-error"]
    assert page.form("/follow").value("code") == typed


def test_a_code_that_nobody_has_opens_nothing(arabic: PlainBrowser) -> None:
    form = arabic.visits("/follow").form("/follow")
    form.fill(code=" ".join(ReceiptCode(b"0123456789").words))
    page = arabic.presses(form, "open")

    assert arabic.response.status_code == 404
    assert "لا توجد رسالة بهذا الرمز" in page.by_id["code-error"]


def test_a_reply_that_no_reader_signed_is_not_shown(world: World, arabic: PlainBrowser) -> None:
    code = code_on(arabic.presses(writes(arabic), "send"))
    citizen = owner(world, code)
    desk = world.desk()
    letter = desk.reply(citizen, 0, "رد مزور")
    # Signed for place 0, laid at place 1: a server could do that.
    thread = citizen.keys.thread
    letter["name"] = encode_base64(thread.name("team", 1))
    letter["auth_hash"] = encode_base64(thread.auth_hash("team", 1))
    assert desk.post("/replies", letter).status_code == 201

    form = arabic.visits("/follow").form("/follow")
    form.fill(code=" ".join(code.digits))
    page = arabic.presses(form, "open")

    assert "رد مزور" not in page.text
    assert "لم نتمكن من التحقق من توقيع أحد الردود" in page.text


def test_when_too_many_come_at_once_the_text_stays(
    arabic: PlainBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = writes(arabic)
    monkeypatch.setattr(derivation, "_turns", NoTurns())

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 503
    assert page.form("/send").value("problem") == TEXT.replace("\n", "\r\n")
    assert page.form("/send").value("code") == form.value("code")


class NoTurns:
    def acquire(self, timeout: float) -> bool:
        return timeout < 0


def test_when_no_keyring_is_valid_the_text_stays(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic)
    world.today = world.today.replace(year=2027)

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 503
    assert page.form("/send").value("problem") == TEXT


def test_when_no_file_can_be_taken_the_text_comes_through(
    world: World, arabic: PlainBrowser
) -> None:
    world.today = world.today.replace(year=2027)
    form = arabic.visits("/write").form("/review")
    form.fill(problem=TEXT)
    page = arabic.presses(form, "to-review", files=[("a.jpg", PHOTO), ("b.txt", LETTER)])

    assert arabic.response.status_code == 422
    assert page.form("/review").value("problem") == TEXT
    assert "الموقع لا يستقبل رسائل الآن" in page.by_id["attachments-error"]
    assert staged(world) == []


def test_when_the_disk_is_full_the_text_stays(
    world: World, arabic: PlainBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = writes(arabic)
    monkeypatch.setattr(type(world.state.blobs), "free_bytes", lambda _: 0)

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 507
    assert page.form("/send").value("problem") == TEXT


def test_files_that_waited_too_long_are_asked_for_again(world: World, arabic: PlainBrowser) -> None:
    form = writes(arabic, files=[("a.jpg", PHOTO)])
    world.today = world.today.replace(day=world.today.day + 3)
    world.state.uploads.sweep(world.today)

    page = arabic.presses(form, "send")

    assert arabic.response.status_code == 409
    assert page.form("/send").value("problem") == TEXT
    assert submissions(world) == []


def test_a_new_week_between_review_and_sending_changes_nothing(
    world: World, arabic: PlainBrowser
) -> None:
    world.today = world.today.replace(day=29)
    form = writes(arabic, files=[("a.jpg", PHOTO)])
    world.today = world.today.replace(day=30)
    world.publish_next("2026-W49")

    arabic.presses(form, "send")

    assert arabic.response.status_code == 201
    assert [each.keyring for each in submissions(world)] == [2]


def test_the_tag_of_a_message_is_not_a_digest_anyone_could_guess(
    world: World, arabic: PlainBrowser
) -> None:
    """Two people who say the same words leave nothing alike on the server."""
    arabic.presses(writes(arabic, "الجملة نفسها"), "send")
    arabic.presses(writes(arabic, "الجملة نفسها"), "send")

    with world.state.reading() as connection:
        rows = connection.execute(select(CaseFile.request_tag, CaseFile.slot, CaseFile.roll_seed))
        first, second = rows.all()
    assert all(one != other for one, other in zip(first, second, strict=True))
    assert sha256("الجملة نفسها".encode()) not in {first[0], second[0]}
