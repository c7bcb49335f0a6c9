"""ISO 8601 weeks: the finest time a case may carry."""

from datetime import timedelta

from crypto.weeks import monday_of, week_of

__all__ = ["monday_of", "week_of", "weeks_from"]


def weeks_from(first: str, count: int) -> list[str]:
    """*count* weeks that follow one another, beginning with *first* (`2026-W48`)."""
    monday = monday_of(first)
    return [week_of(monday + timedelta(weeks=n)) for n in range(count)]
