"""Weekly counts of what was asked for, as far as they are told."""

from datetime import date

from sqlalchemy import Connection

from app.domain.participation import HealthWeek, weeks
from app.store import participation


def told(connection: Connection, today: date) -> list[HealthWeek]:
    """The weeks that are over, the newest first."""
    return weeks(participation.everything(connection), today)
