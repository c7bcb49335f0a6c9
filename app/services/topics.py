"""Topics that people can write about.

An operator may put a topic on the site, and its page says so. Once two reviewers have signed it,
only what two reviewers sign takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from app.domain.errors import (
    AlreadySentError,
    BadRecordError,
    MalformedTopicError,
    SignedTopicError,
)
from app.domain.topics import Topic
from app.store import relays
from app.store import topics as stored
from crypto.note import read_text_unverified
from crypto.record import Question


@dataclass(frozen=True)
class Signed:
    """The newest signed version of a topic, and its note, which was verified when it came."""

    version: int
    note: str


def publish(connection: Connection, topic: Topic) -> None:
    """Store *topic*, in place of an earlier version of the same slug.

    Raises `SignedTopicError` where reviewers have signed one.
    """
    if relays.newest_of_topic(connection, topic.slug) is not None:
        raise SignedTopicError
    stored.put(connection, topic)


def take(connection: Connection, question: Question, reviewers: Sequence[str]) -> None:
    """Store what two *reviewers* have signed.

    Raises `BadRecordError` unless it is a topic that may be published, `AlreadySentError` unless
    it is the next version (the same one may come again).
    """
    try:
        topic = Topic.parse(question.content)
    except MalformedTopicError as exc:
        raise BadRecordError from exc
    waived_by_another = topic.waiver is not None and topic.waiver.by not in reviewers
    if topic.slug != question.topic or topic.decision is None or waived_by_another:
        raise BadRecordError
    known = signed(connection, topic.slug)
    newest = known.version if known else 0
    if question.version == newest + 1:
        stored.put_text(connection, topic.slug, question.content)
    elif question.version != newest:
        raise AlreadySentError


def signed(connection: Connection, slug: str) -> Signed | None:
    """What two reviewers signed last; None if they signed nothing."""
    record = relays.newest_of_topic(connection, slug)
    if record is None:
        return None
    question = Question.parse(read_text_unverified(record.note))
    return Signed(question.version, record.note)


def everything(connection: Connection) -> Sequence[Topic]:
    """All topics, by the day they close (those without an end last), then by slug."""
    return sorted(stored.everything(connection), key=_by_closing)


def open_on(connection: Connection, today: date) -> Sequence[Topic]:
    """Topics that take opinions today, in the order of `everything`."""
    return [topic for topic in everything(connection) if topic.is_open(today)]


def find(connection: Connection, slug: str) -> Topic | None:
    """The topic called *slug*, open or not."""
    return stored.find(connection, slug)


def media_of_copy(connection: Connection, sha256: str, today: date) -> str | None:
    """What kind of file the copy *sha256* is, if a topic that can be read today rests on it."""
    shown = (topic for topic in stored.everything(connection) if topic.opens <= today)
    copies = (copy for topic in shown for copy in topic.copies)
    return next((copy.media for copy in copies if copy.sha256 == sha256), None)


def _by_closing(topic: Topic) -> tuple[date, str]:
    return topic.closes or date.max, topic.slug
