"""What the queries of this folder share.

They are written against tables and not mapped classes, because a submission is on the
hottest path there is and loading objects costs it three times as much.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Insert, Select, Table
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
    return _inserts(connection, _insert(connection.dialect.name, into), values)


def insert_selected(
    connection: Connection, into: Table, row: Select[Any], **values: object
) -> bool:
    """As `insert_if_absent` the row that *row* selects given *values*, or none."""
    return _inserts(connection, _insert_from(connection.dialect.name, into, row), values)


def _inserts(connection: Connection, statement: Insert, values: Mapping[str, object]) -> bool:
    result = cast(CursorResult[tuple[()]], connection.execute(statement, values))
    return result.rowcount == 1


@lru_cache
def _insert(dialect: str, into: Table) -> Insert:
    if dialect == "postgresql":
        # Without being told, SQLAlchemy does not ask PostgreSQL's driver how many rows went in.
        keeping = postgresql.insert(into).execution_options(preserve_rowcount=True)
        return keeping.on_conflict_do_nothing()
    return sqlite.insert(into).on_conflict_do_nothing()


@lru_cache
def _insert_from(dialect: str, into: Table, row: Select[Any]) -> Insert:
    return _insert(dialect, into).from_select(into.c.keys(), row)
