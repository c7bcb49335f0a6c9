"""Topics that people can write about."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.domain.topics import Topic
from app.store import topics as stored


def publish(session: Session, topic: Topic) -> None:
    """Store *topic*, in place of an earlier version of the same slug."""
    stored.put(session, topic)


def everything(session: Session) -> Sequence[Topic]:
    """All topics, by the day they close (those without an end last), then by slug."""
    return sorted(stored.everything(session), key=_by_closing)


def open_on(session: Session, today: date) -> Sequence[Topic]:
    """Topics that take opinions today, in the order of `everything`."""
    return [topic for topic in everything(session) if topic.is_open(today)]


def find(session: Session, slug: str) -> Topic | None:
    """The topic called *slug*, open or not."""
    return stored.find(session, slug)


def _by_closing(topic: Topic) -> tuple[date, str]:
    return topic.closes or date.max, topic.slug
