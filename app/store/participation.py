"""Queries on the weekly counts."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete, select, update

from app.store.models import ParticipationCount
from app.store.sql import insert_if_absent, table

_count: Final = table(ParticipationCount)


def add(connection: Connection, week: str, amounts: Mapping[str, int]) -> None:
    """Add to the counts of *week*; several processes may."""
    for name, amount in sorted(amounts.items()):
        if insert_if_absent(connection, _count, week=week, name=name, amount=amount):
            continue
        this = (_count.c.week == week, _count.c.name == name)
        connection.execute(update(_count).where(*this).values(amount=_count.c.amount + amount))


def everything(connection: Connection) -> dict[str, dict[str, int]]:
    """Counts by name, by week, the oldest week first."""
    found: dict[str, dict[str, int]] = {}
    for week, name, amount in connection.execute(select(_count).order_by(_count.c.week)):
        found.setdefault(week, {})[name] = amount
    return found


def delete_before(connection: Connection, week: str) -> None:
    """Delete the counts of weeks before *week*."""
    connection.execute(delete(_count).where(_count.c.week < week))
