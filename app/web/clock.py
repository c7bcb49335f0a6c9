"""The one place that reads a clock."""

import time
from datetime import UTC, date, datetime


def today() -> date:
    """The present day in UTC."""
    return datetime.now(UTC).date()  # noqa: TID251 this is the clock


def seconds() -> int:
    """Seconds since 1970, for the expiry of desk sessions only."""
    return int(time.time())
