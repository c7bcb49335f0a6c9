"""Pictures to pixels, by Pillow and libheif."""

import struct
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Final

import pi_heif
from PIL import Image, ImageCms

from redaction.errors import UnreadableFileError
from redaction.render.inside.bitmaps import batch, check_size
from redaction.render.limits import MAX_FRAMES
from redaction.render.rendering import WHITE
from redaction.sandbox.frames import Frame

_FORMATS: Final = {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
    "image/tiff": ("TIFF",),
    "image/bmp": ("BMP",),
    "image/heic": ("HEIF",),
    "image/avif": ("AVIF",),
}
_MOVING: Final = frozenset({"image/png", "image/gif", "image/webp", "image/avif"})
_ORIENTATION_TAG: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SRGB: Final = ImageCms.createProfile("sRGB")


def prepare() -> None:
    """Read a small picture of every format, so that every decoder is loaded."""
    Image.MAX_IMAGE_PIXELS = None  # `check_size` is stricter, and refuses instead of warning
    Image.init()
    pi_heif.register_heif_opener()
    small = Image.new("RGB", (16, 16))
    profile = ImageCms.ImageCmsProfile(_SRGB).tobytes()
    for media, (name,) in _FORMATS.items():
        if name != "HEIF":  # pi_heif cannot write
            buffer = BytesIO()
            small.save(buffer, name, icc_profile=profile)
            decode_picture(buffer.getvalue(), media, 0)


def decode_picture(untrusted: bytes, media: str, first: int) -> Frame:
    """Answer with a batch of the picture's frames, upright and in sRGB, from number *first*."""
    try:
        return _decoded(untrusted, media, first)
    except (OSError, SyntaxError, ValueError, IndexError, struct.error) as exc:
        raise UnreadableFileError("picture-malformed") from exc


def _decoded(untrusted: bytes, media: str, first: int) -> Frame:
    notes: set[str] = set()
    with Image.open(BytesIO(untrusted), formats=_FORMATS[media]) as image:
        count: int = getattr(image, "n_frames", 1)
        if media == "image/jpeg" and count > 1:  # others behind it: previews, depths, the other eye
            notes.add("hidden-content")
            count = 1
        if count > MAX_FRAMES:
            raise UnreadableFileError("file-too-complex")
        if count > 1 and media in _MOVING:
            notes.add("moving-picture")
        return batch(_frames(image, range(first, count), notes), first, count, notes)


def _frames(image: Image.Image, numbers: range, notes: set[str]) -> Iterator[Image.Image]:
    for number in numbers:
        image.seek(number)
        check_size(*image.size)
        yield _upright(image, _plain(image, notes))


def _upright(source: Image.Image, image: Image.Image) -> Image.Image:
    """Turn *image* as the Exif data of *source* say, if they say it clearly."""
    orientation = None
    with suppress(Exception):  # a damaged Exif block turns nothing
        orientation = source.getexif().get(_ORIENTATION_TAG)
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.transpose(turn) if turn is not None else image


def _plain(frame: Image.Image, notes: set[str]) -> Image.Image:
    """Return the frame's colours as sRGB on white; nothing hides behind transparency."""
    profile = frame.info.get("icc_profile")
    image = _eight_bits(frame)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, WHITE)
        image = Image.alpha_composite(white, image).convert("RGB")
    if image.mode not in ("RGB", "CMYK", "L"):
        image = image.convert("RGB")
    if profile:
        image = _in_srgb(image, profile, notes)
    return image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes, notes: set[str]) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        converted = None
    if converted is None:
        notes.add("colours-may-change")
        return image
    return converted


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring pictures of measurements, whose values have no agreed white, into 0 to 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    wide = image.convert("F")
    extremes = [value for value in wide.getextrema() if isinstance(value, float)]
    white = 65535 if image.mode.startswith("I;16") else max(255, *extremes)
    return wide.point(lambda value: value * (255 / white) + 0.5).convert("L")
