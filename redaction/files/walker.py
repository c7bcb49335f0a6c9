"""What the walkers have in common: push bytes in, get checked clean bytes out."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from redaction.files.report import WARNINGS, Report, in_order
from redaction.files.source import Source, Walk


class Cleaner(Protocol):
    """A file being cleaned while it passes."""

    @property
    def report(self) -> Report:
        """What was removed; complete once `finish` has returned."""

    def update(self, untrusted: bytes) -> bytes:
        """Return the clean bytes that became certain; raise `UnreadableFileError`."""

    def finish(self) -> bytes:
        """Return the last bytes; raise `UnreadableFileError` if the file stops short."""


class Verifier(Protocol):
    """A second reading, of what the first one wrote."""

    def update(self, written: bytes) -> None:
        """Raise `UnreadableFileError` at the first byte that has no right to be there."""

    def finish(self) -> None:
        """Raise `UnreadableFileError` unless the picture is complete."""


class Walker(ABC):
    """A cleaner that copies what its format's allow-list names and drops the rest.

    Nothing leaves before the verifier has read it. Memory does not grow with the file.
    """

    media: ClassVar[str]
    truncated: ClassVar[str]

    def __init__(self) -> None:
        self._source = Source(self.truncated)
        self._verifier = self._make_verifier()
        self._out = bytearray()
        self._removed: set[str] = set()
        self._warnings: set[str] = set()
        self._walk = self._run()

    @property
    def report(self) -> Report:
        warnings = in_order(self._warnings, WARNINGS)
        return Report(self.media, in_order(self._removed), warnings)

    def update(self, untrusted: bytes) -> bytes:
        self._source.push(untrusted)
        next(self._walk, None)
        return self._drain()

    def finish(self) -> bytes:
        self._source.end()
        next(self._walk, None)
        self._verifier.finish()
        return self._drain()

    @abstractmethod
    def _run(self) -> Walk[None]:
        """Read the whole file, `_emit` what stays; return at its very end only."""

    @abstractmethod
    def _make_verifier(self) -> Verifier: ...

    def _emit(self, clean: bytes) -> None:
        self._verifier.update(clean)
        self._out += clean

    def _drain(self) -> bytes:
        clean = bytes(self._out)
        self._out.clear()
        return clean
