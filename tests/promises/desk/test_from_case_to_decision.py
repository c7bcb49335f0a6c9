"""Two reviewers, a citizen and an agency: from a message to what changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.client.send import Sent
from app.client.site import encode_bytes
from app.desk import relaying, replies, tallies, team
from app.desk.casebook import Case
from app.desk.errors import (
    ForbiddenStatusError,
    NoPlanError,
    NotYoursError,
    TooEarlyError,
    TooLateError,
)
from app.desk.relaying import Draft, Result, Way
from app.domain.cases import Status
from app.services import relays
from app.store import relays as stored
from crypto.answer import AgencyAnswer, seal_answer
from crypto.keys import CitizenKeys, derive_root
from crypto.link import open_packet
from crypto.record import COLUMNS, Bilingual, Packet
from tests.units.desk.office import ORIGIN, Office

TEXT = "أنا سامر من الحي الشرقي، والحافلة تتأخر كل يوم."
WORDS = "الحافلة تتأخر كل يوم.\nنقترح حافلة ثانية في الصباح."
DRAFT = Draft("municipality", "ar", "إضافة حافلة في الصباح", WORDS)
REVIEW = {"removed": 2, "checked": ["manager", "date"]}
RESULT = Result(
    2,
    True,
    date(2026, 12, 20),
    Bilingual("الحافلات تتأخر", "Buses are late"),
    Bilingual("نضيف حافلة يوم الأحد", "We add a bus on Sundays"),
    Bilingual("حافلة جديدة يوم الأحد", "A new bus on Sundays"),
)


def way(office: Office, reviewer: str) -> Way:
    assert office.keyring is not None
    return Way(office.desks[reviewer], office.keyring, office.today)


def both_sync(office: Office) -> None:
    for _ in range(2):
        for reviewer in ("amal", "basem"):
            office.syncs(reviewer)


def case_of(office: Office, reviewer: str) -> Case:
    return office.only_case(reviewer)


@pytest.fixture
def sent(office: Office) -> Sent:
    sent = office.sends(TEXT)
    both_sync(office)
    replies.mark(office.desks["amal"], case_of(office, "amal").id, Status.READ)
    both_sync(office)
    return sent


@pytest.fixture
def proposed(office: Office, sent: Sent) -> Sent:
    relaying.propose(way(office, "amal"), case_of(office, "amal").id, DRAFT, REVIEW)
    both_sync(office)
    return sent


@pytest.fixture
def laid_before(office: Office, proposed: Sent) -> Sent:
    relaying.approve(way(office, "basem"), case_of(office, "basem").id)
    both_sync(office)
    return proposed


@pytest.fixture
def relayed(office: Office, laid_before: Sent) -> Sent:
    office.today += timedelta(days=3)
    relaying.relay(way(office, "amal"), case_of(office, "amal").id)
    both_sync(office)
    return laid_before


def test_the_citizen_sees_the_exact_words_first(office: Office, laid_before: Sent) -> None:
    followed = office.follows(laid_before.code)

    assert followed.status == "redacted"
    assert [reply.text for reply in followed.replies] == [WORDS]
    assert stored_relays(office) == ()
    for reviewer in ("amal", "basem"):
        assert case_of(office, reviewer).status == "redacted"


def stored_relays(office: Office) -> tuple[stored.StoredRelay, ...]:
    with office.state.reading() as connection:
        return stored.list_relays(connection)


@pytest.mark.usefixtures("proposed")
def test_nobody_judges_her_own_proposal_or_after_recusing(office: Office) -> None:
    name = case_of(office, "amal").id
    with pytest.raises(NotYoursError):
        relaying.approve(way(office, "amal"), name)
    relaying.recuse(way(office, "basem"), case_of(office, "basem").id)
    with pytest.raises(NotYoursError):
        relaying.approve(way(office, "basem"), case_of(office, "basem").id)
    both_sync(office)
    assert case_of(office, "amal").team.recused == {"basem"}


@pytest.mark.usefixtures("proposed")
def test_a_rejected_proposal_goes_nowhere(office: Office) -> None:
    basem = case_of(office, "basem").id
    relaying.reject(way(office, "basem"), basem, team.PROPOSE, "الحي معروف")
    both_sync(office)

    newest = case_of(office, "amal").team.newest(team.PROPOSE)

    assert newest is not None
    assert newest.rejected == (("basem", "الحي معروف"),)
    with pytest.raises(ForbiddenStatusError):
        relaying.approve(way(office, "basem"), basem)


@pytest.mark.usefixtures("laid_before")
def test_nothing_is_relayed_while_the_citizen_may_object(office: Office) -> None:
    with pytest.raises(TooEarlyError):
        relaying.relay(way(office, "amal"), case_of(office, "amal").id)


@pytest.mark.usefixtures("laid_before")
def test_a_packet_that_leaves_the_agency_less_time_is_told_to_nobody_as_relayed(
    office: Office,
) -> None:
    """Two have signed the day: when it is too near, they must sign another."""
    office.today += timedelta(days=3 + 3)
    office.publishes_keyring()
    both_sync(office)

    with pytest.raises(TooLateError):
        relaying.relay(way(office, "amal"), case_of(office, "amal").id)

    both_sync(office)
    assert case_of(office, "amal").status == "redacted"
    replies.mark(office.desks["amal"], case_of(office, "amal").id, Status.READ)
    both_sync(office)
    relaying.propose(way(office, "amal"), case_of(office, "amal").id, DRAFT, REVIEW)


def test_an_objection_stops_the_relay(office: Office, laid_before: Sent) -> None:
    objects(office, laid_before)
    office.today += timedelta(days=3)
    both_sync(office)

    assert case_of(office, "amal").status == "read"
    with pytest.raises(ForbiddenStatusError):
        relaying.relay(way(office, "amal"), case_of(office, "amal").id)


def objects(office: Office, sent: Sent) -> None:
    thread = CitizenKeys(derive_root(sent.code, office.state.roots.hash)).thread
    with office.site() as site:
        site.object_to(
            {
                "name": encode_bytes(thread.name("citizen", 0)),
                "auth": encode_bytes(thread.auth("citizen", 0)),
            }
        )


@pytest.mark.usefixtures("sent")
def test_no_plan_no_proposal(office: Office) -> None:
    draft = Draft("nobody", "ar", "سؤال", WORDS)
    with pytest.raises(NoPlanError):
        relaying.propose(way(office, "amal"), case_of(office, "amal").id, draft, REVIEW)


def test_the_agency_gets_what_two_have_signed(office: Office, relayed: Sent) -> None:
    [row] = stored_relays(office)
    link = relaying.link_of(case_of(office, "basem"))
    assert link is not None
    note = open_packet(office.state.blobs.read(row.packet_digest), link)

    packet, signed = Packet.open(note, office.keyring.devices, origin=ORIGIN)  # type: ignore[union-attr]

    assert (packet.words, packet.ask) == (WORDS, DRAFT.ask)
    assert signed.reviewers == ("amal", "basem")
    assert row.link_hash == link.proof_hash
    assert office.follows(relayed.code).status == "relayed"


def test_an_answer_becomes_a_public_outcome(office: Office, relayed: Sent) -> None:
    [row] = stored_relays(office)
    answer = AgencyAnswer(row.id, 2, date(2026, 12, 20), None, "نضيف حافلة يوم الأحد.")
    assert office.keyring is not None
    blob = office.state.blobs.put(seal_answer(answer, office.keyring))
    link = relaying.link_of(case_of(office, "amal"))
    assert link is not None
    with office.state.transaction() as connection:
        relays.answer(connection, link.proof, answer=blob.digest, document=None)
    both_sync(office)
    known = relaying.relay_of(office.desks["basem"], case_of(office, "basem"))
    assert known is not None
    assert (known.answer, known.words) == (2, "نضيف حافلة يوم الأحد.")

    name = case_of(office, "basem").id
    relaying.take_answer(way(office, "basem"), name, 2, "ردت البلدية: نضيف حافلة يوم الأحد.")
    both_sync(office)
    assert office.follows(relayed.code).status == "answered:2"
    relaying.propose_outcome(way(office, "basem"), name, RESULT)
    both_sync(office)
    relaying.approve_outcome(way(office, "amal"), case_of(office, "amal").id)
    both_sync(office)

    assert office.follows(relayed.code).status == "published:2"
    with office.state.reading() as connection:
        kinds = [record.kind for record in stored.list_records(connection)]
    assert kinds == ["relay", "outcome"]
    assert not case_of(office, "amal").waits


def test_two_desks_count_before_numbers_are_public(office: Office, relayed: Sent) -> None:
    for _ in range(5):
        office.sends("الرصيف مكسور")
    both_sync(office)

    tallies.propose(way(office, "amal"))
    with pytest.raises(NotYoursError):
        tallies.approve(way(office, "amal"))
    both_sync(office)
    tally = tallies.approve(way(office, "basem"))
    both_sync(office)

    rows = {row.agency: dict(zip(COLUMNS, row.counts, strict=True)) for row in tally.rows}
    assert rows["none"]["received"] == "5"
    assert rows["municipality"]["relayed"] == "few"
    with office.state.reading() as connection:
        assert stored.find_record(connection, "tally", tally.week) is not None
    assert office.follows(relayed.code).status == "relayed"


def test_a_desk_that_counts_otherwise_does_not_sign(office: Office, relayed: Sent) -> None:
    tallies.propose(way(office, "amal"))
    both_sync(office)
    for _ in range(5):
        office.sends("الرصيف مكسور")
    office.syncs("basem")

    with pytest.raises(ForbiddenStatusError):
        tallies.approve(way(office, "basem"))
    assert office.follows(relayed.code).status == "relayed"
