"""The newest entries of a log: whole bundles, verified, with proofs of each of them."""

from __future__ import annotations

from datetime import date

import pytest

from crypto.encoding import sha256
from crypto.errors import DifferentTileError
from crypto.tlog.holder import Receipt
from crypto.tlog.leaves import Accept, Seal
from crypto.tlog.lookup import STEP, Newest, latest_merge, look_up
from crypto.tlog.merkle import leaf_hash, verify_inclusion
from crypto.tlog.tiles import WIDTH
from crypto.tlog.times import DAY, midnight
from tests.units.crypto.people import ORIGIN
from tests.units.tlog.memory_log import MemoryLog, checkpoint_of

START = midnight(date(2026, 1, 1))


def accept(number: int) -> bytes:
    return Accept(sha256(number.to_bytes(4))).encode()


def log_of(size: int) -> MemoryLog:
    return MemoryLog([accept(number) for number in range(size)])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 512, 513, 1_000])
def test_every_proof_of_a_small_log_holds(size: int) -> None:
    log = log_of(size)
    newest = Newest(log, checkpoint_of(log))

    assert (newest.first, newest.entries) == (0, log.entries)
    for index in {0, 1, size // 2, 255, 256, 257, size - 2, size - 1} & set(range(size)):
        proof = newest.proof(index)
        verify_inclusion(leaf_hash(log.entries[index]), index, size, proof, log.root)


def test_a_large_log_is_read_from_a_boundary_and_in_steps() -> None:
    size = (2 * STEP + 3) * WIDTH + 5
    log = log_of(size)
    newest = Newest(log, checkpoint_of(log))

    assert newest.first == STEP * WIDTH
    assert newest.entries == log.entries[newest.first :]
    assert newest.entry(7) == log.entries[7]
    assert newest.read_more()
    assert (newest.first, newest.entries) == (0, log.entries)
    assert not newest.read_more()
    for index in (0, newest.checkpoint.size - 1, STEP * WIDTH, 5_000):
        proof = newest.proof(index)
        verify_inclusion(leaf_hash(log.entries[index]), index, size, proof, log.root)


def test_the_boundary_leaves_at_least_a_step() -> None:
    for bundles in (1, STEP - 1, STEP, 2 * STEP - 1, 2 * STEP, 3 * STEP):
        log = log_of(bundles * WIDTH)
        read = len(Newest(log, checkpoint_of(log)).entries) // WIDTH
        assert min(bundles, STEP) <= read < 2 * STEP


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/002.p/88", "tile/1/000.p/2"])
def test_a_changed_file_is_refused(path: str) -> None:
    log = log_of(600)
    changed = bytearray(log.files[path])
    changed[40] ^= 1
    for data in (bytes(changed), log.files[path][:-1], log.files[path] + b"x", b""):
        log.files[path] = data
        with pytest.raises(DifferentTileError):
            Newest(log, checkpoint_of(log))


def test_an_old_leaf_is_found_by_going_back_and_not_further_than_needed() -> None:
    """A batch from before the week of the submission is the end of the search."""
    size = (3 * STEP + 1) * WIDTH
    entries = [accept(number) for number in range(size)]
    days = range(0, size, WIDTH)
    for day, index in enumerate(days, 1):
        seal = Seal(START + day * DAY, "daily", index, WIDTH - 1, 0, 0, "2026-W01", None, None)
        entries[index + WIDTH - 1] = seal.encode()
    log = MemoryLog(entries)

    def reads(number: int, since_day: int) -> Newest:
        newest = Newest(log, checkpoint_of(log))
        receipt = Receipt(ORIGIN, sha256(number.to_bytes(4)))
        look_up(newest, receipt, START + since_day * DAY)
        assert receipt.index == (number if entries[number] == accept(number) else None)
        return newest

    assert reads(3 * STEP * WIDTH, 0).first == 2 * STEP * WIDTH
    assert reads(5, 0).first == 0
    missing = WIDTH - 1  # A seal is in its place.
    assert reads(missing, 2 * STEP + 2).first == 2 * STEP * WIDTH
    assert reads(missing, STEP + 2).first == STEP * WIDTH
    assert reads(missing, 0).first == 0


def test_the_last_day_of_a_week_is_promised_for_two_days_later() -> None:
    assert latest_merge("2026-W48").isoformat() == "2026-12-01"
