"""ISO 8601 weeks, spelled `2026-W48`: the coarsest date that is still useful."""

import re
from datetime import date
from typing import Final

_WEEK: Final = re.compile(r"(2[0-9]{3})-W([0-9]{2})", re.ASCII)


def week_of(day: date) -> str:
    """The week that *day* is in."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def monday_of(untrusted_week: str) -> date:
    """The first day of the week. Raise ValueError unless it is a week of the years 2000 to 2999."""
    match = _WEEK.fullmatch(untrusted_week)
    if not match:
        raise ValueError("not a week")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def decode_date(untrusted: str) -> date:
    """Raise ValueError unless *untrusted* is `YYYY-MM-DD`."""
    day = date.fromisoformat(untrusted)
    # fromisoformat() also reads "20261123" and "2026-W48-1".
    if day.isoformat() != untrusted:
        raise ValueError("not a canonical date")
    return day
