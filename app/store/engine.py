"""The database connection and its two kinds of transaction.

SQLite runs as the power-cut tests of this project demand: WAL with `synchronous=FULL`
(NORMAL and the default rollback journal lose acknowledged rows), `secure_delete`, and
`BEGIN IMMEDIATE` for every writer, because an upgrade from reading to writing fails at
once whatever the busy timeout says.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "busy_timeout=10000",
    "temp_store=MEMORY",
)
_POOL_SIZE: Final = 8
_BEGIN: Final = "begin"


def open_engine(url: str) -> Engine:
    """An engine for *url*; opens nothing until it is used, so it survives a fork."""
    engine = create_engine(url, pool_size=_POOL_SIZE, max_overflow=_POOL_SIZE, pool_timeout=20)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        # Not an event: for one of an engine's, every statement looks for listeners.
        engine.dialect.do_begin = _begin_sqlite  # type: ignore[assignment, method-assign]
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late and is deferred; _begin_sqlite says it instead.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: PoolProxiedConnection) -> None:
    connection.execute(connection.info.get(_BEGIN, "BEGIN"))


@contextmanager
def begin_writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds SQLite's lock from its start; committed at the end, rolled back on
    any exception."""
    with engine.connect() as connection:
        info = connection.connection.info
        info[_BEGIN] = "BEGIN IMMEDIATE"
        try:
            transaction = connection.begin()
        finally:
            del info[_BEGIN]
        with transaction:
            yield connection


class Database:
    """Hands out sessions; the one place that commits."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite waits for its lock by polling; a queue in this process wakes the next at once.
        self._turn: AbstractContextManager[object] = (
            threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        )

    @contextmanager
    def transaction(self, *, serializable: bool = False) -> Iterator[Connection]:
        """A writing connection: committed at the end, rolled back on any exception.

        SQLite's writers are *serializable* anyhow.
        """
        engine = self.engine
        if serializable and engine.dialect.name != "sqlite":
            engine = engine.execution_options(isolation_level="SERIALIZABLE")
        with self._turn, begin_writing(engine) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment and changes nothing."""
        with self.engine.connect() as connection:
            yield connection

    def truncate_log(self) -> None:
        """Bring SQLite's write-ahead log back into the database and empty it."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def is_out_of_space(error: Exception) -> bool:
    """Whether the database refused a write because the disk is full."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode == sqlite3.SQLITE_FULL
