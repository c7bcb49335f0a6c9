"""Topics that people can write about."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.topics import Topic
from app.store.models import TopicPage


def publish(session: Session, topic: Topic) -> None:
    """Store *topic*, in place of an earlier version of the same slug."""
    session.merge(TopicPage(slug=topic.slug, content=topic.encode()))


def everything(session: Session) -> Sequence[Topic]:
    """All topics, by the day they close (those without an end last), then by slug."""
    pages = session.scalars(select(TopicPage.content))
    return sorted((Topic.parse(page) for page in pages), key=_by_closing)


def open_on(session: Session, today: date) -> Sequence[Topic]:
    """Topics that take opinions today, in the order of `everything`."""
    return [topic for topic in everything(session) if topic.is_open(today)]


def find(session: Session, slug: str) -> Topic | None:
    """The topic called *slug*, open or not."""
    content = session.scalar(select(TopicPage.content).where(TopicPage.slug == slug))
    return None if content is None else Topic.parse(content)


def _by_closing(topic: Topic) -> tuple[date, str]:
    return topic.closes or date.max, topic.slug
