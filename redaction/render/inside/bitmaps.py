"""How decoded pictures leave: a batch of bitmaps, and where the next batch begins."""

from collections.abc import Iterable

from PIL import Image

from redaction.errors import UnreadableFileError
from redaction.render.limits import BATCH_BYTES, MAX_PIXELS, MAX_SIDE
from redaction.sandbox.frames import Frame


def check_size(width: int, height: int) -> None:
    """Raise `UnreadableFileError` for a picture that would fill the memory."""
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UnreadableFileError("picture-too-large")


def batch(images: Iterable[Image.Image], first: int, count: int, notes: set[str]) -> Frame:
    """Answer with RGB *images* from number *first* of *count* until the batch is full."""
    sizes, parts, total = [], [], 0
    for image in images:
        pixels = image.tobytes()
        sizes.append(image.size)
        parts.append(pixels)
        total += len(pixels)
        if total >= BATCH_BYTES:
            break
    following = first + len(parts)
    facts = {
        "sizes": sizes,
        "count": count,
        "next": following if following < count else None,
        "notes": sorted(notes),
    }
    return Frame(facts, tuple(parts))
