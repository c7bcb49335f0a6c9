"""The rules of a log, its clock, and its cohorts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from crypto.errors import CryptoError, MalformedLeafError, UnverifiedError
from crypto.note import SigningKey
from crypto.tlog.cosignature import MlDsa44Key
from crypto.tlog.rules import Rules, open_rules, sign_rules
from crypto.tlog.times import (
    DAY,
    WEEK,
    decode_cohort,
    decode_duration,
    decode_instant,
    encode_cohort,
    encode_duration,
    encode_instant,
    midnight,
    period_start,
)
from tests.units.crypto.people import ORIGIN, ROOT_KEYS, ROOTS
from tests.units.tlog.operator import MONDAY, PROMISE_KEY, RULES, seed

DEMO = replace(
    RULES, slot=5, gap=60, merge=600, stale=600, cohort=60, ages=(60, 120, 300), cover_mean=3
)


@pytest.mark.parametrize("rules", [RULES, DEMO], ids=["daily", "demonstration"])
def test_rules_read_back(rules: Rules) -> None:
    assert Rules.parse(rules.encode()) == rules


def test_rules_are_spelled_as_written_down() -> None:
    lines = RULES.encode().split("\n")
    assert lines[0] == "wasl/log-policy/v1"
    assert lines[-12:] == [
        f"witnesses {lines[-12].split(' ')[1]}",
        "slot 1d",
        "gap 1d",
        "merge 2d",
        "stale 3d",
        "cohort 7d",
        "extend 0 4",
        "ages 7d 28d 60d",
        "cover 26 1/2",
        "pending read received relayed",
        "settled answered:1 answered:2 answered:3 answered:4 answered:5 declined declined:1"
        " declined:2 declined:3 declined:4 declined:5 declined:6 expired withdrawn",
        "",
    ]


def test_a_second_key_of_the_log_is_post_quantum() -> None:
    second = MlDsa44Key(ORIGIN, seed("post-quantum")).verifier
    both = replace(RULES, log_keys=(*RULES.log_keys, second))
    assert Rules.parse(both.encode()) == both


@pytest.mark.parametrize(
    "changes",
    [
        {"serial": 0},
        {"serial": 2},
        {"previous": bytes(31)},
        {"log_keys": ()},
        {"log_keys": RULES.log_keys * 2},
        {"log_keys": (SigningKey("other.example", seed("log")).verifier,)},
        {"promise_key": SigningKey(ORIGIN, seed("promise")).verifier},
        {"release_keys": RULES.release_keys * 2},
        {"witnesses": b""},
        {"slot": 7},
        {"slot": 2 * DAY},
        {"cohort": DAY + 1},
        {"gap": DAY - 1},
        {"merge": 0},
        {"stale": 1 << 60},
        {"ages": ()},
        {"ages": (2 * DAY, DAY)},
        {"longest": 0},
        {"fewest": -1},
        {"pending": ("received", "read")},
        {"pending": ("answered:1",)},
        {"settled": ("cover",)},
        {"settled": ("no answer",)},
        {"cover_mean": -1},
        {"cover_epsilon": Fraction(0)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_rules_that_cannot_be_kept_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedLeafError):
        replace(RULES, **changes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("slot 1d", "slot 86400s"),
        ("slot 1d", "slot 01d"),
        ("slot 1d\n", ""),
        ("slot 1d\n", "slot 1d\nslot 1d\n"),
        ("cover 26 1/2", "cover 26 2/4"),
        ("cover 26 1/2", "cover 26 1/0"),
        ("cover 26 1/2", "cover 26 0.5"),
        ("ages 7d 28d", "ages 7d  28d"),
        ("wasl/log-policy/v1", "wasl/log-policy/v2"),
        ("pending read", "pending  read"),
    ],
)
def test_rules_have_one_spelling(old: str, new: str) -> None:
    with pytest.raises(MalformedLeafError):
        Rules.parse(RULES.encode().replace(old, new))


def test_a_quorum_of_roots_must_sign() -> None:
    note = sign_rules(RULES, *ROOT_KEYS[:2])
    assert open_rules(note, ROOTS, origin=ORIGIN) == RULES
    with pytest.raises(UnverifiedError):
        open_rules(sign_rules(RULES, ROOT_KEYS[0]), ROOTS, origin=ORIGIN)
    with pytest.raises(UnverifiedError):
        open_rules(sign_rules(RULES, PROMISE_KEY, *ROOT_KEYS[:1]), ROOTS, origin=ORIGIN)
    with pytest.raises(UnverifiedError):
        open_rules(note, ROOTS, origin="other.example")
    with pytest.raises(CryptoError):
        open_rules(note.replace("slot 1d", "slot 2d"), ROOTS, origin=ORIGIN)


@pytest.mark.parametrize(
    ("moment", "spelling"),
    [
        (datetime(2026, 2, 17, tzinfo=UTC), "2026-02-17"),
        (datetime(2026, 2, 17, 10, 0, 5, tzinfo=UTC), "2026-02-17T10:00:05Z"),
        (datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), "2024-02-29T23:59:59Z"),
    ],
)
def test_midnight_is_a_date_and_any_other_instant_has_seconds(
    moment: datetime, spelling: str
) -> None:
    assert encode_instant(int(moment.timestamp())) == spelling
    assert decode_instant(spelling) == int(moment.timestamp())


@pytest.mark.parametrize(
    ("decode", "text"),
    [
        (decode_instant, "2026-02-17T00:00:00Z"),
        (decode_instant, "2026-02-17T10:00:05"),
        (decode_instant, "2026-02-17T10:00:05+00:00"),
        (decode_instant, "2026-02-17 10:00:05Z"),
        (decode_instant, "2026-02-17T24:00:00Z"),
        (decode_instant, "2026-02-17T10:00:60Z"),
        (decode_instant, "20260217"),
        (decode_instant, "1999-12-31"),
        (decode_instant, "0001-01-01"),
        (decode_instant, "3000-01-01"),
        (decode_instant, "2026-02-30"),
        (decode_duration, "86400s"),
        (decode_duration, "0d"),
        (decode_duration, "07d"),
        (decode_duration, "7"),
        (decode_duration, "7h"),
        (decode_duration, "-7d"),
        (decode_duration, "99999d"),
        (decode_duration, ""),
        (decode_cohort, "2026-W54"),
        (decode_cohort, "W48"),
        (decode_cohort, ""),
    ],
)
def test_times_have_one_spelling(decode: Callable[[str], int], text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


@pytest.mark.parametrize("seconds", [1, 59, 3600, DAY - 1, DAY, DAY + 1, 60 * DAY])
def test_durations_read_back(seconds: int) -> None:
    assert decode_duration(encode_duration(seconds)) == seconds


def test_a_week_is_an_iso_week_and_begins_on_monday() -> None:
    for day in (date(2026, 11, 23), date(2026, 11, 29), date(2027, 1, 3), date(2024, 12, 30)):
        start = period_start(midnight(day), WEEK)
        assert date.fromordinal(start // DAY + date(1970, 1, 1).toordinal()).weekday() == 0
        assert 0 <= midnight(day) - start < WEEK
    assert encode_cohort(midnight(MONDAY), WEEK) == "2026-W48"
    assert encode_cohort(midnight(date(2024, 12, 30)), WEEK) == "2025-W01"
    assert decode_cohort("2026-W48") == midnight(MONDAY)


def test_a_cohort_of_a_demonstration_is_named_by_its_first_second() -> None:
    start = period_start(midnight(MONDAY) + 12_345, 60)
    assert encode_cohort(start, 60) == "2026-11-23T03:25:00Z"
    assert decode_cohort(encode_cohort(start, 60)) == start
