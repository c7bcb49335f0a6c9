"""Weeks and dates have one spelling each."""

from datetime import date

import pytest

from crypto.weeks import decode_date, monday_of, week_of


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 23), "2026-W48"),
        (date(2026, 11, 29), "2026-W48"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2024, 12, 30), "2025-W01"),
    ],
)
def test_a_day_is_in_one_iso_week(day: date, week: str) -> None:
    assert week_of(day) == week
    assert week_of(monday_of(week)) == week


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-W54",
        "2025-W53",
        "2026-W00",
        "2026W48",
        "2026-w48",
        "2026-W٤٨",
        "1999-W01",
        " 2026-W48",
    ],
)
def test_other_spellings_are_no_weeks(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        monday_of(text)


@pytest.mark.parametrize(
    "text", ["", "20261125", "2026-W48-3", "2026-11-31", "2026-11-5", "2026-11-25 "]
)
def test_other_spellings_are_no_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_date(text)
    assert decode_date("2026-11-25") == date(2026, 11, 25)
