"""Scans and photographs of paper, freed of the dots by which printers mark their prints.

Colour printers print tiny yellow dots that tell the printer's number and the hour. Yellow is
bright in red and green and dark in blue alone, so a copy without blue does not have it; what
remains of it is lighter than ink and becomes white. Grey alone would keep the dots.
Source: https://doi.org/10.1145/3206004.3206019 (deda: tracking dots and their removal).
"""

from typing import Final

from PIL import Image, ImageChops

from redaction.render.rendering import Bitmap

# Paper is lighter than this on any scan, and so is yellow once JPEG has mixed it with paper.
_WHITE: Final = 208
_CLIP: Final = [value if value < _WHITE else 255 for value in range(256)]


def on_white(bitmap: Bitmap) -> Bitmap:
    """Return *bitmap* in greys, with everything nearly white made white."""
    image = Image.frombytes("RGB", (bitmap.width, bitmap.height), bitmap.pixels)
    red, green, _ = image.split()
    # Blue ink is dark here; red and green stamps keep the darker of their two.
    grey = ImageChops.darker(red, green).point(_CLIP)
    return Bitmap(bitmap.width, bitmap.height, Image.merge("RGB", (grey, grey, grey)).tobytes())
