"""Relays to agencies, their answers, and the public record of both."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import Connection

from app.domain.agencies import DUE_SLACK, Agency
from app.domain.errors import (
    AlreadySentError,
    BadRecordError,
    NoPlanError,
    UnknownLinkError,
    UnknownRelayError,
)
from app.domain.weeks import week_of
from app.services import topics as asked
from app.store import agencies, relays, topics
from app.store.relays import StoredRecord, StoredRelay
from crypto.encoding import encode_base64, sha256
from crypto.errors import CryptoError
from crypto.note import VerifierKey
from crypto.record import Coverage, Outcome, Question, Record, Relay, Tally, TwoSigned, open_record

_KINDS: Final[dict[type[Record], str]] = {
    Relay: "relay",
    Outcome: "outcome",
    Tally: "tally",
    Question: "topic",
    Coverage: "coverage",
}


@dataclass(frozen=True)
class Posting:
    """A relay as a desk hands it in: the signed line, H of the packet's age file, H of the link."""

    untrusted_note: str
    packet: bytes
    link_hash: bytes


def publish_plan(connection: Connection, agency: Agency) -> None:
    """Store a communication plan, in place of an earlier one."""
    agencies.put(connection, agency)


def plans(connection: Connection) -> Sequence[Agency]:
    """All communication plans by slug."""
    return list(agencies.everything(connection))


def plan(connection: Connection, slug: str) -> Agency | None:
    """The communication plan of one agency."""
    return agencies.find(connection, slug)


def relay(
    connection: Connection,
    posting: Posting,
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    today: date,
) -> None:
    """Keep a packet for its agency and its line for the log, once.

    *devices* are those whose signatures count as one of two (`Keyring.deciding_devices`).

    Raises `BadRecordError`, `NoPlanError`, `AlreadySentError`.
    """
    record, signed = _opened(posting.untrusted_note, devices, origin)
    if not isinstance(record, Relay):
        raise BadRecordError
    agency = agencies.find(connection, record.agency)
    if agency is None or topics.find(connection, record.topic) is None:
        raise NoPlanError
    if abs(record.due - agency.due(today)) > DUE_SLACK:
        raise BadRecordError
    stored = StoredRelay(
        id=record.relay,
        agency=record.agency,
        topic=record.topic,
        due=record.due,
        packet_digest=posting.packet,
        link_hash=posting.link_hash,
        answer_digest=None,
        document_digest=None,
    )
    if not relays.add_relay(connection, stored):
        known = relays.find_relay(connection, record.relay)
        if known is None or (known.link_hash, known.packet_digest) != (
            stored.link_hash,
            stored.packet_digest,
        ):
            raise AlreadySentError
    _add(connection, record, posting.untrusted_note, signed.text)


def publish(
    connection: Connection,
    untrusted_note: str,
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    today: date,
) -> None:
    """Take an outcome, a tally, a topic or who took part in it into the public record, once.

    Raises `BadRecordError`, `UnknownRelayError`, `AlreadySentError`.
    """
    record, signed = _opened(untrusted_note, devices, origin)
    if isinstance(record, Relay):
        raise BadRecordError
    if isinstance(record, Outcome) and relays.find_relay(connection, record.relay) is None:
        raise UnknownRelayError
    if isinstance(record, Tally) and record.week not in {
        week_of(today),
        week_of(today - timedelta(weeks=1)),
    }:
        raise BadRecordError
    if isinstance(record, Question):
        asked.take(connection, record, signed.reviewers)
    if isinstance(record, Coverage) and not _is_over(connection, record.topic, today):
        raise BadRecordError
    _add(connection, record, untrusted_note, signed.text)


def find_by_proof(connection: Connection, proof: bytes) -> StoredRelay:
    """The relay whose link has this 32-byte *proof*. Raises `UnknownLinkError`."""
    found = relays.find_by_link(connection, sha256(proof))
    if found is None or not hmac.compare_digest(found.link_hash, sha256(proof)):
        raise UnknownLinkError
    return found


def answer(connection: Connection, proof: bytes, *, answer: bytes, document: bytes | None) -> None:
    """Keep the sealed answer to a relay, once; digests of age files.

    Raises `UnknownLinkError`, `AlreadySentError`.
    """
    found = find_by_proof(connection, proof)
    if not relays.set_answer(connection, found.id, answer, document):
        raise AlreadySentError


def record_subject(record: Record) -> str:
    """What a record is about: a relay's id in base64, a week, a topic's slug (and version)."""
    if isinstance(record, Tally):
        return record.week
    if isinstance(record, Question):
        return f"{record.topic} {record.version:06}"
    if isinstance(record, Coverage):
        return record.topic
    return encode_base64(record.relay)


def _is_over(connection: Connection, slug: str, today: date) -> bool:
    topic = topics.find(connection, slug)
    return topic is not None and topic.closes is not None and topic.closes < today


def _opened(
    untrusted_note: str, devices: Sequence[VerifierKey], origin: str
) -> tuple[Record, TwoSigned]:
    try:
        return open_record(untrusted_note, devices, origin=origin)
    except CryptoError as exc:
        raise BadRecordError from exc


def _add(connection: Connection, record: Record, note: str, text: str) -> None:
    """Add a line; `AlreadySentError` if there is another one about the same."""
    kind, subject = _KINDS[type(record)], record_subject(record)
    new = StoredRecord(sha256(text.encode()), kind, subject, note)
    if relays.add_record(connection, new):
        return
    known = relays.find_record(connection, kind, subject)
    if known is None or known.digest != new.digest:
        raise AlreadySentError
