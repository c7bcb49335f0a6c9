"""Choose the cleaner for a file, by content."""

from redaction.files.errors import UnreadableFileError
from redaction.files.registry import cleaner_of
from redaction.files.report import Report
from redaction.files.sniff import SNIFF_BYTES, sniff
from redaction.files.walker import Cleaner


def cleaner_for(first_bytes: bytes, declared_name: str = "") -> Cleaner:
    """Return a fresh cleaner; *first_bytes* are only looked at and must still be pushed.

    Give `SNIFF_BYTES` of them, or the whole of a shorter file. Raises
    `UnreadableFileError` for an empty file and for types that we cannot clean: nothing
    passes uncleaned.
    """
    if not first_bytes:
        raise UnreadableFileError("file-empty")
    return cleaner_of(sniff(first_bytes, declared_name), declared_name)


class FileCleaner:
    """A cleaner that finds out by itself what it is given; for bytes that just arrive."""

    def __init__(self, declared_name: str = "") -> None:
        self._declared_name = declared_name
        self._first = b""
        self._cleaner: Cleaner | None = None

    @property
    def report(self) -> Report:
        """What was removed; complete once `finish` has returned."""
        return self._chosen().report

    def update(self, untrusted: bytes) -> bytes:
        """Return the clean bytes that became certain; raise `UnreadableFileError`."""
        if self._cleaner is not None:
            return self._cleaner.update(untrusted)
        self._first += untrusted
        return self._begin() if len(self._first) >= SNIFF_BYTES else b""

    def finish(self) -> bytes:
        """Return the last bytes; raise `UnreadableFileError` if the file stops short."""
        waiting = b"" if self._cleaner is not None else self._begin()
        return waiting + self._chosen().finish()

    def _begin(self) -> bytes:
        self._cleaner = cleaner_for(self._first[:SNIFF_BYTES], self._declared_name)
        first, self._first = self._first, b""
        return self._cleaner.update(first)

    def _chosen(self) -> Cleaner:
        if self._cleaner is None:
            raise ValueError("the type is known only after the first bytes")
        return self._cleaner


def clean_bytes(untrusted: bytes, declared_name: str = "") -> tuple[bytes, Report]:
    """Clean a whole file in memory; raise `UnreadableFileError`."""
    cleaner = cleaner_for(untrusted[:SNIFF_BYTES], declared_name)
    clean = cleaner.update(untrusted) + cleaner.finish()
    return clean, cleaner.report
