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
    """A picture and its plate's left, top, right and bottom in pixels."""

    image: Image.Image
    plate: tuple[int, int, int, int]


def scene(seed: int) -> Scene:
    """Return a car's back on a street, its plate 90 to 260 pixels wide and up to 8° askew."""
    chance = random.Random(seed)  # noqa: S311 - drawings, not secrets
    image = _street(chance)
    plate = _plate(chance)
    width = chance.randint(90, 260)
    plate = plate.resize(
        (width, round(width * plate.height / plate.width)), Image.Resampling.LANCZOS
    )
    plate = plate.rotate(chance.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True)
    left = chance.randint(40, SIZE[0] - plate.width - 40)
    top = chance.randint(300, SIZE[1] - plate.height - 60)
    _body(image, chance, left, top, plate.size)
    image.paste(plate, (left, top), plate)
    image = image.filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.9)))
    noise = Image.effect_noise(SIZE, chance.uniform(2, 14)).convert("RGB")
    image = Image.blend(image, noise, chance.uniform(0.02, 0.1))
    return Scene(image, (left, top, left + plate.width, top + plate.height))


def _plate(chance: random.Random) -> Image.Image:
    """Return a plate with a border, the country's band and `code-number`, four times life size."""
    long = chance.random() < 0.7
    width, height = (1040, 220) if long else (660, 330)
    ground, ink = chance.choice(COLOURS)
    plate = Image.new("RGBA", (width, height), (*ground, 255))
    draw = ImageDraw.Draw(plate)
    draw.rounded_rectangle((4, 4, width - 5, height - 5), 24, outline=ink, width=8)
    number = f"{chance.randint(10, 99)}-{chance.randint(100, 99999)}"
    if long:
        draw.text((40, 85), "JORDAN", ink, ImageFont.load_default(38))
        draw.text((width / 2 + 70, height / 2), number, ink, ImageFont.load_default(190), "mm")
    else:
        draw.text((width / 2, 50), "JORDAN", ink, ImageFont.load_default(50), "mm")
        draw.text((width / 2, 200), number, ink, ImageFont.load_default(170), "mm")
    return plate


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
