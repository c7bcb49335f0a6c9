"""A reviewer's work on the pages, without JavaScript, in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.desk.factory import human_size
from app.desk.language import CATALOGUE
from app.domain.cases import Status
from tests.promises.desk.reviewer import TEXT, Reviewer
from tests.units.client.pictures import TINY_JPEG

DESK = CATALOGUE.parents[1]


def test_a_reply_goes_out_while_the_page_waits(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    response = reviewer.submits(
        f"{case}/reply", text="سؤال: متى بدأ ذلك؟", status="question", lang="ar"
    )
    reviewer.waits_for_the_sync()

    assert (response.status_code, response.location) == (HTTPStatus.SEE_OTHER, case)
    page = reviewer.sees(case).text
    assert 'data-status="question"' in page
    assert "متى بدأ ذلك" in page
    reviewer.office.syncs("basem")
    assert reviewer.office.only_case("basem").status == "question"


@pytest.mark.parametrize(
    "text",
    [
        "ما اسمك؟",
        "نحتاج رَقْم هاتفك للمتابعة",
        "يمكننا أن نلتقي في المكتب",
        "يرجى الاتصال بنا على 0791234567",
        "What is your phone number?",
        "Please call us.",
        "راسلنا على someone@example.org",
    ],
)
def test_a_reply_that_asks_for_contact_is_held_back(reviewer: Reviewer, text: str) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    response = reviewer.submits(f"{case}/reply", text=text, status="read", lang="ar")

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="contact-warning"' in response.text
    assert text in response.text, "what was typed is not lost"
    assert not reviewer.office.only_case("amal").waits


@pytest.mark.parametrize(
    "text",
    [
        "شكرا على هذه الملاحظات. سنرسلها إلى الوزارة هذا الأسبوع.",
        "كم مرة في الأسبوع تنقطع المياه؟ ومن يتأثر بذلك؟",
        "Thank you. Which days does the bus not come?",
        "الرقم 12 في الوثيقة هو رقم الصفحة.",
    ],
)
def test_an_ordinary_reply_is_not_held_back(reviewer: Reviewer, text: str) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    response = reviewer.submits(f"{case}/reply", text=text, status="read", lang="ar")

    assert response.status_code == HTTPStatus.SEE_OTHER


def test_the_reviewer_has_the_last_word_about_a_warning(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    text = "لا ترسل لنا اسمك أبدا"

    response = reviewer.submits(f"{case}/reply", text=text, status="read", confirmed="yes")

    assert response.status_code == HTTPStatus.SEE_OTHER


@pytest.mark.parametrize(
    ("text", "words"),
    [("   ", "الرد بلا كلمات"), ("ا" * 9000, "أطول من المسموح"), ("", "الرد بلا كلمات")],
)
def test_a_reply_that_cannot_be_sent_says_why(reviewer: Reviewer, text: str, words: str) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    response = reviewer.submits(f"{case}/reply", status="nonsense", lang="xx", text=text)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in response.text


def test_a_second_reply_before_the_first_has_left_is_kept_and_told_why(reviewer: Reviewer) -> None:
    def gone(_: httpx.Request) -> None:
        raise httpx.ConnectError("no site")

    reviewer.unlocks()
    case = reviewer.finds_the_case()
    reviewer.office.network.fault = gone
    reviewer.submits(f"{case}/reply", status="read", lang="ar", text="الأول")
    reviewer.waits_for_the_sync()

    answer = reviewer.submits(f"/en{case}/reply", status="read", lang="ar", text="الثاني")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "The former reply has not reached the site yet" in answer.text
    assert "الأول" in answer.text
    assert "الثاني" in answer.text


def test_marking_as_read_tells_the_citizen(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    reviewer.submits(f"{case}/seen")
    reviewer.waits_for_the_sync()

    assert 'data-status="read"' in reviewer.sees(case).text
    reviewer.office.syncs("basem")
    assert reviewer.office.only_case("basem").status == "read"


def test_syncing_brings_news_and_says_so(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    reviewer.office.sends("رسالة ثانية")

    reviewer.submits("/sync")
    reviewer.waits_for_the_sync()

    page = reviewer.sees("/").text
    assert "رسائل جديدة: 1" in page
    assert page.count('<li class="card">') == 2


def test_a_site_that_cannot_be_reached_is_said_in_plain_words(reviewer: Reviewer) -> None:
    reviewer.unlocks()

    def unplugged(_: httpx.Request) -> None:
        raise httpx.ConnectError("no network")

    reviewer.office.network.fault = unplugged
    reviewer.submits("/sync")
    reviewer.waits_for_the_sync()

    page = reviewer.sees("/").text
    assert "لا يمكن الوصول إلى الموقع الآن" in page
    assert "Traceback" not in page


def test_a_picture_is_shown_only_as_the_cleaner_leaves_it(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    picture, document = reviewer.sees(f"{case}/image/1"), reviewer.sees(f"{case}/image/2")

    assert (picture.status_code, picture.content_type) == (HTTPStatus.OK, "image/jpeg")
    assert picture.data[:2] == TINY_JPEG[:2]
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert document.status_code == HTTPStatus.NOT_FOUND


def test_a_page_that_claims_to_be_a_picture_is_not_shown(reviewer: Reviewer) -> None:
    """The manifest is the sender's word: what a file is, is seen again from its bytes."""
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    book, kept = reviewer.office.desks["amal"].casebook, reviewer.office.only_case("amal")
    lie = replace(kept.attachments[1], media="image/png", cleaned=True)
    book.change(kept.id, lambda kept: replace(kept, attachments=(kept.attachments[0], lie)))

    response = reviewer.sees(f"{case}/image/2")

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "CANARY" not in response.text


def test_a_file_leaves_the_desk_only_when_the_reviewer_says_so(reviewer: Reviewer) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()

    refused = reviewer.submits(f"{case}/file/2")
    given = reviewer.submits(f"{case}/file/2", understood="yes")

    assert refused.status_code == HTTPStatus.SEE_OTHER
    assert given.data == b"Notes\nCANARY"
    assert given.content_type == "application/octet-stream"
    assert given.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in given.headers["Content-Security-Policy"]


def test_hidden_marks_in_a_text_are_taken_out_and_counted(reviewer: Reviewer) -> None:
    office = reviewer.office
    sent = office.sends("قبل \u202eعكس\u202c بعد <b>x</b>")
    office.follows(sent.code, "متابعة\u2066")
    reviewer.unlocks()
    reviewer.submits("/sync")
    reviewer.waits_for_the_sync()
    pages = [
        reviewer.sees(path).text
        for path in re.findall(r'href="(/case/[0-9a-f]{32})"', reviewer.sees("/").text)
    ]

    (page,) = [page for page in pages if "عكس" in page]

    assert "قبل عكس بعد &lt;b&gt;x&lt;/b&gt;" in page
    assert not set(page) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "حُذف من هذا النص حرفان لا يُريان" in page
    assert "حُذف من هذا النص حرف واحد لا يُرى" in page


def test_the_keys_page_says_who_reads_and_when_keys_die(reviewer: Reviewer) -> None:
    reviewer.unlocks()

    page = reviewer.sees("/keys").text

    assert "رسائل هذا الأسبوع تُقفل لهذا المكتب" in page
    assert "21\u00a0كانون\u00a0الأول 2026" in page
    assert "basem" in page
    assert "AGE-SECRET-KEY" not in page
    enrolment = json.loads(reviewer.sees("/keys/enrolment.json").data)
    assert enrolment == reviewer.office.desks["amal"].enrolment()


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_each_page_speaks_one_language(reviewer: Reviewer, prefix: str) -> None:
    reviewer.unlocks()
    case = reviewer.finds_the_case()
    lang, direction = ("en", "ltr") if prefix else ("ar", "rtl")

    for path in ("/", case, "/keys", "/nothing"):
        page = reviewer.sees(prefix + path).text
        assert f'<html lang="{lang}" dir="{direction}">' in page
        shown = re.sub(r"<[^>]*>|العربية|English", " ", page.replace(TEXT, ""))
        if lang == "ar":
            assert not re.findall(r"\b(?:the|and|of|is|Keys|Cases|Reply)\b", shown)
        else:
            assert "المكتب" not in shown


def sentences() -> Iterator[str]:
    for _file, _line, message, _comments, _context in extract_from_dir(
        DESK, method_map=[("templates/**.html", "jinja2")], options_map={}
    ):
        yield message if isinstance(message, str) else message[0]


def test_every_sentence_of_the_pages_has_its_arabic() -> None:
    with CATALOGUE.open("rb") as source:
        arabic = read_po(source, locale="ar")
    said = set(sentences())

    missing = sorted(each for each in said if not arabic[each] or not arabic[each].string)
    unused = sorted(str(each.id) for each in arabic if each.id and _first(each.id) not in said)

    assert len(said) > 60
    assert missing == []
    assert unused == []


def _first(message_id: object) -> str:
    return message_id[0] if isinstance(message_id, tuple | list) else str(message_id)


def test_no_arabic_sentence_begins_with_punctuation_or_orders_anyone() -> None:
    with CATALOGUE.open("rb") as source:
        arabic = read_po(source, locale="ar")
    texts = [
        text
        for message in arabic
        if message.id
        for text in ([message.string] if isinstance(message.string, str) else message.string or ())
    ]

    assert not [text for text in texts if not (text[0].isalnum() or text[0] == "%")]
    assert not [text for text in texts if re.search(r"\b(?:اكتب|احفظ|اضغط|أدخل|انقر)\b", text)]
    assert not [text for text in texts if re.search("[٠-٩۰-۹]", text)]


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (30_000_060, "30 MB"), (5 * 10**9, "5000 MB")],
)
def test_sizes_are_short(size: int, words: str) -> None:
    assert human_size(size) == words


@pytest.mark.parametrize("status", Status)
def test_no_status_is_without_words(reviewer: Reviewer, status: Status) -> None:
    reviewer.unlocks()
    kept = reviewer.office.only_case("amal")
    reviewer.office.desks["amal"].casebook.change(
        kept.id, lambda kept: replace(kept, status=status.value)
    )

    shown = re.search(
        rf'<li id="status" data-status="{status}">(.*)</li>', reviewer.sees(f"/case/{kept.id}").text
    )

    assert shown
    assert shown.group(1).strip()
    assert status.value not in shown.group(1)


def test_the_styles_are_the_citizens_and_a_little_more(reviewer: Reviewer) -> None:
    links = re.findall(r'<link rel="stylesheet" href="([^"]+)"', reviewer.sees("/").text)

    bodies = [reviewer.sees(link).data for link in links]

    assert bodies[0] == (Path(DESK).parent / "static" / "base.css").read_bytes()
    assert len(bodies[1]) <= 3072
