"""Days for calendars (RFC 5545): whole days only, no hours, places or people.

An event says the same bytes wherever and whenever it is made, so whoever imports it twice has it
once. `DTSTAMP` is required and is the day itself: when a file was made says who made it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_LINE_BYTES: Final = 75


@dataclass(frozen=True)
class Event:
    """`uid` is the same for the same thing for ever, whatever its day."""

    uid: str
    day: date
    title: str


def calendar_bytes(events: Iterable[Event], product: str) -> bytes:
    """One calendar, events by day."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//wasl//{product}//EN"]
    for event in sorted(events, key=lambda each: (each.day, each.uid)):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"DTSTAMP:{event.day:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(event.title)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def uid(name: str, origin: str) -> str:
    """*name* at this instance."""
    return f"{name}@{origin.replace('/', '.')}"


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Cut a line where RFC 5545 §3.1 says; all pieces but the first begin with a blank."""
    pieces, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > _LINE_BYTES:
            pieces.append(piece)
            piece = " "
        piece += char
    return [*pieces, piece]
