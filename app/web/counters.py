"""Counts of what everybody together asks for, so that nobody can be followed by them.

A count begins with noise, so that not even this process holds the true number, and stays in
memory until its week is over or the process ends in order; then it is added to its week on the
disk (`app.web.participation`). The disk never knows when in a week something was asked for, and
two looks at it differ by fresh noise. A process that is killed takes its counts along: they are
worth less than a timeline.
"""

from collections.abc import Callable
from datetime import date
from threading import Lock

from app.domain.participation import EPSILON, NAMES
from app.domain.weeks import week_of
from crypto.encoding import Random
from crypto.tlog.batch import two_sided_geometric


class Counters:
    """The counts of this process that are not on the disk; safe to use from several threads."""

    def __init__(self, today: Callable[[], date], random: Random) -> None:
        self._today = today
        self._random = random
        self._lock = Lock()
        self._week = week_of(today())
        self._counts = self._fresh()
        self._over: list[tuple[str, dict[str, int]]] = []

    def count(self, *names: str) -> None:
        with self._lock:
            self._turn()
            for name in names:
                self._counts[name] += 1

    def take(self, *, all_of_it: bool = False) -> list[tuple[str, dict[str, int]]]:
        """The counts of weeks that are over, once; with *all_of_it* the present week's too."""
        with self._lock:
            self._turn()
            if all_of_it:
                self._close()
            taken, self._over = self._over, []
        return taken

    def _turn(self) -> None:
        if week_of(self._today()) != self._week:
            self._close()
            self._week = week_of(self._today())

    def _close(self) -> None:
        self._over.append((self._week, self._counts))
        self._counts = self._fresh()

    def _fresh(self) -> dict[str, int]:
        return {name: two_sided_geometric(self._random, EPSILON) for name in NAMES}
