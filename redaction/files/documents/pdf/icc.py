"""Colour profiles of PDFs (ICC.1:2010): the tables that count, under a head that says nothing."""

import math
import struct
from typing import Final

from redaction.files.images.icc import measured, replacement

# Colorants, curves, white point, adaptation and the lookup tables; the texts are left out.
TAGS: Final = frozenset(
    (
        *(b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad"),
        *(b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"gamt"),
    )
)
SPACES: Final = {1: (b"GRAY",), 3: (b"RGB ", b"Lab "), 4: (b"CMYK",)}
_HEAD: Final = 128
_ENTRY: Final = 12
# The one profile that viewers know by its size, and show as if there were none.
_SRGB_SIZE: Final = 3144
# Profiles of screens and scanners, often of a single one, and how exact what is left of them
# may be: colorants in 64ths (of 65,536), gamma from 1.0 to 3.0 in tenths.
_MEASURED: Final = (b"mntrRGB ", b"scnrRGB ")
_STEP: Final = 1024
_LARGEST: Final = 4 * 65_536
_GAMMA_TENTHS: Final = range(10, 31)
_D50: Final = (0xF6D6, 0x10000, 0xD32D)
_ROUGH_HEAD: Final = (
    bytes(8) + b"\4\x20\0\0mntrRGB XYZ " + bytes(44) + struct.pack(">3i", *_D50) + bytes(48)
)
# An element that readers ask for and that says nothing, as versions 2 and 4 spell it.
_NO_WORDS: Final = {
    2: b"desc" + bytes(4) + b"\0\0\0\1" + bytes(79),
    4: b"mluc"
    + bytes(4)
    + struct.pack(">II", 1, 12)
    + b"enUS"
    + struct.pack(">II", 2, 28)
    + b"\0-",
}
_NO_RIGHTS: Final = {2: b"text" + bytes(5), 4: _NO_WORDS[4]}


def neutral(untrusted: bytes, channels: int) -> bytes | None:
    """Return the profile to write, b"" where none is needed, None where it cannot be read."""
    head = untrusted[:_HEAD]
    if len(untrusted) == _SRGB_SIZE and replacement(untrusted) == b"":
        return b""
    if singles_out(untrusted):
        return _rough(untrusted)
    if len(untrusted) < _HEAD + 4 or head[36:40] != b"acsp":
        return None
    if head[16:20] not in SPACES[channels] or head[8] not in _NO_WORDS:
        return None
    elements = _elements(untrusted)
    if not elements:
        return None
    tags = [(b"desc", _NO_WORDS[head[8]]), (b"cprt", _NO_RIGHTS[head[8]]), *elements]
    return _assemble(_anonymous(head), tags)


def singles_out(untrusted: bytes) -> bool:
    """Tell whether a profile is that of a screen or scanner, and none that many have."""
    return untrusted[12:20] in _MEASURED and replacement(untrusted) is None


def _rough(untrusted: bytes) -> bytes | None:
    """Return a profile of about the same colours, which many devices share.

    White stays white: green is what red and blue leave of it.
    """
    found = measured(untrusted)
    tenths = round(10 * math.log(found[1], 0.5)) if found and found[1] > 0 else 0
    if found is None or tenths not in _GAMMA_TENTHS or max(map(abs, found[0])) > _LARGEST:
        return None
    red, blue = ([_STEP * round(n / _STEP) for n in found[0][at : at + 3]] for at in (0, 6))
    green = [white - r - b for white, r, b in zip(_D50, red, blue, strict=True)]
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(25.6 * tenths))
    colorants = zip((b"rXYZ", b"gXYZ", b"bXYZ"), (red, green, blue), strict=True)
    return _assemble(
        _anonymous(_ROUGH_HEAD),
        [
            (b"desc", _NO_WORDS[4]),
            (b"cprt", _NO_RIGHTS[4]),
            (b"wtpt", b"XYZ " + bytes(4) + struct.pack(">3i", *_D50)),
            *(
                (tag, b"XYZ " + bytes(4) + struct.pack(">3i", *numbers))
                for tag, numbers in colorants
            ),
            *((tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")),
        ],
    )


def _elements(untrusted: bytes) -> list[tuple[bytes, bytes]]:
    """Return the elements that may stay; none if one of them lies outside."""
    (count,) = struct.unpack_from(">I", untrusted, _HEAD)
    kept = []
    for at in range(_HEAD + 4, min(_HEAD + 4 + _ENTRY * count, len(untrusted) - 11), _ENTRY):
        tag, start, size = struct.unpack_from(">4sII", untrusted, at)
        if tag in TAGS:
            kept.append((tag, untrusted[start : start + size]))
            if start < _HEAD or start + size > len(untrusted):
                return []
    return kept


def _anonymous(head: bytes) -> bytes:
    """Return a head with version, class, spaces, intent and white point of *head* only."""
    version = bytes((head[8], head[9] & 0xF0, 0, 0))
    middle = version + head[12:24] + bytes(12) + b"acsp" + bytes(24)
    return (middle + head[64:80]).ljust(_HEAD - 8, b"\0")


def _assemble(head: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    """Return a profile; equal elements are stored once."""
    start = _HEAD + 4 + _ENTRY * len(tags)
    data, places = b"", dict[bytes, int]()
    table = struct.pack(">I", len(tags))
    for tag, element in tags:
        if element not in places:
            places[element] = len(data)
            data += element + bytes(-len(element) % 4)
        table += tag + struct.pack(">II", start + places[element], len(element))
    return struct.pack(">I", start + len(data)) + bytes(4) + head + table + data
