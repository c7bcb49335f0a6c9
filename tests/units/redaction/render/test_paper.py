"""Printers sign what they print with yellow dots; a document's rendering has none of them."""

import random
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

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
    return image if yellow is None else ImageChops.multiply(image, _print_of(yellow))


def _print_of(yellow: tuple[int, int, int]) -> Image.Image:
    """Return the dots alone; ink under them stays as dark as it is."""
    dotted = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(dotted)
    for x, y in dots():
        draw.rectangle((x, y, x + 1, y + 1), fill=yellow)
    return dotted


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


@cache
def on_blank_paper() -> list[tuple[int, int]]:
    """Return the dots around which nothing is printed."""
    printed = page(None).convert("L").point([255 * (value < 240) for value in range(256)])
    near = printed.filter(ImageFilter.MaxFilter(13))
    return [place for place in dots() if near.getpixel(place) == 0]


def count_dots(image: Image.Image) -> int:
    """Return at how many places on blank paper *image* is darker than beside them."""
    found = 0
    for channel in image.convert("RGB").split():
        values = np.array(channel, dtype=int)
        dips = [values[y, x] + 6 < values[y - 2, x - 3] for x, y in on_blank_paper()]
        found = max(found, sum(dips))
    return found


def scanned(image: Image.Image) -> bytes:
    """Return what a scanner makes: a little blur, and JPEG at 95 without subsampling."""
    blurred = image.filter(ImageFilter.GaussianBlur(0.4))
    return coded(blurred, "JPEG", quality=95, subsampling=0)


@pytest.mark.parametrize("yellow", YELLOWS)
@pytest.mark.parametrize(
    "file_of",
    [lambda image: coded(image, "PNG"), scanned, lambda image: coded(image, "PDF", resolution=150)],
    ids=["png", "scan", "pdf"],
)
def test_the_dots_are_gone(
    yellow: tuple[int, int, int], file_of: Callable[[Image.Image], bytes]
) -> None:
    file = file_of(page(yellow))
    plain, document = render(file).pages[0], render(file, document=True).pages[0]

    assert count_dots(image_of(plain)) > 3000  # a plain rendering keeps them
    assert count_dots(image_of(document)) == 0
    assert margin(image_of(document)) == margin(Image.new("RGB", SIZE, "white"))


def margin(image: Image.Image) -> bytes:
    """Return where there is nothing but paper and dots."""
    return image.crop((0, 0, 140, SIZE[1])).tobytes()


def test_a_page_with_dots_and_one_without_become_the_same_file() -> None:
    with_dots, without = (
        render(coded(page(yellow), "PNG"), document=True).pages for yellow in (YELLOWS[0], None)
    )

    assert with_dots == without


def test_text_and_stamps_stay() -> None:
    (document,) = render(coded(page(YELLOWS[0]), "PNG"), document=True).pages
    image = image_of(document).convert("L")
    blue, red, letter = ((805, 1500, 806, 1501), (300, 1500, 301, 1501), (140, 180, 900, 1300))

    assert sum(image.crop(blue).histogram()[:60]) == 1
    assert sum(image.crop(red).histogram()[:60]) == 1
    assert sum(image.crop(letter).histogram()[:100]) > 10_000


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
