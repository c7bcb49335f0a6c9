"""Forms with files, read from the wire without a byte of them touching a disk.

Werkzeug keeps a file above 500 kB in a temporary file, in the clear. This reader hands each
piece of a file to a sink while it arrives and keeps only short texts, so memory stays constant
and plaintext stays in it. It uses Werkzeug's decoder, which does no I/O (RFC 7578).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from app.domain.errors import TooLargeError
from app.web.problems import MalformedBodyError
from app.web.streams import keep

CHUNK_BYTES: Final = 65_536
_BUFFER_BYTES: Final = 4 * CHUNK_BYTES
_LINE_BREAK: Final = re.compile(rb"[\r\n]")


class MalformedFormError(MalformedBodyError):
    """The body is not a form of ours, or it ends in the middle."""


class FormTooLargeError(TooLargeError):
    """More parts, or a longer text, than any page of ours sends."""


@dataclass(frozen=True)
class FormLimits:
    """`text_bytes` bounds all texts together; `parts` the fields and files together."""

    text_bytes: int
    parts: int
    files: int


class FileSink(Protocol):
    """Takes one file. `write` may refuse further bytes by doing nothing with them."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None: ...


@dataclass(frozen=True)
class Texts:
    """The text fields of a form, in the order in which they came."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)

    def first(self, name: str) -> str:
        """The first value called *name*, with line breaks as one newline; "" if there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        return [_unix_lines(value) for each, value in self.pairs if each == name]

    def numbered(self, name: str) -> Iterator[str]:
        """The fields `name-1`, `name-2` and so on, up to the first that is missing or empty."""
        number = 1
        while value := self.first(f"{name}-{number}"):
            yield value
            number += 1


def read_multipart(
    read: Callable[[int], bytes],
    boundary: bytes,
    limits: FormLimits,
    open_sink: Callable[[str], FileSink],
) -> Texts:
    """Read a whole form and return its texts; each file has gone through a sink by then.

    `open_sink(filename)` is called at a file's first byte, so an empty file field opens none.
    Raises `MalformedFormError` unless the final boundary arrives, `FormTooLargeError`, and
    whatever a sink raises. Sinks of a form that failed are the caller's to undo.
    """
    reader = _Reader(limits, open_sink)
    decoder = MultipartDecoder(boundary, _BUFFER_BYTES, max_parts=limits.parts)
    pieces = _pieces(read, len(boundary))
    try:
        while not reader.complete:
            event = decoder.next_event()
            if isinstance(event, NeedData):
                decoder.receive_data(next(pieces, None))
            else:
                reader.take(event)
    except RequestEntityTooLarge:
        raise FormTooLargeError from None
    except ValueError:
        # The decoder says so of bad headers, bad UTF-8 and bodies that end too early.
        raise MalformedFormError from None
    return Texts(tuple(reader.pairs))


def _pieces(read: Callable[[int], bytes], boundary_bytes: int) -> Iterator[bytes]:
    """Yield the body in pieces of which none ends inside a delimiter.

    Given a delimiter without its last bytes, the decoder takes its first line break for the
    end of the file before it. So what may be the beginning of one waits for the next piece.
    """
    longest = boundary_bytes + len(b"\r\n----\r\n")
    waiting = b""
    while chunk := read(CHUNK_BYTES):
        waiting += chunk
        line_break = _LINE_BREAK.search(waiting, max(0, len(waiting) - longest))
        end = line_break.start() if line_break else len(waiting)
        if end:
            yield waiting[:end]
        waiting = waiting[end:]
    if waiting:
        yield waiting


class _Reader:
    """Puts the decoder's events together: texts into `pairs`, files into sinks."""

    def __init__(self, limits: FormLimits, open_sink: Callable[[str], FileSink]) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.complete = False
        self._limits = limits
        self._open_sink = open_sink
        self._part: Field | File | None = None
        self._text = bytearray()
        self._text_bytes = 0
        self._sink: FileSink | None = None
        self._files = 0

    def take(self, event: object) -> None:
        match event:
            case Field() | File():
                self._begin(event)
            case Data(data=data, more_data=more):
                self._continue(data, last=not more)
            case Epilogue():
                self.complete = True

    def _begin(self, part: Field | File) -> None:
        if not part.name:
            raise MalformedFormError
        self._part, self._sink = part, None
        self._text.clear()

    def _continue(self, data: bytes, *, last: bool) -> None:
        if isinstance(self._part, File):
            self._to_sink(self._part.filename, data, last=last)
        elif self._part is not None:
            self._to_text(self._part.name, data, last=last)

    def _to_sink(self, filename: str, data: bytes, *, last: bool) -> None:
        if data and self._sink is None:
            self._files += 1
            if self._files > self._limits.files:
                raise FormTooLargeError
            self._sink = self._open_sink(filename)
        if self._sink is not None:
            self._sink.write(data)
            if last:
                self._sink.finish()

    def _to_text(self, name: str, data: bytes, *, last: bool) -> None:
        self._text_bytes += len(data)
        if self._text_bytes > self._limits.text_bytes:
            raise FormTooLargeError
        self._text += data
        keep(len(data))
        if last:
            self.pairs.append((name, self._text.decode()))


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
