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
        self._thread: threading.Thread | None = None

    @property
    def state(self) -> JobState:
        with self._lock:
            return self._state

    def start(self, desk: Desk, today: Callable[[], date]) -> None:
        """Begin a sync unless one runs already."""
        with self._lock:
            if self._state.running:
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
            with desk.site() as site:
                ended = JobState(report=sync(desk, site, today=today(), progress=self._advance))
        except Exception as error:
            words = explain(error)
            ended = JobState(
                failure=words or Words("internal", "The sync failed.", "فشلت المزامنة.")
            )
            if words is None:
                # A bug: the thread reports it, the page says that it failed.
                self._end(ended)
                raise
        self._end(ended)

    def _end(self, state: JobState) -> None:
        with self._lock:
            self._state = state

    def _advance(self, step: Step, done: int, total: int) -> None:
        with self._lock:
            self._state = replace(self._state, step=step, done=done, total=total)
