"""The tickets of forms that carry files: in the form's action, good for a number of forms.

The first form takes as long as a person needs to write, so a ticket lasts a day and more; a form
may be sent again, so it is good more than once. How often it was shown is counted in memory, under
a random number, and forgotten with the day.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from threading import Lock
from typing import Final

from app.domain.errors import BadTicketError, StaleTicketError
from app.domain.tickets import CONTENT_BYTES, Tickets

FORMS_PER_TICKET: Final = 50
STALE_DAYS: Final = 60
"""How old a page may be that its writer is still helped with."""


class FormTickets:
    """Gives out tickets and uses them up."""

    def __init__(
        self,
        secret: bytes,
        purpose: bytes,
        *,
        today: Callable[[], date],
        random: Callable[[int], bytes],
    ) -> None:
        self._tickets = Tickets(secret, purpose)
        self._today = today
        self._random = random
        self._lock = Lock()
        self._shown: dict[date, Counter[str]] = {}

    def issue(self) -> str:
        return self._tickets.issue(self._random(CONTENT_BYTES), self._today())

    def use(self, untrusted: str) -> None:
        """Raise `BadTicketError` unless it is ours, in time, and not used up; `StaleTicketError`
        if it was in time once."""
        today = self._today()
        day = self._tickets.day_of(untrusted, today)
        if day is None and self._tickets.day_of(untrusted, today, STALE_DAYS) is not None:
            raise StaleTicketError
        if day is None or self._count(untrusted, day, today) > FORMS_PER_TICKET:
            raise BadTicketError

    def _count(self, ticket: str, day: date, today: date) -> int:
        with self._lock:
            for over in [each for each in self._shown if (today - each).days > 1]:
                del self._shown[over]
            shown = self._shown.setdefault(day, Counter())
            shown[ticket] += 1
            return shown[ticket]
