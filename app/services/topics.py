"""Topics that people can write about."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from app.domain.topics import Topic
from app.store import topics as stored


def publish(connection: Connection, topic: Topic) -> None:
    """Store *topic*, in place of an earlier version of the same slug."""
    stored.put(connection, topic)


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
