"""Pixels to PNG and JPEG: no time, no name, no profile, the same bytes for the same pixels."""

from io import BytesIO
from typing import Final

from PIL import Image

from redaction.render.rendering import Bitmap, Page

_QUALITY: Final = 92


def as_png(bitmap: Bitmap) -> Page:
    """Return *bitmap* without loss."""
    return _page(_image(bitmap), "image/png")


def as_jpeg(bitmap: Bitmap) -> Page:
    """Return *bitmap* as a photograph; colours keep their full resolution, for coloured text."""
    return _page(_image(bitmap), "image/jpeg")


def as_grey_png(bitmap: Bitmap) -> Page:
    """Return the first channel of *bitmap*, whose channels are equal, without loss."""
    return _page(_image(bitmap).getchannel(0), "image/png")


def _image(bitmap: Bitmap) -> Image.Image:
    return Image.frombytes("RGB", (bitmap.width, bitmap.height), bitmap.pixels)


def _page(image: Image.Image, media: str) -> Page:
    buffer = BytesIO()
    if media == "image/png":
        image.save(buffer, "PNG")
        return Page("image/png", buffer.getvalue(), *image.size)
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return Page("image/jpeg", buffer.getvalue(), *image.size)
