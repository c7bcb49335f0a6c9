"""Regions of pictures and pages, and their true redaction: the pixels under a box are gone.

What surrounds a box is what the file's decoder made of it. In JPEG that depends on nothing
beyond the padding. Encoders of WebP, HEIC and AVIF adapt to the whole picture, so that the
coding noise of the other pixels was chosen in view of what is under a box, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from PIL import Image

from redaction.render.rendering import Bitmap

# JPEG spreads a pixel over its block of 8 or 16: what stood next to the box knew of it.
PADDING_PIXELS: Final = 16
_BLACK: Final = (0, 0, 0)


@dataclass(frozen=True)
class Box:
    """A region of page number *page*, from 0; the sides are parts of its width and height.

    Raises `ValueError` unless 0 ≤ left < right ≤ 1 and 0 ≤ top < bottom ≤ 1.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        upright = 0 <= self.left < self.right <= 1 and 0 <= self.top < self.bottom <= 1
        if self.page < 0 or not upright:
            raise ValueError("a box lies within its page")


def blacken(bitmap: Bitmap, boxes: Iterable[Box]) -> Bitmap:
    """Return *bitmap* with solid black under *boxes* and `PADDING_PIXELS` around them."""
    image = Image.frombytes("RGB", (bitmap.width, bitmap.height), bitmap.pixels)
    for box in boxes:
        image.paste(_BLACK, _padded(box, bitmap))
    return replace(bitmap, pixels=image.tobytes())


def _padded(box: Box, bitmap: Bitmap) -> tuple[int, int, int, int]:
    return (
        max(0, int(box.left * bitmap.width) - PADDING_PIXELS),
        max(0, int(box.top * bitmap.height) - PADDING_PIXELS),
        min(bitmap.width, int(box.right * bitmap.width) + 1 + PADDING_PIXELS),
        min(bitmap.height, int(box.bottom * bitmap.height) + 1 + PADDING_PIXELS),
    )
