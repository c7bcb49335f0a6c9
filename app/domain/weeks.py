"""ISO 8601 weeks: the finest time a case may carry.

A week is written `2026-W48`. Its Monday begins it; everything is UTC.
"""

import re
from datetime import date, timedelta
from typing import Final

_WEEK: Final = re.compile(r"([0-9]{4})-W([0-9]{2})", re.ASCII)


def week_of(day: date) -> str:
    """The ISO week that *day* falls in, as `2026-W48`."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def monday_of(week: str) -> date:
    """The first day of *week*; `ValueError` unless it is one that exists."""
    match = _WEEK.fullmatch(week)
    if match is None:
        raise ValueError(f"not an ISO week: {week!r}")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def weeks_from(first: str, count: int) -> list[str]:
    """*count* weeks that follow one another, beginning with *first*."""
    monday = monday_of(first)
    return [week_of(monday + timedelta(weeks=n)) for n in range(count)]
