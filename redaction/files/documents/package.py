"""Formats that are a ZIP of parts: read, rewritten part by part, written and read again."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

from redaction.files.documents.archive import Archive, write_archive
from redaction.files.documents.verify_archive import verify_archive
from redaction.files.whole import WholeFile

_NOTHING_STORED: Final = frozenset[str]()


class Package(WholeFile):
    """The cleaner of one such file; `stored` names the members that are not deflated."""

    stored: ClassVar[frozenset[str]] = _NOTHING_STORED

    def _rewrite(self, untrusted: bytes) -> bytes:
        archive = Archive(untrusted)
        self._note(*archive.seen)
        return write_archive(self._repack(archive), self.stored)

    def _verify(self, written: bytes) -> None:
        self._check(verify_archive(written))

    @abstractmethod
    def _repack(self, archive: Archive) -> Iterable[tuple[str, bytes]]:
        """Return the members of the clean file; raise `UnreadableFileError`."""

    @abstractmethod
    def _check(self, members: Mapping[str, bytes]) -> None:
        """Read the members a second time; raise `UnreadableFileError`."""
