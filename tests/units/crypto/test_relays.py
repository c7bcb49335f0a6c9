"""Packets, records, links and answers: what two sign, and what nobody can spell otherwise."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.answer import AgencyAnswer, Document, open_answer, seal_answer
from crypto.encoding import sha256
from crypto.errors import CryptoError, MalformedKeyError, MalformedStatementError, UnverifiedError
from crypto.link import LinkSecret, open_packet, seal_packet
from crypto.note import sign
from crypto.record import (
    COLUMNS,
    Bilingual,
    Coverage,
    Outcome,
    Packet,
    Question,
    Record,
    Relay,
    Row,
    Tally,
    open_record,
    parse_record,
    public_count,
)
from crypto.team import TeamNote, open_team_note, seal_team_note
from tests.units.crypto.people import HUDA, HUDA_DEVICE, KEYRING, ORIGIN, SAMI_DEVICE

RELAY = bytes(range(16))
PACKET = Packet(
    ORIGIN,
    RELAY,
    "transport",
    "bus-lines",
    "ar",
    date(2026, 12, 24),
    "زيادة عدد الحافلات",
    "الحافلة تتأخر.\n\nكل يوم.",
)
OUTCOME = Outcome(
    ORIGIN,
    RELAY,
    2,
    True,
    date(2026, 12, 20),
    Bilingual("الحافلات تتأخر", "Buses are late"),
    Bilingual("نزيد العدد", "We add some"),
    Bilingual("خط جديد", "A new line"),
)
ROW = Row("bus-lines", "transport", tuple(public_count(n) for n in range(len(COLUMNS))))
TALLY = Tally(ORIGIN, "2026-W48", (ROW,))
QUESTION = Question(ORIGIN, "bus-lines", 7, '{"title":{"ar":"خطوط","en":"Lines"}}')
COVERAGE = Coverage(
    ORIGIN, "bus-lines", ("10", "few", "few", "25"), None, ("few", "5", "few", "10", "few", "20")
)
RECORDS: list[Record] = [Relay.of(PACKET), OUTCOME, TALLY, QUESTION, COVERAGE]
BOTH = (HUDA_DEVICE, SAMI_DEVICE)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_public_by_two_reviewers(record: Record) -> None:
    note = sign(record.encode(), *BOTH)

    opened, signed = open_record(note, KEYRING.devices, origin=ORIGIN)

    assert opened == record
    assert signed.reviewers == ("huda", "sami")
    for refused in (
        sign(record.encode(), HUDA_DEVICE),
        sign(record.encode(), HUDA_DEVICE, HUDA_DEVICE),
    ):
        with pytest.raises(CryptoError):
            open_record(refused, KEYRING.devices, origin=ORIGIN)
    with pytest.raises(UnverifiedError):
        open_record(note, KEYRING.devices, origin="other.example")


@given(st.sampled_from(RECORDS), st.data())
def test_a_record_has_one_spelling(record: Record, data: st.DataObject) -> None:
    text = record.encode()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.sampled_from(" \nx0=-+")) + text[at:]
    try:
        parsed = parse_record(changed)
    except MalformedStatementError:
        return
    assert parsed.encode() == changed


def test_a_packet_is_opened_by_its_link_alone() -> None:
    secret, other = LinkSecret.generate(), LinkSecret.generate()
    note = sign(PACKET.encode(), *BOTH)
    sealed = seal_packet(note, secret)

    packet, signed = Packet.open(open_packet(sealed, secret), KEYRING.devices, origin=ORIGIN)

    assert (packet, signed.reviewers) == (PACKET, ("huda", "sami"))
    assert Relay.of(packet).packet == sha256(PACKET.encode().encode())
    with pytest.raises(CryptoError):
        open_packet(sealed, other)


def test_changed_words_carry_no_signature() -> None:
    note = sign(PACKET.encode(), *BOTH)

    with pytest.raises(UnverifiedError):
        Packet.open(note.replace("كل يوم", "كل ليل"), KEYRING.devices, origin=ORIGIN)


@pytest.mark.parametrize(
    "change",
    [
        {"ask": ""},
        {"ask": "two\nlines"},
        {"words": ""},
        {"words": "\u2028"},
        {"agency": "Transport"},
        {"relay": bytes(15)},
        {"words": "x" * 20_001},
    ],
    ids=str,
)
def test_a_packet_that_could_be_misread_cannot_be_made(change: dict[str, object]) -> None:
    with pytest.raises(MalformedStatementError):
        replace(PACKET, **change)  # type: ignore[arg-type]


@given(st.binary(min_size=20, max_size=20))
def test_a_link_survives_being_read_aloud(secret: bytes) -> None:
    link = LinkSecret(secret)
    misread = link.encode().lower().replace("-", " ").replace("0", "o").replace("1", "l")

    assert LinkSecret.parse(misread) == link
    assert len({link.secret, link.proof, link.proof_hash, link.identity.seed}) == 4


@pytest.mark.parametrize("untrusted", ["", "ABCD", "U" * 32, "0" * 33, "ـ" * 32])
def test_what_is_no_link_is_refused(untrusted: str) -> None:
    with pytest.raises(MalformedKeyError):
        LinkSecret.parse(untrusted)


@pytest.mark.parametrize(
    ("cases", "told"),
    [(0, "0"), (1, "few"), (4, "few"), (5, "5"), (9, "5"), (10, "10"), (23, "20")],
)
def test_counts_of_people_are_coarse(cases: int, told: str) -> None:
    assert public_count(cases) == told


def test_a_row_cannot_tell_an_exact_count() -> None:
    with pytest.raises(MalformedStatementError):
        replace(ROW, counts=("3", *ROW.counts[1:]))


@pytest.mark.parametrize(
    "document", [None, Document(sha256(b"file"), 12, "file-1.pdf", "application/pdf")]
)
def test_an_answer_reaches_the_reviewers(document: Document | None) -> None:
    answer = AgencyAnswer(RELAY, 4, date(2026, 12, 1), document, "لا توجد ميزانية.")

    sealed = seal_answer(answer, KEYRING)

    assert open_answer(sealed, [HUDA]) == answer


def test_a_colleague_reads_who_said_what() -> None:
    note = TeamNote(ORIGIN, bytes(32), "assign", "2026-W48", '{"to":"sami"}')

    sealed = seal_team_note(note, HUDA_DEVICE, KEYRING)
    opened = open_team_note(sealed, [HUDA], KEYRING.devices, origin=ORIGIN)

    assert opened == replace(note, signed_by="huda")
    with pytest.raises(UnverifiedError):
        open_team_note(sealed, [HUDA], [SAMI_DEVICE.verifier], origin=ORIGIN)


@pytest.mark.parametrize(
    "region",
    [
        ("10", "few", "4", "25"),
        ("10", "few", "0", "25"),
        ("10", "few", "11", "25"),
        ("10", "few", "few"),
        ("10", "few", "few", "few", "25"),
    ],
    ids=" ".join,
)
def test_no_record_of_who_took_part_can_hold_an_exact_count(region: tuple[str, ...]) -> None:
    with pytest.raises(MalformedStatementError):
        replace(COVERAGE, region=region)
    with pytest.raises(MalformedStatementError):
        parse_record(COVERAGE.encode().replace("10 few few 25", " ".join(region), 1))
