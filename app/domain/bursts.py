"""What a site asks for while more people come than it can serve at ease; it asks nobody who.

Below a pace everything is free. Above it a program does some work, whose price follows the pace at
which it is paid; somebody without JavaScript waits for a turn. The two do not compete: each has a
pace of its own. Only totals of the last minutes and what was used up in them are remembered.

Challenges and places are tickets (`app.domain.tickets`): each carries its terms and names nobody,
and is good once. Times are seconds of the server's clock; terms that a clock which was put
back makes absurd are void, and the asker gets new ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Final, NoReturn

from app.domain.errors import NotYetError, WorkWantedError
from app.domain.tickets import CONTENT_BYTES, Tickets
from crypto.errors import MalformedError
from crypto.work import Work

LEAST_BITS: Final = 10
MOST_BITS: Final = 14
CHALLENGE_SECONDS: Final = 300
PRICE_SECONDS: Final = 10
"""How long a price is looked at before it changes."""

FIRST_WAIT_SECONDS: Final = 10
LONGEST_WAIT_SECONDS: Final = 600
TURN_SECONDS: Final = 600
"""How long a turn is kept for whoever is late."""

_TERM_BYTES: Final = 1
_TIME_BYTES: Final = 5
_RANDOM_BYTES: Final = CONTENT_BYTES - _TERM_BYTES - _TIME_BYTES


class Allowance:
    """A number of things a minute that cost nothing, *at_once* of them after a quiet time."""

    def __init__(self, per_minute: int, at_once: int) -> None:
        self._per_second = per_minute / 60
        self._most = float(at_once)
        self._left = self._most
        self._since = 0

    def take(self, now: int) -> bool:
        self._refill(now)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def owe(self, now: int) -> None:
        """Take one that somebody else was promised, though none may be left."""
        self._refill(now)
        self._left = max(-self._most, self._left - 1)

    def _refill(self, now: int) -> None:
        # A clock that was put back gives nothing, and takes nothing away.
        self._left = min(self._most, self._left + max(0, now - self._since) * self._per_second)
        self._since = now


class Price:
    """Bits of work: one more when others paid more often than *per_minute*, one less when a
    quarter of that."""

    def __init__(self, per_minute: int) -> None:
        self._aim = per_minute * PRICE_SECONDS / 60
        self._bits = LEAST_BITS
        self._paid = 0
        self._since = 0

    def bits(self, now: int) -> int:
        periods = max(0, now - self._since) // PRICE_SECONDS
        if periods or now < self._since:
            change = 1 if self._paid > self._aim else -1 if self._paid < self._aim / 4 else 0
            # Whatever was paid was paid in the first of the periods.
            self._bits += change - max(0, periods - 1)
            self._bits = max(LEAST_BITS, min(MOST_BITS, self._bits))
            self._paid, self._since = 0, now
        return self._bits

    def pay(self, now: int) -> None:
        self.bits(now)
        self._paid += 1


@dataclass(frozen=True)
class Terms:
    """What a ticket says: a small number, and a time in seconds."""

    term: int
    time: int


class _Terms:
    """Tickets of one purpose that carry terms and are used up; what was used is kept in memory
    for as long as it could be shown again."""

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
        self._used: dict[str, int] = {}

    def issue(self, term: int, time: int) -> str:
        content = bytes([term]) + time.to_bytes(_TIME_BYTES, "big") + self._random(_RANDOM_BYTES)
        return self._tickets.issue(content, self._today())

    def read(self, untrusted: str) -> Terms | None:
        """None for what is not ours, or was used."""
        if untrusted in self._used or self._tickets.day_of(untrusted, self._today()) is None:
            return None
        content = bytes.fromhex(untrusted)
        end = _TERM_BYTES + _TIME_BYTES
        return Terms(content[0], int.from_bytes(content[_TERM_BYTES:end], "big"))

    def use(self, ticket: str, now: int, keep_seconds: int) -> None:
        # Old ones come first: they were used in this order.
        while self._used and next(iter(self._used.values())) < now:
            del self._used[next(iter(self._used))]
        self._used[ticket] = now + keep_seconds


class Toll:
    """Asks for work from programs that send more than *per_minute* of one *kind* together."""

    def __init__(
        self,
        secret: bytes,
        kind: str,
        per_minute: int,
        *,
        today: Callable[[], date],
        seconds: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._terms = _Terms(secret, b"work " + kind.encode(), today=today, random=random)
        self._allowance = Allowance(per_minute, per_minute)
        self._price = Price(per_minute)
        self._seconds = seconds
        self._lock = Lock()

    def take(self, untrusted_work: str) -> None:
        """Let a request pass that is free or has paid; else raise `WorkWantedError`."""
        work = self._payment(untrusted_work, self._seconds())
        with self._lock:
            # Whoever waited long for the lock would put the clock back for the next.
            now = self._seconds()
            if work is not None and self._terms.read(work) is not None:
                self._terms.use(work, now, CHALLENGE_SECONDS)
                self._price.pay(now)
                return
            if self._allowance.take(now):
                return
            bits = self._price.bits(now)
            raise WorkWantedError(self._terms.issue(bits, now), bits)

    def _payment(self, untrusted: str, now: int) -> str | None:
        """The challenge that was answered; None for what is no answer, or comes too late."""
        try:
            work = Work.parse(untrusted)
        except MalformedError:
            return None
        challenge = work.challenge.hex()
        terms = self._terms.read(challenge)
        if terms is None or not 0 <= now - terms.time <= CHALLENGE_SECONDS:
            return None
        return challenge if work.is_worth(terms.term) else None


_CAME_BACK: Final = 0
_HAS_A_TURN: Final = 1


class Turns:
    """Gives out turns, *per_minute* at most, when more people want one than that.

    Whoever comes first waits `FIRST_WAIT_SECONDS`; who then comes back gets the next free turn.
    So a flood that does not come back holds no places. A turn that was named is kept, and taken
    from what is free for others.
    """

    def __init__(
        self,
        secret: bytes,
        per_minute: int,
        *,
        today: Callable[[], date],
        seconds: Callable[[], int],
        random: Callable[[int], bytes],
    ) -> None:
        self._terms = _Terms(secret, b"turn", today=today, random=random)
        self._allowance = Allowance(per_minute, max(1, per_minute * FIRST_WAIT_SECONDS // 60))
        self._between = 60 / per_minute
        self._next = 0.0
        self._seconds = seconds
        self._lock = Lock()

    def take(self, untrusted_place: str) -> None:
        """Return when it is the turn of whoever holds this place ("" for none); else raise
        `NotYetError` with the place to come back with."""
        with self._lock:
            now = self._seconds()
            place = self._terms.read(untrusted_place) if untrusted_place else None
            if place is None or not -TURN_SECONDS <= place.time - now <= LONGEST_WAIT_SECONDS:
                if not self._allowance.take(now):
                    raise self._not_yet(_CAME_BACK, now, FIRST_WAIT_SECONDS)
                return
            if place.time > now:
                has_turn = place.term == _HAS_A_TURN
                raise NotYetError(untrusted_place, place.time - now, has_turn=has_turn)
            if place.term == _CAME_BACK:
                self._queue(untrusted_place, now)
            self._terms.use(untrusted_place, now, TURN_SECONDS)

    def give_back(self) -> NoReturn:
        """Name another turn soon, because this one could not be used: raise `NotYetError`."""
        with self._lock:
            raise self._not_yet(_HAS_A_TURN, self._seconds(), FIRST_WAIT_SECONDS)

    def _queue(self, place: str, now: int) -> None:
        """Return if there is a turn now; else raise with one that is named, or none is left."""
        if self._next > now + LONGEST_WAIT_SECONDS + self._between:
            self._next = 0.0  # The clock was put back.
        turn = max(float(now), self._next)
        wait = int(turn - now)
        if wait > LONGEST_WAIT_SECONDS:
            # Not used up: the same place may ask again for a turn.
            raise NotYetError(place, LONGEST_WAIT_SECONDS, has_turn=False)
        self._next = turn + self._between
        self._allowance.owe(now)
        if wait > 0:
            self._terms.use(place, now, TURN_SECONDS)
            raise self._not_yet(_HAS_A_TURN, now, wait)

    def _not_yet(self, term: int, now: int, wait: int) -> NotYetError:
        place = self._terms.issue(term, now + wait)
        return NotYetError(place, wait, has_turn=term == _HAS_A_TURN)
