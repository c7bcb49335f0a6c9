"""Time in the log: instants, durations and cohorts, each with one spelling (SPEC.md §10).

An instant is a POSIX second, spelled as a date when it is midnight UTC, so that a log with
daily slots never says anything finer than a day. A demonstration with slots of seconds is
spelled in seconds.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from crypto.encoding import decode_decimal
from crypto.weeks import decode_date, monday_of, week_of

DAY: Final = 86_400
WEEK: Final = 7 * DAY
_EPOCH: Final = date(1970, 1, 1)
_FIRST_MONDAY: Final = 4 * DAY
_SECOND: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_MAX_DAYS: Final = 36_500


def encode_instant(instant: int) -> str:
    """`2026-02-17`, or `2026-02-17T10:00:05Z` where it is not midnight."""
    days, second = divmod(instant, DAY)
    day = _EPOCH + timedelta(days=days)
    if not second:
        return day.isoformat()
    minutes, seconds = divmod(second, 60)
    return f"{day}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z"


def decode_instant(untrusted: str) -> int:
    """Raise ValueError unless *untrusted* is what `encode_instant` writes for 2000 to 2999."""
    if not untrusted.startswith("2"):
        raise ValueError("not an instant of this millennium")
    if not _SECOND.fullmatch(untrusted):
        return midnight(decode_date(untrusted))
    moment = datetime.fromisoformat(untrusted.removesuffix("Z")).replace(tzinfo=UTC)
    instant = int(moment.timestamp())
    if encode_instant(instant) != untrusted:
        raise ValueError("midnight is spelled as a date")
    return instant


def midnight(day: date) -> int:
    """The instant at which *day* begins in UTC."""
    return (day - _EPOCH).days * DAY


def day_of(instant: int) -> date:
    """The day in UTC that *instant* is in."""
    return _EPOCH + timedelta(days=instant // DAY)


def encode_duration(seconds: int) -> str:
    """`7d`, or `90s` where it is not whole days."""
    return f"{seconds}s" if seconds % DAY else f"{seconds // DAY}d"


def decode_duration(untrusted: str) -> int:
    """Seconds, at least 1, at most a century. Raise ValueError unless it has its one spelling."""
    seconds = decode_decimal(untrusted[:-1]) * (DAY if untrusted.endswith("d") else 1)
    if not 1 <= seconds <= _MAX_DAYS * DAY or encode_duration(seconds) != untrusted:
        raise ValueError("not a duration")
    return seconds


def period_start(instant: int, length: int) -> int:
    """The beginning of the period that *instant* is in; periods are counted from a Monday."""
    return instant - (instant - _FIRST_MONDAY) % length


def encode_cohort(start: int, length: int) -> str:
    """The name of the cohort that begins at *start*: an ISO week where it is as long as one."""
    if length == WEEK:
        return week_of(_EPOCH + timedelta(seconds=start))
    return encode_instant(start)


def decode_cohort(untrusted: str) -> int:
    """The instant at which it begins. Raise ValueError unless it is the name of a cohort."""
    return midnight(monday_of(untrusted)) if "W" in untrusted else decode_instant(untrusted)
