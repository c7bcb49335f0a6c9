"""A stick that a courier carries between a site and a desk without a network.

    pass.note      the desk lets the courier in at the site (crypto/SPEC.md §17)
    index.note     what the courier brought
    parcel.note    what the desk wants to be handed in
    objects/<H>    bodies under their hash: ciphertext, the site's answers, requests

Nothing on it is trusted for being on it. Each note has one signature that its reader knows, each
body is hashed before a byte of it is used, and then it is checked as if it came by a network.
Files appear whole or not at all, the note that names them last: a cut leaves the former trip.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote, urlsplit

import httpx

from app.client.errors import (
    AlteredStickError,
    ForeignStickError,
    SiteUnreachableError,
    UnsafeAddressError,
)
from app.client.site import BLOBS, Site
from crypto.courier import Index, Parcel, Pass, Request
from crypto.encoding import sha256
from crypto.errors import CryptoError, UnverifiedError
from crypto.note import MAX_NOTE_BYTES, SigningKey, VerifierKey

PASS_LASTS: Final = timedelta(days=28)
CHUNK_BYTES: Final = 1 << 20
UNFINISHED: Final = ".new"
_NOWHERE: Final = "http://localhost"
"""Stands for the site in requests that no network sees."""


def folder_of(url: str) -> Path | None:
    """The folder of a `file:` address, None for any other. Raises `UnsafeAddressError`."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    if parts.netloc or not parts.path.startswith("/"):
        raise UnsafeAddressError("a stick's address looks like file:///media/stick")
    return Path(unquote(parts.path))


class Stick:
    """The files on a stick. Everything raises `SiteUnreachableError` where it is not plugged in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects = folder / "objects"

    def read_note(self, name: str) -> str | None:
        """Return a note, unverified, or None where there is none. Raises `AlteredStickError`."""
        with _plugged_in():
            if not self.folder.is_dir():
                raise FileNotFoundError(self.folder)
            try:
                with _regular(self.folder / f"{name}.note") as file:
                    untrusted = file.read(MAX_NOTE_BYTES + 1)
            except FileNotFoundError:
                return None
        try:
            return untrusted.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise AlteredStickError(name) from exc

    def write_note(self, name: str, note: str) -> None:
        with _plugged_in():
            _write(self.folder / f"{name}.note", [note.encode("utf-8")])

    def read(self, digest: bytes) -> Iterator[bytes]:
        """Yield the object in pieces, after all of it was hashed. Raises `AlteredStickError`."""
        if not self.has(digest):
            raise AlteredStickError(digest.hex())
        with _plugged_in(), self._object(digest) as file:
            yield from _pieces(file)

    def has(self, digest: bytes) -> bool:
        """Whether the object is there and is what its name says."""
        with _plugged_in():
            try:
                with self._object(digest) as file:
                    return hashlib.file_digest(file, "sha256").digest() == digest
            except FileNotFoundError:
                return False

    def write(self, digest: bytes, pieces: Iterable[bytes]) -> None:
        """Keep an object. Raises `AlteredStickError` if its bytes are not the ones of *digest*."""
        with _plugged_in():
            self._objects.mkdir(exist_ok=True)
            _write(self._objects / digest.hex(), _hashed(pieces, digest))

    def write_body(self, body: bytes) -> bytes:
        """Keep a body and return its hash."""
        digest = sha256(body)
        self.write(digest, [body])
        return digest

    def keep_only(self, digests: Iterable[bytes]) -> None:
        """Remove every other object, and what a cut left behind."""
        kept = {digest.hex() for digest in digests}
        with _plugged_in():
            for path in self._objects.glob("*"):
                if path.name not in kept:
                    path.unlink()
            for path in self.folder.glob(f"*{UNFINISHED}"):
                path.unlink()

    def _object(self, digest: bytes) -> AbstractContextManager[BufferedReader]:
        return _regular(self._objects / digest.hex())


class StickSite(Site):
    """What a courier brought of a site, and what she shall take to it.

    A request that she was given before is answered as the site answered her; any other is put
    into the parcel and raises `StillCarriedError`.
    """

    def __init__(self, folder: Path, origin: str, courier: VerifierKey, device: SigningKey) -> None:
        """Raises `SiteUnreachableError`, `ForeignStickError`, `AlteredStickError`."""
        self._stick = Stick(folder)
        self._courier = courier
        self._device = device
        self._index = _open_index(self._stick, courier, origin)
        self._counter = _Counter(self._stick, self._index)
        self.trip = self._index.trip
        super().__init__(_NOWHERE, transport=self._counter)

    def open_desk_session(self, sign: Callable[[str], str]) -> str:  # noqa: ARG002 the site's
        """The courier has a session of her own."""
        return ""

    def begin_batch(self) -> None:
        self._counter.batch += 1

    def end_of_batches(self, today: date) -> int:
        """Seal what waits into a parcel, in place of the former, and renew the courier's pass."""
        give_pass(self._stick, self._index.origin, self._courier, self._device, today)
        parcel = Parcel(self._index.origin, self._index.trip, tuple(self._counter.waiting))
        self._stick.write_note("parcel", parcel.sign(self._device))
        return len(parcel.requests)


def give_pass(
    stick: Stick, origin: str, courier: VerifierKey, device: SigningKey, today: date
) -> None:
    """Let *courier* in at the site for four weeks."""
    stick.write_note("pass", Pass(origin, courier, today + PASS_LASTS).sign(device))


class _Counter(httpx.BaseTransport):
    """Where requests are handed in, and answers that have come are handed out."""

    def __init__(self, stick: Stick, index: Index) -> None:
        self._stick = stick
        self._index = index
        self.batch = 0
        self.waiting: list[Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "GET":
            return httpx.Response(200, content=self._stick.read(self._asked_for(path)))
        body = request.read()
        answer = self._index.posted.get((path, sha256(body)))
        if answer is not None:
            return httpx.Response(answer.status, content=self._stick.read(answer.body))
        self.waiting.append(Request(self.batch, path, self._stick.write_body(body)))
        return httpx.Response(202)

    def _asked_for(self, path: str) -> bytes:
        if path.startswith(BLOBS):
            return bytes.fromhex(path.removeprefix(BLOBS))
        if path not in self._index.got:
            raise AlteredStickError(path)
        return self._index.got[path]


def _open_index(stick: Stick, courier: VerifierKey, origin: str) -> Index:
    untrusted = stick.read_note("index")
    if untrusted is None:
        raise SiteUnreachableError("no courier has been at the site with this stick yet")
    try:
        index = Index.open(untrusted, courier)
    except UnverifiedError as exc:
        raise ForeignStickError from exc
    except CryptoError as exc:
        raise AlteredStickError("index") from exc
    if index.origin != origin:
        raise ForeignStickError
    return index


@contextmanager
def _plugged_in() -> Iterator[None]:
    """Say of a stick that does not do what it should that it is not there."""
    try:
        yield
    except OSError as exc:
        raise SiteUnreachableError("the stick cannot be read or written") from exc


@contextmanager
def _regular(path: Path) -> Iterator[BufferedReader]:
    """Open a file that is nothing but a file: a link leads elsewhere, a pipe never ends."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as exc:
        if exc.errno != errno.ELOOP:
            raise
        raise FileNotFoundError(path) from exc
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(path)
        yield file


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(CHUNK_BYTES):
        yield piece


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    unfinished = path.with_name(secrets.token_hex(8) + UNFINISHED)
    try:
        with unfinished.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _hashed(pieces: Iterable[bytes], digest: bytes) -> Iterator[bytes]:
    hashed = hashlib.sha256()
    for piece in pieces:
        hashed.update(piece)
        yield piece
    if hashed.digest() != digest:
        raise AlteredStickError(digest.hex())
