"""A picture's rendering shows what the picture shows, and holds nothing else."""

import time
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps

from redaction.errors import UnreadableFileError
from redaction.files.policy import PROFILES
from redaction.render import Rendering, render
from redaction.render.inside import decode_picture
from tests.corpus.entry import seed
from tests.units.redaction.render.samples import (
    SECRET,
    bomb_of_pixels,
    coded,
    corners,
    image_of,
)

KINDS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"]
SEEDS = {
    "photo.jpg": "image/jpeg",
    "progressive.jpg": "image/jpeg",
    "restart.jpg": "image/jpeg",
    "cmyk.jpg": "image/jpeg",
    "gray.jpg": "image/jpeg",
    "photo.heic": "image/heic",
    "alpha.heic": "image/heic",
    "photo.avif": "image/avif",
    "libheif.avif": "image/avif",
    "lossless.webp": "image/webp",
    "lossy.webp": "image/webp",
    "alpha.webp": "image/webp",
    "still.gif": "image/gif",
    "lzw.tif": "image/tiff",
    "jpeg.tif": "image/tiff",
    "fax.tif": "image/tiff",
}


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two pictures' values; they must be of one size."""
    assert one.size == other.size
    histogram = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).histogram()
    return sum(value % 256 * count for value, count in enumerate(histogram)) / sum(histogram)


def only(rendering: Rendering) -> Image.Image:
    assert rendering.kind == "image"
    (page,) = rendering.pages
    return image_of(page)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_seen_stays(kind: str) -> None:
    image = ImageOps.scale(corners(), 4)

    assert difference(only(render(coded(image, kind))), image) < 3


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_drawings_stay_to_the_pixel(kind: str) -> None:
    assert difference(only(render(coded(corners(), kind))), corners()) == 0


@pytest.mark.parametrize(("name", "media"), SEEDS.items())
def test_files_of_many_programs_are_shown(name: str, media: str) -> None:
    rendering = render(seed(name))

    assert rendering.media == media
    assert rendering.kind == "image"
    assert all(len(image_of(page).getcolors(1 << 24) or ()) > 1 for page in rendering.pages)


@pytest.mark.parametrize("kind", KINDS)
def test_no_metadata_and_nothing_behind_the_picture_stays(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = exif[0x0131] = SECRET
    options = {"exif": exif, "xmp": SECRET.encode(), "comment": SECRET.encode()}
    if kind in ("GIF", "BMP"):
        options = {"comment": SECRET.encode()}
    file = coded(corners(), kind, **options) + SECRET.encode()

    (page,) = render(file).pages

    assert SECRET.encode() not in page.data
    if page.media == "image/png":
        assert chunks_of(page.data) <= {b"IHDR", b"IDAT", b"IEND"}
    else:
        assert segments_of(page.data) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def test_the_same_pixels_give_the_same_bytes() -> None:
    plain = coded(corners(), "PNG")
    other = coded(corners(), "PNG", compress_level=1, dpi=(72, 72))

    assert plain != other
    assert render(plain).pages == render(other).pages


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_upright(orientation: int, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = coded(corners(), kind, exif=exif)
    with Image.open(BytesIO(file)) as image:
        upright = ImageOps.exif_transpose(image)

    assert difference(only(render(file)), upright) == 0


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_turns_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation

    assert difference(only(render(coded(corners(), "PNG", exif=exif))), corners()) == 0


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_nothing_hides_behind_transparency(kind: str) -> None:
    hidden = corners().convert("RGBA")
    hidden.putalpha(0)
    options = {"exact": True, "lossless": True} if kind == "WEBP" else {}

    seen = only(render(coded(hidden, kind, **options)))

    assert seen.getcolors() == [(60 * 40, (255, 255, 255))]


def test_transparent_colours_of_a_palette_are_white() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putpixel((1, 0), 1)

    seen = only(render(coded(image, "PNG", transparency=0)))

    assert [seen.getpixel((x, 0)) for x in range(2)] == [(255, 255, 255), (0, 0, 255)]


def test_sixteen_bits_become_eight() -> None:
    image = Image.new("I;16", (3, 1))
    for x, value in enumerate((0, 32768, 65535)):
        image.putpixel((x, 0), value)

    seen = only(render(coded(image, "PNG"))).convert("L")

    assert [seen.getpixel((x, 0)) for x in range(3)] == [0, 128, 255]


def test_measurements_become_greys() -> None:
    image = Image.new("F", (3, 1))
    for x, value in enumerate((0, 50_000, 100_000)):
        image.putpixel((x, 0), value)

    seen = only(render(coded(image, "TIFF"))).convert("L")

    assert [seen.getpixel((x, 0)) for x in range(3)] == [0, 128, 255]


def test_colours_of_a_profile_are_kept_without_it() -> None:
    adobe = next(profile.replacement for profile in PROFILES if profile.middle > 0.216)
    dull = Image.new("RGB", (8, 8), (80, 160, 80))
    file = coded(dull, "PNG", icc_profile=adobe)

    (page,) = render(file).pages

    # In the wider space of Adobe RGB the same numbers mean a stronger green.
    assert image_of(page).getpixel((4, 4)) == (0, 161, 73)
    assert b"iCCP" not in page.data


def test_a_broken_profile_is_ignored_aloud() -> None:
    rendering = render(coded(corners(), "PNG", icc_profile=b"nonsense"))

    assert rendering.warnings == ("colours-may-change",)
    assert difference(image_of(rendering.pages[0]), corners()) == 0


def test_every_page_of_a_fax_is_shown() -> None:
    pages = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (10, 90, 250)]
    file = coded(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    rendering = render(file)

    assert [image_of(page).getpixel((4, 4)) for page in rendering.pages] == [
        (10, 0, 0), (90, 0, 0), (250, 0, 0),
    ]  # fmt: skip
    assert rendering.warnings == ()


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_every_frame_of_a_moving_picture_is_shown(kind: str) -> None:
    frames = []
    for place in range(5):
        frame = Image.new("RGB", (64, 64), "white")
        ImageDraw.Draw(frame).rectangle((place * 12, 0, place * 12 + 10, 63), fill="black")
        frames.append(frame)
    file = coded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)

    rendering = render(file)

    assert rendering.warnings == ("moving-picture",)
    assert len(rendering.pages) == 5
    for page, frame in zip(rendering.pages, frames, strict=True):
        assert difference(image_of(page), frame) < 3


def test_pictures_behind_a_photograph_are_left_out_aloud() -> None:
    file = coded(corners(), "MPO", save_all=True, append_images=[corners()], quality=95)

    rendering = render(file)

    assert len(rendering.pages) == 1
    assert rendering.warnings == ("hidden-content",)


def test_frames_that_fill_several_batches_stay_in_order() -> None:
    frames = [Image.new("RGB", (1600, 1200), (shade, 0, 0)) for shade in range(0, 240, 20)]
    file = coded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="raw")

    assert len(decode_picture(file, "image/tiff", 0).parts) < 12
    shades = [image_of(page).getpixel((0, 0)) for page in render(file).pages]

    assert shades == [(shade, 0, 0) for shade in range(0, 240, 20)]


@pytest.mark.parametrize("side", [10_001, 20_000])
def test_a_bomb_of_pixels_is_refused_at_once(side: int) -> None:
    file = bomb_of_pixels(side)
    before = time.monotonic()
    with pytest.raises(UnreadableFileError) as caught:
        render(file)

    assert caught.value.code == "picture-too-large"
    assert time.monotonic() - before < 2


def test_a_picture_of_endless_frames_is_refused() -> None:
    frames = [Image.new("L", (1, 1)) for _ in range(501)]
    file = coded(frames[0], "TIFF", save_all=True, append_images=frames[1:])

    with pytest.raises(UnreadableFileError) as caught:
        render(file)

    assert caught.value.code == "file-too-complex"


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_refused(kind: str) -> None:
    image = Image.effect_noise((200, 200), 90).convert("RGB")
    whole = coded(image, kind)

    with pytest.raises(UnreadableFileError) as caught:
        render(whole[: len(whole) // 4])

    assert caught.value.code in ("picture-malformed", "type-unknown")


def test_a_picture_is_recognised_by_its_content() -> None:
    assert render(coded(corners(), "PNG"), "letter.docx").media == "image/png"


def chunks_of(png: bytes) -> set[bytes]:
    found, at = set(), 8
    while at < len(png):
        found.add(png[at + 4 : at + 8])
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return found


def segments_of(jpeg: bytes) -> set[int]:
    found, at = set(), 2
    while 0xDA not in found:
        assert jpeg[at] == 0xFF
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found
