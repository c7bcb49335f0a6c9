"""Stretching codes takes turns, so that a crowd without JavaScript does not slow the rest."""

from __future__ import annotations

import pytest

from app.citizen import derivation
from app.citizen.derivation import BusyError, citizen_keys
from crypto.receipt import ReceiptCode

ROOTS = bytes(32)


def test_when_all_turns_are_taken_the_next_one_is_told_to_come_back() -> None:
    taken = 0
    while derivation._turns.acquire(blocking=False):
        taken += 1
    try:
        with pytest.raises(BusyError):
            citizen_keys(ReceiptCode(bytes(10)), ROOTS, wait=0.01)
    finally:
        for _ in range(taken):
            derivation._turns.release()

    assert taken >= 1


def test_a_turn_is_given_back_after_success_and_after_failure() -> None:
    citizen_keys(ReceiptCode(bytes(10)), ROOTS)
    with pytest.raises(Exception, match="32 bytes"):
        citizen_keys(ReceiptCode(bytes(10)), b"short")
    taken = 0
    while derivation._turns.acquire(blocking=False):
        taken += 1
    for _ in range(taken):
        derivation._turns.release()

    assert taken == derivation.TURNS
