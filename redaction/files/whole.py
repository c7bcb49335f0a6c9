"""Formats that must be seen whole before a byte of them may leave.

Their cleaners get the file as one value; `Collected` lets them stand where files arrive
in pieces.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Final

from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS
from redaction.files.report import WARNINGS, Report, in_order

MAX_DEPTH: Final = 1
"""A file inside a file is cleaned; inside that one only what cannot hold files itself."""


class WholeFile(ABC):
    """The cleaner of one file, used once.

    `media` may be made exact by the instance while it reads. `depth` is 0 for a file that
    a person chose, 1 for one that lay inside it.
    """

    media: ClassVar[str]

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        self.declared_name = declared_name
        self.depth = depth
        self.exact_media = self.media
        self._removed: set[str] = set()
        self._warnings: set[str] = set()

    @property
    def report(self) -> Report:
        """What was removed; complete once `clean` has returned."""
        warnings = in_order(self._warnings, WARNINGS)
        return Report(self.exact_media, in_order(self._removed), warnings)

    def clean(self, untrusted: bytes) -> bytes:
        """Return the clean file, read a second time; raise `UnreadableFileError`."""
        written = self._rewrite(untrusted)
        self._verify(written)
        return written

    @abstractmethod
    def _rewrite(self, untrusted: bytes) -> bytes:
        """Copy what the format's allow-list names; raise `UnreadableFileError`."""

    @abstractmethod
    def _verify(self, written: bytes) -> None:
        """Read the result knowing nothing of how it was made; raise `UnreadableFileError`."""

    def _note(self, *categories: str) -> None:
        self._removed.update(categories)

    def _warn(self, *warnings: str) -> None:
        self._warnings.update(warnings)


class Collected:
    """A cleaner that takes the pieces of a file in and gives everything back at its end."""

    def __init__(self, media: str, declared_name: str) -> None:
        self._media = media
        self._declared_name = declared_name
        self._data = bytearray()
        self.report = Report(media)

    def update(self, untrusted: bytes) -> bytes:
        """Return nothing yet; raise `UnreadableFileError` for a file past the limit."""
        self._data += untrusted
        if len(self._data) > LIMITS["bytes"]:
            raise UnreadableFileError("file-too-large")
        return b""

    def finish(self) -> bytes:
        """Return the whole clean file; raise `UnreadableFileError`."""
        from redaction.files.inside import clean_in_sandbox  # noqa: PLC0415 - it knows this class

        untrusted, self._data = bytes(self._data), bytearray()
        written, self.report = clean_in_sandbox(self._media, untrusted, self._declared_name)
        return written
