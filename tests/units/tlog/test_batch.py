"""A batch: its order, its cover, and when what is due."""

import math
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from crypto.errors import MalformedLeafError
from crypto.tlog.batch import (
    Position,
    Roll,
    build_batch,
    cohort_end,
    cover_count,
    due_ages,
    next_cohort,
)
from crypto.tlog.leaves import Accept, Seal, State, Stats, parse_leaf, roll_line
from crypto.tlog.times import DAY, WEEK, midnight
from tests.units.crypto.people import ORIGIN, seeded
from tests.units.tlog.operator import MONDAY, RULES, seed, signed_keyring, signed_rules

SLOT = midnight(MONDAY)
COMMITMENTS = [seed(str(number)) for number in range(40)]


def kinds(entries: tuple[bytes, ...]) -> list[str]:
    return [parse_leaf(entry).name for entry in entries]


def test_a_batch_has_its_leaves_in_order_and_its_seal_last() -> None:
    lines = tuple(roll_line(seed(str(n)), ORIGIN, "2026-W46", 7 * DAY, "read") for n in range(130))
    batch = build_batch(
        Position(size=1000, seal=999),
        slot=SLOT,
        cohort="2026-W48",
        commitments=COMMITMENTS[:3],
        rolls=[Roll("2026-W46", 7 * DAY, lines)],
        control=[signed_rules(RULES), signed_keyring()],
        stats=Stats(SLOT, "0-9", 0, 2, 0),
    )
    expected = ["accept/v1"] * 3 + ["roll/v1"] * 2 + ["policy/v1", "key/v1", "state/v1"]
    assert kinds(batch.entries) == [*expected, "stats/v1", "seal/v1"]
    assert batch.seal == Seal(SLOT, "daily", 1000, 3, 2, 4, "2026-W48", 1007, 999)
    assert batch.seal.index == 1009
    assert parse_leaf(batch.entries[7]) == batch.position.state
    assert batch.position == Position(1010, 1009, 1007, batch.position.state)


def test_the_order_of_arrival_leaves_no_trace() -> None:
    one = build_batch(Position(), slot=SLOT, cohort="2026-W48", commitments=COMMITMENTS)
    other = build_batch(Position(), slot=SLOT, cohort="2026-W48", commitments=COMMITMENTS[::-1])
    assert one == other
    assert list(one.entries[:-1]) == sorted(Accept(value).encode() for value in COMMITMENTS)


def test_an_empty_batch_is_sealed_too() -> None:
    batch = build_batch(Position(), slot=SLOT, cohort="2026-W48")
    assert batch.seal == Seal(SLOT, "daily", 0, 0, 0, 0, "2026-W48", None, None)
    assert len(batch.entries) == 1


def test_no_commitment_is_accepted_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        build_batch(
            Position(), slot=SLOT, cohort="2026-W48", commitments=[*COMMITMENTS, COMMITMENTS[7]]
        )
    with pytest.raises(MalformedLeafError):
        build_batch(Position(), slot=SLOT, cohort="2026-W48", commitments=[b"short"])


def test_a_control_batch_says_nothing_about_submissions() -> None:
    build_batch(
        Position(), slot=SLOT, cohort="2026-W48", control=[signed_keyring()], kind="control"
    )
    with pytest.raises(ValueError, match="control"):
        build_batch(
            Position(), slot=SLOT, cohort="2026-W48", commitments=COMMITMENTS, kind="control"
        )


def test_the_state_points_at_the_newest_of_each() -> None:
    first = build_batch(
        Position(), slot=SLOT, cohort="2026-W48", control=[signed_rules(RULES), signed_keyring()]
    )
    position = Position.after(first.seal, first.position.state)
    assert position == first.position
    second = build_batch(position, slot=SLOT + DAY, cohort="2026-W48", commitments=COMMITMENTS)
    assert second.seal.state == first.seal.state == 2
    assert second.position.state == first.position.state
    third = build_batch(
        second.position, slot=SLOT + 2 * DAY, cohort="2026-W48", control=[signed_keyring()]
    )
    state = third.position.state
    assert isinstance(state, State)
    assert state.policy == first.position.state.policy
    assert state.keyring
    assert state.keyring.index == second.position.size
    assert Position.after(first.seal, None).state == State()


def test_a_cohort_is_a_week_and_a_small_one_goes_on() -> None:
    rules = replace(RULES, fewest=10, longest=3)
    assert next_cohort(rules, SLOT, None, 0) == "2026-W48"
    assert next_cohort(rules, SLOT + 6 * DAY, "2026-W48", 50) == "2026-W48"
    assert next_cohort(rules, SLOT + WEEK, "2026-W48", 10) == "2026-W49"
    assert next_cohort(rules, SLOT + WEEK, "2026-W48", 9) == "2026-W48"
    assert next_cohort(rules, SLOT + 3 * WEEK - DAY, "2026-W48", 9) == "2026-W48"
    assert next_cohort(rules, SLOT + 3 * WEEK, "2026-W48", 9) == "2026-W51"


def test_ages_count_from_the_end_of_the_last_week_of_a_cohort() -> None:
    end = cohort_end(RULES, SLOT + 3 * DAY)
    assert end == SLOT + WEEK
    assert due_ages(RULES.ages, end, end + 7 * DAY - 1) == []
    assert due_ages(RULES.ages, end, end + 7 * DAY) == [7 * DAY]
    assert due_ages(RULES.ages, end, end + 60 * DAY) == list(RULES.ages)


def test_cover_follows_the_two_sided_geometric_law() -> None:
    """Chi-squared over 21 classes of 40,000 draws; 20 degrees of freedom, 1 in 10^6 is 66."""
    random, draws = seeded("cover"), 40_000
    counts = Counter(cover_count(random) for _ in range(draws))
    alpha = math.exp(-0.5)
    inner = {26 + z: (1 - alpha) / (1 + alpha) * alpha ** abs(z) for z in range(-9, 10)}
    tail = alpha**10 / (1 + alpha)
    classes = [(counts[value], p) for value, p in inner.items()]
    classes.append((sum(n for value, n in counts.items() if value < 17), tail))
    classes.append((sum(n for value, n in counts.items() if value > 35), tail))
    assert sum(p for _, p in classes) == pytest.approx(1)
    statistic = sum((n - draws * p) ** 2 / (draws * p) for n, p in classes)
    assert statistic < 66


def test_cover_hides_one_submission_more_or_less() -> None:
    """Ratios of neighbouring counts stay within exp(epsilon), up to chance."""
    random = seeded("privacy")
    counts = Counter(cover_count(random, mean=20, epsilon=Fraction(1)) for _ in range(30_000))
    for value in range(17, 24):
        ratio = counts[value] / counts[value + 1]
        assert math.exp(-1) * 0.85 < ratio < math.exp(1) * 1.15


def test_cover_is_never_negative() -> None:
    random = seeded("clipped")
    counts = Counter(cover_count(random, mean=1, epsilon=Fraction(1, 4)) for _ in range(2_000))
    assert min(counts) == 0
    assert counts[0] > counts[1]


def test_an_epsilon_above_one_is_drawn_in_steps() -> None:
    random = seeded("steps")
    counts = Counter(cover_count(random, mean=5, epsilon=Fraction(5, 2)) for _ in range(8_000))
    alpha = math.exp(-2.5)
    assert counts[5] / 8_000 == pytest.approx((1 - alpha) / (1 + alpha), abs=0.02)
    assert counts[6] / 8_000 == pytest.approx((1 - alpha) / (1 + alpha) * alpha, abs=0.015)
