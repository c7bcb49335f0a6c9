"""Build the colour profiles that replace a photograph's own (ICC.1:2010, version 4.2).

A profile made here holds what a screen needs and nothing that differs between two files:
the three colorants, one tone curve, the white point, two fixed words for its required
texts, no date and no identifier. The result is kept in `redaction/files/policy.json`;
a test builds it again and compares.
"""

import struct
from collections.abc import Sequence
from typing import Final

D50: Final = (0xF6D6, 0x10000, 0xD32D)
# Bradford adaptation from D65 to D50, as every D65 display profile carries it.
D65_TO_D50: Final = (68674, 1502, -3290, 1939, 64912, -1118, -605, 989, 49262)

# Numbers are s15Fixed16: 65,536 is one. Colorants are adapted to D50: red, green, blue.
DISPLAY_P3: Final = (33759, 15807, -69, 19135, 45368, 2745, 10296, 4363, 51384)
ADOBE_RGB: Final = (39960, 20389, 1276, 13453, 41003, 3989, 9777, 4143, 48796)
SRGB_CURVE: Final = (3, (157286, 62119, 3417, 5072, 2651))
ADOBE_CURVE: Final = (0, (144128,))


def build(name: str, colorants: Sequence[int], curve: tuple[int, Sequence[int]]) -> bytes:
    """Return a display profile called *name* (ASCII), about 500 bytes."""
    kind, numbers = curve
    tone = b"para" + bytes(4) + struct.pack(f">HH{len(numbers)}i", kind, 0, *numbers)
    tags = [
        (b"desc", _text(name)),
        (b"cprt", _text("CC0")),
        (b"wtpt", _xyz(D50)),
        (b"chad", b"sf32" + bytes(4) + struct.pack(">9i", *D65_TO_D50)),
        *((b"rgb"[i : i + 1] + b"XYZ", _xyz(colorants[3 * i : 3 * i + 3])) for i in range(3)),
        *((b"rgb"[i : i + 1] + b"TRC", tone) for i in range(3)),
    ]
    return _assemble(tags)


def _assemble(tags: Sequence[tuple[bytes, bytes]]) -> bytes:
    start = 128 + 4 + 12 * len(tags)
    data, table = b"", struct.pack(">I", len(tags))
    for signature, element in tags:
        at = data.find(element)  # the three tone curves are stored once
        if at < 0:
            at, data = len(data), data + element
        table += signature + struct.pack(">II", start + at, len(element))
    return _header(start + len(data)) + table + data


def _header(size: int) -> bytes:
    head = struct.pack(">I", size) + bytes(4) + b"\x04\x20\x00\x00" + b"mntrRGB XYZ "
    # Date, platform, maker, model and identifier stay zero.
    head = head.ljust(36, b"\0") + b"acsp"
    return (head.ljust(68, b"\0") + struct.pack(">3i", *D50)).ljust(128, b"\0")


def _xyz(numbers: Sequence[int]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *numbers)


def _text(words: str) -> bytes:
    utf16 = words.encode("utf-16-be")
    record = struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(utf16), 28)
    element = b"mluc" + bytes(4) + record + utf16
    return element + bytes(-len(element) % 4)
