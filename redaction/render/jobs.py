"""The jobs that rendering gives to the sandbox, and what it believes of their answers."""

import time
from collections.abc import Iterator
from typing import Any, Final

from redaction.errors import UnreadableFileError
from redaction.render.limits import (
    BATCH_BYTES,
    MAX_FRAMES,
    MAX_PIXELS,
    MAX_TOTAL_PIXELS,
    MAX_UNPACKED_BYTES,
)
from redaction.render.rendering import CHANNELS, WARNINGS, Bitmap
from redaction.sandbox import BrokenAnswerError, Frame, Limits, run_or_refuse
from redaction.sandbox.limits import MIB

_INSIDE: Final = "redaction.render.inside"
_PICTURE_BYTES: Final = MAX_PIXELS * CHANNELS
# A picture is in memory as it was coded, decoded, converted and on its way out.
PICTURES: Final = Limits(memory_bytes=2048 * MIB, output_bytes=BATCH_BYTES + _PICTURE_BYTES)
ARCHIVES: Final = Limits(
    memory_bytes=3 * MAX_UNPACKED_BYTES, output_bytes=MAX_UNPACKED_BYTES, seconds=30
)
_MAX_SECONDS: Final = 300


def ask(limits: Limits, function: str, *untrusted: bytes, arguments: tuple[Any, ...] = ()) -> Frame:
    """Run *function* of `redaction.render.inside`; raise `UnreadableFileError`."""
    return run_or_refuse(f"{_INSIDE}:{function}", *untrusted, arguments=arguments, limits=limits)


def bitmaps(
    function: str, untrusted: bytes, notes: set[str], arguments: tuple[Any, ...] = ()
) -> Iterator[Bitmap]:
    """Yield every picture *function* decodes, batch by batch; warnings go into *notes*."""
    first, total, until = 0, 0, time.monotonic() + _MAX_SECONDS
    while True:
        answer = ask(PICTURES, function, untrusted, arguments=(*arguments, first))
        found = _believed(answer)
        notes.update(note for note in _list(answer, "notes") if note in WARNINGS)
        yield from found
        first += len(found)
        total += sum(bitmap.width * bitmap.height for bitmap in found)
        if answer.facts.get("next") is None:
            return
        if first >= MAX_FRAMES or total > MAX_TOTAL_PIXELS or time.monotonic() > until:
            raise UnreadableFileError("file-too-complex")


def _believed(answer: Frame) -> list[Bitmap]:
    sizes = _list(answer, "sizes")
    if not sizes or len(sizes) != len(answer.parts):
        raise _lie()
    return [_bitmap(size, part) for size, part in zip(sizes, answer.parts, strict=True)]


def _bitmap(size: object, pixels: bytes) -> Bitmap:
    match size:
        case [int(width), int(height)] if width * height > 0 and width > 0:
            if len(pixels) == width * height * CHANNELS:
                return Bitmap(width, height, pixels)
    raise _lie()


def _list(answer: Frame, name: str) -> list[Any]:
    value = answer.facts.get(name) if isinstance(answer.facts, dict) else None
    if not isinstance(value, list):
        raise _lie()
    return value


def _lie() -> UnreadableFileError:
    return UnreadableFileError(BrokenAnswerError.code)
