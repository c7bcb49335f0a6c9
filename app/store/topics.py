"""Queries on topics."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.topics import Topic
from app.store.models import TopicPage


def put(session: Session, topic: Topic) -> None:
    """Store *topic*, in place of an earlier one with its slug."""
    session.merge(TopicPage(slug=topic.slug, content=topic.encode()))


def find(session: Session, slug: str) -> Topic | None:
    content = session.scalar(select(TopicPage.content).where(TopicPage.slug == slug))
    return None if content is None else Topic.parse(content)


def everything(session: Session) -> Iterable[Topic]:
    return map(Topic.parse, session.scalars(select(TopicPage.content)))
