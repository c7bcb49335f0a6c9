"""Tickets: leave to send one body, shown in the path, so that it is checked before the body.

A ticket is what it says and a MAC of that, its purpose and the day, in hex. It names nobody, and
checking it asks no database. It is good on its day and on the next.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

TICKET_PATTERN: Final = "[0-9a-f]{64}"
CONTENT_BYTES: Final = 16
DAYS: Final = 2

_MAC_BYTES: Final = 16
_TICKET: Final = re.compile(TICKET_PATTERN, re.ASCII)


@dataclass(frozen=True)
class Tickets:
    """Gives out and takes back the tickets of one *purpose*, with the site's *secret*."""

    secret: bytes
    purpose: bytes

    def issue(self, content: bytes, today: date) -> str:
        """A ticket that carries the 16 bytes of *content*."""
        return (content + self._mac(content, today)).hex()

    def day_of(self, untrusted: str, today: date, days: int = DAYS) -> date | None:
        """The day on which the ticket was given out; None if it is not ours, or older than *days*
        days, of which today is the first."""
        if not _TICKET.fullmatch(untrusted):
            return None
        raw = bytes.fromhex(untrusted)
        content, mac = raw[:CONTENT_BYTES], raw[CONTENT_BYTES:]
        each = (today - timedelta(days=back) for back in range(days))
        return next(
            (day for day in each if hmac.compare_digest(mac, self._mac(content, day))), None
        )

    def _mac(self, content: bytes, day: date) -> bytes:
        parts = (b"wasl/ticket/v1", self.purpose, day.isoformat().encode(), content)
        return hmac.digest(self.secret, b"\n".join(parts), "sha256")[:_MAC_BYTES]
