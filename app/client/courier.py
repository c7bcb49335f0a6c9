"""Carrying a stick between a site and a desk that has no network.

A courier has a key of her own, which opens nothing and signs nothing for a reviewer: the desk's
pass lets her in at the site. She brings what the site has for the desks, and hands in what the
desk's parcel lists, in order. Breaking off loses nothing; the next run goes on.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Final, Self

from app.client.errors import (
    AlteredStickError,
    ForeignStickError,
    NoPassError,
    SiteRefusedError,
)
from app.client.progress import Progress, silent
from app.client.site import (
    AGENCIES,
    ASKED,
    INTAKE,
    LISTING,
    MAX_LISTING_BYTES,
    DeskSession,
    Listing,
    Site,
    parse_intake,
    parse_listing,
)
from app.client.stick import Stick
from app.client.trust import trust
from crypto import note
from crypto.courier import Answer, Index, Parcel, Pass, Request, courier_key_name, session_text
from crypto.encoding import Random
from crypto.errors import CryptoError, UnverifiedError
from crypto.note import SigningKey, VerifierKey

Answers = dict[tuple[str, bytes], Answer]

FILE_NAME: Final = "courier.json"
MAX_BLOB_BYTES: Final = 1 << 31
TAKEN: Final = 200


@dataclass(frozen=True)
class Courier:
    """What a courier's machine keeps: her key, the site, and how often she has been there."""

    key: SigningKey
    url: str
    socks: str | None
    trip: int = 0

    @property
    def origin(self) -> str:
        return self.key.name.removesuffix("/courier")

    @classmethod
    def create(
        cls, folder: Path, url: str, socks: str | None, random: Random = secrets.token_bytes
    ) -> Self:
        """Make a key for couriers to the site at *url*.

        Raises `FileExistsError`, `UnsafeAddressError`, `SiteUnreachableError`.
        """
        with Site(url, socks) as site:
            name = courier_key_name(site.intake().origin)
            courier = cls(SigningKey.generate(name, random), site.url, socks)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        courier._write(folder / FILE_NAME)
        return courier

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `create` wrote. Raises `FileNotFoundError`."""
        document = json.loads((folder / FILE_NAME).read_text("utf-8"))
        return cls(**{**document, "key": SigningKey.parse(document["key"])})

    def encode(self) -> str:
        return json.dumps({**vars(self), "key": self.key.encode()}, indent=1) + "\n"

    def save(self, folder: Path) -> None:
        unfinished = folder / f"{FILE_NAME}.new"
        unfinished.unlink(missing_ok=True)
        self._write(unfinished)
        unfinished.replace(folder / FILE_NAME)

    def _write(self, path: Path) -> None:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.encode())

    def sign_in(self, challenge: str) -> str:
        """Return the note that opens a session for this courier."""
        return note.sign(session_text(self.origin, challenge), self.key)

    def site(self) -> Site:
        return Site(self.url, self.socks)


@dataclass(frozen=True)
class Trip:
    """What one visit to the site did.

    `fetched` counts ciphertext that was not on the stick, `waiting` what the desk must look at
    before it can be handed in: it followed on something that was refused, or an old parcel.
    """

    number: int
    fetched: int
    handed_in: int
    refused: int
    waiting: int


def carry(
    courier: Courier, site: Site, stick: Stick, *, today: date, progress: Progress = silent
) -> tuple[Courier, Trip]:
    """Hand in what waits on the stick, then fetch. Return the courier after her trip.

    Raises `NoPassError`, `ForeignStickError`, `AlteredStickError`, `SiteUnreachableError` (run it
    again), `SiteRefusedError`, `SiteOddError`, `StaleKeyringError`.
    """
    intake = site.fetch(INTAKE)
    known = parse_intake(intake)
    if known.origin != courier.origin:
        raise ForeignStickError
    devices = trust(known, None, today=today).keyring.devices
    pass_note, device = _pass(courier, stick, devices, today)
    session = site.courier_session(courier.sign_in, pass_note)
    return _Visit(courier, site, session, stick, device, progress).make(intake)


class _Visit:
    def __init__(
        self,
        courier: Courier,
        site: Site,
        session: DeskSession,
        stick: Stick,
        device: VerifierKey,
        progress: Progress,
    ) -> None:
        self._courier = courier
        self._site = site
        self._session = session
        self._stick = stick
        self._progress = progress
        self._former = _former(courier, stick)
        self._parcel = _parcel(courier, stick, device)

    def make(self, intake: bytes) -> tuple[Courier, Trip]:
        newest = max(self._courier.trip, self._former.trip, self._parcel.trip)
        # An older parcel must not be handed in again: the desk has seen more since.
        posted = self._hand_in() if self._parcel.trip == newest else self._answered()
        listing = self._session.fetch(LISTING, MAX_LISTING_BYTES)
        bodies = {
            INTAKE: intake,
            AGENCIES: self._site.fetch(AGENCIES),
            ASKED: self._site.fetch(ASKED, MAX_LISTING_BYTES),
            LISTING: listing,
        }
        blobs = sorted(_digests(parse_listing(listing)))
        fetched = self._fetch(blobs)
        got = {path: self._stick.write_body(body) for path, body in bodies.items()}
        index = Index(self._courier.origin, newest + 1, got, posted)
        self._stick.write_note("index", index.sign(self._courier.key))
        self._tidy(index, blobs)
        refused = sum(answer.status != TAKEN for answer in posted.values())
        waiting = len({(each.path, each.body) for each in self._parcel.requests}) - len(posted)
        trip = Trip(index.trip, fetched, len(posted) - refused, refused, waiting)
        return replace(self._courier, trip=index.trip), trip

    def _answered(self) -> Answers:
        """What the site said earlier to requests of this parcel."""
        wanted = {(each.path, each.body) for each in self._parcel.requests}
        return {key: answer for key, answer in self._former.posted.items() if key in wanted}

    def _hand_in(self) -> Answers:
        posted, stopped = self._answered(), set[int]()
        for number, request in enumerate(self._parcel.requests):
            self._progress("sending", number, len(self._parcel.requests))
            key = (request.path, request.body)
            if request.batch not in stopped and key not in posted:
                posted[key] = self._post(request)
            if key not in posted or posted[key].status != TAKEN:
                stopped.add(request.batch)
        return posted

    def _post(self, request: Request) -> Answer:
        body = b"".join(self._stick.read(request.body))
        try:
            answer, status = self._session.hand_in(request.path, body), TAKEN
        except SiteRefusedError as refusal:
            if refusal.problem.status == HTTPStatus.UNAUTHORIZED:
                raise
            answer, status = refusal.problem.encode(), refusal.problem.status
        return Answer(status, self._stick.write_body(answer))

    def _fetch(self, blobs: Sequence[bytes]) -> int:
        missing = [digest for digest in blobs if not self._stick.has(digest)]
        for number, digest in enumerate(missing):
            self._progress("fetching", number, len(missing))
            self._stick.write(digest, self._session.stream(digest, MAX_BLOB_BYTES))
        return len(missing)

    def _tidy(self, index: Index, blobs: Sequence[bytes]) -> None:
        answers = [answer.body for answer in index.posted.values()]
        requests = [request.body for request in self._parcel.requests]
        self._stick.keep_only([*blobs, *index.got.values(), *answers, *requests])


def _pass(
    courier: Courier, stick: Stick, devices: Sequence[VerifierKey], today: date
) -> tuple[str, VerifierKey]:
    """The pass of a desk for this courier, and the desk's device key."""
    untrusted = stick.read_note("pass")
    if untrusted is None:
        raise NoPassError
    try:
        found, device = Pass.open(untrusted, devices, origin=courier.origin, today=today)
    except CryptoError as exc:
        raise NoPassError from exc
    if found.courier != courier.key.verifier:
        raise NoPassError
    return untrusted, device


def _former(courier: Courier, stick: Stick) -> Index:
    """What this courier brought last; one of another courier is nothing to go by."""
    try:
        return Index.open(stick.read_note("index") or "", courier.key.verifier)
    except CryptoError:
        return Index(courier.origin, 0)


def _parcel(courier: Courier, stick: Stick, device: VerifierKey) -> Parcel:
    untrusted = stick.read_note("parcel")
    if untrusted is None:
        return Parcel(courier.origin, 0, ())
    try:
        return Parcel.open(untrusted, device, origin=courier.origin)
    except UnverifiedError as exc:
        raise ForeignStickError from exc
    except CryptoError as exc:
        raise AlteredStickError("parcel") from exc


def _digests(listing: Listing) -> set[bytes]:
    """All ciphertext that a desk may ask for."""
    found = {case.digest for case in listing.cases}
    found |= {each.digest for case in listing.cases for each in case.attachments}
    found |= {message.copy or message.digest for message in listing.messages}
    found |= {each.digest for each in listing.team}
    relayed = [digest for relay in listing.relays for digest in (relay.answer, relay.document)]
    return found | {digest for digest in relayed if digest is not None}
