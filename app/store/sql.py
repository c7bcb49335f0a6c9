"""What the queries of this folder share.

They are written against tables and not mapped classes, because a submission is on the
hottest path there is and loading objects costs it three times as much.
"""

from functools import lru_cache
from typing import cast

from sqlalchemy import Connection, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult

from app.store.models import Base


def table(mapped: type[Base]) -> Table:
    """The table of a mapped class."""
    return cast(Table, mapped.__table__)


def insert_if_absent(connection: Connection, into: Table, **values: object) -> bool:
    """Insert a row unless its primary key is taken; whether it was inserted.

    Of several who try at once, one succeeds, and the others wait to be told that they did not.
    """
    statement = _insert(connection.dialect.name, into)
    result = cast(CursorResult[tuple[()]], connection.execute(statement, values))
    return result.rowcount == 1


@lru_cache
def _insert(dialect: str, into: Table) -> Insert:
    if dialect == "postgresql":
        return postgresql.insert(into).on_conflict_do_nothing()
    return sqlite.insert(into).on_conflict_do_nothing()
