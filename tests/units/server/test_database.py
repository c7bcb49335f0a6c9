"""What SQLite is told, what the tables give away, and how they come and go."""

import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import ClauseElement, Engine, Select, Update, insert, select
from sqlalchemy.dialects import postgresql

from app.store import cases, intake, keyrings, sql
from app.store import messages as stored_messages
from app.store.engine import Database, open_engine
from app.store.migrate import downgrade, newest_revision, upgrade
from app.store.models import (
    AcceptedLeaf,
    AgencyPlan,
    AttachmentFile,
    Base,
    CaseFile,
    CoverLeaf,
    KeyringNote,
    LogBundle,
    LogCheckpoint,
    LogCohort,
    LogRules,
    LogTile,
    MemberNote,
    MessageFile,
    ParticipationCount,
    PendingLeaf,
    PublicRecord,
    RelayFile,
    SpentStatement,
    TeamNoteFile,
    TopicPage,
)
from app.store.sql import insert_if_absent, table
from tests.world import World

QUERIES = (cases, intake, keyrings, stored_messages)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/a.sqlite3")
    yield engine
    engine.dispose()


def _schema(engine: Engine, kind: str = "%") -> dict[str, str]:
    """The statement that made each table and index, or those of one *kind*."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type LIKE ?", (kind,)
        ).all()
    # SQLite puts the names of tables that were renamed into quotes.
    return {
        name: " ".join(sql.replace('"', "").split())
        for name, sql in rows
        if name != "alembic_version"
    }


def test_sqlite_survives_a_power_cut_and_forgets_what_is_deleted(engine: Engine) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}

    assert found == wanted


def test_migrations_make_exactly_the_mapped_tables(engine: Engine, tmp_path: Path) -> None:
    upgrade(engine)
    mapped = open_engine(f"sqlite:///{tmp_path}/b.sqlite3")
    Base.metadata.create_all(mapped)

    assert _schema(engine) == _schema(mapped)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    mapped.dispose()


def test_the_newest_revision_is_alembic_s_head(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == newest_revision()


def test_migrations_go_down_and_up_again_with_rows_present(engine: Engine) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        for mapped, row in ROWS:
            connection.execute(insert(table(mapped)), row)
    downgrade(engine, "base")
    assert _schema(engine) == {}
    upgrade(engine)
    upgrade(engine)
    assert set(_schema(engine, "table")) == set(Base.metadata.tables)


ROWS: list[tuple[type[Base], dict[str, object]]] = [
    (
        CaseFile,
        {
            "slot": b"s" * 32,
            "auth_hash": b"a" * 32,
            "roll_seed": b"r" * 32,
            "week": "2026-W48",
            "status": "received",
            "envelope_digest": b"d" * 32,
            "envelope_bytes": 1,
            "request_tag": b"t" * 32,
        },
    ),
    (
        MessageFile,
        {
            "slot": b"s" * 32,
            "lane": "team",
            "auth_hash": b"a" * 32,
            "digest": b"d" * 32,
            "request_tag": b"t" * 32,
            "week": "2026-W48",
        },
    ),
    (PendingLeaf, {"commitment": b"c" * 32, "merge_by": date(2026, 11, 27)}),
    (
        KeyringNote,
        {
            "serial": 1,
            "not_before": date(2026, 11, 23),
            "not_after": date(2026, 12, 7),
            "note": "…",
        },
    ),
    (TopicPage, {"slug": "bus-lines", "content": "{}"}),
    (SpentStatement, {"digest": b"d" * 32, "case_slot": b"s" * 32}),
    (TeamNoteFile, {"slot": b"s" * 32, "digest": b"d" * 32, "week": "2026-W48"}),
    (AgencyPlan, {"slug": "water", "content": "{}"}),
    (
        RelayFile,
        {
            "id": b"i" * 16,
            "agency": "water",
            "topic": "bus-lines",
            "due": date(2026, 12, 25),
            "packet_digest": b"p" * 32,
            "link_hash": b"l" * 32,
        },
    ),
    (
        PublicRecord,
        {
            "digest": b"d" * 32,
            "kind": "tally",
            "subject": "2026-W48",
            "note": "…",
            "is_logged": False,
        },
    ),
    (MemberNote, {"digest": b"d" * 32, "serial": 1, "note": "…", "is_logged": False}),
    (ParticipationCount, {"week": "2026-W48", "name": "sent", "amount": -2}),
    (AcceptedLeaf, {"commitment": b"c" * 32}),
    (CoverLeaf, {"roll_seed": b"r" * 32, "cohort": "2026-W48"}),
    (LogRules, {"serial": 1, "note": "…"}),
    (LogCohort, {"name": "2026-W48", "last_slot": 0, "rolls": ""}),
    (LogBundle, {"number": 0, "width": 1, "data": b"e"}),
    (LogTile, {"level": 0, "number": 0, "width": 1, "data": b"h" * 32}),
    (LogCheckpoint, {"size": 1, "slot": 0, "note": "…"}),
]


def test_every_table_has_a_row_in_these_tests() -> None:
    assert {mapped for mapped, _ in ROWS} == {
        each.class_ for each in Base.registry.mappers if each.class_ is not AttachmentFile
    }


def test_no_table_keeps_the_order_of_arrival(engine: Engine) -> None:
    """A rowid counts up, and a page fills from one end: both would tell who came when."""
    upgrade(engine)
    tables = _schema(engine, "table")
    assert [name for name, sql in tables.items() if "WITHOUT ROWID" not in sql] == []

    arrived = [bytes([n * 37 % 256]) * 32 for n in range(200)]
    database = Database(engine)
    for slot in arrived:
        with database.transaction() as connection:
            insert_if_absent(connection, table(PendingLeaf), commitment=slot, merge_by=date.min)
    with database.reading() as connection:
        kept = list(connection.execute(select(table(PendingLeaf).c.commitment)).scalars())
    assert kept == sorted(arrived) != arrived


def test_no_constraint_is_without_a_name() -> None:
    for each in Base.metadata.tables.values():
        assert all(constraint.name for constraint in each.constraints), each.name


def test_no_column_is_finer_than_a_day() -> None:
    for each in Base.metadata.tables.values():
        for column in each.columns:
            assert "TIME" not in str(column.type).upper(), (each.name, column.name)


def test_of_many_who_insert_one_row_at_once_one_succeeds(engine: Engine) -> None:
    upgrade(engine)
    database = Database(engine)
    outcomes: list[bool] = []

    def insert_one() -> None:
        with database.transaction() as connection:
            row = {"commitment": b"c" * 32, "merge_by": date(2026, 11, 27)}
            outcomes.append(insert_if_absent(connection, table(PendingLeaf), **row))

    threads = [threading.Thread(target=insert_one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [False] * 19 + [True]


def test_two_processes_that_read_before_they_write_both_succeed(
    engine: Engine, tmp_path: Path
) -> None:
    """A deferred transaction could not be upgraded to writing, whatever its busy timeout."""
    upgrade(engine)
    other = open_engine(f"sqlite:///{tmp_path}/a.sqlite3")

    def look_and_insert(database: Database, commitment: bytes, pause: float) -> None:
        with database.transaction() as connection:
            connection.execute(select(table(PendingLeaf))).all()
            time.sleep(pause)
            connection.execute(
                insert(table(PendingLeaf)),
                {"commitment": commitment, "merge_by": date(2026, 11, 27)},
            )

    second = threading.Thread(target=look_and_insert, args=(Database(other), b"b" * 32, 0))
    first = threading.Thread(target=look_and_insert, args=(Database(engine), b"a" * 32, 0.5))
    first.start()
    time.sleep(0.2)
    second.start()
    for thread in (first, second):
        thread.join()
    with Database(engine).reading() as connection:
        assert len(connection.execute(select(table(PendingLeaf))).all()) == 2
    other.dispose()


def test_a_transaction_that_fails_leaves_nothing(engine: Engine) -> None:
    upgrade(engine)
    database = Database(engine)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        insert_if_absent(
            connection, table(PendingLeaf), commitment=b"c" * 32, merge_by=date(2026, 11, 27)
        )
        raise ZeroDivisionError
    with database.reading() as connection:
        assert connection.execute(select(table(PendingLeaf))).all() == []


def test_a_deleted_row_is_gone_from_the_disk_once_the_log_is_truncated(world: World) -> None:
    citizen = world.citizen()
    citizen.submits()
    slot = citizen.slot
    assert slot in world.at_rest()
    with world.state.transaction() as connection:
        connection.execute(table(CaseFile).delete())
    world.state.database.truncate_log()

    assert slot not in world.at_rest()


def test_every_statement_is_one_that_postgresql_knows() -> None:
    """Growing is a line in wasl.toml: no query may need SQLite."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements: list[ClauseElement] = [
        *(value for module in QUERIES for value in vars(module).values() if _is_query(value)),
        stored_messages._find_replies(16),
        *(sql._insert("postgresql", table(mapped)) for mapped, _ in ROWS),
        sql._insert_from("postgresql", table(PendingLeaf), cases._NEW_LEAF),
    ]
    for statement in statements:
        assert str(statement.compile(dialect=dialect))
    assert len(statements) > 12


def _is_query(value: object) -> bool:
    return isinstance(value, Select | Update)
