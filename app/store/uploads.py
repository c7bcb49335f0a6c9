"""Unfinished uploads: `uploads/<day>/<id>/`, one file for each part of an age file.

An upload's id is a ticket (`app.domain.tickets`), so whoever has none is refused before a folder
is looked for. The day in the folder's name is all that is known of when it began; a folder is
swept when its day is over and the next one too. A part is written once: the same bytes
again are welcome, other bytes are refused. Only ciphertext ever gets here.
"""

import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from app.domain.errors import (
    IncompleteUploadError,
    PartTakenError,
    StorageFullError,
    UnknownUploadError,
    WrongPartError,
)
from app.domain.tickets import CONTENT_BYTES, DAYS, TICKET_PATTERN, Tickets
from app.domain.weeks import week_of
from app.store import sealed
from app.store.blobs import settle, sync_folder, write_all
from app.store.storage_keys import StorageKeys
from crypto.age import Identity

PART_BYTES: Final = 1_048_576
_FOLDER_COST: Final = 4096
_SIZE_BYTES: Final = 5
_RANDOM_BYTES: Final = CONTENT_BYTES - _SIZE_BYTES
_IS_TICKET: Final = re.compile(TICKET_PATTERN, re.ASCII).fullmatch


@dataclass(frozen=True)
class Upload:
    """An unfinished upload of `size` bytes; parts are numbered from 0.

    The id is the ticket for its parts, which carries 88 random bits and the size.
    """

    id: str
    size: int
    folder: Path

    @property
    def parts(self) -> int:
        return -(-self.size // PART_BYTES)

    def part_size(self, number: int) -> int:
        """Bytes of part *number*; `WrongPartError` if there is no such part."""
        if not 0 <= number < self.parts:
            raise WrongPartError
        return min(PART_BYTES, self.size - number * PART_BYTES)

    def have(self) -> list[int]:
        """The numbers of the parts that are stored; none, or `UnknownUploadError`, if used up."""
        with _used_up():
            return sorted(int(path.name) for path in self.folder.glob("[0-9]*[0-9]"))

    def part(self, number: int) -> Path:
        return self.folder / f"{number:06}"

    @property
    def week(self) -> str:
        """That of the day on which it began."""
        return week_of(date.fromisoformat(self.folder.parent.name))


class UploadArea:
    """The folder of unfinished uploads and its quota: bytes of parts, and a little a folder.

    When the quota is used up, what began first makes room: whoever fills it must go on for as long
    as others should be kept out, and an upload has as long as the quota takes to fill. In which
    order uploads began is known to this process alone, and what is used is counted in it; `sweep`
    counts anew.
    """

    def __init__(self, root: Path, keys: StorageKeys, *, secret: bytes, quota_bytes: int) -> None:
        self._root = root
        self._keys = keys
        self._tickets = Tickets(secret, b"upload")
        self._quota_bytes = quota_bytes
        self._used_bytes = 0
        self._begun: dict[str, Upload] = {}
        self._counting = threading.Lock()

    def begin(self, size: int, today: date) -> Upload:
        """A new upload of *size* bytes."""
        self._reserve(_FOLDER_COST)
        content = secrets.token_bytes(_RANDOM_BYTES) + size.to_bytes(_SIZE_BYTES, "big")
        name = self._tickets.issue(content, today)
        day = self._root / today.isoformat()
        folder = day / name
        folder.mkdir(mode=0o700, parents=True)
        sync_folder(day)
        sync_folder(self._root)
        upload = Upload(name, size, folder)
        with self._counting:
            self._begun[name] = upload
        return upload

    def find(self, untrusted_id: str, today: date) -> Upload:
        """The upload with this id, begun today or yesterday; else `UnknownUploadError`."""
        day = self._tickets.day_of(untrusted_id, today)
        if day is None:
            raise UnknownUploadError
        folder = self._root / day.isoformat() / untrusted_id
        if not folder.is_dir():
            raise UnknownUploadError
        return _upload_in(folder)

    def store_part(self, upload: Upload, number: int, data: bytes) -> None:
        """Make part *number* durable, once.

        Raises `WrongPartError` for a length that is not the part's, `PartTakenError` if
        other bytes are there, `StorageFullError`.
        """
        if len(data) != upload.part_size(number):
            raise WrongPartError
        part, key = upload.part(number), self._keys.of(upload.week)
        if part.exists():
            with _used_up():
                return _require_same(part, data, key)
        self._reserve(len(data), upload)
        try:
            with _used_up():
                _write_once(part, sealed.seal(data, self._keys.recipient(upload.week)))
        except FileExistsError:
            self._release(len(data))
            with _used_up():
                _require_same(part, data, key)
        except BaseException:
            self._release(len(data))
            raise
        return None

    def chunks(self, upload: Upload) -> Iterator[bytes]:
        """The whole file, part by part; `IncompleteUploadError` if one is missing."""
        key = self._keys.of(upload.week)
        for number in range(upload.parts):
            try:
                yield sealed.unseal(upload.part(number), key)
            except FileNotFoundError:
                raise IncompleteUploadError from None

    def spool(self) -> sealed.Spool:
        """A nameless file on the same disk, for one request."""
        return sealed.Spool(self._root)

    def discard(self, upload: Upload) -> None:
        """Delete an upload, whether or not it still exists."""
        with self._counting:
            self._begun.pop(upload.id, None)
        gone = replace(upload, folder=upload.folder.with_name(f"gone-{secrets.token_hex(8)}"))
        try:
            # Of several who discard it at once one succeeds, and it alone gives the bytes back.
            upload.folder.rename(gone.folder)
        except FileNotFoundError:
            return
        stored = sum(upload.part_size(number) for number in gone.have())
        shutil.rmtree(gone.folder)
        self._release(stored + _FOLDER_COST)

    def sweep(self, today: date) -> int:
        """Delete the uploads of days gone by, count what is left; how many folders went."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        oldest = (today - timedelta(days=DAYS - 1)).isoformat()
        old = [day for day in self._root.iterdir() if day.name < oldest]
        for day in old:
            shutil.rmtree(day)
        folders = [path for path in sorted(self._root.glob("*/*")) if _IS_TICKET(path.name)]
        there = {path.name: _upload_in(path) for path in folders}
        with self._counting:
            self._used_bytes = _tree_bytes(self._root)
            # What another process began comes first, and so do the days before.
            known = {name: each for name, each in self._begun.items() if name in there}
            others = {name: each for name, each in there.items() if name not in known}
            self._begun = others | known
        return len(old)

    def _reserve(self, size: int, upload: Upload | None = None) -> None:
        """Count *size* bytes, for *upload* if that has begun; `StorageFullError` if it alone is too
        much for the quota."""
        while not self._count(size):
            self.discard(self._oldest_but(upload))

    def _count(self, size: int) -> bool:
        with self._counting:
            has_room = self._used_bytes + size <= self._quota_bytes
            self._used_bytes += size if has_room else 0
            return has_room

    def _oldest_but(self, upload: Upload | None) -> Upload:
        with self._counting:
            others = (each for name, each in self._begun.items() if not upload or name != upload.id)
            oldest = next(others, None)
        if oldest is None:
            raise StorageFullError
        return oldest

    def _release(self, size: int) -> None:
        with self._counting:
            self._used_bytes = max(0, self._used_bytes - size)


@contextmanager
def _used_up() -> Iterator[None]:
    """A submission may use an upload up while another request has it in hand."""
    try:
        yield
    except FileNotFoundError:
        raise UnknownUploadError from None


def _upload_in(folder: Path) -> Upload:
    """Its folder is called by its ticket, which says how large it will be."""
    content = bytes.fromhex(folder.name)[:CONTENT_BYTES]
    return Upload(folder.name, int.from_bytes(content[_RANDOM_BYTES:], "big"), folder)


def _require_same(part: Path, data: bytes, key: Identity) -> None:
    if sealed.unseal(part, key) != data:
        raise PartTakenError


def _write_once(part: Path, data: bytes) -> None:
    """Store *data* as *part*, durable; `FileExistsError` if someone was faster."""
    incoming = part.with_name(f"in-{secrets.token_hex(8)}")
    try:
        with incoming.open("xb", buffering=0) as file:
            write_all(file, data)
            settle(file)
        # A link, unlike a rename, never replaces what is already there.
        os.link(incoming, part)
    finally:
        incoming.unlink(missing_ok=True)
    sync_folder(part.parent)


def _tree_bytes(root: Path) -> int:
    parts = sum(sealed.content_size(path) for path in root.glob("*/*/[0-9]*[0-9]"))
    return parts + _FOLDER_COST * sum(1 for _ in root.glob("*/*"))
