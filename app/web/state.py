"""What a request may touch, on the running site."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final, cast

from flask import current_app
from sqlalchemy import Connection

from app.campaign.shelf import Shelf
from app.domain.bursts import Toll, Turns
from app.domain.errors import LockedDownError, StorageFullError
from app.services.submissions import Promiser
from app.settings import Settings
from app.store import lockdown
from app.store.blobs import BlobStore
from app.store.copies import CopyStore
from app.store.engine import Database
from app.store.uploads import UploadArea
from app.web.assets import Assets
from app.web.counters import Counters
from app.web.tickets import FormTickets
from crypto.keyring import Roots
from crypto.note import SigningKey
from crypto.tlog.policy import Policy

EXTENSION: Final = "wasl"


@dataclass(frozen=True)
class SiteState:
    """Built once by `app.factory`; shared by all threads.

    `session_secret` (32 bytes) keys what this site hands out and takes back: desk
    challenges, tokens and tickets; derive from it, never use it as it is. `dummy_reply` is the
    digest of the blob that a mailbox reads where no reply is.
    """

    settings: Settings
    database: Database
    blobs: BlobStore
    uploads: UploadArea
    copies: CopyStore
    form_tickets: FormTickets
    answer_tickets: FormTickets
    tolls: Mapping[str, Toll]
    turns: Turns
    promise_key: SigningKey
    roots: Roots
    policy: Policy
    session_secret: bytes
    dummy_reply: bytes
    assets: Assets
    participation: Counters
    kits: Shelf
    today: Callable[[], date]
    seconds: Callable[[], int]
    random: Callable[[int], bytes]

    @property
    def promiser(self) -> Promiser:
        return Promiser(self.settings.origin, self.promise_key)

    @property
    def is_locked_down(self) -> bool:
        """Asked anew each time: lock-down takes effect at once."""
        return lockdown.is_locked(self.settings.data)

    def require_open(self) -> None:
        """Raise `LockedDownError` while the site can only be read."""
        if self.is_locked_down:
            raise LockedDownError

    def require_room(self) -> None:
        """Ask before anything is stored: `LockedDownError`, or `StorageFullError` while the disk
        is nearly full, so that reading still works."""
        self.require_open()
        if self.blobs.free_bytes() < self.settings.limits.free_disk_bytes:
            raise StorageFullError

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing connection; committed at the end, rolled back on any exception.

        Raises `LockedDownError`: what nobody thought of is still not written.
        """
        self.require_open()
        with self.database.transaction() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment and changes nothing."""
        with self.database.reading() as connection:
            yield connection


def site() -> SiteState:
    """The site that answers the present request."""
    return cast(SiteState, current_app.extensions[EXTENSION])
