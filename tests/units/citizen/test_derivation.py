"""Stretching codes takes turns, so that a crowd without JavaScript does not slow the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.citizen import derivation
from app.citizen.derivation import citizen_keys
from app.citizen.multipart import Texts
from app.domain.errors import NotYetError
from crypto.errors import MalformedKeyError
from crypto.keys import CitizenKeys
from crypto.receipt import ReceiptCode
from tests.world import World

CODE = ReceiptCode(bytes(10))
NO_PLACE = Texts(())


@contextmanager
def _all_cores_busy() -> Iterator[int]:
    taken = 0
    while derivation._turns.acquire(blocking=False):
        taken += 1
    try:
        yield taken
    finally:
        for _ in range(taken):
            derivation._turns.release()


def _keys(world: World, form: Texts = NO_PLACE) -> CitizenKeys:
    return citizen_keys(CODE, form, world.state, wait=0.01)


def test_when_all_cores_are_busy_the_next_one_is_named_a_turn_and_then_has_it(world: World) -> None:
    with _all_cores_busy() as taken, pytest.raises(NotYetError) as told:
        _keys(world)
    world.now += told.value.seconds

    assert taken >= 1
    assert told.value.has_turn
    assert _keys(world, Texts((("place", told.value.place),))).thread


def test_a_turn_is_given_back_after_success_and_after_failure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keys(world)

    def fails(*_: object) -> bytes:
        raise MalformedKeyError

    monkeypatch.setattr(derivation, "derive_root", fails)
    with pytest.raises(MalformedKeyError):
        _keys(world)
    with _all_cores_busy() as taken:
        assert taken == derivation.TURNS
