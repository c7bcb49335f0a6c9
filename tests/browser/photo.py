"""A photo as a phone takes it: a real JPEG of megabytes with place, time and device inside."""

from __future__ import annotations

import base64
import struct

from playwright.sync_api import Browser

CAMERA_CANARY = "CANARY-Camera-7741"
PLACE_CANARY = "CANARY-Place-Karak"

_DRAW = """
async ([width, height]) => {
  const canvas = document.createElement('canvas');
  canvas.width = width; canvas.height = height;
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  for (let at = 0; at < image.data.length; at += 4) {
    const shade = (at / 4 % width) * 255 / width;
    image.data[at] = shade + Math.random() * 90;
    image.data[at + 1] = 120 + Math.random() * 90;
    image.data[at + 2] = 200 - shade + Math.random() * 90;
    image.data[at + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.93).split(',')[1];
}
"""


def take_photo(browser: Browser, width: int = 3340, height: int = 2500) -> bytes:
    """A JPEG of about 5 MB whose Exif segment holds both canaries and coordinates."""
    page = browser.new_page()
    picture = base64.b64decode(page.evaluate(_DRAW, [width, height]))
    page.close()
    return picture[:2] + _exif() + picture[2:]


def _exif() -> bytes:
    """An APP1 segment: IFD0 with a description, a make, an orientation and a GPS IFD."""
    make, place = CAMERA_CANARY.encode() + b"\0", PLACE_CANARY.encode() + b"\0"
    entries = 4
    values_at = 8 + 2 + entries * 12 + 4
    gps_at = values_at + len(place) + len(make)
    ifd = struct.pack("<H", entries)
    ifd += struct.pack("<HHII", 0x010E, 2, len(place), values_at)
    ifd += struct.pack("<HHII", 0x010F, 2, len(make), values_at + len(place))
    ifd += struct.pack("<HHIHH", 0x0112, 3, 1, 1, 0)
    ifd += struct.pack("<HHII", 0x8825, 4, 1, gps_at) + struct.pack("<I", 0)
    latitude = struct.pack("<6I", 31, 1, 57, 1, 2212, 100)
    gps = struct.pack("<H", 1) + struct.pack("<HHII", 2, 5, 3, gps_at + 2 + 12 + 4)
    gps += struct.pack("<I", 0) + latitude
    tiff = b"II*\0" + struct.pack("<I", 8) + ifd + place + make + gps
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
