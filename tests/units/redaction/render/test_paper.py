"""Printers sign what they print with yellow dots; a document's rendering has none of them."""

import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from redaction.render import render
from tests.units.redaction.render.samples import coded, image_of, pdf

SIZE = (1240, 1754)
PAPER = (252, 251, 247)
YELLOWS = [(255, 255, 0), (255, 255, 120), (248, 246, 190), (236, 230, 160)]


def page(yellow: tuple[int, int, int] | None) -> Image.Image:
    """Return a printed letter on paper, signed by dots of *yellow*."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    for line in range(12):
        draw.text((150, 200 + line * 90), f"Line {line} of a letter", "black", _font(50))
    draw.ellipse((800, 1400, 1000, 1600), outline=(30, 40, 160), width=12)  # a stamp in blue
    draw.rectangle((200, 1450, 400, 1550), fill=(190, 30, 40))  # and one in red
    if yellow is not None:
        for x, y in dots():
            draw.rectangle((x, y, x + 1, y + 1), fill=yellow)
    return image


def dots() -> list[tuple[int, int]]:
    """Return where a printer would print its pattern: the same few dots again and again."""
    chance = random.Random(7)  # noqa: S311 - a pattern, not a secret
    pattern = [(chance.randrange(0, 60, 4), chance.randrange(0, 32, 4)) for _ in range(14)]
    return [
        (left + x, top + y)
        for left in range(10, SIZE[0] - 70, 64)
        for top in range(10, SIZE[1] - 40, 36)
        for x, y in pattern
    ]


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def count_dots(image: Image.Image) -> int:
    """Return at how many of the places the picture is darker than around them, in any channel."""
    channels = image.convert("RGB").split()
    found = 0
    for x, y in dots():
        if any(
            channel.getpixel((x, y)) + 6 < channel.getpixel((x - 2, y - 2)) for channel in channels
        ):
            found += 1
    return found


def on_blank_paper(image: Image.Image) -> Image.Image:
    """Return the margin, where there is nothing but paper and dots."""
    return image.crop((0, 0, 140, SIZE[1]))


def scanned(image: Image.Image) -> bytes:
    """Return what a scanner makes: a little blur, and JPEG at 95 without subsampling."""
    blurred = image.filter(ImageFilter.GaussianBlur(0.4))
    return coded(blurred, "JPEG", quality=95, subsampling=0)


@pytest.mark.parametrize("yellow", YELLOWS)
@pytest.mark.parametrize(
    "file_of",
    [lambda image: coded(image, "PNG"), scanned, lambda image: coded(image, "PDF")],
    ids=["png", "scan", "pdf"],
)
def test_the_dots_are_gone(
    yellow: tuple[int, int, int], file_of: Callable[[Image.Image], bytes]
) -> None:
    file = file_of(page(yellow))
    plain, document = render(file).pages[0], render(file, document=True).pages[0]

    if file.startswith(b"%PDF"):  # its page has another size
        assert image_of(document).crop((0, 0, 140, 140)).getcolors() == [(140**2, (255,) * 3)]
        return
    assert count_dots(image_of(plain)) > 1000  # a plain rendering keeps them
    assert count_dots(image_of(document)) == 0
    assert on_blank_paper(image_of(document)).getcolors() == [
        (140 * SIZE[1], (255, 255, 255))
    ]  # fmt: skip


def test_a_page_with_dots_and_one_without_become_the_same_file() -> None:
    with_dots, without = (
        render(coded(page(yellow), "PNG"), document=True).pages for yellow in (YELLOWS[0], None)
    )

    assert with_dots == without


def test_text_and_stamps_stay() -> None:
    (document,) = render(coded(page(YELLOWS[0]), "PNG"), document=True).pages
    image = image_of(document).convert("L")

    assert image.getpixel((805, 1500)) < 60  # blue ink
    assert image.getpixel((300, 1500)) < 60  # red ink
    assert sum(image.crop((140, 180, 900, 1300)).histogram()[:100]) > 10_000  # the letter


def test_pages_of_a_document_lose_their_dots_too() -> None:
    yellow = b"1 1 0 rg 100 700 2 2 re f 300 500 2 2 re f"

    assert image_of(render(pdf(yellow)).pages[0]).getcolors() != [(1240 * 1755, (255,) * 3)]
    assert image_of(render(pdf(yellow), document=True).pages[0]).getcolors() == [
        (1240 * 1755, (255,) * 3)
    ]  # fmt: skip


def test_a_document_has_no_colours() -> None:
    (document,) = render(coded(page(None), "PNG"), document=True).pages

    assert document.media == "image/png"
    assert document.data[25] == 0  # greyscale
