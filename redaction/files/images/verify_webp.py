"""Read a cleaned WebP a second time, knowing nothing of how it was cleaned.

One order, one spelling of every header, pictures whose own headers are sound and as large
as they were announced; nothing may stand before, between or after.
"""

import re
import struct
from typing import Final

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS, PROFILES

_demand: Final = demanding("picture-malformed")

Part = tuple[bytes, bytes]
_ORIENTED: Final = re.compile(
    rb"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0[\x02-\x08]\0{6}", re.DOTALL
)
_PROFILES: Final = frozenset(profile.replacement for profile in PROFILES if profile.replacement)


def verify_webp(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    _demand(written[:4] == b"RIFF" and written[8:12] == b"WEBP")
    _demand(int.from_bytes(written[4:8], "little") == len(written) - 8)
    parts = _split(written, 12)
    if parts[0][0] != b"VP8X":
        _judge_picture(parts, None)
        return
    header = parts.pop(0)[1]
    _demand(len(header) == 10 and header[0] & 0xC5 == 0 and header[1:4] == bytes(3))
    size = _measure(*(1 + int.from_bytes(header[at : at + 3], "little") for at in (4, 7)))
    if header[0] & 0x20:
        kind, profile = parts.pop(0)
        _demand(kind == b"ICCP" and profile in _PROFILES)
    if header[0] & 0x08:
        kind, orientation = parts.pop()
        _demand(kind == b"EXIF" and _ORIENTED.fullmatch(orientation) is not None)
    if header[0] & 0x02:
        _judge_animation(parts, size)
    else:
        _judge_picture(parts, size)


def _split(data: bytes, at: int) -> list[Part]:
    """Return at least two chunks where a VP8X header promises more, else at least one."""
    parts = []
    while at < len(data):
        _demand(at + 8 <= len(data))
        kind, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size
        _demand(end + size % 2 <= len(data) and not any(data[end : end + size % 2]))
        parts.append((kind, data[at + 8 : end]))
        at = end + size % 2
    _demand(parts and (parts[0][0] != b"VP8X" or len(parts) > 2 or not parts[0][1][0] & 0x28))
    return parts


def _judge_animation(parts: list[Part], canvas: tuple[int, int]) -> None:
    _demand(len(parts) >= 2 and parts[0][0] == b"ANIM" and len(parts[0][1]) == 6)
    if len(parts) - 1 > LIMITS["frames"]:
        raise UnreadableFileError("picture-too-large")
    for kind, frame in parts[1:]:
        _demand(kind == b"ANMF" and len(frame) > 16 and frame[15] < 4)
        x, y, width, height = (
            int.from_bytes(frame[at : at + 3], "little") for at in range(0, 12, 3)
        )
        _demand(2 * x + width < canvas[0] and 2 * y + height < canvas[1])
        _judge_picture(_split(frame, 16), (width + 1, height + 1))


def _judge_picture(parts: list[Part], announced: tuple[int, int] | None) -> None:
    """Demand one picture, with an alpha plane only before a lossy one."""
    if len(parts) == 2:
        alpha, plane = parts.pop(0)
        _demand(alpha == b"ALPH" and len(plane) > 1 and parts[0][0] == b"VP8 ")
    _demand(len(parts) == 1)
    kind, data = parts[0]
    _demand(len(data) > 5)
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        _demand(data[0] == 0x2F and bits >> 29 == 0)
        size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        # RFC 6386 §9.1: a key frame whose first partition lies inside.
        tag = int.from_bytes(data[:3], "little")
        _demand(kind == b"VP8 " and tag & 1 == 0 and data[3:6] == b"\x9d\x01\x2a")
        _demand(10 < 10 + (tag >> 5) <= len(data))
        width, height = struct.unpack_from("<HH", data, 6)
        size = width & 0x3FFF, height & 0x3FFF
    _demand(announced in {None, size})
    _measure(*size)


def _measure(width: int, height: int) -> tuple[int, int]:
    _demand(width > 0 and height > 0)
    if max(width, height) > LIMITS["side"] or width * height > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")
    return width, height
