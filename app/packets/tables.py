"""A packet as a table for spreadsheets, as JSON, and its deadline as a calendar entry."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from app.packets.calendar import Event, calendar_bytes, uid
from app.packets.content import Content

BOM: Final = "\ufeff"
"""Without it spreadsheets read Arabic as another encoding."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[0-9]+(?:[Ee][0-9]+)?", re.ASCII)
"""A relay's number may look like one: 00412345 would lose its noughts, 12345E67 its letters."""


def neutral(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula, or an identifier for a count."""
    return f"'{cell}" if cell.startswith(_FORMULA) or _NUMBER.fullmatch(cell) else cell


def csv_bytes(content: Content) -> bytes:
    """Return UTF-8 with BOM: a row of names, then one row per paragraph."""
    heads = [label for label, _ in content.facts]
    values = [value for _, value in content.facts]
    paragraphs = content.paragraphs or [content.packet.words]
    return table_bytes((*heads, content.label("words")), [(*values, each) for each in paragraphs])


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """UTF-8 with BOM; counts are numbers, every other cell is `neutral`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in (header, *rows):
        writer.writerow([cell if isinstance(cell, int) else neutral(cell) for cell in row])
    return (BOM + text.getvalue()).encode()


def json_bytes(content: Content) -> bytes:
    """Return one object; `note` is the signed note, which is what counts."""
    packet = content.packet
    table = {
        "format": "wasl/packet-json/v1",
        "relay": content.id,
        "agency": packet.agency,
        "topic": packet.topic,
        "lang": packet.lang,
        "due": packet.due.isoformat(),
        "ask": packet.ask,
        "words": packet.words,
        "signed_by": list(content.signers),
        "note": content.note,
    }
    return json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True).encode()


def ics_bytes(content: Content) -> bytes:
    """Return a calendar with the day on which the answer is due."""
    packet = content.packet
    title = f"{content.label('due')}: {content.title} ({content.number})"
    name = uid(packet.relay.hex(), packet.origin)
    return calendar_bytes([Event(name, packet.due, title)], "relay")
