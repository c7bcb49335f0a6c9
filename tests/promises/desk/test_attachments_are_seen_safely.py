"""What citizens attached is looked at as the sandbox made it anew, and regions go for good."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

import pikepdf
import pytest
from PIL import Image

from app.desk.casebook import KeptAttachment
from tests.promises.desk.reviewer import Reviewer, sits_down
from tests.units.desk.office import Office
from tests.units.redaction.render import samples
from tests.units.redaction.render.samples import SECRET

PDF = samples.pdf(samples.writing(SECRET), samples.writing("SECOND"))
FACE = Path(samples.__file__).with_name("face.jpg")


@pytest.fixture
def amal(office: Office) -> Iterator[Reviewer]:
    office.sends("نص")
    office.syncs("amal")
    reviewer = sits_down(office, "amal")
    reviewer.unlocks()
    yield reviewer
    reviewer.waits_for_the_sync()


Attach = Callable[[bytes, str, str], str]


@pytest.fixture
def attach(amal: Reviewer) -> Attach:
    """Put a file beside the case as if it had come with it; return the address of its page."""
    book = amal.office.desks["amal"].casebook

    def attached(data: bytes, name: str, media: str) -> str:
        def fill(writer: BinaryIO) -> None:
            writer.write(data)

        kept = KeptAttachment(
            sha256(data).digest(), len(data), name, media, cleaned=False, file=book.seal_file(fill)
        )
        (case,) = book.cases()
        book.change(case.id, lambda now: replace(now, attachments=(kept,)))
        return f"/case/{case.id}/view/1"

    return attached


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data)).convert("RGB")


def colours(image: Image.Image) -> set[object]:
    return {colour for _, colour in image.getcolors(1 << 24) or ()}


def test_pages_of_a_document_are_pictures(amal: Reviewer, attach: Attach) -> None:
    view = attach(PDF, "plan.pdf", "application/pdf")

    page, first = amal.sees(view), amal.sees(f"{view}/page/1")

    assert page.text.count("<figure") == 2
    assert SECRET not in page.text
    assert (first.status_code, first.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert "sandbox" in first.headers["Content-Security-Policy"]
    assert SECRET.encode() not in first.data
    assert amal.sees(f"{view}/page/3").status_code == HTTPStatus.NOT_FOUND
    assert amal.sees(f"{view}/played").status_code == HTTPStatus.NOT_FOUND


def test_a_box_takes_away_what_is_under_it_on_its_page_alone(
    amal: Reviewer, attach: Attach
) -> None:
    view = attach(PDF, "plan.pdf", "application/pdf")
    before = [amal.sees(f"{view}/page/{number}").data for number in (1, 2)]

    response = amal.fills(
        view,
        {"action": "preview"}
        | {"page-0": "1", "left-0": "10", "top-0": "5", "right-0": "90", "bottom-0": "40"},
    )

    assert (response.status_code, response.location) == (HTTPStatus.SEE_OTHER, view)
    after = [amal.sees(f"{view}/page/{number}").data for number in (1, 2)]
    width, height = picture(after[0]).size
    assert colours(picture(before[0]).crop(_middle(width, height))) != {(0, 0, 0)}
    assert colours(picture(after[0]).crop(_middle(width, height))) == {(0, 0, 0)}
    assert after[1] == before[1]
    shown = amal.sees(view).text
    assert 'name="left-0"' in shown
    assert re.search(r'name="left-0"[^>]*value="10"', shown)


def _middle(width: int, height: int) -> tuple[int, int, int, int]:
    return (width * 12 // 100, height * 8 // 100, width * 88 // 100, height * 38 // 100)


def test_a_redacted_version_is_kept_with_the_case_and_holds_no_text(
    amal: Reviewer, attach: Attach
) -> None:
    view = attach(PDF, "plan.pdf", "application/pdf")

    amal.fills(
        view,
        {"action": "keep"}
        | {"page-0": "1", "left-0": "0", "top-0": "0", "right-0": "100", "bottom-0": "50"},
    )

    book = amal.office.unlocks("amal").casebook
    (case,) = book.cases()
    original, kept = case.attachments
    assert b"".join(book.read_file(original)) == PDF
    assert (kept.media, kept.name, kept.cleaned) == ("application/pdf", "redacted-2.pdf", True)
    with pikepdf.open(BytesIO(b"".join(book.read_file(kept)))) as made:
        assert len(made.pages) == 2
        assert not any("/Font" in page.obj.Resources for page in made.pages)
    assert 'href="/case/' in amal.sees(f"/case/{case.id}").text
    assert amal.sees(f"/case/{case.id}/view/2").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "wrong",
    [
        {"page-0": "3"},
        {"left-0": "95"},
        {"right-0": "101"},
        {"top-0": "x"},
        {"bottom-0": ""},
        {"left-0": "nan"},
    ],
)
def test_a_box_that_is_none_is_said_and_stays_typed(
    amal: Reviewer, attach: Attach, wrong: dict[str, str]
) -> None:
    view = attach(PDF, "plan.pdf", "application/pdf")
    typed = {"page-0": "1", "left-0": "7", "top-0": "5", "right-0": "90", "bottom-0": "40"}
    typed |= wrong

    response = amal.fills(view, {"action": "keep"} | typed)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="wrong"' in response.text
    for name, value in typed.items():
        assert re.search(rf'name="{name}"[^>]*value="{value}"', response.text)
    assert len(amal.office.unlocks("amal").casebook.cases()[0].attachments) == 1


def test_a_scan_of_paper_is_shown_black_and_white(amal: Reviewer, attach: Attach) -> None:
    image = Image.new("RGB", (80, 40), "white")
    image.paste((255, 255, 60), (10, 10, 14, 14))
    image.paste("black", (40, 10, 60, 30))
    view = attach(samples.coded(image, "PNG"), "scan.png", "image/png")

    seen = picture(amal.sees(f"{view}/page/1?document=1").data)

    assert "document=1" in amal.sees(view).text
    assert colours(seen) == {(255, 255, 255), (0, 0, 0)}


def test_faces_are_offered_and_hidden_when_they_are_ticked(amal: Reviewer, attach: Attach) -> None:
    view = attach(FACE.read_bytes(), "face.jpg", "image/jpeg")

    amal.submits(view, action="find")
    page = amal.sees(view).text
    assert 'name="found-0"' in page
    assert 'id="found"' in page
    before = amal.sees(f"{view}/page/1").data
    amal.fills(view, {"action": "preview"} | {"found-0": "yes"})

    after = amal.sees(f"{view}/page/1").data
    assert after != before
    assert (0, 0, 0) in colours(picture(after))
    assert 'name="found-0"' not in amal.sees(view).text, "what is hidden is not offered again"


def test_an_archive_shows_its_members_and_each_of_them(amal: Reviewer, attach: Attach) -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "سطر واحد")
        archive.writestr("plan.pdf", PDF)
    view = attach(buffer.getvalue(), "all.zip", "application/zip")

    page = amal.sees(view).text
    assert "notes.txt" in page
    assert "plan.pdf" in page
    assert "سطر واحد" not in page
    assert "سطر واحد" in amal.sees(f"{view}?member=0").text
    assert amal.sees(f"{view}?member=1").text.count("<figure") == 2
    assert amal.sees(f"{view}?member=7").status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_text_is_shown_without_what_cannot_be_seen(amal: Reviewer, attach: Attach) -> None:
    view = attach("قبل\u202e <b>x</b>".encode(), "x.txt", "text/plain")

    page = amal.sees(view).text

    assert "قبل &lt;b&gt;x&lt;/b&gt;" in page
    assert "\u202e" not in page


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_file_that_cannot_be_read_is_not_shown_and_says_why(
    amal: Reviewer, attach: Attach, prefix: str
) -> None:
    view = attach(b"\x89PNG\r\n\x1a\n" + bytes(40), "x.png", "image/png")

    response = amal.sees(prefix + view)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'role="alert"' in response.text
    assert amal.sees(f"{view}/page/1").status_code == HTTPStatus.NOT_FOUND
    assert amal.sees(view.replace("view", "image")).status_code == HTTPStatus.NOT_FOUND


def test_the_file_itself_stays_behind_its_warning(amal: Reviewer, attach: Attach) -> None:
    case = attach(PDF, "plan.pdf", "application/pdf").removesuffix("/view/1")

    assert amal.submits(f"{case}/file/1").status_code == HTTPStatus.SEE_OTHER
    given = amal.submits(f"{case}/file/1", understood="yes")

    assert given.data == PDF
    assert given.content_type == "application/octet-stream"


def test_locking_the_desk_forgets_renderings_and_boxes(amal: Reviewer, attach: Attach) -> None:
    view = attach(PDF, "plan.pdf", "application/pdf")
    box = {"page-0": "1", "left-0": "10", "top-0": "5", "right-0": "90", "bottom-0": "40"}
    amal.fills(view, {"action": "preview"} | box)

    amal.submits("/lock")
    amal.unlocks()

    assert not re.search(r'name="left-0"[^>]*value="10"', amal.sees(view).text)
