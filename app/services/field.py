"""What field partners carry of a site, as the site keeps it."""

from datetime import date

from sqlalchemy import Connection

from app.field.kit import FieldTopic, Kit
from app.services import keyrings, topics
from crypto.keyring import Roots


def kit(connection: Connection, roots: Roots, origin: str, *, text_bytes: int, today: date) -> Kit:
    """The kit of *today* with all topics that are open. Raises `NoKeyringError`."""
    note = keyrings.current(connection, today).note
    return Kit(
        origin=origin,
        roots=roots,
        keyring_note=note,
        keyring=keyrings.open_any(note, roots, origin),
        text_bytes=text_bytes,
        topics=tuple(
            FieldTopic.of(topic.slug, topic.title.ar, topic.title.en, topic.closes)
            for topic in topics.open_on(connection, today)
        ),
    )
