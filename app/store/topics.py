"""Queries on topics."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from app.domain.topics import Topic
from app.store.models import TopicPage
from app.store.sql import table

_topic: Final = table(TopicPage)


def put(connection: Connection, topic: Topic) -> None:
    """Store *topic*, in place of an earlier one with its slug."""
    put_text(connection, topic.slug, topic.encode())


def put_text(connection: Connection, slug: str, content: str) -> None:
    """Store a topic as two reviewers spelled it."""
    connection.execute(delete(_topic).where(_topic.c.slug == slug))
    connection.execute(insert(_topic), {"slug": slug, "content": content})


def find(connection: Connection, slug: str) -> Topic | None:
    content = connection.scalar(select(_topic.c.content).where(_topic.c.slug == slug))
    return None if content is None else Topic.parse(content)


def everything(connection: Connection) -> Iterable[Topic]:
    return map(Topic.parse, connection.scalars(select(_topic.c.content)))
