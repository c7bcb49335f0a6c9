"""Which batches are due: one a slot, and of those that were missed what the rules still allow."""

import pytest

from app.log.sequencer import slots_due
from crypto.note import SigningKey
from crypto.tlog.rules import FIRST_PREVIOUS, Rules
from crypto.tlog.times import DAY

ORIGIN = "wasl.example"
TODAY = 20_000 * DAY


def _rules(**chosen: int) -> Rules:
    return Rules(
        origin=ORIGIN,
        serial=1,
        previous=FIRST_PREVIOUS,
        log_keys=(SigningKey.generate(ORIGIN).verifier,),
        promise_key=SigningKey.generate(f"{ORIGIN}/promise").verifier,
        witnesses=bytes(32),
        **chosen,  # type: ignore[arg-type] # whole numbers of seconds
    )


CASES = {
    "the first batch": (None, TODAY + 5, [TODAY]),
    "at its slot": (TODAY - DAY, TODAY, [TODAY]),
    "late in its day": (TODAY - DAY, TODAY + DAY - 1, [TODAY]),
    "sealed already": (TODAY, TODAY + DAY - 1, []),
    "one missed": (TODAY - 2 * DAY, TODAY + 5, [TODAY - DAY, TODAY]),
    "two missed, at midnight": (TODAY - 3 * DAY, TODAY, [TODAY - 2 * DAY, TODAY - DAY, TODAY]),
    "two missed, later": (TODAY - 3 * DAY, TODAY + 5, [TODAY - DAY, TODAY]),
    "a week missed": (TODAY - 8 * DAY, TODAY + 5, [TODAY - DAY, TODAY]),
    "the clock went back": (TODAY, TODAY - DAY, []),
}


@pytest.mark.parametrize(("last", "now", "due"), CASES.values(), ids=CASES.keys())
def test_slots_are_due_in_order(last: int | None, now: int, due: list[int]) -> None:
    assert slots_due(_rules(), last, now) == due


def test_slots_of_seconds_are_left_out_where_a_gap_is_allowed() -> None:
    rules = _rules(slot=5, gap=60, cohort=3600, merge=600)

    assert slots_due(rules, TODAY, TODAY + 63) == [TODAY + 60]
    assert slots_due(rules, TODAY, TODAY + 150) == [TODAY + 30, TODAY + 90, TODAY + 150]
