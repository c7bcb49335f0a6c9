"""Whole files that are read from the beginning to the end while what may stay is copied."""

from abc import abstractmethod
from typing import ClassVar

from redaction.files.errors import UnreadableFileError
from redaction.files.whole import WholeFile


class Forward(WholeFile):
    """Subclasses `_take` what comes next and `_emit` what stays."""

    truncated: ClassVar[str]

    def __init__(self, declared_name: str = "", depth: int = 0) -> None:
        super().__init__(declared_name, depth)
        self._untrusted = b""
        self._at = 0
        self._pieces: list[bytes] = []

    def _rewrite(self, untrusted: bytes) -> bytes:
        self._untrusted = untrusted
        self._run()
        return b"".join(self._pieces)

    @abstractmethod
    def _run(self) -> None:
        """Read the whole file; raise `UnreadableFileError`."""

    def _take(self, count: int) -> bytes:
        """Return exactly *count* bytes."""
        if self._at + count > len(self._untrusted):
            raise UnreadableFileError(self.truncated)
        self._at += count
        return self._untrusted[self._at - count : self._at]

    def _emit(self, *clean: bytes) -> None:
        self._pieces += clean

    def _cut_here(self) -> None:
        """Leave what stands behind the end."""
        if self._at < len(self._untrusted):
            self._note("trailer")
