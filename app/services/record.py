"""The public record as the site keeps it."""

from sqlalchemy import Connection

from app.store import relays
from crypto.note import read_text_unverified
from crypto.record import Record, parse_record


def everything(connection: Connection) -> tuple[Record, ...]:
    """Every line, verified when it was stored."""
    return tuple(
        parse_record(read_text_unverified(each.note)) for each in relays.list_records(connection)
    )
