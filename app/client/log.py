"""The public log of a site, asked for without saying which leaf is meant (crypto/SPEC.md §13)."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Final

from app.client.errors import SiteOddError, SiteRefusedError
from app.client.patience import Pause, patiently
from app.client.site import Mailbox, Site
from app.client.trust import Trusted
from crypto.commitment import Promise
from crypto.errors import CryptoError, DifferentTileError
from crypto.keys import CitizenKeys
from crypto.tlog.case import KnownLog, Shown, Verdict, check_case
from crypto.tlog.tiles import MAX_ENTRY_BYTES, WIDTH, TilePath

MAX_BUNDLE_BYTES: Final = WIDTH * (MAX_ENTRY_BYTES + 2)
MAX_CHECKPOINT_BYTES: Final = 1 << 20
MAX_TILE_BYTES: Final = WIDTH * 32


class SiteTiles:
    """The log of a site, by files; each is asked for once."""

    def __init__(self, site: Site, pause: Pause) -> None:
        self._site = site
        self._pause = pause
        self._read: dict[str, bytes] = {}

    def checkpoint(self) -> bytes | None:
        """None before the first batch."""
        try:
            return self._fetch("checkpoint", MAX_CHECKPOINT_BYTES)
        except SiteRefusedError as refusal:
            if refusal.problem.status != HTTPStatus.NOT_FOUND:
                raise
            return None

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._file(TilePath(level, index, width), MAX_TILE_BYTES)

    def read_entries(self, index: int, width: int) -> bytes:
        return self._file(TilePath(None, index, width), MAX_BUNDLE_BYTES)

    def _file(self, path: TilePath, limit: int) -> bytes:
        try:
            return self._fetch(path.encode(), limit)
        except SiteRefusedError as refusal:
            # A signed checkpoint stands for this file: that it is not there is no answer.
            raise DifferentTileError(path.encode()) from refusal

    def _fetch(self, path: str, limit: int) -> bytes:
        if path not in self._read:
            ask = partial(self._site.log_file, path, limit)
            self._read[path] = patiently(ask, self._pause)
        return self._read[path]


def check_log(
    tiles: SiteTiles,
    trusted: Trusted,
    keys: CitizenKeys,
    box: Mailbox,
    *,
    policy: str,
    now: int,
    promise_note: str | None = None,
) -> Verdict:
    """What the log says about a case. *now* is in POSIX seconds.

    Raise `SiteUnreachableError`, `SiteRefusedError`; `SiteOddError` for a promise of another site.
    """
    return check_case(
        tiles,
        tiles.checkpoint(),
        keys,
        Shown(box.digest, box.week, box.status),
        KnownLog(trusted.origin, trusted.roots, trusted.promise_key, policy),
        now=now,
        promise=None if promise_note is None else _open_promise(promise_note, trusted),
    )


def _open_promise(note: str, trusted: Trusted) -> Promise:
    try:
        return Promise.open(note, trusted.promise_key)
    except CryptoError as exc:
        raise SiteOddError("the promise is not signed by this site") from exc
