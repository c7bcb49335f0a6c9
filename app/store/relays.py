"""Queries on relays and on the public record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from app.store.models import PublicRecord, RelayFile
from app.store.sql import insert_if_absent, table
from crypto.encoding import encode_base64

_relay: Final = table(RelayFile)
_record: Final = table(PublicRecord)
_FIELDS: Final = (_record.c.digest, _record.c.kind, _record.c.subject, _record.c.note)
_ORDER: Final = {"relay": 0, "outcome": 1, "tally": 2, "topic": 3, "coverage": 4}
_SET_ANSWER: Final = (
    update(_relay)
    .where(_relay.c.id == bindparam("of"), _relay.c.answer_digest.is_(None))
    .values(answer_digest=bindparam("answer"), document_digest=bindparam("document"))
)


@dataclass(frozen=True)
class StoredRelay:
    """A row of `app.store.models.RelayFile`."""

    id: bytes
    agency: str
    topic: str
    due: date
    packet_digest: bytes
    link_hash: bytes
    answer_digest: bytes | None
    document_digest: bytes | None


@dataclass(frozen=True)
class StoredRecord:
    """A line of the public record: H of its text, and the note."""

    digest: bytes
    kind: str
    subject: str
    note: str


def add_relay(connection: Connection, relay: StoredRelay) -> bool:
    """Whether neither the id nor the link was taken, and both are now this relay's."""
    return insert_if_absent(connection, _relay, **vars(relay))


def find_relay(connection: Connection, relay: bytes) -> StoredRelay | None:
    row = connection.execute(select(_relay).where(_relay.c.id == relay)).first()
    return None if row is None else StoredRelay(*row)


def find_by_link(connection: Connection, link_hash: bytes) -> StoredRelay | None:
    row = connection.execute(select(_relay).where(_relay.c.link_hash == link_hash)).first()
    return None if row is None else StoredRelay(*row)


def list_relays(connection: Connection) -> tuple[StoredRelay, ...]:
    """All relays by id, which is random."""
    rows = connection.execute(select(_relay).order_by(_relay.c.id))
    return tuple(StoredRelay(*row) for row in rows)


def set_answer(connection: Connection, relay: bytes, answer: bytes, document: bytes | None) -> bool:
    """Whether the relay had no answer and has this one now."""
    values = {"of": relay, "answer": answer, "document": document}
    return connection.execute(_SET_ANSWER, values).rowcount == 1


def delete_closed(connection: Connection, is_gone: Callable[[bytes], bool]) -> None:
    """Delete the relays whose outcome is published and whose packet and answer are gone."""
    for relay in list_relays(connection):
        left = [each for each in (relay.packet_digest, relay.answer_digest) if each]
        if all(map(is_gone, left)) and find_record(connection, "outcome", encode_base64(relay.id)):
            connection.execute(delete(_relay).where(_relay.c.id == relay.id))


def add_record(connection: Connection, record: StoredRecord) -> bool:
    """Whether there was no record of this kind about this subject, and there is now."""
    return insert_if_absent(connection, _record, **vars(record), is_logged=False)


def find_record(connection: Connection, kind: str, subject: str) -> StoredRecord | None:
    this = (_record.c.kind == kind, _record.c.subject == subject)
    row = connection.execute(select(*_FIELDS).where(*this)).first()
    return None if row is None else StoredRecord(*row)


def newest_of_topic(connection: Connection, slug: str) -> StoredRecord | None:
    """The record of the newest signed version of a topic."""
    of_topic = (
        _record.c.kind == "topic",
        _record.c.subject.startswith(f"{slug} ", autoescape=True),
    )
    newest = select(*_FIELDS).where(*of_topic).order_by(_record.c.subject.desc()).limit(1)
    row = connection.execute(newest).first()
    return None if row is None else StoredRecord(*row)


def list_records(connection: Connection) -> list[StoredRecord]:
    """Everything that is public, relays before outcomes before tallies of ascending weeks
    before topics of ascending versions before who took part in them."""
    return _listed(connection, select(*_FIELDS))


def list_unlogged(connection: Connection) -> list[StoredRecord]:
    """What the log does not have yet, in the order in which it must come."""
    return _listed(connection, select(*_FIELDS).where(_record.c.is_logged.is_(False)))


def count_records(connection: Connection, kind: str) -> int:
    """How many lines of this kind are public."""
    wanted = select(func.count()).select_from(_record).where(_record.c.kind == kind)
    return connection.execute(wanted).scalar_one()


def mark_logged(connection: Connection, digests: Iterable[bytes]) -> None:
    for digest in digests:
        connection.execute(update(_record).where(_record.c.digest == digest).values(is_logged=True))


def _listed(connection: Connection, query: Select[Any]) -> list[StoredRecord]:
    found = [StoredRecord(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda record: (_ORDER[record.kind], record.subject))
