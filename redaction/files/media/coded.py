"""What hides between coded pictures and sounds, overwritten where it stands.

Encoders sign their work and cameras write diaries into messages that players skip: SEI
messages of H.264 and HEVC, metadata of AV1, user data of MPEG, comments of JPEG frames,
fill elements of AAC. Sizes do not change and coded data is not touched.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redaction.files.media.bits import Bits
from redaction.files.media.inplace import RULES, InPlace


@dataclass(frozen=True)
class Coding:
    """How a track is coded: a key of `CODERS`, bytes of a unit's length, Dolby Vision."""

    name: str
    length_size: int = 4
    dolby: bool = False


@dataclass(frozen=True)
class _Units:
    """What the units of a coding may be: by their types, with the bytes of a delimiter."""

    header: int
    coded: frozenset[int]
    delimiters: dict[int, int]
    messages: tuple[int, ...]
    kept_messages: frozenset[int]
    filler: bytes


# ITU-T H.264 table 7-1 and H.265 table 7-1. The messages that decoding and display need
# (annexes D): recovery point, frame packing, orientation, mastering colour volume, light
# level, transfer, alpha; timing where it cannot hold the time of day.
_UNITS: Final = {
    name: _Units(
        rules["header"],
        frozenset(rules["coded"]),
        dict(rules["delimiters"]),
        tuple(rules["messages"]),
        frozenset(rules["kept_messages"]),
        bytes(rules["filler"]),
    )
    for name, rules in RULES["units"].items()
}
_DOLBY: Final[list[int]] = RULES["dolby"]
_SEI_BYTES: Final = 65_536
_MESSAGE_BYTES: Final[int] = RULES["message_bytes"]
_FILLER_MESSAGE: Final = 3
_USER_MESSAGE: Final = 5
_USER_BYTES: Final = 16
_ESCAPED: Final = b"\0\0\3"


def clean_coded(file: InPlace, coding: Coding, start: int, end: int) -> None:
    """Clean one sample or one frame; raise `UnreadableFileError` if it is not whole."""
    CODERS[coding.name](file, coding, start, end)


def _units(file: InPlace, coding: Coding, start: int, end: int) -> None:
    """Walk units that begin with their length (ISO/IEC 14496-15 §5.3.4.2)."""
    size, at = coding.length_size, start
    while at + size <= end:
        unit = at + size
        at = unit + file.number(at, size)
        file.demand(at <= end)
        clean_unit(file, coding, unit, at)
    file.zero(at, end, "unknown")


def clean_unit(file: InPlace, coding: Coding, start: int, end: int) -> None:
    """Clean one unit without its length; what may not stay becomes filler data."""
    file.spend()
    if start == end:
        return
    rules = _UNITS[coding.name]
    kind = file.data[start] & 31 if coding.name == "h264" else file.data[start] >> 1 & 63
    body = start + rules.header
    file.demand(body <= end)
    if kind in rules.coded or end - start <= rules.delimiters.get(kind, 0):
        return
    if coding.dolby and kind in _DOLBY:
        return
    if kind not in rules.messages or not _messages(file, rules.kept_messages, body, end):
        file.put(start, rules.filler, "unknown")
        file.fill(body, end - 1, 0xFF)
        file.fill(max(body, end - 1), end, 0x80, "unknown")


def _messages(file: InPlace, kept: frozenset[int], start: int, end: int) -> bool:
    """Overwrite the messages that are not *kept*; False if that cannot be done in place."""
    if end - start > _SEI_BYTES:
        return False
    plain, escapes = _unescaped(bytes(file.data[start:end]))
    at, last = 0, len(plain) - 1
    while at < last:
        file.spend(3)
        kind, size_at = _ff_number(plain, at)
        size, body = _ff_number(plain, size_at)
        after = body + size
        if after > last:
            return False
        if kind not in kept or size > _MESSAGE_BYTES:
            before = bisect_right(escapes, at)
            if kind > 254 or bisect_right(escapes, after) > before:
                return False
            is_escaped = before > 0 and escapes[before - 1] == at
            if size < _USER_BYTES and plain[max(at - 2, 0) : at] == b"\0\0" and not is_escaped:
                return False
            raw = start + before
            other = _FILLER_MESSAGE if size < _USER_BYTES else _USER_MESSAGE
            file.fill(raw + body, raw + after, 0xFF)
            file.put(raw + at, bytes((other,)), "unknown")
        at = after
    return at == last and plain[last] == 0x80


def _unescaped(raw: bytes) -> tuple[bytes, list[int]]:
    """Return the bytes without each third of 00 00 03, and before which ones those stood."""
    parts = raw.split(_ESCAPED)
    escapes, at = [], 0
    for part in parts[:-1]:
        at += len(part) + 2
        escapes.append(at)
    return b"\0\0".join(parts), escapes


_ONES: Final = re.compile(rb"\xff*")


def _ff_number(plain: bytes, at: int) -> tuple[int, int]:
    """Return a number written as bytes FF and a last one, and what comes after it."""
    ones = _ONES.match(plain, at)
    after = ones.end() if ones else at
    return 255 * (after - at) + int.from_bytes(plain[after : after + 1]), after + 1


# AV1 bitstream §6.2.2 and §6.7.1: headers, tiles; light level, colour volume, scalability.
_AV1_CODED: Final = frozenset(RULES["obus"])
_AV1_METADATA: Final = 5
_AV1_PADDING: Final = 15
_AV1_KEPT: Final[dict[int, int]] = dict(RULES["obu_metadata"])


def clean_obus(file: InPlace, _coding: Coding, start: int, end: int) -> None:
    """Walk the units of AV1; what may not stay becomes padding."""
    at = start
    while at < end:
        file.spend(3)
        header, body = file.data[at], at + 1 + (file.data[at] >> 2 & 1)
        after = end
        if header & 2:
            size, body = _leb128(file, body, end)
            after = body + size
        file.demand(body <= after <= end)
        if not _stays(file, header >> 3 & 15, body, after):
            file.put(at, bytes((header & 0x87 | _AV1_PADDING << 3,)), "unknown")
            file.zero(body, after - 1)
            file.fill(max(body, after - 1), after, 0x80, "unknown")
        at = after


def _stays(file: InPlace, kind: int, body: int, end: int) -> bool:
    if kind == _AV1_METADATA and body < end:
        return end - body <= _AV1_KEPT.get(file.data[body], 0)
    return kind in _AV1_CODED


def _leb128(file: InPlace, at: int, end: int) -> tuple[int, int]:
    """Return a number of up to 8 bytes of 7 bits, and what comes after it."""
    value = 0
    for shift in range(0, 56, 7):
        file.demand(at < end)
        byte, at = file.data[at], at + 1
        value += (byte & 127) << shift
        if byte < 128:
            return value, at
    raise file.refusal("malformed")


_USER_DATA: Final = b"\0\0\1\xb2"
_START_CODE: Final = b"\0\0\1"
# Decoders choose their inverse transform and how frames are packed by these names.
_NEEDED: Final = re.compile(rb"XviD[0-9]{4}|DivX[0-9]{3,4}(?:b|Build)[0-9]{1,4}p?")


def clean_user_data(file: InPlace, _coding: Coding, start: int, end: int) -> None:
    """Empty what stands between the start codes of user data (ISO/IEC 14496-2 §6.2.2.1)."""
    at = file.data.find(_USER_DATA, start, end)
    while at >= 0:
        file.spend(2)
        body = at + len(_USER_DATA)
        after = file.data.find(_START_CODE, body, end)
        after = end if after < 0 else after
        if not _NEEDED.fullmatch(file.data, body, after):
            file.fill(body, after, 0xFF)
        at = file.data.find(_USER_DATA, after, end)


_SOI: Final = b"\xff\xd8"
_JPEG_CODED: Final = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD}) - {0xC8}
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_SOS: Final = 0xDA
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7]", re.DOTALL)
# How an application segment begins that decoding needs, and how much of it is read:
# fields of AVI and of QuickTime, sizes of JFIF, colours of Adobe.
_JPEG_KEPT: Final = {
    0xE0: ((0, b"AVI1", 14), (0, b"JFIF\0", 12)),
    0xE1: ((4, b"mjpg", 40),),
    0xEE: ((0, b"Adobe", 12),),
}


def _jpegs(file: InPlace, _coding: Coding, start: int, end: int) -> None:
    """Walk the one or two pictures of a frame (two for interlaced fields)."""
    at = _jpeg(file, start, end)
    second = file.data.find(_SOI, at, end)
    if second >= 0:
        file.zero(at, second, "unknown")
        at = _jpeg(file, second, end)
    file.zero(at, end, "unknown")


def _jpeg(file: InPlace, start: int, end: int) -> int:
    """Empty the segments that are not needed; return where the picture ends."""
    file.demand(file.data.startswith(_SOI, start, end))
    at = start + 2
    while at < end:
        file.spend(2)
        file.demand(file.data[at] == 0xFF and at + 1 < end)
        marker, at = file.data[at + 1], at + 1
        if marker == 0xFF:
            continue
        at += 1
        if marker == 0xD9:
            return at
        if marker not in _JPEG_ALONE:
            at = _segment(file, marker, at, end)
    return end


def _segment(file: InPlace, marker: int, at: int, end: int) -> int:
    after = at + file.number(at, 2)
    file.demand(at + 2 <= after <= end)
    if marker not in _JPEG_CODED:
        kept = at + 2
        for offset, sign, size in _JPEG_KEPT.get(marker, ()):
            if file.data.startswith(sign, at + 2 + offset, after):
                kept += size
        file.zero(min(kept, after), after)
    return _entropy(file, after, end) if marker == _SOS else after


def _entropy(file: InPlace, at: int, end: int) -> int:
    """Return where the next marker stands behind coded data."""
    marker = _MARKER.search(file.data, at, end)
    return marker.start() if marker else end


def _prores(file: InPlace, _coding: Coding, start: int, end: int) -> None:
    """Write one creator for all into a frame's header (SMPTE RDD 36 §5.1.1)."""
    if end - start >= 16 and file.data[start + 4 : start + 8] == b"icpf":
        file.put(start + 12, b"apl0", "software")


_DATA_ELEMENT: Final = 4
_FILL_ELEMENT: Final = 6
_FILLS: Final = (0, 1, 2)


def _aac(file: InPlace, _coding: Coding, start: int, end: int) -> None:
    """Empty the elements in front of the sound (ISO/IEC 14496-3 tables 4.3, 4.10 and 4.57)."""
    bits = Bits(file, start, end)
    while bits.left >= 16:
        kind = bits.take(3)
        if kind not in {_DATA_ELEMENT, _FILL_ELEMENT}:
            return
        file.spend(2)
        if kind == _DATA_ELEMENT:
            aligned = bits.take(5) & 1
            size = _escaped_size(bits, 8)
            if aligned:
                bits.align()
        else:
            size = _escaped_size(bits, 4)
        if kind == _FILL_ELEMENT and size and bits.peek(4) not in _FILLS:
            return
        bits.zero(size * 8, "software")


def _escaped_size(bits: Bits, width: int) -> int:
    """Return a number that goes on in a second one when it is all ones."""
    size = bits.take(width)
    if size < (1 << width) - 1:
        return size
    return size + bits.take(8) - (width == 4)


CODERS: Final[dict[str, Callable[[InPlace, Coding, int, int], None]]] = {
    "h264": _units,
    "hevc": _units,
    "av1": clean_obus,
    "mpeg": clean_user_data,
    "mjpeg": _jpegs,
    "prores": _prores,
    "aac": _aac,
}
