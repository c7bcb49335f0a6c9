"""A courier's three notes: each has one spelling, and is opened by whom it is from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.courier import Answer, Index, Parcel, Pass, Request, courier_key_name
from crypto.errors import MalformedStatementError, UnverifiedError
from crypto.note import SigningKey, add_signature

ORIGIN = "wasl.example"
TODAY = date(2026, 11, 25)
COURIER = SigningKey.generate(courier_key_name(ORIGIN))
DEVICE = SigningKey.generate(f"{ORIGIN}/device/amal")
OTHER = SigningKey.generate(f"{ORIGIN}/device/basem")
HASH = "ab" * 32

digests = st.binary(min_size=32, max_size=32)
paths = st.sampled_from(["/api/v1/intake", "/api/v1/desk/replies", "/api/v1/desk/status"])
numbers = st.integers(0, 2**53 - 1)
passes = st.builds(Pass, st.just(ORIGIN), st.just(COURIER.verifier), st.dates())
answers = st.builds(Answer, st.integers(200, 499), digests)
indexes = st.builds(
    Index,
    st.just(ORIGIN),
    numbers,
    st.dictionaries(paths, digests),
    st.dictionaries(st.tuples(paths, digests), answers, max_size=4),
)
requests = st.builds(Request, numbers, paths, digests)
parcels = st.builds(Parcel, st.just(ORIGIN), numbers, st.lists(requests, max_size=4).map(tuple))


@given(st.one_of(passes, indexes, parcels))
def test_a_statement_survives_the_way(statement: Pass | Index | Parcel) -> None:
    assert type(statement).parse(statement.encode()) == statement


@given(st.one_of(passes, indexes, parcels), st.data())
def test_a_statement_has_one_spelling(
    statement: Pass | Index | Parcel, data: st.DataObject
) -> None:
    text = statement.encode()
    at = data.draw(st.integers(0, len(text)))
    changed = (
        text[:at] + data.draw(st.sampled_from([" ", "\n", "0", "+", "A", ""])) + text[at + 1 :]
    )
    try:
        parsed = type(statement).parse(changed)
    except MalformedStatementError:
        return
    assert parsed.encode() == changed


@pytest.mark.parametrize(
    "line",
    [
        "",
        "got /api/v1/intake",
        f"got /log/checkpoint {HASH}",
        f"got /api/v1/../v1/desk {HASH}",
        f"got /api/v1/intake?x=1 {HASH}",
        f"got /api/v1/intake {HASH.upper()}",
        f"posted /api/v1/desk/status {HASH} 099 {HASH}",
        f"posted /api/v1/desk/status {HASH} 500 {HASH}",
        f"got /api/v1/intake {HASH}\ngot /api/v1/agencies {HASH}",
        f"got /api/v1/intake {HASH}\ngot /api/v1/intake {HASH}",
        f"posted /api/v1/desk/status {HASH} 200 {HASH}\ngot /api/v1/intake {HASH}",
    ],
)
def test_what_is_no_index_is_refused(line: str) -> None:
    with pytest.raises(MalformedStatementError):
        Index.parse(f"wasl/courier-index/v1\n{ORIGIN}\n1\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"01 /api/v1/desk/status {HASH}",
        f"-1 /api/v1/desk/status {HASH}",
        f"1 /api/v1/desk/status/ {HASH}",
        f"1 https://other.example/api/v1 {HASH}",
        f"1 /api/v1/desk/status {HASH[:-1]}",
    ],
)
def test_what_is_no_parcel_is_refused(line: str) -> None:
    with pytest.raises(MalformedStatementError):
        Parcel.parse(f"wasl/courier-parcel/v1\n{ORIGIN}\n1\n{line}\n")


def test_a_pass_is_for_a_couriers_key_alone() -> None:
    with pytest.raises(MalformedStatementError):
        Pass(ORIGIN, DEVICE.verifier, TODAY)


def test_a_pass_is_good_for_one_device_one_place_and_until_its_day() -> None:
    note = Pass(ORIGIN, COURIER.verifier, TODAY).sign(DEVICE)
    devices = [DEVICE.verifier, OTHER.verifier]

    assert Pass.open(note, devices, origin=ORIGIN, today=TODAY)[1] == DEVICE.verifier
    for refused, origin, today in (
        (note, "other.example", TODAY),
        (note, ORIGIN, TODAY + timedelta(days=1)),
        (add_signature(note, OTHER), ORIGIN, TODAY),
    ):
        with pytest.raises(UnverifiedError):
            Pass.open(refused, devices, origin=origin, today=today)


def test_an_index_and_a_parcel_are_opened_by_their_own_key() -> None:
    stranger = SigningKey.generate(courier_key_name(ORIGIN))
    index, parcel = Index(ORIGIN, 3).sign(COURIER), Parcel(ORIGIN, 3, ()).sign(DEVICE)

    assert Index.open(index, COURIER.verifier).trip == 3
    assert Parcel.open(parcel, DEVICE.verifier, origin=ORIGIN).trip == 3
    with pytest.raises(UnverifiedError):
        Index.open(index, stranger.verifier)
    with pytest.raises(UnverifiedError):
        Index.open(Index("other.example", 3).sign(COURIER), COURIER.verifier)
    with pytest.raises(UnverifiedError):
        Parcel.open(parcel, OTHER.verifier, origin=ORIGIN)
    with pytest.raises(UnverifiedError):
        Parcel.open(parcel, DEVICE.verifier, origin="other.example")


def test_notes_are_not_taken_for_each_other() -> None:
    """One key signs passes and parcels: the heading tells them apart."""
    with pytest.raises(MalformedStatementError):
        Parcel.parse(Pass(ORIGIN, COURIER.verifier, TODAY).encode())
    with pytest.raises(MalformedStatementError):
        Parcel.parse(Index(ORIGIN, 1).encode())
