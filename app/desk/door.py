"""Who may see the desk: whoever unlocked it, for as long as they work.

Keys are in memory only while somebody works. One browser at a time holds the session; unlocking
from another one ends the first. After a quarter of an hour without a request everything locks.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.desk.desk import Desk, OpenSite, open_site
from app.desk.sync_job import SyncJob

IDLE_SECONDS: Final = 15 * 60
LOCKED: Final = "locked"

Clock = Callable[[], float]


class LockedError(Exception):
    """The desk is locked, or this browser is not the one that unlocked it."""


class Door:
    """Holds the unlocked desk. *clock* gives seconds that only ever grow."""

    def __init__(self, folder: Path, clock: Clock, site: OpenSite = open_site) -> None:
        self._folder = folder
        self._clock = clock
        self._site = site
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        # One guess at a time: each costs a quarter of a gigabyte.
        self._unlocking = threading.Lock()
        self._session: str | None = None
        self._desk: Desk | None = None
        self._seen = 0.0
        self.job = SyncJob()

    def unlock(self, passphrase: str) -> str:
        """Return the session of a new holder. Raises the errors of `Desk.unlock`."""
        with self._unlocking:
            desk = Desk.unlock(self._folder, passphrase, site=self._site)
        with self._lock:
            self._desk = desk
            self._session = secrets.token_urlsafe(32)
            self._seen = self._clock()
            return self._session

    def desk(self, session: str | None) -> Desk:
        """Return the desk for the holder of *session*, or raise `LockedError`."""
        self.lock_if_idle()
        with self._lock:
            if self._desk is None or not self._is_ours(session):
                raise LockedError
            self._seen = self._clock()
            return self._desk

    def is_open(self, session: str | None) -> bool:
        """Whether *session* may see the desk now; asking does not count as work."""
        with self._lock:
            return self._desk is not None and self._is_ours(session)

    def lock(self) -> None:
        """Forget keys and texts; work in progress finishes what it holds."""
        with self._lock:
            self._desk = self._session = None
            self.job.forget()

    def lock_if_idle(self) -> None:
        if self._clock() - self._seen >= IDLE_SECONDS:
            self.lock()

    def form_token(self, session: str | None) -> str:
        """Return what every form of this session must carry."""
        bound_to = session if session is not None and self._is_ours(session) else LOCKED
        return hmac.digest(self._key, bound_to.encode("utf-8"), "sha256").hex()

    def is_form_token(self, session: str | None, untrusted: str) -> bool:
        expected = self.form_token(session).encode("ascii")
        return hmac.compare_digest(expected, untrusted.encode("utf-8"))

    def _is_ours(self, session: str | None) -> bool:
        if self._session is None or session is None:
            return False
        return hmac.compare_digest(self._session.encode(), session.encode("utf-8"))
