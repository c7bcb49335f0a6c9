"""However the line breaks and whoever is faster, a citizen gets each reply once."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from app.client.errors import SiteUnreachableError
from app.desk.errors import EmptyTextError, ForbiddenStatusError, StillWaitingError
from app.domain.cases import Status
from crypto.errors import TooLargeError
from tests.units.desk.office import Office


def is_reply(request: httpx.Request) -> bool:
    return request.url.path == "/api/v1/desk/replies"


def test_two_desks_that_answer_at_once_both_reach_the_citizen(office: Office) -> None:
    """Both seal for the first place; the slower one is sealed again for the next."""
    sent = office.sends("نص")
    office.syncs("amal")
    office.syncs("basem")
    for reviewer in ("amal", "basem"):
        waiting = office.replies(reviewer, office.only_case(reviewer), f"رد من {reviewer}")
        assert waiting.outgoing is not None
        assert waiting.outgoing.index == 0

    office.syncs("amal")
    # Basem's desk looks for the place before it learns of amal's reply.
    basem = office.desks["basem"]
    office.network.fault = lambda request: (
        httpx.Response(200, json={"cases": [], "messages": [], "team": [], "relays": []})
        if request.url.path.endswith("/desk/cases")
        else None
    )
    assert office.syncs("basem").sent == 1
    office.network.fault = lambda _: None

    replies = office.follows(sent.code).replies
    assert [(reply.index, reply.text, reply.org) for reply in replies] == [
        (0, "رد من amal", "rased"),
        (1, "رد من basem", "hawa"),
    ]
    office.syncs("basem")
    office.syncs("amal")
    for desk in (office.desks["amal"], basem):
        (case,) = desk.casebook.cases()
        assert {line.index: line.signed_by for line in case.lines} == {0: "amal", 1: "basem"}


def test_a_lost_answer_makes_no_second_reply(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "رد واحد")
    office.network.lose_answer = is_reply

    with pytest.raises(SiteUnreachableError):
        office.syncs("amal")
    assert office.only_case("amal").waits
    office.network.lose_answer = lambda _: False
    office.unlocks("amal")
    office.syncs("amal")

    assert [reply.text for reply in office.follows(sent.code).replies] == ["رد واحد"]
    assert [line.text for line in office.only_case("amal").lines] == ["رد واحد"]
    assert not office.only_case("amal").waits


def test_a_reply_written_offline_waits_and_is_sent_later(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")

    def unplugged(_: httpx.Request) -> None:
        raise httpx.ConnectError("no network")

    office.network.fault = unplugged
    office.replies("amal", office.only_case("amal"), "كتب دون اتصال")
    with pytest.raises(SiteUnreachableError):
        office.syncs("amal")
    office.network.fault = lambda _: None
    office.unlocks("amal")

    assert office.syncs("amal").sent == 1
    assert [reply.text for reply in office.follows(sent.code).replies] == ["كتب دون اتصال"]


def test_a_lost_answer_to_a_status_does_no_harm(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "سؤال؟", Status.QUESTION)
    office.network.lose_answer = lambda request: request.url.path.endswith("/status")
    with pytest.raises(SiteUnreachableError):
        office.syncs("amal")
    office.network.lose_answer = lambda _: False

    office.syncs("amal")

    case = office.only_case("amal")
    assert (case.status, case.waits, len(case.lines)) == ("question", False, 1)


def test_a_status_that_a_colleague_made_impossible_is_dropped(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")
    office.syncs("basem")
    office.replies("amal", office.only_case("amal"), "نعتذر، والسبب", Status.DECLINED)
    office.replies("basem", office.only_case("basem"), "سؤال؟", Status.QUESTION)
    office.syncs("amal")

    office.syncs("basem")
    office.syncs("basem")

    case = office.only_case("basem")
    assert (case.status, case.waits) == ("declined", False)
    assert len(case.lines) == 2, "the words were sent all the same"


def test_a_second_reply_waits_for_the_first(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")
    case = office.only_case("amal")
    office.replies("amal", case, "الأول")

    with pytest.raises(StillWaitingError):
        office.replies("amal", case, "الثاني")


@pytest.mark.parametrize("text", ["", "  \n\t ", "\x00\x01"])
def test_a_reply_without_words_is_refused(office: Office, text: str) -> None:
    office.sends("نص")
    office.syncs("amal")

    with pytest.raises(EmptyTextError):
        office.replies("amal", office.only_case("amal"), text)


def test_a_reply_that_does_not_fit_is_refused_before_it_is_kept(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")

    with pytest.raises(TooLargeError):
        office.replies("amal", office.only_case("amal"), "ا" * 10_000)
    assert not office.only_case("amal").waits


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("declined", Status.READ),
        ("declined", Status.QUESTION),
        ("withdrawn", Status.READ),
        ("received", Status.WITHDRAWN),
        ("received", Status.RECEIVED),
    ],
)
def test_only_the_tables_steps_can_be_taken(office: Office, now: str, wanted: Status) -> None:
    office.sends("نص")
    office.syncs("amal")
    book = office.desks["amal"].casebook
    case = book.change(office.only_case("amal").id, lambda case: replace(case, status=now))

    with pytest.raises(ForbiddenStatusError):
        office.replies("amal", case, "نص", wanted)


def test_answering_says_that_the_message_was_read(office: Office) -> None:
    sent = office.sends("نص")
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), "شكرا")

    office.syncs("amal")

    assert office.follows(sent.code).status == "read"
