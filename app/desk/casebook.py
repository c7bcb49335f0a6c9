"""The cases a desk has opened, at rest.

    cases/<32 hex digits>.age    one case: its texts, its timeline, what waits to be sent
    files/<32 hex digits>.age    one attachment, padded as it came
    state.age                    what was seen of the site, and what could not be opened

Every file is an age file to the storage identity of the keystore, so stock tools open them. File
names are random: no name, slot or date stands in the clear. Cases are filled with spaces up to a
power of two. Whatever is written appears whole or not at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Self, cast

from app.desk.errors import DamagedFileError, UnknownCaseError
from app.desk.files import locked, make_folder, new_file, remove_unfinished, replace_file
from app.desk.team import Note, Team
from app.domain.cases import Lane
from crypto import age
from crypto.age import Decryptor, Identity, Recipient
from crypto.encoding import Random
from crypto.envelope import AttachmentSealer
from crypto.errors import CryptoError
from crypto.keys import Thread

CHUNK_BYTES: Final = 64 << 10
LEAST_CASE_BYTES: Final = 8192

Reason = Literal["not-for-us", "damaged", "forged", "missing"]
"""No key of ours opens it; it was changed or cut; it belongs elsewhere; the site has none."""


@dataclass(frozen=True)
class Section:
    """One answer: `name` is problem, why or proposal."""

    name: str
    text: str


@dataclass(frozen=True)
class KeptAttachment:
    """An attachment; `file` is its name in `files/` once it was fetched, `reason` why it was not.

    `digest` is H of the age file as it was sent, `size` the true bytes, `name` untrusted.
    """

    digest: bytes
    size: int
    name: str
    media: str
    cleaned: bool
    file: str | None = None
    reason: Reason | None = None

    @property
    def waits(self) -> bool:
        """Whether it can still be fetched."""
        return self.file is None and self.reason is None


@dataclass(frozen=True)
class Line:
    """One message of the timeline after the first; `week` is when this desk met it.

    The text of one that `is_rating` is one of `crypto.envelope.RATINGS`.
    """

    lane: Lane
    index: int
    text: str
    week: str
    is_new: bool = False
    lang: str | None = None
    status: str | None = None
    signed_by: str | None = None
    is_rating: bool = False

    @property
    def said(self) -> str:
        """The text, in a form that tells a rating from words."""
        return f"(did the answer help?) {self.text}" if self.is_rating else self.text


@dataclass(frozen=True)
class Outgoing:
    """A sealed reply that the site has not confirmed. The same bytes are sent again.

    `moves` unless the case's status is changed by two people's statement.
    """

    index: int
    text: str
    lang: str
    status: str
    request: dict[str, str]
    moves: bool = True


@dataclass(frozen=True)
class Todo:
    """Something that must reach the site, in its order; the same bytes are sent again.

    `kind` is team (a note for the colleagues), relay, status or record; `request` is what the
    session is called with, bytes in base64.
    """

    kind: Literal["team", "relay", "status", "record"]
    request: dict[str, str]


@dataclass(frozen=True)
class Case:
    """Everything a desk knows of one case. `id` is local and random; `status` the site's word.

    `about` is what its sender told (`crypto.about.About`): to be counted, shown nowhere.
    """

    id: str
    slot: bytes
    thread: bytes
    reply_to: str
    week: str
    status: str
    topic: str
    lang: str
    sealed_by: str
    keyring: int
    sections: tuple[Section, ...]
    attachments: tuple[KeptAttachment, ...]
    lines: tuple[Line, ...] = ()
    is_new: bool = True
    outgoing: Outgoing | None = None
    status_to_send: str | None = None
    objection_until: str | None = None
    notes: tuple[Note, ...] = ()
    todo: tuple[Todo, ...] = ()
    about: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def team(self) -> Team:
        """What the reviewers said about this case."""
        return Team(self.notes)

    @property
    def label(self) -> str:
        """Eight hex digits, the same at every desk; they say nothing about the slot."""
        return _label_of(self.slot)

    @property
    def threads(self) -> Thread:
        return Thread(self.thread)

    @property
    def news(self) -> int:
        """How many messages the reviewer has not opened."""
        return sum(line.is_new for line in self.lines) + self.is_new

    @property
    def rating(self) -> str | None:
        """Whether the answer helped, as the sender said last."""
        rated = [line for line in self.lines if line.is_rating]
        return max(rated, key=lambda line: line.index).text if rated else None

    @property
    def follow_ups(self) -> list[str]:
        """What the sender wrote after the first message."""
        return [line.text for line in self.lines if line.lane == "citizen" and not line.is_rating]

    @property
    def waits(self) -> bool:
        """Whether something of ours has still to reach the site."""
        return bool(self.outgoing or self.status_to_send or self.todo)

    @property
    def size(self) -> int:
        """Bytes of text and attachments."""
        return sum(len(section.text.encode()) for section in self.sections) + sum(
            attachment.size for attachment in self.attachments
        )

    def next_index(self, lane: Lane) -> int:
        """The first index of *lane* that this desk has not seen taken."""
        first = 1 if lane == "citizen" else 0
        return max((line.index + 1 for line in self.lines if line.lane == lane), default=first)

    def with_line(self, line: Line) -> Self:
        """Add *line* to the timeline unless its place is taken."""
        if any((line.lane, line.index) == (kept.lane, kept.index) for kept in self.lines):
            return self
        return replace(self, lines=(*self.lines, line))

    def with_note(self, note: Note) -> Self:
        """Add a colleague's note, once."""
        if any(kept.slot == note.slot for kept in self.notes):
            return self
        return replace(self, notes=(*self.notes, note))

    def with_todo(self, *todo: Todo) -> Self:
        """Add what must reach the site, after what waits already."""
        return replace(self, todo=(*self.todo, *todo))

    def with_attachment(self, attachment: KeptAttachment) -> Self:
        """Fill in what is known of the attachment of the same digest, if it still waits."""
        attachments = tuple(
            attachment if kept.waits and kept.digest == attachment.digest else kept
            for kept in self.attachments
        )
        return replace(self, attachments=attachments)

    def without_words(self) -> Self:
        """What the record needs of a case: no message, no file, no reply."""
        ratings = tuple(line for line in self.lines if line.is_rating)
        return replace(self, sections=(), attachments=(), lines=ratings, is_new=False)

    def opened(self) -> Self:
        """The same case after the reviewer has looked at it."""
        lines = tuple(replace(line, is_new=False) for line in self.lines)
        return replace(self, is_new=False, lines=lines)

    def encode(self) -> bytes:
        document = {
            **vars(self),
            "slot": _encode(self.slot),
            "thread": _encode(self.thread),
            "sections": [vars(section) for section in self.sections],
            "attachments": [
                {**vars(attachment), "digest": _encode(attachment.digest)}
                for attachment in self.attachments
            ],
            "lines": [vars(line) for line in self.lines],
            "outgoing": None if self.outgoing is None else vars(self.outgoing),
            "notes": [vars(note) for note in self.notes],
            "todo": [vars(todo) for todo in self.todo],
        }
        return _filled(json.dumps(document, ensure_ascii=False).encode("utf-8"))

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read what `encode` wrote; the age file has vouched for every byte."""
        document = json.loads(text)
        outgoing = document.pop("outgoing")
        return cls(
            slot=base64.b64decode(document.pop("slot")),
            thread=base64.b64decode(document.pop("thread")),
            sections=tuple(Section(**item) for item in document.pop("sections")),
            attachments=tuple(
                KeptAttachment(**{**item, "digest": base64.b64decode(item["digest"])})
                for item in document.pop("attachments")
            ),
            lines=tuple(Line(**item) for item in document.pop("lines")),
            outgoing=None if outgoing is None else Outgoing(**outgoing),
            notes=tuple(Note(**item) for item in document.pop("notes")),
            todo=tuple(Todo(**item) for item in document.pop("todo")),
            **document,
        )


@dataclass(frozen=True)
class Unreadable:
    """A ciphertext of the site that did not open, kept so that it is not fetched again."""

    digest: bytes
    week: str
    reason: Reason


@dataclass(frozen=True)
class KnownRelay:
    """A relay at the site. `answer` and what follows are of the agency's answer, once opened.

    `document` is the answer's file in `files/`, `document_digest` that of its age file.
    """

    id: str
    agency: str
    topic: str
    due: str
    answer: int | None = None
    decided: str | None = None
    words: str = ""
    document: str | None = None
    document_name: str = ""
    document_size: int = 0
    document_media: str = ""


@dataclass(frozen=True)
class KnownTopic:
    """A topic's page at the site; `version` is 0 where nobody has signed it.

    `is_verified` if two reviewers of the keyring of that visit have.
    """

    slug: str
    content: str
    version: int = 0
    is_verified: bool = False


@dataclass(frozen=True)
class State:
    """What the desk remembers of the site between two visits.

    `agencies` are the communication plans, as JSON; `notes` and `todo` concern no single case.
    `topics` maps slugs to titles by language; closed ones stay, for their cases stay too.
    `closings` maps slugs to the last day on which they take views, `portals` to what the official
    portal calls them (ar, en, number, deadline; those that it says).
    `trip` is the courier's newest one, where a courier comes. `asked` has each topic's page at
    the site, by slug; `drafts` has the forms of topics that this reviewer is writing. `training` is
    what `app.desk.training.progress` writes; empty before the first exercise.
    """

    serial: int = 0
    keyring_note: str = ""
    synced_week: str = ""
    topics: dict[str, dict[str, str]] = field(default_factory=dict)
    closings: dict[str, str] = field(default_factory=dict)
    portals: dict[str, dict[str, str]] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
    agencies: tuple[str, ...] = ()
    objection_days: int = 0
    relays: tuple[KnownRelay, ...] = ()
    notes: tuple[Note, ...] = ()
    todo: tuple[Todo, ...] = ()
    trip: int = 0
    asked: tuple[KnownTopic, ...] = ()
    drafts: dict[str, dict[str, str]] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        items = [{**vars(item), "digest": _encode(item.digest)} for item in self.unreadable]
        document = {
            **vars(self),
            "unreadable": items,
            "relays": [vars(relay) for relay in self.relays],
            "notes": [vars(note) for note in self.notes],
            "todo": [vars(todo) for todo in self.todo],
            "asked": [vars(topic) for topic in self.asked],
        }
        return _filled(json.dumps(document, ensure_ascii=False).encode("utf-8"))

    def with_note(self, note: Note) -> Self:
        """Add a colleague's note, once."""
        if any(kept.slot == note.slot for kept in self.notes):
            return self
        return replace(self, notes=(*self.notes, note))

    def with_todo(self, *todo: Todo) -> Self:
        """Add what must reach the site, after what waits already."""
        return replace(self, todo=(*self.todo, *todo))

    @classmethod
    def parse(cls, text: bytes) -> Self:
        document = json.loads(text)
        unreadable = tuple(
            Unreadable(**{**item, "digest": base64.b64decode(item["digest"])})
            for item in document.pop("unreadable")
        )
        return cls(
            unreadable=unreadable,
            agencies=tuple(document.pop("agencies")),
            relays=tuple(KnownRelay(**item) for item in document.pop("relays")),
            notes=tuple(Note(**item) for item in document.pop("notes")),
            todo=tuple(Todo(**item) for item in document.pop("todo")),
            asked=tuple(KnownTopic(**item) for item in document.pop("asked", ())),
            **document,
        )


class Casebook:
    """All cases of one desk; safe to use from several threads and processes."""

    def __init__(
        self, folder: Path, storage: Callable[[], Sequence[Identity]], random: Random
    ) -> None:
        """Read everything under *folder*. Raises `DamagedFileError` for the state alone.

        *storage* gives what opens the files, the identity that new ones are sealed to first.
        """
        self._cases_folder = folder / "cases"
        self._files_folder = folder / "files"
        self._state_path = folder / "state.age"
        self._storage = storage
        self._random = random
        self._shelf: dict[str, _Shelved] = {}
        self._turn = 0
        for path in (folder, self._cases_folder, self._files_folder):
            make_folder(path)
            remove_unfinished(path)
        with locked(self._cases_folder):
            self._refresh()

    # Cases.

    def cases(self) -> list[Case]:
        """Every case, the newest week first, then by label."""
        with locked(self._cases_folder):
            self._refresh()
        by_label = sorted(self._readable(), key=lambda case: case.label)
        return sorted(by_label, key=lambda case: case.week, reverse=True)

    @property
    def damaged(self) -> list[str]:
        """Names of the files that do not open: one bad sector must not hide the other cases."""
        return sorted(name for name, shelved in self._shelf.items() if shelved.case is None)

    def case(self, name: str) -> Case:
        """Return the case whose local id is *name* or whose label begins with it."""
        with locked(self._cases_folder):
            self._refresh()
            return self._find(name)

    def new_id(self) -> str:
        return self._random(16).hex()

    def add(self, case: Case) -> bool:
        """Keep a new case; False if its slot has come by another way meanwhile."""
        with locked(self._cases_folder):
            self._refresh()
            if any(kept.slot == case.slot for kept in self._readable()):
                return False
            self._save(case)
            return True

    def change(self, name: str, step: Callable[[Case], Case]) -> Case:
        """Apply *step* to the case as it is now, and keep the result."""
        with locked(self._cases_folder):
            self._refresh()
            before = self._find(name)
            after = step(before)
            if after != before:
                self._save(after)
            return after

    def seal_anew(self, keep: Callable[[Case], Case]) -> None:
        """Seal to the newest identity what *keep* leaves of each case; the rest is removed.

        May be begun again after a crash: what is sealed anew already stays as it is.
        """
        for case in self.cases():
            kept = self.change(case.id, keep)
            with locked(self._cases_folder):
                self._save(kept)
        with locked(self._cases_folder):
            if self._state_path.exists():
                self._write(self._state_path, self.state.encode())
        self._seal_files_anew()

    def _seal_files_anew(self) -> None:
        named = {each.file for case in self.cases() for each in case.attachments if each.file}
        named |= {relay.document for relay in self.state.relays if relay.document}
        for path in self._files_folder.glob("*.age"):
            if path.stem not in named:
                path.unlink()
            elif not self._opens_with_newest(path):
                self._seal_file_anew(path)

    def _opens_with_newest(self, path: Path) -> bool:
        decryptor = Decryptor(self._storage()[:1])
        try:
            with path.open("rb") as file:
                decryptor.update(file.read(CHUNK_BYTES))
        except CryptoError:
            return False
        return True

    def _seal_file_anew(self, path: Path) -> None:
        """The bytes with their padding, under the same name."""
        with new_file(path) as file:
            sealing = _SealingWriter(file, [self._storage()[0].recipient], self._random)
            for data in self._opened(path):
                sealing.write(data)
            sealing.finish()

    # What the desk remembers of its site.

    @property
    def state(self) -> State:
        if not self._state_path.exists():
            return State()
        return State.parse(self._read(self._state_path))

    def change_state(self, step: Callable[[State], State]) -> None:
        """Apply *step* to the state as it is now, and keep the result."""
        with locked(self._cases_folder):
            before = self.state
            after = step(before)
            if after != before:
                self._write(self._state_path, after.encode())

    # Attachments.

    def seal_file(self, fill: Callable[[BinaryIO], None]) -> str:
        """Seal what *fill* writes; return the name of the new file. An error leaves nothing."""
        name = self._random(16).hex()
        with new_file(self._files_folder / f"{name}.age") as file:
            sealing = _SealingWriter(file, [self._storage()[0].recipient], self._random)
            fill(cast(BinaryIO, sealing))
            sealing.finish()
        return name

    def drop_file(self, name: str) -> None:
        """Remove an attachment that no case names."""
        (self._files_folder / f"{name}.age").unlink(missing_ok=True)

    def read_file(self, attachment: KeptAttachment) -> Iterator[bytes]:
        """Yield the true bytes of a fetched attachment, never more than `size`."""
        if attachment.file is None:
            raise DamagedFileError
        left = attachment.size
        for data in self._opened(self._files_folder / f"{attachment.file}.age"):
            if left:
                yield data[:left]
            left -= min(left, len(data))
        if left:
            raise DamagedFileError

    def _opened(self, path: Path) -> Iterator[bytes]:
        decryptor = Decryptor(self._storage())
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK_BYTES):
                    yield decryptor.update(chunk)
            yield decryptor.finish()
        except (CryptoError, FileNotFoundError) as exc:
            raise DamagedFileError from exc

    # Files.

    def _readable(self) -> list[Case]:
        return [shelved.case for shelved in self._shelf.values() if shelved.case is not None]

    def _find(self, name: str) -> Case:
        exact = self._shelf.get(name)
        if exact is not None and exact.case is not None:
            return exact.case
        found = [case for case in self._readable() if case.label.startswith(name.lower())]
        if len(found) != 1 or not name:
            raise UnknownCaseError
        return found[0]

    def _refresh(self) -> None:
        """Read what is new or changed. A file is never changed in place, only replaced."""
        turn = self._cases_folder.stat().st_mtime_ns
        if turn == self._turn:
            return
        shelf = {}
        with os.scandir(self._cases_folder) as entries:
            found = [entry for entry in entries if entry.name.endswith(".age")]
        for entry in found:
            name, version = entry.name.removesuffix(".age"), _version_of(entry.stat())
            former = self._shelf.get(name)
            if former is None or former.version != version:
                former = _Shelved(version, self._read_case(self._cases_folder / entry.name))
            shelf[name] = former
        self._shelf, self._turn = shelf, turn

    def _read_case(self, path: Path) -> Case | None:
        try:
            case = Case.parse(self._read(path))
        except DamagedFileError:
            return None
        # A file under another's name was exchanged by somebody.
        return case if case.id == path.stem else None

    def _save(self, case: Case) -> None:
        path = self._cases_folder / f"{case.id}.age"
        self._write(path, case.encode())
        self._shelf[case.id] = _Shelved(_version_of(path.stat()), case)
        self._take_turn()

    def _take_turn(self) -> None:
        """Give the folder a time that it never had, so that others look again and we need not.

        The kernel's own times of a folder stand still for milliseconds.
        """
        now = max(time.time_ns(), self._turn + 1)
        os.utime(self._cases_folder, ns=(now, now))
        self._turn = self._cases_folder.stat().st_mtime_ns

    def _write(self, path: Path, plain: bytes) -> None:
        replace_file(path, age.encrypt(plain, [self._storage()[0].recipient], self._random))

    def _read(self, path: Path) -> bytes:
        try:
            return age.decrypt(path.read_bytes(), self._storage())
        except CryptoError as exc:
            raise DamagedFileError from exc


@dataclass(frozen=True)
class _Shelved:
    """A case as it was read from a version of its file; None if it does not open."""

    version: tuple[int, int]
    case: Case | None


@lru_cache(maxsize=1 << 16)
def _label_of(slot: bytes) -> str:
    return hashlib.sha256(b"wasl/case-label/v1" + slot).hexdigest()[:8]


def _version_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_ino, status.st_mtime_ns


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _filled(text: bytes) -> bytes:
    """Fill JSON with spaces up to a power of two, so that sizes say little about texts."""
    size = max(LEAST_CASE_BYTES, 1 << (len(text) - 1).bit_length())
    return text + b" " * (size - len(text))


class _SealingWriter:
    """A file to write to, whose bytes reach the disk sealed."""

    def __init__(self, file: BinaryIO, recipients: list[Recipient], random: Random) -> None:
        self._file = file
        self._sealer = AttachmentSealer(recipients, random)

    def write(self, data: bytes) -> int:
        self._file.write(self._sealer.update(data))
        return len(data)

    def finish(self) -> None:
        for piece in self._sealer.finish_in_pieces():
            self._file.write(piece)
