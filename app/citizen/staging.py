"""A citizen's files on their way from the wire to the upload area: cleaned, locked, set aside.

Each piece goes through the cleaner and the lock as it arrives. What waits on the disk is
ciphertext only: in a file without a name while the length is still unknown, sealed once more to
a key that dies with the request, then in parts like any browser's upload. Plaintext never leaves
memory: a piece of a JPEG or PNG at a time, of other kinds the whole file, which cannot be cleaned
in pieces and has at most `MAX_FILE_BYTES`.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Final

from app.citizen.copy import say
from app.citizen.drafts import StagedFile
from app.citizen.language import current
from app.citizen.multipart import FileSink
from app.citizen.problems import NOT_NOW, reason
from app.citizen.site import current_keyring
from app.domain.errors import StorageFullError, UnknownUploadError
from app.services import uploads
from app.store.sealed import Spool
from app.store.uploads import PART_BYTES, Upload
from app.web.state import SiteState
from app.web.streams import keep
from crypto.age import pad_recipients
from crypto.envelope import AttachmentSealer
from redaction.files import FileCleaner, UnreadableFileError, neutral_name
from redaction.words import words

MAX_FILE_BYTES: Final = 20_000_000
"""Of one file without JavaScript; a page that is one long request takes no more."""

_MEGABYTE: Final = 1_000_000


def max_file_bytes(state: SiteState) -> int:
    return min(MAX_FILE_BYTES, state.settings.limits.attachment_bytes)


class Staging:
    """The new files of one form. `files` are set aside, `problems` say why others are not."""

    def __init__(self, state: SiteState) -> None:
        self.files: list[StagedFile] = []
        self.problems: list[str] = []
        self.max_files = state.settings.limits.attachments
        self.max_file_bytes = max_file_bytes(state)
        self._state = state
        self._latest: _Sink | None = None

    @property
    def max_body_bytes(self) -> int:
        return self.max_files * self.max_file_bytes

    def open(self, filename: str) -> FileSink:
        """Take a new file; its own name only serves to tell its type and to complain about it.

        Where no file can be taken now, it is let pass, so that at least the text comes through.
        """
        try:
            self._state.require_room()
            keyring = current_keyring(self._state)
        except NOT_NOW as error:
            self.complain(reason(error)[1].sentence)
            return _Nowhere()
        random = self._state.random
        sealer = AttachmentSealer(pad_recipients(keyring.recipients, random), random)
        self._latest = _Sink(self, filename, sealer, self._state.uploads.spool())
        return self._latest

    @contextmanager
    def undone_on_failure(self) -> Iterator[None]:
        """Delete what was set aside if the form does not arrive whole."""
        try:
            yield
        except BaseException:
            if self._latest is not None:
                self._latest.spool.close()
            discard(self._state, self.files)
            raise

    def complain(self, sentence: str) -> None:
        if sentence not in self.problems:
            self.problems.append(sentence)

    def add(self, sink: "_Sink") -> None:
        """Set a finished file aside under the next neutral name, if there is room."""
        try:
            upload = self._store(sink)
        except StorageFullError as error:
            self.complain(reason(error)[1].sentence)
            return
        report = sink.cleaner.report
        self.files.append(
            StagedFile(
                upload=upload.id,
                digest=sink.sealer.digest,
                size=sink.sealer.size,
                name=neutral_name(len(self.files) + 1, report.media),
                media=report.media,
                removed=report.removed,
                warnings=report.warnings,
            )
        )

    def _store(self, sink: "_Sink") -> Upload:
        area, today = self._state.uploads, self._state.today()
        upload = uploads.begin(
            area, sink.spool.size, attachment_bytes=self.max_file_bytes, today=today
        )
        try:
            for number, part in enumerate(sink.spool.pieces(PART_BYTES)):
                area.store_part(upload, number, part)
        except BaseException:
            area.discard(upload)
            raise
        return upload


class _Sink:
    """One file: cleaner, lock, and a nameless file of ciphertext."""

    def __init__(
        self, staging: Staging, filename: str, sealer: AttachmentSealer, spool: Spool
    ) -> None:
        self.cleaner = FileCleaner(filename)
        self.sealer = sealer
        self.spool = spool
        self._staging = staging
        self._filename = filename
        self._bytes = 0
        self._held_bytes = 0

    def write(self, data: bytes) -> None:
        if self.spool.closed:
            return
        self._bytes += len(data)
        if self._bytes > self._staging.max_file_bytes:
            megabytes = self._staging.max_file_bytes // _MEGABYTE
            self._refuse(say("file_too_large", name=self._filename, megabytes=megabytes))
            return
        try:
            clean = self.cleaner.update(data)
        except UnreadableFileError as error:
            self._refuse(self._why(error))
            return
        self._hold(0 if clean else self._held_bytes + len(data))
        self.spool.write(self.sealer.update(clean))

    def _hold(self, size: int) -> None:
        """As long as nothing comes out of the cleaner, it keeps what went in."""
        keep(size - self._held_bytes)
        self._held_bytes = size

    def finish(self) -> None:
        if self.spool.closed:
            return
        try:
            self.spool.write(self.sealer.update(self.cleaner.finish()))
        except UnreadableFileError as error:
            self._refuse(self._why(error))
            return
        self._hold(0)
        for piece in self.sealer.finish_in_pieces():
            self.spool.write(piece)
        with closing(self.spool):
            self._staging.add(self)

    def _why(self, error: UnreadableFileError) -> str:
        sentence = words("errors", error.code, current().code)
        return say("file_failed", name=self._filename, reason=sentence)

    def _refuse(self, sentence: str) -> None:
        """Drop the file and say why; what still arrives of it is read and forgotten."""
        self._hold(0)
        self.spool.close()
        self._staging.complain(sentence)


class _Nowhere:
    """Lets a file pass that cannot be kept."""

    def write(self, data: bytes) -> None:
        """Forget *data*."""

    def finish(self) -> None:
        """There is nothing to finish."""


def discard(state: SiteState, files: Sequence[StagedFile]) -> None:
    """Delete files that were set aside; those that are gone already do not matter."""
    for each in files:
        with suppress(UnknownUploadError):
            state.uploads.discard(state.uploads.find(each.upload, state.today()))
