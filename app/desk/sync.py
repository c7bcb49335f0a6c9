"""Bringing a desk up to date with its site.

The order is chosen for a line that breaks: texts first, then what waits to be sent, then the
attachments, each of which is kept as soon as it is whole. Whatever was interrupted is simply done
by the next run. Nothing from the site is trusted: a ciphertext must have the digest it was listed
under, open with our keys, and say from inside that it belongs where the site puts it. What fails
is remembered as unreadable, never an end to the work.

Decrypted bytes are in memory or sealed again to this desk; no plain file is ever written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import BinaryIO, Final, TypeVar, cast

from app.client.errors import OldStickError, SiteOddError, SiteRefusedError
from app.client.progress import Progress, Step, silent
from app.client.site import (
    Asked,
    DeskSession,
    ListedCase,
    ListedMessage,
    ListedRelay,
    ListedTeamNote,
    Listing,
    Portal,
    Site,
    encode_bytes,
)
from app.client.trust import Trusted, trust
from app.desk import replies
from app.desk.casebook import (
    Case,
    KeptAttachment,
    KnownRelay,
    KnownTopic,
    Line,
    Reason,
    Section,
    State,
    Unreadable,
)
from app.desk.desk import Desk
from app.desk.errors import NotConnectedError, NotEnrolledError, UntrainedError
from app.desk.team import Note
from app.domain.cases import Lane
from app.domain.coverage import told_in
from app.domain.errors import MalformedTopicError
from app.domain.topics import Topic
from app.domain.weeks import week_of
from crypto.answer import AgencyAnswer, open_answer
from crypto.envelope import (
    open_attachment,
    open_follow_up,
    open_reply_copy,
    open_submission,
)
from crypto.errors import CryptoError, NoMatchError, TamperedMessageError, UnverifiedError
from crypto.keys import Thread
from crypto.note import read_text_unverified
from crypto.record import Question, open_record
from crypto.team import TeamNote, open_team_note

MAX_ENVELOPE_BYTES: Final = 1 << 20
MAX_DOCUMENT_BYTES: Final = 1 << 25
NAMES_AHEAD: Final = 64
"""How far beyond the last message of a thread its next ones are looked for."""

FIRST_INDEX: Final[dict[Lane, int]] = {"citizen": 1, "team": 0}
"""`citizen` 0 is the case itself."""

T = TypeVar("T")


@dataclass(frozen=True)
class SyncReport:
    """What one visit brought; `unreadable` counts what was met for the first time.

    `carried` counts requests that wait on a stick for the courier.
    """

    new_cases: int = 0
    new_messages: int = 0
    new_notes: int = 0
    attachments: int = 0
    sent: int = 0
    carried: int = 0
    unreadable: int = 0
    keys_added: tuple[str, ...] = ()
    keys_destroyed: tuple[str, ...] = ()


class UnreadableError(Exception):
    """A ciphertext that does not open, and why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def sync(desk: Desk, site: Site, *, today: date, progress: Progress = silent) -> SyncReport:
    """Fetch what is new and send what waits.

    Raises `SiteUnreachableError` (run it again: nothing is lost), `NotEnrolledError`,
    `UntrainedError`, `NotConnectedError`, `SiteRefusedError`, `SiteOddError`, `StaleKeyringError`.
    """
    desk.keystore.refresh()
    trusted = visit(desk, site, today)
    if desk.keystore.secrets.device.verifier not in trusted.keyring.devices:
        raise NotEnrolledError
    if desk.lacks_training(today):
        desk.rotate(today)
        raise UntrainedError
    session = site.desk_session(desk.sign_challenge)
    report = _Sync(desk, session, trusted, today, progress).run(session.listing())
    # Only here may keys die by the clock: a signed keyring has just agreed with it.
    added, gone = desk.rotate(today)
    return replace(report, keys_added=tuple(added), keys_destroyed=tuple(gone))


def visit(desk: Desk, site: Site, today: date) -> Trusted:
    """Verify the site against the pinned roots and remember its keyring."""
    profile, state = desk.profile, desk.casebook.state
    if profile.roots is None:
        raise NotConnectedError
    intake = site.intake()
    if intake.origin != profile.origin:
        raise SiteOddError("the site has another origin than this desk was made for")
    if site.trip is not None and site.trip < state.trip:
        raise OldStickError
    trusted = trust(intake, profile.roots, today=today, at_least_serial=state.serial)
    titles = {topic.slug: {"ar": topic.title_ar, "en": topic.title_en} for topic in intake.topics}
    closings = {each.slug: each.closes.isoformat() for each in intake.topics if each.closes}
    portals = {each.slug: _portal(each.portal) for each in intake.topics if each.portal}
    agencies = tuple(agency.encode() for agency in site.agencies())
    asked = tuple(each for each in (known(topic, trusted) for topic in site.asked()) if each)
    desk.casebook.change_state(
        lambda now: replace(
            now,
            agencies=agencies,
            asked=asked,
            objection_days=intake.objection_days,
            serial=trusted.keyring.serial,
            keyring_note=intake.keyring_note,
            topics=now.topics | titles,
            closings=now.closings | closings,
            portals=now.portals | portals,
            trip=now.trip if site.trip is None else site.trip,
        )
    )
    return trusted


def _portal(portal: Portal) -> dict[str, str]:
    """As the state keeps it."""
    known = {
        "ar": portal.title_ar,
        "en": portal.title_en,
        "number": portal.number,
        "deadline": portal.deadline and portal.deadline.isoformat(),
    }
    return {key: value for key, value in known.items() if value}


def known(asked: Asked, trusted: Trusted) -> KnownTopic | None:
    """What the site says people are asked, and whether two reviewers stand behind it.

    None for what is no topic: nobody could edit it, or sign it again.
    """
    try:
        if asked.note is None:
            return KnownTopic(asked.slug, Topic.parse(asked.content or "").encode())
        question = Question.parse(read_text_unverified(asked.note))
        Topic.parse(question.content)
    except (CryptoError, MalformedTopicError):
        return None
    with suppress(CryptoError):
        devices = trusted.keyring.deciding_devices
        open_record(asked.note, devices, origin=trusted.origin)
        return KnownTopic(
            asked.slug, question.content, question.version, question.topic == asked.slug
        )
    return KnownTopic(asked.slug, question.content, question.version)


class _Sync:
    def __init__(
        self, desk: Desk, session: DeskSession, trusted: Trusted, today: date, progress: Progress
    ) -> None:
        self._desk = desk
        self._book = desk.casebook
        self._session = session
        self._trusted = trusted
        self._week = week_of(today)
        self._today = today
        self._progress = progress
        self._unreadable = {item.digest: item for item in self._book.state.unreadable}
        self._known = {case.slot: case for case in self._book.cases()}
        self._refusals: list[SiteRefusedError] = []

    def run(self, listing: Listing) -> SyncReport:
        before = len(self._unreadable)
        try:
            new_cases = self._take_cases(listing)
            new_messages = self._take_messages(listing)
            new_notes = self._take_notes(listing)
            self._take_relays(listing)
            sent, carried = self._send_waiting()
            attachments = self._take_attachments(listing)
        finally:
            self._remember()
        return SyncReport(
            new_cases,
            new_messages,
            new_notes,
            attachments,
            sent,
            carried,
            len(self._unreadable) - before,
        )

    # Cases.

    def _take_cases(self, listing: Listing) -> int:
        self._update_known(listing)
        fresh = [
            listed
            for listed in listing.cases
            if listed.slot not in self._known and listed.digest not in self._unreadable
        ]
        return sum(self._each("fetching", fresh, self._take_case))

    def _update_known(self, listing: Listing) -> None:
        for listed in listing.cases:
            case = self._known.get(listed.slot)
            until = _spelled(listed.objection_until)
            if case is not None and (case.status, case.objection_until) != (listed.status, until):
                self._book.change(
                    case.id, partial(replace, status=listed.status, objection_until=until)
                )

    def _take_case(self, listed: ListedCase) -> bool:
        try:
            case = self._open_case(listed)
        except UnreadableError as exc:
            return self._cannot_read(listed.digest, exc.reason)
        return self._book.add(case)

    def _open_case(self, listed: ListedCase) -> Case:
        blob = self._fetch(listed.digest)
        with _reasons():
            submission = open_submission(blob, self._desk.identities(listed.week))
        if Thread(submission.thread).slot("citizen", 0) != listed.slot:
            # Somebody put a copy of an envelope under a name that it does not belong to.
            raise UnreadableError("forged")
        sizes = {attachment.digest for attachment in listed.attachments}
        return Case(
            id=self._book.new_id(),
            slot=listed.slot,
            thread=submission.thread,
            reply_to=submission.reply_to.encode(),
            week=listed.week,
            status=listed.status,
            objection_until=_spelled(listed.objection_until),
            topic=submission.topic,
            lang=submission.lang,
            sealed_by=submission.sealed_by,
            keyring=submission.keyring,
            sections=tuple(Section(each.name, each.text) for each in submission.sections),
            attachments=tuple(
                KeptAttachment(
                    digest=each.digest,
                    size=each.size,
                    name=each.name,
                    media=each.media,
                    cleaned=each.cleaned,
                    reason=None if each.digest in sizes else "missing",
                )
                for each in submission.attachments
            ),
            about=told_in(submission).told(),
        )

    # Messages.

    def _take_messages(self, listing: Listing) -> int:
        places = self._places({message.slot for message in listing.messages})
        fresh = [
            message
            for message in listing.messages
            if message.slot in places and _content_of(message) not in self._unreadable
        ]
        fresh.sort(key=lambda message: places[message.slot][2])
        taken = self._each("opening", fresh, lambda m: self._take_message(m, *places[m.slot]))
        return sum(taken)

    def _places(self, slots: set[bytes]) -> dict[bytes, tuple[Case, Lane, int]]:
        """Find the case, lane and index of those *slots* that continue one of our threads."""
        places: dict[bytes, tuple[Case, Lane, int]] = {}
        if not slots:
            return places
        for case in self._book.cases():
            for lane, first in FIRST_INDEX.items():
                known = {line.index for line in case.lines if line.lane == lane}
                for index in range(first, case.next_index(lane) + NAMES_AHEAD):
                    slot = case.threads.slot(lane, index)
                    if slot in slots and index not in known:
                        places[slot] = (case, lane, index)
        return places

    def _take_message(self, message: ListedMessage, case: Case, lane: Lane, index: int) -> bool:
        digest = _content_of(message)
        try:
            if lane == "citizen":
                line = self._open_follow_up(digest, case, index)
            else:
                line = self._open_colleague(digest, case, index)
        except UnreadableError as exc:
            return self._cannot_read(digest, exc.reason)
        self._book.change(case.id, lambda now: now.with_line(line))
        return line.is_new

    def _open_follow_up(self, digest: bytes, case: Case, index: int) -> Line:
        blob = self._fetch(digest)
        with _reasons():
            message = open_follow_up(
                blob, self._desk.identities(self._week), case.threads, index=index
            )
        return Line(
            "citizen", index, message.text, self._week, is_new=True, is_rating=message.is_rating
        )

    def _open_colleague(self, digest: bytes, case: Case, index: int) -> Line:
        blob = self._fetch(digest)
        with _reasons():
            reply = open_reply_copy(
                blob,
                self._desk.identities(self._week),
                self._trusted.keyring.devices,
                origin=self._trusted.origin,
                slot=case.slot,
            )
        if reply.index != index:
            raise UnreadableError("forged")
        return Line(
            "team",
            index,
            reply.text,
            self._week,
            # Our own words come back where the answer to them was lost, or is still carried.
            is_new=reply.signed_by != self._desk.profile.reviewer,
            lang=reply.lang,
            status=reply.status,
            signed_by=reply.signed_by,
        )

    # What the colleagues say, and what agencies answered.

    def _take_notes(self, listing: Listing) -> int:
        cases = self._book.cases()
        known = {note.slot for case in cases for note in case.notes}
        known |= {note.slot for note in self._book.state.notes}
        fresh = [
            listed
            for listed in listing.team
            if encode_bytes(listed.slot) not in known and listed.digest not in self._unreadable
        ]
        return sum(self._each("opening", fresh, self._take_note))

    def _take_note(self, listed: ListedTeamNote) -> bool:
        try:
            blob = self._fetch(listed.digest)
            with _reasons():
                opened = open_team_note(
                    blob,
                    self._desk.identities(self._week),
                    self._trusted.keyring.devices,
                    origin=self._trusted.origin,
                )
            note = _note_of(listed.slot, opened)
        except UnreadableError as exc:
            return self._cannot_read(listed.digest, exc.reason)
        if opened.slot is None:
            self._book.change_state(lambda now: now.with_note(note))
            return True
        case = next((each for each in self._book.cases() if each.slot == opened.slot), None)
        if case is None:
            return self._cannot_read(listed.digest, "not-for-us")
        self._book.change(case.id, lambda now: now.with_note(note))
        return True

    def _take_relays(self, listing: Listing) -> None:
        known = {relay.id: relay for relay in self._book.state.relays}
        relays = [self._relay(listed, known) for listed in listing.relays]
        self._book.change_state(lambda now: replace(now, relays=tuple(relays)))

    def _relay(self, listed: ListedRelay, known: Mapping[str, KnownRelay]) -> KnownRelay:
        name = encode_bytes(listed.id)
        relay = known.get(name) or KnownRelay(
            name, listed.agency, listed.topic, listed.due.isoformat()
        )
        if relay.answer is not None or listed.answer is None:
            return relay
        try:
            blob = self._fetch(listed.answer)
            with _reasons():
                answer = open_answer(blob, self._desk.identities(self._week))
            _require_same(answer.relay, listed.id)
            return self._answered(relay, answer)
        except UnreadableError as exc:
            self._cannot_read(listed.answer, exc.reason)
            return relay

    def _answered(self, relay: KnownRelay, answer: AgencyAnswer) -> KnownRelay:
        decided = _spelled(answer.decided)
        relay = replace(relay, answer=answer.answer, decided=decided, words=answer.words)
        document = answer.document
        if document is None:
            return relay
        fetching = _Fetching(self._session.stream(document.digest, MAX_DOCUMENT_BYTES), _nothing)

        def fill(writer: BinaryIO) -> None:
            with _reasons():
                open_attachment(
                    cast(BinaryIO, fetching),
                    writer,
                    self._desk.identities(self._week),
                    document.size,
                    digest=document.digest,
                )

        return replace(
            relay,
            document=self._book.seal_file(fill),
            document_name=document.name,
            document_size=document.size,
            document_media=document.media,
        )

    # What waits to be sent.

    def _send_waiting(self) -> tuple[int, int]:
        """Send all that can be sent; what the site refuses must not hold up the other cases."""
        replies.send_general(self._desk, self._session)
        waiting = [case for case in self._book.cases() if case.waits]
        sent = sum(self._each("sending", waiting, self._send))
        carried = self._session.end_of_batches(self._today)
        for refusal in self._refusals[:1]:
            raise refusal
        return sent, carried

    def _send(self, case: Case) -> bool:
        try:
            after = replies.send_waiting(
                self._desk, self._session, self._trusted.keyring, case.id, today=self._today
            )
        except SiteRefusedError as refusal:
            self._refusals.append(refusal)
            return False
        return not after.waits

    # Attachments.

    def _take_attachments(self, listing: Listing) -> int:
        sizes = {
            attachment.digest: attachment.size
            for listed in listing.cases
            for attachment in listed.attachments
        }
        wanted = [
            (case, attachment)
            for case in self._book.cases()
            for attachment in case.attachments
            if attachment.waits and attachment.digest in sizes
        ]
        total, done, taken = sum(sizes[each.digest] for _, each in wanted), 0, 0
        for case, attachment in wanted:
            size = sizes[attachment.digest]
            fetching = _Fetching(
                self._session.stream(attachment.digest, size),
                partial(self._advance, done, total),
            )
            taken += self._take_attachment(case, attachment, fetching)
            done += size
        return taken

    def _take_attachment(self, case: Case, attachment: KeptAttachment, fetching: _Fetching) -> bool:
        try:
            file = self._book.seal_file(
                lambda writer: self._open_attachment(case, attachment, fetching, writer)
            )
            kept = replace(attachment, file=file)
        except UnreadableError as exc:
            kept = replace(attachment, reason=exc.reason)
        after = self._book.change(case.id, lambda now: now.with_attachment(kept))
        if kept.file is not None and kept not in after.attachments:
            self._book.drop_file(kept.file)
        return kept.file is not None

    def _open_attachment(
        self,
        case: Case,
        attachment: KeptAttachment,
        fetching: _Fetching,
        writer: BinaryIO,
    ) -> None:
        with _reasons():
            open_attachment(
                cast(BinaryIO, fetching),
                writer,
                self._desk.identities(case.week),
                attachment.size,
                digest=attachment.digest,
            )

    def _advance(self, before: int, total: int, read: int) -> None:
        self._progress("fetching", before + read, total)

    # Small things.

    def _fetch(self, digest: bytes) -> bytes:
        blob = self._session.blob(digest, MAX_ENVELOPE_BYTES)
        if hashlib.sha256(blob).digest() != digest:
            raise UnreadableError("damaged")
        return blob

    def _cannot_read(self, digest: bytes, reason: Reason) -> bool:
        self._unreadable[digest] = Unreadable(digest, self._week, reason)
        return False

    def _remember(self) -> None:
        def step(now: State) -> State:
            met = {item.digest: item for item in now.unreadable} | self._unreadable
            return replace(now, synced_week=self._week, unreadable=tuple(met.values()))

        self._book.change_state(step)

    def _each(self, step: Step, items: Sequence[T], work: Callable[[T], bool]) -> Iterator[bool]:
        for number, item in enumerate(items):
            self._progress(step, number, len(items))
            yield work(item)
        if items:
            self._progress(step, len(items), len(items))


class _Fetching:
    """A ciphertext of the site as a file to read from."""

    def __init__(self, pieces: Iterator[bytes], advance: Callable[[int], None]) -> None:
        self._pieces = pieces
        self._advance = advance
        self._waiting = b""
        self._read = 0

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes, none at the end."""
        if not self._waiting:
            self._waiting = next(self._pieces, b"")
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        self._read += len(data)
        self._advance(self._read)
        return data


def _require_same(found: bytes, wanted: bytes) -> None:
    if found != wanted:
        raise UnreadableError("forged")


def _spelled(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _nothing(_read: int) -> None:
    """Progress that nobody looks at."""


def _note_of(slot: bytes, opened: TeamNote) -> Note:
    try:
        return Note.of(slot, opened)
    except (ValueError, KeyError, AttributeError, RecursionError) as exc:
        raise UnreadableError("damaged") from exc


def _content_of(message: ListedMessage) -> bytes:
    """The digest of what a desk can open: of a reply that is the colleagues' copy."""
    return message.digest if message.copy is None else message.copy


@contextmanager
def _reasons() -> Iterator[None]:
    """Say of a ciphertext that does not open why it does not."""
    try:
        yield
    except NoMatchError as exc:
        raise UnreadableError("not-for-us") from exc
    except (UnverifiedError, TamperedMessageError) as exc:
        raise UnreadableError("forged") from exc
    except CryptoError as exc:
        raise UnreadableError("damaged") from exc
