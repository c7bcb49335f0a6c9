"""Replace a photograph's colour profile by one of ours (ICC.1:2010).

Profiles carry names of devices, makers, dates and private tags. Where the colorants and
the tone curve say "Display P3" or "Adobe RGB", our own profile of that name takes the
place; sRGB is what screens assume without any; every other profile is dropped.
"""

import struct
from typing import Final

from redaction.files.policy import PROFILES

APP2_PREFIX: Final = b"ICC_PROFILE\0"
_COLORANTS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
# In 65,536ths: profiles of one colour space differ by rounding.
_COLORANT_TOLERANCE: Final = 200
_CURVE_TOLERANCE: Final = 0.01


def replacement(untrusted: bytes) -> bytes | None:
    """Return what stands for *untrusted*: our profile, b"" for none needed, None if unknown.

    The beginning of a profile is enough, if it reaches over colorants and curve.
    """
    found = measured(untrusted)
    if found is None:
        return None
    colorants, middle = found
    for profile in PROFILES:
        apart = max(abs(a - b) for a, b in zip(colorants, profile.colorants, strict=True))
        if apart <= _COLORANT_TOLERANCE and abs(middle - profile.middle) <= _CURVE_TOLERANCE:
            return profile.replacement
    return None


def measured(untrusted: bytes) -> tuple[list[int], float] | None:
    """Return the nine numbers of the colorants and the light that half the signal gives."""
    tags = _tags(untrusted)
    try:
        colorants = [n for tag in _COLORANTS for n in _xyz(tags[tag])]
        return colorants, _middle(tags[b"rTRC"])
    except (KeyError, struct.error):
        return None


def segment(profile: bytes) -> bytes:
    """Return the APP2 segment that holds *profile* as the only piece (ICC.1 §B.4)."""
    body = APP2_PREFIX + b"\x01\x01" + profile
    return b"\xff\xe2" + (len(body) + 2).to_bytes(2) + body


def _tags(untrusted: bytes) -> dict[bytes, bytes]:
    """Return the elements of a profile whose table and elements lie inside."""
    count = int.from_bytes(untrusted[128:132])
    tags = {}
    for entry in range(132, min(132 + 12 * count, len(untrusted) - 11), 12):
        at, size = struct.unpack_from(">II", untrusted, entry + 4)
        tags[untrusted[entry : entry + 4]] = untrusted[at : at + size]
    return tags


def _xyz(element: bytes) -> tuple[int, ...]:
    return struct.unpack_from(">3i", element, 8)


def _middle(element: bytes) -> float:
    """Return the light, 0 to 1, that half the signal gives."""
    kind, count = struct.unpack_from(">4s4xI", element)
    if kind == b"para":
        return _parametric(count >> 16, element)
    if kind != b"curv" or count == 0:
        return 0.5
    if count == 1:
        return _power(0.5, struct.unpack_from(">H", element, 12)[0] / 256)
    entry: int = struct.unpack_from(">H", element, 12 + 2 * ((count - 1) // 2))[0]
    return entry / 65_535


def _parametric(kind: int, element: bytes) -> float:
    if kind == 0:
        return _power(0.5, struct.unpack_from(">i", element, 12)[0] / 65_536)
    gamma, a, b = (n / 65_536 for n in struct.unpack_from(">3i", element, 12))
    return _power(max(a / 2 + b, 0.0), gamma)


def _power(base: float, exponent: float) -> float:
    """Return *base* to the *exponent*; nonsense becomes 0, which is no curve we know."""
    return base**exponent if 0 < exponent < 100 and base < 2 else 0.0
