"""A sync that runs while the pages go on answering."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.client.progress import Step
from app.client.words import Words
from app.desk.desk import Desk
from app.desk.sync import SyncReport, sync
from app.desk.words import explain

BUG: Final = Words("internal", "The sync failed.", "لم تنجح المزامنة.")


@dataclass(frozen=True)
class JobState:
    """What a page may tell: that it runs and how far it is, or how the last run ended."""

    running: bool = False
    step: Step | None = None
    done: int = 0
    total: int = 0
    report: SyncReport | None = None
    failure: Words | None = None


class SyncJob:
    """At most one sync at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = JobState()
        self._again = False
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> JobState:
        with self._lock:
            return self._state

    def start(self, desk: Desk, today: Callable[[], date]) -> None:
        """Begin a sync; if one runs already, another follows it."""
        with self._lock:
            if self._state.running:
                self._again = True
                return
            self._state = JobState(running=True)
        self._thread = threading.Thread(target=self._run, args=(desk, today), daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait for the running sync, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def forget(self) -> None:
        """Drop how the last sync ended; one that runs goes on."""
        with self._lock:
            if not self._state.running:
                self._state = JobState()

    def _run(self, desk: Desk, today: Callable[[], date]) -> None:
        try:
            while self._wants_another(self._sync(desk, today())):
                pass
        except Exception as error:
            words = explain(error)
            self._end(JobState(failure=words or BUG))
            if words is None:
                raise

    def _sync(self, desk: Desk, today: date) -> SyncReport:
        with desk.site() as site:
            return sync(desk, site, today=today, progress=self._advance)

    def _wants_another(self, report: SyncReport) -> bool:
        """End with *report*, unless somebody asked for more while it was made."""
        with self._lock:
            again, self._again = self._again, False
            if not again:
                self._state = JobState(report=report)
            return again

    def _end(self, state: JobState) -> None:
        with self._lock:
            self._state, self._again = state, False

    def _advance(self, step: Step, done: int, total: int) -> None:
        with self._lock:
            self._state = replace(self._state, step=step, done=done, total=total)
