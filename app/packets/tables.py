"""A packet as a table for spreadsheets, as JSON, and its deadline as a calendar entry."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Final

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
    packet = content.packet
    rows = io.StringIO(newline="")
    writer = csv.writer(rows)
    heads = [label for label, _ in content.facts]
    writer.writerow([neutral(cell) for cell in (*heads, content.label("words"))])
    values = [value for _, value in content.facts]
    for paragraph in content.paragraphs or [packet.words]:
        writer.writerow([neutral(cell) for cell in (*values, paragraph)])
    return (BOM + rows.getvalue()).encode()


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
    """Return a calendar with the day on which the answer is due (RFC 5545)."""
    packet = content.packet
    day, after = packet.due, packet.due + timedelta(days=1)
    title = f"{content.label('due')}: {content.title} ({content.number})"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//wasl//relay//EN",
        "BEGIN:VEVENT",
        f"UID:{packet.relay.hex()}@{packet.origin.replace('/', '.')}",
        # Required; the day is public and the hour says nothing.
        f"DTSTAMP:{day:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Cut a line into pieces of at most 74 bytes; all but the first begin with a blank."""
    pieces, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > 74:
            pieces.append(piece)
            piece = " "
        piece += char
    return [*pieces, piece]
