"""Drawn street scenes with a plate as Jordan issues them; where the plate stands is known."""

import random
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIZE: Final = (960, 720)
# Ground and ink: private, official, public transport, temporary.
COLOURS: Final = (
    ((245, 245, 240), (20, 20, 20)),
    ((245, 245, 240), (20, 20, 20)),
    ((170, 30, 35), (245, 245, 240)),
    ((20, 110, 60), (245, 245, 240)),
)


@dataclass(frozen=True)
class Scene:
    """A picture, and left, top, right and bottom of its plate's number in pixels."""

    image: Image.Image
    number: tuple[int, int, int, int]


def scene(seed: int) -> Scene:
    """Return a car's back on a street, its plate 90 to 260 pixels wide and up to 8° askew."""
    chance = random.Random(seed)  # noqa: S311 - drawings, not secrets
    image = _street(chance)
    width, askew = chance.randint(90, 260), chance.uniform(-8, 8)
    plate, number = (_hung(part, width, askew) for part in _plate(chance))
    left = chance.randint(40, SIZE[0] - plate.width - 40)
    top = chance.randint(300, SIZE[1] - plate.height - 60)
    _body(image, chance, left, top, plate.size)
    image.paste(plate, (left, top), plate)
    image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.9)))
    noise = Image.effect_noise(SIZE, chance.uniform(2, 14)).convert("RGB")
    image = Image.blend(image, noise, chance.uniform(0.02, 0.1))
    one, two, three, four = number.getbbox() or (0, 0, 0, 0)
    return Scene(image, (left + one, top + two, left + three, top + four))


def _hung(part: Image.Image, width: int, askew: float) -> Image.Image:
    size = (width, round(width * part.height / part.width))
    turned = part.resize(size, Image.Resampling.LANCZOS)
    return turned.rotate(askew, Image.Resampling.BICUBIC, expand=True)


def _plate(chance: random.Random) -> tuple[Image.Image, Image.Image]:
    """Return a plate with its border, the country and `code-number`, and the number alone."""
    long = chance.random() < 0.7
    size = (1040, 220) if long else (660, 330)
    ground, ink = chance.choice(COLOURS)
    plate, number = Image.new("RGBA", size, (*ground, 255)), Image.new("RGBA", size)
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((4, 4, size[0] - 5, size[1] - 5), 24, outline=ink, width=8)
    if long:
        draw.text((40, 85), "JORDAN", ink, ImageFont.load_default(38))
        middle, numerals = (size[0] / 2 + 70, size[1] / 2), ImageFont.load_default(190)
    else:
        draw.text((size[0] / 2, 50), "JORDAN", ink, ImageFont.load_default(50), "mm")
        middle, numerals = (size[0] / 2, 200), ImageFont.load_default(170)
    text = f"{chance.randint(10, 99)}-{chance.randint(100, 99999)}"
    ImageDraw.Draw(number).text(middle, text, ink, numerals, "mm")
    plate.alpha_composite(number)
    return plate, number


def _street(chance: random.Random) -> Image.Image:
    """Return walls, windows and kerbs: edges that are no plate."""
    image = Image.new("RGB", SIZE, _shade(chance, 90, 200))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = chance.randint(-50, SIZE[0]), chance.randint(-50, SIZE[1])
        draw.rectangle(
            (x, y, x + chance.randint(10, 300), y + chance.randint(10, 200)),
            fill=_shade(chance, 30, 230),
        )
    for _ in range(20):
        ends = [chance.randint(0, side) for side in (*SIZE, *SIZE)]
        draw.line(ends, fill=_shade(chance, 0, 255), width=chance.randint(1, 5))
    return image


def _body(
    image: Image.Image, chance: random.Random, left: int, top: int, plate: tuple[int, int]
) -> None:
    """Draw the bumper that a plate is screwed to, and a lamp on each side."""
    draw = ImageDraw.Draw(image)
    edge = (left - 90, top - 50, left + plate[0] + 90, top + plate[1] + 40)
    draw.rounded_rectangle(edge, 30, fill=_shade(chance, 20, 240))
    for x in (edge[0] + 8, edge[2] - 58):
        draw.ellipse((x, top, x + 50, top + 40), fill=(190, 30, 30), outline=(20, 20, 20))


def _shade(chance: random.Random, low: int, high: int) -> tuple[int, int, int]:
    base = chance.randint(low, high)
    red, green, blue = (max(0, min(255, base + chance.randint(-25, 25))) for _ in range(3))
    return red, green, blue
