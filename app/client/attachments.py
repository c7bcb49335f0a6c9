"""Attachments on their way out: cleaned, sealed and uploaded while they are read.

A file is read twice, once to learn what cleaning leaves of it and once to seal it, so that no
more than a part of it is ever in memory and nothing is written to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from app.client.errors import AttachmentError, SiteRefusedError, SiteUnreachableError
from app.client.patience import Pause, patiently
from app.client.site import Site, Upload
from crypto.age import Recipient, pad_recipients, sealed_size, stanza_count
from crypto.encoding import Random
from crypto.envelope import Attachment, AttachmentSealer
from crypto.padding import padded_size
from redaction.files import Report, UnreadableFileError, cleaner_for, neutral_name

READ_BYTES: Final = 64 << 10
ATTEMPTS: Final = 3


@dataclass(frozen=True)
class PreparedFile:
    """What cleaning leaves of the file at *path*: *size* bytes. *warnings* are redaction's."""

    path: Path
    size: int
    media: str
    removed: tuple[str, ...]
    warnings: tuple[str, ...]


def prepare(path: Path, position: int, limit: int) -> PreparedFile:
    """Run the file through its cleaner once; *limit* is in bytes. Raises `AttachmentError`."""
    try:
        with path.open("rb") as reader:
            cleaner = _Cleaning(reader, path.name)
            size = sum(len(data) for data in cleaner)
    except OSError as exc:
        raise AttachmentError(position, "unreadable") from exc
    except UnreadableFileError as exc:
        raise AttachmentError(position, exc.code) from exc
    if size > limit:
        raise AttachmentError(position, "too-large")
    report = cleaner.report
    return PreparedFile(
        path=path,
        size=size,
        media=report.media,
        removed=tuple(report.removed),
        warnings=tuple(report.warnings),
    )


def sealed_bytes(file: PreparedFile, recipients: int) -> int:
    """Size of the age file that `upload` makes of *file* for that many reviewers."""
    return sealed_size(padded_size(file.size), stanza_count(recipients))


def upload(
    site: Site,
    file: PreparedFile,
    position: int,
    recipients: Sequence[Recipient],
    *,
    advance: Callable[[int], None],
    random: Random,
    pause: Pause,
) -> tuple[Upload, Attachment]:
    """Seal *file* and leave it at the site; *advance* hears how many bytes have arrived.

    An upload that the site lost is begun again, with other bytes: sealing never repeats.
    """
    sealing = _Sealing(site, file, position, recipients, advance, random, pause)
    for _ in range(ATTEMPTS - 1):
        try:
            return sealing.run()
        except SiteRefusedError as refusal:
            if refusal.problem.status not in {404, 409}:
                raise
    return sealing.run()


class _Cleaning:
    """Iterates over what cleaning leaves of a file; afterwards `report` says what it took."""

    def __init__(self, reader: BinaryIO, name: str) -> None:
        self._reader = reader
        self._first = reader.read(READ_BYTES)
        self._cleaner = cleaner_for(self._first, name)

    def __iter__(self) -> Iterator[bytes]:
        yield self._cleaner.update(self._first)
        while data := self._reader.read(READ_BYTES):
            yield self._cleaner.update(data)
        yield self._cleaner.finish()

    @property
    def report(self) -> Report:
        return self._cleaner.report


@dataclass(frozen=True)
class _Sealing:
    site: Site
    file: PreparedFile
    position: int
    recipients: Sequence[Recipient]
    advance: Callable[[int], None]
    random: Random
    pause: Pause

    def run(self) -> tuple[Upload, Attachment]:
        size = sealed_bytes(self.file, len(self.recipients))
        place = patiently(lambda: self.site.create_upload(size), self.pause)
        sealer = AttachmentSealer(pad_recipients(self.recipients, self.random), self.random)
        sent = 0
        for number, part in enumerate(_parts(self._sealed(sealer), place.part_bytes)):
            self._put(place, number, part)
            sent += len(part)
            self.advance(sent)
        if sent != size or patiently(lambda: self.site.missing_parts(place), self.pause):
            raise AttachmentError(self.position, "changed")
        name = neutral_name(self.position, self.file.media)
        return place, Attachment(sealer.digest, sealer.size, name, self.file.media, cleaned=True)

    def _sealed(self, sealer: AttachmentSealer) -> Iterator[bytes]:
        try:
            with self.file.path.open("rb") as reader:
                for data in _Cleaning(reader, self.file.path.name):
                    yield sealer.update(data)
        except UnreadableFileError as exc:
            # It could be read a moment ago.
            raise AttachmentError(self.position, "changed") from exc
        yield from sealer.finish_in_pieces()

    def _put(self, place: Upload, number: int, part: bytes) -> None:
        """Send one part until it is there, asking first whether an interrupted one arrived."""

        def put_again() -> None:
            if number in self.site.missing_parts(place):
                self.site.put_part(place, number, part)

        try:
            self.site.put_part(place, number, part)
        except SiteUnreachableError:
            patiently(put_again, self.pause)


def _parts(pieces: Iterable[bytes], part_bytes: int) -> Iterator[bytes]:
    """Cut *pieces* into parts of exactly *part_bytes*, but for the last."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= part_bytes:
            yield bytes(waiting[:part_bytes])
            del waiting[:part_bytes]
    if waiting:
        yield bytes(waiting)
