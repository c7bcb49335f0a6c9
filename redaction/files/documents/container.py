"""What a ZIP file is: an Office or OpenDocument file, a book, or an archive of files.

Decided by what it holds, as each standard says: the list of content types of Office files
(ECMA-376-2 §10), the member `mimetype` of the others (ODF 1.3 part 2 §3.3, EPUB OCF §4.3).
"""

from typing import Final

from redaction.files.documents.archive import Archive
from redaction.files.documents.epub import EpubCleaner
from redaction.files.documents.office.cleaner import OfficeCleaner
from redaction.files.documents.opendocument.cleaner import OpenDocumentCleaner
from redaction.files.documents.zipped import ZipCleaner
from redaction.files.errors import UnreadableFileError
from redaction.files.whole import WholeFile

# By the beginning of `mimetype`.
DECLARED: Final[dict[str, type[WholeFile]]] = {
    "application/vnd.oasis.opendocument.": OpenDocumentCleaner,
    "application/epub+zip": EpubCleaner,
}


class ContainerCleaner(WholeFile):
    """Passes the file on to the cleaner of what it is."""

    media = "application/zip"

    def _rewrite(self, untrusted: bytes) -> bytes:
        cleaner = _cleaner_of(Archive(untrusted))(self.declared_name, self.depth)
        written = cleaner.clean(untrusted)
        report = cleaner.report
        self.exact_media = report.media
        self._note(*report.removed)
        self._warn(*report.warnings)
        return written

    def _verify(self, written: bytes) -> None:
        """Its own cleaner has read it a second time."""


def _cleaner_of(archive: Archive) -> type[WholeFile]:
    """Return the class for what the archive is; raise `UnreadableFileError`."""
    if "[Content_Types].xml" in archive:
        return OfficeCleaner
    if "mimetype" not in archive:
        return ZipCleaner
    declared = archive.read("mimetype").decode("latin-1")
    for beginning, cleaner in DECLARED.items():
        if declared.startswith(beginning):
            return cleaner
    raise UnreadableFileError("archive-unsupported")
