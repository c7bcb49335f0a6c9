"""What a receipt's leaf binds, and whose word a promise or a disposition is."""

from collections.abc import Callable
from datetime import date

import pytest

from crypto.commitment import (
    KIND_COVER,
    Disposition,
    Promise,
    accept_commitment,
    content_commit,
    merge_by,
    roll_commit,
)
from crypto.errors import MalformedStatementError, UnverifiedError
from crypto.note import SigningKey, sign
from tests.units.crypto.people import (
    CASE,
    HUDA_DEVICE,
    KEYRING,
    LINA,
    ORIGIN,
    SAMI_DEVICE,
    TODAY,
    seeded,
)

PROMISE_KEY = SigningKey.generate(f"{ORIGIN}/promise", seeded("promise"))
CONTENT = content_commit(LINA.content_salt, bytes(32))
ROLL = roll_commit(LINA.roll_seed)
LEAF = accept_commitment(LINA.log_salt, CONTENT, ROLL)
PROMISE = Promise(ORIGIN, LEAF, merge_by(TODAY))
DISPOSITION = Disposition(ORIGIN, CASE, "read", "2026-W48")


def test_every_part_changes_the_leaf() -> None:
    other = bytes(31) + b"\1"
    leaves = {
        LEAF,
        accept_commitment(other, CONTENT, ROLL),
        accept_commitment(LINA.log_salt, other, ROLL),
        accept_commitment(LINA.log_salt, CONTENT, other),
        accept_commitment(LINA.log_salt, CONTENT, ROLL, KIND_COVER),
        accept_commitment(LINA.log_salt, ROLL, CONTENT),
    }
    assert len(leaves) == 6


@pytest.mark.parametrize("size", [0, 31, 33])
def test_parts_of_another_length_are_never_hashed(size: int) -> None:
    """Otherwise two different sets of parts could join to the same bytes."""
    wrong = bytes(size)
    attempts: tuple[Callable[[], bytes], ...] = (
        lambda: content_commit(wrong, bytes(32)),
        lambda: content_commit(bytes(32), wrong),
        lambda: roll_commit(wrong),
        lambda: accept_commitment(wrong, bytes(32), bytes(32)),
        lambda: accept_commitment(bytes(32), bytes(32), wrong),
    )
    for make in attempts:
        with pytest.raises(ValueError, match="32 bytes"):
            make()


def test_a_promise_names_the_day_after_tomorrow() -> None:
    assert PROMISE.merge_by == date(2026, 11, 27)
    assert PROMISE.encode().splitlines()[-1] == "2026-11-27"


def test_a_promise_is_the_word_of_its_key() -> None:
    assert Promise.open(PROMISE.sign(PROMISE_KEY), PROMISE_KEY.verifier) == PROMISE
    with pytest.raises(UnverifiedError):
        Promise.open(PROMISE.sign(PROMISE_KEY), SigningKey.generate(PROMISE_KEY.name).verifier)


def test_a_promise_needs_the_key_for_promises() -> None:
    with pytest.raises(ValueError, match="promise key"):
        PROMISE.sign(HUDA_DEVICE)
    with pytest.raises(UnverifiedError):
        Promise.open(sign(PROMISE.encode(), HUDA_DEVICE), HUDA_DEVICE.verifier)


def test_a_disposition_tells_which_device_signed_it() -> None:
    note = DISPOSITION.sign(SAMI_DEVICE)
    opened = Disposition.open(note, KEYRING.devices, origin=ORIGIN)
    assert opened == (DISPOSITION, (SAMI_DEVICE.verifier,))


def test_a_disposition_by_a_stranger_or_for_another_instance_is_refused() -> None:
    with pytest.raises(UnverifiedError):
        Disposition.open(
            DISPOSITION.sign(SigningKey.generate(HUDA_DEVICE.name)), KEYRING.devices, origin=ORIGIN
        )
    with pytest.raises(UnverifiedError):
        Disposition.open(DISPOSITION.sign(HUDA_DEVICE), KEYRING.devices, origin="other.example")


@pytest.mark.parametrize(
    ("origin", "slot", "status", "week"),
    [
        ("a b", CASE, "read", "2026-W48"),
        (ORIGIN, b"", "read", "2026-W48"),
        (ORIGIN, CASE, "lost", "2026-W48"),
        (ORIGIN, CASE, "read", "2026-W54"),
        (ORIGIN, CASE, "read", "2026-11-25"),
    ],
)
def test_a_disposition_has_a_known_status_and_no_finer_date_than_a_week(
    origin: str, slot: bytes, status: str, week: str
) -> None:
    with pytest.raises(MalformedStatementError):
        Disposition(origin, slot, status, week)
