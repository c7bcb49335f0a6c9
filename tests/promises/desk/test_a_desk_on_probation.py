"""A desk whose organisation is on probation reads and replies, and says why it does no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256

import pytest

from app.client.send import Sent
from app.desk import relaying, replies, tallies
from app.desk.errors import OnProbationError
from app.desk.relaying import Way
from app.domain.cases import Status
from tests.promises.desk.reviewer import Reviewer, sits_down
from tests.promises.desk.test_from_case_to_decision import DRAFT, RESULT, REVIEW
from tests.units.desk.office import Office

END = date(2027, 2, 22)


@pytest.fixture
def newcomer(office: Office) -> Office:
    """Amal and basem read for full members; yara's organisation came in this week."""
    office.opens_desk("hadi", "rased")
    office.opens_desk("yara", "yaman")
    office.publishes_keyring(yaman=END)
    return office


@pytest.fixture
def sent(newcomer: Office) -> Sent:
    sent = newcomer.sends("أنا سامر من الحي الشرقي، والحافلة تتأخر كل يوم.")
    sync_all(newcomer)
    return sent


def sync_all(office: Office) -> None:
    for _ in range(2):
        for reviewer in office.desks:
            office.syncs(reviewer)


def way(office: Office, reviewer: str) -> Way:
    assert office.keyring is not None
    return Way(office.desks[reviewer], office.keyring, office.today)


def case(office: Office, reviewer: str) -> str:
    return office.only_case(reviewer).id


def amal_proposes(office: Office) -> None:
    replies.mark(office.desks["amal"], case(office, "amal"), Status.READ)
    sync_all(office)
    relaying.propose(way(office, "amal"), case(office, "amal"), DRAFT, REVIEW)
    sync_all(office)


def test_it_reads_replies_and_tells_colleagues(newcomer: Office, sent: Sent) -> None:
    assert newcomer.only_case("yara").sections[0].text.startswith("أنا سامر")
    newcomer.replies("yara", newcomer.only_case("yara"), "متى تتأخر؟", Status.QUESTION)
    relaying.tell(way(newcomer, "yara"), case(newcomer, "yara"), "remark", {"text": "رأي"})
    sync_all(newcomer)

    assert newcomer.follows(sent.code).replies[-1].text == "متى تتأخر؟"
    assert newcomer.only_case("amal").status == "question"
    assert newcomer.only_case("amal").team.of("remark")[0].by == "yara"


Act = Callable[[Office], object]
ACTS: dict[str, Act] = {
    "propose": lambda office: relaying.propose(
        way(office, "yara"), case(office, "yara"), DRAFT, REVIEW
    ),
    "approve": lambda office: relaying.approve(way(office, "yara"), case(office, "yara")),
    "reject": lambda office: relaying.reject(
        way(office, "yara"), case(office, "yara"), "propose", "لا"
    ),
    "outcome": lambda office: relaying.propose_outcome(
        way(office, "yara"), case(office, "yara"), RESULT
    ),
    "count": lambda office: tallies.propose(way(office, "yara")),
    "count again": lambda office: tallies.approve(way(office, "yara")),
    "decline": lambda office: office.replies(
        "yara", office.only_case("yara"), "شكرا", Status.DECLINED_NOTHING_TO_RELAY
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_it_signs_nothing_that_decides(newcomer: Office, sent: Sent, act: str) -> None:
    assert sent
    amal_proposes(newcomer)
    tallies.propose(way(newcomer, "amal"))
    sync_all(newcomer)
    before = newcomer.only_case("yara")

    with pytest.raises(OnProbationError):
        ACTS[act](newcomer)

    assert newcomer.only_case("yara") == before


def test_a_status_that_the_site_refuses_does_not_come_back(newcomer: Office, sent: Sent) -> None:
    """A desk that knows no keyring yet, or an old program: the site says no, once."""
    replies.mark(newcomer.desks["yara"], case(newcomer, "yara"), Status.DECLINED)
    newcomer.syncs("yara")

    assert newcomer.only_case("yara").status_to_send is None
    assert newcomer.follows(sent.code).status == "received"


@pytest.fixture
def yara(newcomer: Office, sent: Sent) -> Iterator[Reviewer]:
    assert sent
    reviewer = sits_down(newcomer, "yara")
    reviewer.unlocks()
    yield reviewer
    reviewer.waits_for_the_sync()


def test_its_page_says_so_and_offers_no_signature(newcomer: Office, yara: Reviewer) -> None:
    amal_proposes(newcomer)

    page = yara.sees(f"/case/{case(newcomer, 'yara')}").text
    assert "في فترة تجربة حتى 22\u00a0شباط 2027" in page
    assert 'id="judge"' not in page
    assert 'id="redact"' not in page
    english = yara.sees(f"/en/case/{case(newcomer, 'yara')}").text
    assert "on probation until 22\u00a0February 2027" in english


def test_the_keys_page_shows_who_reads_with_what_and_until_when(yara: Reviewer) -> None:
    page = yara.sees("/en/keys").text
    table = page.partition('id="readers">')[2].partition("</table>")[0]

    assert table.count('<th scope="row">') == 4
    assert table.count("On probation until 22\u00a0February 2027") == 1
    # The week that begins on 23 November 2026, and 21 days after its end.
    assert table.count("21\u00a0December 2026") == 4
    desk = yara.office.desks["yara"]
    own = desk.enrolment()
    for key in (own["device"], own["recipients"]["2026-W48"]):
        digest = sha256(key.encode()).hexdigest()
        assert " ".join(digest[at : at + 4] for at in range(0, 16, 4)) in table
