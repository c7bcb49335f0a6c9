"""Queries on the log: its tree, its rules and cohorts, and the leaves that wait for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, literal, select, update

from app.store.models import (
    AcceptedLeaf,
    CaseFile,
    CoverLeaf,
    KeyringNote,
    LogBundle,
    LogCheckpoint,
    LogCohort,
    LogRules,
    LogTile,
    PendingLeaf,
)
from app.store.sql import table
from crypto.encoding import HASH_BYTES
from crypto.tlog.tiles import TilePath, encode_bundle, parse_bundle

_case: Final = table(CaseFile)
_pending: Final = table(PendingLeaf)
_accepted: Final = table(AcceptedLeaf)
_cover: Final = table(CoverLeaf)
_rules: Final = table(LogRules)
_cohort: Final = table(LogCohort)
_bundle: Final = table(LogBundle)
_tile: Final = table(LogTile)
_checkpoint: Final = table(LogCheckpoint)
_keyring: Final = table(KeyringNote)

_READ_TILE: Final = select(_tile.c.data).where(
    _tile.c.level == bindparam("level"), _tile.c.number == bindparam("number")
)
_READ_BUNDLE: Final = select(_bundle.c.width, _bundle.c.data).where(
    _bundle.c.number == bindparam("number")
)
_DELETE_TILE: Final = delete(_tile).where(
    _tile.c.level == bindparam("of_level"), _tile.c.number == bindparam("of_number")
)
_DELETE_BUNDLE: Final = delete(_bundle).where(_bundle.c.number == bindparam("of_number"))
_NEWEST_CHECKPOINT: Final = (
    select(_checkpoint.c.size, _checkpoint.c.slot, _checkpoint.c.note)
    .order_by(_checkpoint.c.size.desc())
    .limit(1)
)
LAST_SLOT: Final = select(_checkpoint.c.slot).order_by(_checkpoint.c.size.desc()).limit(1)


@dataclass(frozen=True)
class StoredCheckpoint:
    """The log's own note over its tree, and the last slot that the tree has."""

    size: int
    slot: int
    note: str


@dataclass(frozen=True)
class StoredCohort:
    """A cohort of which rolls are still to come; see `LogCohort`."""

    name: str
    last_slot: int
    end_at: int | None = None
    ages: str | None = None
    rolls: str = ""


class StoredTiles:
    """The tree in the database, as `crypto.tlog.tiles.TileReader`.

    The last tile of a level is as wide as the newest tree has it; a narrower one is cut.
    Raises LookupError for what the tree does not have.
    """

    def __init__(self, connection: Connection) -> None:
        self._session = connection

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        at = {"level": level, "number": index}
        data: bytes | None = self._session.execute(_READ_TILE, at).scalar()
        if data is None or len(data) < width * HASH_BYTES:
            raise LookupError(f"tile {level}/{index} is not {width} wide")
        return data[: width * HASH_BYTES]

    def read_entries(self, index: int, width: int) -> bytes:
        row = self._session.execute(_READ_BUNDLE, {"number": index}).first()
        if row is None or row.width < width:
            raise LookupError(f"bundle {index} is not {width} wide")
        data: bytes = row.data
        return data if row.width == width else _cut(data, row.width, width)


def _cut(bundle: bytes, width: int, to: int) -> bytes:
    return encode_bundle(parse_bundle(bundle, width)[:to])


def put_files(connection: Connection, files: Iterable[tuple[TilePath, bytes]]) -> None:
    """Store tiles and bundles, each in place of a narrower one."""
    tiles, bundles = [], []
    for path, data in files:
        row = {"number": path.index, "width": path.width, "data": data}
        if path.level is None:
            bundles.append(row)
        else:
            tiles.append({"level": path.level, **row})
    if tiles:
        keys = [{"of_level": row["level"], "of_number": row["number"]} for row in tiles]
        connection.execute(_DELETE_TILE, keys)
        connection.execute(insert(_tile), tiles)
    if bundles:
        connection.execute(_DELETE_BUNDLE, [{"of_number": row["number"]} for row in bundles])
        connection.execute(insert(_bundle), bundles)


def newest_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    row = connection.execute(_NEWEST_CHECKPOINT).first()
    return None if row is None else StoredCheckpoint(*row)


def last_daily_slot(connection: Connection) -> int | None:
    """The slot of the last batch that took what waits."""
    return connection.execute(select(func.max(_cohort.c.last_slot))).scalar()


def sizes_after(connection: Connection, size: int) -> Sequence[int]:
    """The sizes of later checkpoints, ascending."""
    rows = select(_checkpoint.c.size).where(_checkpoint.c.size > size)
    return connection.execute(rows.order_by(_checkpoint.c.size)).scalars().all()


def add_checkpoint(connection: Connection, checkpoint: StoredCheckpoint) -> None:
    connection.execute(insert(_checkpoint), vars(checkpoint))


def has_pending(connection: Connection) -> bool:
    """Whether a promised leaf waits."""
    return connection.execute(select(_pending.c.commitment).limit(1)).first() is not None


def take_pending(connection: Connection, cohort: str) -> Sequence[bytes]:
    """Every waiting commitment, taken from the queue for good, and its cases put in *cohort*."""
    taken = connection.execute(select(_pending.c.commitment)).scalars().all()
    connection.execute(insert(_accepted).from_select(["commitment"], select(_pending.c.commitment)))
    connection.execute(delete(_pending))
    connection.execute(update(_case).where(_case.c.cohort.is_(None)).values(cohort=cohort))
    return taken


def add_covers(connection: Connection, roll_seeds: Sequence[bytes], cohort: str) -> None:
    if roll_seeds:
        rows = [{"roll_seed": seed, "cohort": cohort} for seed in roll_seeds]
        connection.execute(insert(_cover), rows)


def count_cases(connection: Connection, cohort: str) -> int:
    rows = select(func.count()).select_from(_case).where(_case.c.cohort == cohort)
    return connection.execute(rows).scalar_one()


def count_cases_with(connection: Connection, statuses: Sequence[str]) -> int:
    rows = select(func.count()).select_from(_case).where(_case.c.status.in_(statuses))
    return connection.execute(rows).scalar_one()


def list_seeds(connection: Connection, cohort: str) -> list[tuple[bytes, str | None]]:
    """The roll seed of every accept leaf of *cohort*, and the status of its case.

    The status of a cover leaf is None.
    """
    cases = select(_case.c.roll_seed, _case.c.status).where(_case.c.cohort == cohort)
    covers = select(_cover.c.roll_seed, literal(None)).where(_cover.c.cohort == cohort)
    return [
        (seed, status) for query in (cases, covers) for seed, status in connection.execute(query)
    ]


def erase_seeds(connection: Connection, cohort: str) -> None:
    """Make it impossible to say which line of the cohort's rolls is whose."""
    connection.execute(update(_case).where(_case.c.cohort == cohort).values(roll_seed=b""))
    connection.execute(delete(_cover).where(_cover.c.cohort == cohort))


def list_cohorts(connection: Connection) -> list[StoredCohort]:
    """Those with rolls to come; the one that is open, if there is one, comes last."""
    rows = select(
        _cohort.c.name, _cohort.c.last_slot, _cohort.c.end_at, _cohort.c.ages, _cohort.c.rolls
    ).order_by(_cohort.c.last_slot)
    return [StoredCohort(*row) for row in connection.execute(rows)]


def put_cohort(connection: Connection, cohort: StoredCohort) -> None:
    """Store *cohort*, in place of what was known of it."""
    delete_cohort(connection, cohort.name)
    connection.execute(insert(_cohort), vars(cohort))


def delete_cohort(connection: Connection, name: str) -> None:
    connection.execute(delete(_cohort).where(_cohort.c.name == name))


def list_rules(connection: Connection, after: int = 0) -> list[tuple[int, str]]:
    """Serials and notes of rules with a higher serial than *after*, ascending."""
    rows = select(_rules.c.serial, _rules.c.note).where(_rules.c.serial > after)
    return [(serial, note) for serial, note in connection.execute(rows.order_by(_rules.c.serial))]


def add_rules(connection: Connection, serial: int, note: str) -> None:
    connection.execute(insert(_rules), {"serial": serial, "note": note})


def list_keyrings(connection: Connection, after: int = 0) -> list[str]:
    """Notes of keyrings with a higher serial than *after*, ascending."""
    rows = select(_keyring.c.note).where(_keyring.c.serial > after).order_by(_keyring.c.serial)
    return list(connection.execute(rows).scalars())
