"""Who takes the disk knows of each case the week, and not which leaf of the log is its own."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import select

from app.store.models import AcceptedLeaf, Base, CaseFile, CoverLeaf, PendingLeaf
from app.store.sql import table
from crypto.commitment import accept_commitment, content_commit, roll_commit
from crypto.encoding import encode_base64, sha256
from tests.world import Citizen, World

PEOPLE = 6


@pytest.fixture
def people(world: World) -> list[Citizen]:
    """Six who have submitted to a world that has sealed a batch since."""
    world.starts_log()
    world.sequences()
    people = [world.citizen() for _ in range(PEOPLE)]
    for citizen in people:
        assert citizen.submits().status_code == 201
    world.next_day()
    world.sequences()
    return people


def _values(world: World) -> set[bytes]:
    """Every value of 32 bytes in the database, and the hash of every ciphertext."""
    found = set(world.state.blobs.digests())
    with world.state.reading() as connection:
        for mapped in Base.metadata.tables.values():
            for row in connection.execute(select(mapped)):
                found |= {each for each in row if isinstance(each, bytes) and len(each) == 32}
    return found


def test_what_opens_a_commitment_is_nowhere(world: World, people: list[Citizen]) -> None:
    at_rest = world.at_rest()
    for citizen in people:
        keys = citizen.keys
        with world.state.reading() as connection:
            digest = connection.execute(
                select(table(CaseFile).c.envelope_digest).where(
                    table(CaseFile).c.slot == citizen.slot
                )
            ).scalar_one()
        content = content_commit(keys.content_salt, digest)
        for secret in (keys.log_salt, keys.content_salt, content, roll_commit(keys.roll_seed)):
            assert secret not in at_rest
            assert encode_base64(secret).encode() not in at_rest


@pytest.mark.usefixtures("people")
def test_no_two_values_on_the_disk_make_a_leaf(world: World) -> None:
    """Trying everything that is there as salt and as content gives no leaf of the log."""
    with world.state.reading() as connection:
        leaves = set(connection.execute(select(table(AcceptedLeaf).c.commitment)).scalars())
        seeds = list(connection.execute(select(table(CaseFile).c.roll_seed)).scalars())
    assert len(leaves) == len(seeds) == PEOPLE
    values = _values(world)
    hashes = values | {sha256(value) for value in values}
    for seed in seeds:
        rolled = roll_commit(seed)
        tried = (
            accept_commitment(salt, content, rolled)
            for salt, content in itertools.product(hashes, repeat=2)
        )
        assert leaves.isdisjoint(tried)


@pytest.mark.usefixtures("people")
def test_no_column_refers_to_a_leaf(world: World) -> None:
    leaves = {"accepted_leaf", "pending_leaf"}
    referring = [
        (name, str(key.target_fullname))
        for name, mapped in Base.metadata.tables.items()
        for key in mapped.foreign_keys
    ]
    assert referring == [("attachment", "case_file.slot")]
    commitments = _column(world, "accepted_leaf", "commitment")
    for name, mapped in Base.metadata.tables.items():
        for column in mapped.columns:
            if name not in leaves:
                assert set(_column(world, name, column.name)).isdisjoint(commitments)


def _column(world: World, name: str, column: str) -> list[object]:
    with world.state.reading() as connection:
        return list(connection.execute(select(Base.metadata.tables[name].c[column])).scalars())


@pytest.mark.usefixtures("people")
def test_a_case_says_the_week_and_nothing_finer(world: World) -> None:
    assert set(_column(world, "case_file", "cohort")) == {"2026-W48"}
    assert set(_column(world, "case_file", "week")) == {"2026-W48"}
    assert _column(world, "pending_leaf", "merge_by") == []


@pytest.mark.usefixtures("people")
def test_the_order_of_cases_is_not_that_of_leaves(world: World) -> None:
    """Both are kept in the order of hashes, so neither says who came first."""
    slots = _column(world, "case_file", "slot")
    assert slots == sorted(slots)  # type: ignore[type-var]
    world.audits()


def test_a_queue_that_was_emptied_is_gone_from_the_disk(world: World) -> None:
    """Which leaves came on one day is public; that they waited for their date is not kept."""
    world.starts_log()
    world.citizen().submits()
    with world.state.reading() as connection:
        waiting = connection.execute(select(table(PendingLeaf).c.commitment)).scalar_one()
    world.next_day()
    world.sequences()
    wal = world.settings.data / "wasl.sqlite3-wal"

    assert wal.stat().st_size == 0
    database = (world.settings.data / "wasl.sqlite3").read_bytes()
    # As an accepted leaf; the log itself has it in base64.
    assert database.count(waiting) == 1


@pytest.mark.usefixtures("people")
def test_cover_leaves_look_like_no_case(world: World) -> None:
    """Their seeds answer for them in rolls, and their commitments are as unlinked."""
    with world.state.reading() as connection:
        covers = list(connection.execute(select(table(CoverLeaf).c.roll_seed)).scalars())
    accepted = [entry for entry in world.entries() if entry.startswith(b"accept/v1 ")]
    assert len(accepted) == len(covers) + PEOPLE
    assert len(set(covers)) == len(covers)
