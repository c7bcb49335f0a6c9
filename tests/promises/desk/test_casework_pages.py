"""A case on its way to a decision through the pages of two desks, without JavaScript."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest

from app.client.send import Sent
from app.desk import relaying
from app.domain.cases import Status
from app.services import relays
from crypto.answer import AgencyAnswer, seal_answer
from crypto.encoding import decode_base64
from crypto.link import LinkSecret
from tests.promises.desk.reviewer import Reviewer, sits_down
from tests.units.desk.office import Office

MESSAGE = "أنا سامر من الحي الشرقي، ورقمي 0791234567، والحافلة تتأخر كل يوم."
WORDS = "الحافلة تتأخر كل يوم.\nنقترح حافلة ثانية في الصباح."
ASK = "إضافة حافلة في الصباح"
CHECKS = {f"check-{each}": "yes" for each in ("manager", "date", "style", "summary")}
PACKET = {"words": WORDS, "ask": ASK, "agency": "municipality", "lang": "ar"}
OUTCOME = {
    "said_ar": "الحافلات تتأخر",
    "said_en": "Buses are late",
    "answered_ar": "نضيف حافلة يوم الأحد",
    "answered_en": "We add a bus on Sundays",
    "change_ar": "حافلة جديدة يوم الأحد",
    "change_en": "A new bus on Sundays",
    "changed": "yes",
    "decided": "2026-12-20",
}


def opens(office: Office, reviewer: str) -> Reviewer:
    opened = sits_down(office, reviewer)
    opened.unlocks()
    return opened


@pytest.fixture
def sent(office: Office) -> Sent:
    return office.sends(MESSAGE)


@pytest.fixture
def amal(office: Office, sent: Sent) -> Iterator[Reviewer]:
    assert sent
    opened = opens(office, "amal")
    syncs(opened)
    does(opened, "seen")
    yield opened
    opened.waits_for_the_sync()


@pytest.fixture
def basem(office: Office, sent: Sent) -> Iterator[Reviewer]:
    assert sent
    opened = opens(office, "basem")
    syncs(opened)
    yield opened
    opened.waits_for_the_sync()


def syncs(*reviewers: Reviewer) -> None:
    for reviewer in reviewers:
        reviewer.submits("/sync")
        reviewer.waits_for_the_sync()


def does(reviewer: Reviewer, path: str, **form: str) -> str:
    """Submit a form of the case's page that must succeed; return the page it leads to."""
    case = reviewer.finds_the_case()
    response = reviewer.fills(f"{case}/{path}", form)
    assert response.status_code == HTTPStatus.SEE_OTHER, response.text
    reviewer.waits_for_the_sync()
    return page_of(reviewer)


def page_of(reviewer: Reviewer) -> str:
    return reviewer.sees(reviewer.finds_the_case()).text


def has_button(page: str, name: str) -> bool:
    return f'id="{name}"' in page


def proposes(amal: Reviewer, basem: Reviewer) -> None:
    does(amal, "redact", **PACKET, **CHECKS)
    syncs(basem)


def test_a_case_goes_from_its_words_to_what_changed(
    office: Office, sent: Sent, amal: Reviewer, basem: Reviewer
) -> None:
    proposes(amal, basem)
    assert has_button(page_of(basem), "judge")
    assert not has_button(page_of(amal), "judge")

    does(basem, "judge/packet", verdict="approve")
    assert 'data-status="redacted"' in page_of(basem)
    followed = office.follows(sent.code)
    assert [each.text for each in followed.replies] == [WORDS]
    syncs(amal)
    assert not has_button(page_of(amal), "relay"), "the sender may still object"

    office.today += timedelta(days=3)
    syncs(amal, basem)
    does(amal, "relay")
    page = page_of(amal)
    assert 'data-status="relayed"' in page
    shown = re.search(r'id="link-code">([^<]+)<', page)
    assert shown
    assert LinkSecret.parse(shown.group(1)) == relaying.link_of(office.only_case("amal"))
    syncs(amal)
    answers_by_its_code(office)
    syncs(amal, basem)

    page = page_of(basem)
    assert "نضيف حافلة يوم الأحد." in page
    does(basem, "answer", answer="2", text="ردت البلدية: نضيف حافلة يوم الأحد.")
    assert office.follows(sent.code).status == "answered:2"
    does(basem, "outcome", **OUTCOME)
    syncs(amal)
    does(amal, "judge/outcome", verdict="approve")

    assert office.follows(sent.code).status == "published:2"
    assert 'data-status="published:2"' in page_of(amal)


def answers_by_its_code(office: Office) -> None:
    desk = office.unlocks("amal")
    (case,) = desk.casebook.cases()
    link, row = relaying.link_of(case), relaying.relay_of(desk, case)
    assert link is not None
    assert row is not None
    assert office.keyring is not None
    answer = AgencyAnswer(decode_base64(row.id, 16), 2, None, None, "نضيف حافلة يوم الأحد.")
    blob = office.state.blobs.put(seal_answer(answer, office.keyring))
    with office.state.transaction() as connection:
        relays.answer(connection, link.proof, answer=blob.digest, document=None)


def test_the_packet_leaves_the_desk_in_every_form(
    office: Office, amal: Reviewer, basem: Reviewer
) -> None:
    proposes(amal, basem)
    does(basem, "judge/packet", verdict="approve")
    office.today += timedelta(days=3)
    syncs(amal)
    does(amal, "relay")
    case = amal.finds_the_case()

    starts = {
        "note": b"wasl/packet/v1\n",
        "page": b"<!DOCTYPE html>",
        "pdf": b"%PDF-",
        "table": b"\xef\xbb\xbf",
        "json": b"{",
        "calendar": b"BEGIN:VCALENDAR",
    }
    for kind, start in starts.items():
        response = amal.submits(f"{case}/packet", kind=kind)
        assert response.data[: len(start)].lower() == start.lower(), kind
        assert response.headers["Content-Disposition"].startswith("attachment; ")


def test_the_second_reviewer_sees_the_result_before_the_message(
    amal: Reviewer, basem: Reviewer
) -> None:
    proposes(amal, basem)

    page = basem.sees(basem.finds_the_case() + "/judge/packet").text

    assert page.index('id="result"') < page.index("<details>") < page.index("سامر")
    assert "<details open" not in page
    assert "amal" in page


def test_two_answer_the_rubric_apart_and_it_stops_nothing(amal: Reviewer, basem: Reviewer) -> None:
    does(amal, "redact", **PACKET, **CHECKS, rubric="evidence")
    syncs(basem)

    page = basem.sees(basem.finds_the_case() + "/judge/packet").text
    boxes = re.findall(r'name="rubric" value="(\w+)"( checked)?', page)
    assert boxes == [(each, "") for each in ("ask", "evidence", "decider", "alternative")]

    does(basem, "judge/packet", verdict="approve", rubric="ask")
    syncs(amal)
    [usefulness] = re.findall(r'<details id="usefulness">.*?</details>', page_of(amal), re.DOTALL)
    answers = re.findall(r"</bdi>: (نعم|لا)", usefulness)
    assert answers == ["لا", "نعم", "نعم", "لا", "لا", "لا", "لا", "لا"], "amal's, basem's"


def test_the_workspace_marks_what_points_at_the_sender(amal: Reviewer) -> None:
    page = html.unescape(amal.sees(amal.finds_the_case() + "/redact").text)

    assert re.search(r'<mark title="[^"]+">\s*0791234567', page)
    written = re.search(r'<textarea id="words"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert written
    assert "0791234567" not in written.group(1)
    assert "الحافلة تتأخر" in written.group(1)


@pytest.mark.parametrize("missing", sorted(CHECKS))
def test_nothing_is_proposed_without_every_tick_and_nothing_typed_is_lost(
    amal: Reviewer, missing: str
) -> None:
    ticks = {name: value for name, value in CHECKS.items() if name != missing}
    case = amal.finds_the_case()

    response = amal.fills(f"{case}/redact", PACKET | ticks)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    for typed in (*WORDS.split("\n"), ASK):
        assert typed in html.unescape(response.text)
    assert 'value="municipality" selected' in response.text
    assert response.text.count('value="yes" required checked') == len(ticks)
    assert not amal.office.unlocks("amal").casebook.cases()[0].notes


def test_removed_words_that_come_back_are_held_until_confirmed(
    amal: Reviewer, basem: Reviewer
) -> None:
    case = amal.finds_the_case()
    again = PACKET | {"words": WORDS + "\n0791234567"}

    held = amal.fills(f"{case}/redact", again | CHECKS)

    assert held.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "<mark>0791234567</mark>" in held.text
    assert 'name="confirmed"' in held.text
    does(amal, "redact", **again, **CHECKS, confirmed="yes")
    syncs(basem)
    assert has_button(page_of(basem), "judge")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"agency": "nobody"}, "لا توجد خطة تواصل مع هذه الجهة"),
        ({"words": ""}, "في النموذج خانة فارغة"),
        ({"ask": "x" * 400}, "في النموذج خانة فارغة أو طويلة"),
    ],
)
def test_what_cannot_be_proposed_says_why_and_stays(
    amal: Reviewer, changes: dict[str, str], words: str
) -> None:
    typed = PACKET | changes

    response = amal.fills(amal.finds_the_case() + "/redact", typed | CHECKS)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert words in response.text
    assert typed["ask"] in response.text


def test_who_keeps_out_of_a_case_has_no_buttons_and_no_way_around_them(
    amal: Reviewer, basem: Reviewer
) -> None:
    proposes(amal, basem)

    page = does(basem, "team", action="recuse")

    assert not [name for name in ("judge", "redact", "relay", "outcome") if has_button(page, name)]
    case = basem.finds_the_case()
    assert basem.sees(f"{case}/judge/packet").status_code == HTTPStatus.SEE_OTHER
    basem.submits(f"{case}/judge/packet", verdict="approve")
    basem.waits_for_the_sync()
    syncs(amal)
    assert 'data-status="redacted"' not in page_of(amal)
    refused = basem.fills(f"{case}/redact", PACKET | CHECKS)
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "تنحى" in refused.text


def test_sending_back_needs_a_reason_which_the_colleague_reads(
    amal: Reviewer, basem: Reviewer
) -> None:
    proposes(amal, basem)
    case = basem.finds_the_case()

    silent = basem.submits(f"{case}/judge/packet", verdict="reject")
    does(basem, "judge/packet", verdict="reject", reason="الحي معروف")
    syncs(amal)

    assert silent.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'aria-describedby="reason-error"' in silent.text
    assert "الحي معروف" in page_of(amal)
    assert has_button(page_of(amal), "redact")


def test_a_case_is_taken_handed_over_and_given_themes(amal: Reviewer, basem: Reviewer) -> None:
    does(amal, "team", action="take")
    does(amal, "team", action="theme", themes="مواصلات, ازدحام")
    does(amal, "team", action="remark", text="تشبه رسالة الأمس")
    does(amal, "team", action="assign", to="basem")
    syncs(basem)

    page = page_of(basem)
    assert "<bdi>مواصلات</bdi> · <bdi>ازدحام</bdi>" in page
    assert "تشبه رسالة الأمس" in page
    assert '<li class="card">' in basem.sees("/?show=mine").text
    assert '<li class="card">' in basem.sees("/?q=ازدحام").text
    assert '<li class="card">' not in amal.sees("/?show=mine").text


def test_the_inbox_says_whose_signature_is_wanted(amal: Reviewer, basem: Reviewer) -> None:
    proposes(amal, basem)

    assert '<li class="card">' in basem.sees("/?show=sign").text
    assert '<li class="card">' not in amal.sees("/?show=sign").text


def test_an_outcome_form_loses_nothing_and_shows_quotations(office: Office, amal: Reviewer) -> None:
    (kept,) = office.unlocks("amal").casebook.cases()
    office.desks["amal"].casebook.change(
        kept.id, lambda now: replace(now, status=Status("answered:2").value)
    )
    quoting = OUTCOME | {"said_ar": MESSAGE}

    response = amal.fills(f"/case/{kept.id}/outcome", quoting)

    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "<mark>أنا سامر من الحي الشرقي ورقمي 0791234567</mark>" in response.text
    for typed in quoting.values():
        assert typed in html.unescape(response.text)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_new_pages_speak_one_language(amal: Reviewer, basem: Reviewer, prefix: str) -> None:
    proposes(amal, basem)
    case = basem.finds_the_case()

    for path in (f"{case}/redact", f"{case}/judge/packet", f"{case}/outcome", "/numbers"):
        page = basem.sees(prefix + path).text
        shown = re.sub(r"<[^>]*>|العربية|English|municipality|basem|amal", " ", page)
        if not prefix:
            assert not re.findall(r"\b(?:the|and|of|is|Sign|Back)\b", shown), path
        else:
            assert "المكتب" not in shown
            assert "زميل" not in shown
