"""Read cleaned samples a second time, knowing nothing of how they were cleaned."""

import re
from collections.abc import Callable
from typing import Any, Final

from redaction.files.media.inplace import RULES

_UNITS: Final[dict[str, dict[str, Any]]] = RULES["units"]
_USER_DATA: Final = re.compile(rb"\x00\x00\x01\xb2")
_NO_TEXT: Final = re.compile(
    rb"(?:\xff*|XviD[0-9]{4}|DivX[0-9]{3,4}(?:b|Build)[0-9]{1,4}p?)(?=\x00\x00\x01|\Z)"
)


def is_clean(name: str, sample: bytes, length_size: int = 4, dolby: bool = False) -> bool:
    """Return whether a whole *sample* of the coding *name* holds only what may stay."""
    if name in _UNITS:
        return _are_units(name, sample, length_size, dolby)
    return _CHECKS[name](sample) if name in _CHECKS else True


def _are_units(name: str, sample: bytes, length_size: int, dolby: bool) -> bool:
    at = 0
    while len(sample) - at >= length_size:
        size = int.from_bytes(sample[at : at + length_size])
        at += length_size + size
        if at > len(sample) or (size and not is_unit(name, sample[at - size : at], dolby)):
            return False
    return not any(sample[at:])


def is_unit(name: str, unit: bytes, dolby: bool = False) -> bool:
    """Return whether a unit is coded data, a needed message, or filler full of ones."""
    rules = _UNITS[name]
    kind = unit[0] % 32 if name == "h264" else unit[0] // 2 % 64
    if kind in rules["coded"] or (dolby and kind in RULES["dolby"]):
        return True
    if [kind, len(unit)] in rules["delimiters"] or [kind, len(unit) + 1] in rules["delimiters"]:
        return True
    header = rules["header"]
    if list(unit[:header]) == rules["filler"]:
        return unit[header:-1].strip(b"\xff") == b"" and unit[header:][-1:] in {b"", b"\x80"}
    if kind not in rules["messages"]:
        return False
    return _are_messages(rules["kept_messages"], unit[header:].replace(b"\0\0\3", b"\0\0"))


_HEAD: Final = re.compile(rb"(\xff*)([^\xff])(\xff*)([^\xff])", re.DOTALL)


def _are_messages(kept: list[int], plain: bytes) -> bool:
    at = 0
    while at < len(plain) - 1:
        head = _HEAD.match(plain, at)
        if head is None:
            return False
        kind = 255 * len(head[1]) + head[2][0]
        size = 255 * len(head[3]) + head[4][0]
        at = head.end() + size
        is_kept = kind in kept and size <= RULES["message_bytes"]
        if not is_kept and (kind not in {3, 5} or plain[head.end() : at].strip(b"\xff")):
            return False
    return plain[at:] == b"\x80"


_LEB128: Final = re.compile(rb"[\x80-\xff]{0,7}[\x00-\x7f]")


def _are_obus(sample: bytes) -> bool:
    at = 0
    while at < len(sample):
        head = sample[at]
        at += 1 + head // 4 % 2
        size = len(sample) - at
        if head & 2:
            coded = _LEB128.match(sample, at)
            if coded is None:
                return False
            size = sum((byte & 127) << 7 * i for i, byte in enumerate(coded[0]))
            at = coded.end()
        at += size
        if size < 0 or at > len(sample) or not _is_obu(head // 8 % 16, sample[at - size : at]):
            return False
    return True


def _is_obu(kind: int, unit: bytes) -> bool:
    if kind == 15:
        return unit[:-1].strip(b"\0") == b"" and unit[-1:] in {b"", b"\x80"}
    if kind == 5:
        return bool(unit) and len(unit) <= _metadata_bytes(unit[0])
    return kind in RULES["obus"]


def _metadata_bytes(kind: int) -> int:
    return next((most for known, most in RULES["obu_metadata"] if known == kind), 0)


def _has_no_texts(sample: bytes) -> bool:
    return all(_NO_TEXT.match(sample, at.end()) for at in _USER_DATA.finditer(sample))


_SEGMENT: Final = re.compile(rb"\xff+([^\xff])", re.DOTALL)
_NEXT: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7]", re.DOTALL)


def _are_jpegs(sample: bytes) -> bool:
    """Read one picture or two, with nothing but zeros between and behind."""
    at = 0
    for _ in range(2):
        if not sample.startswith(b"\xff\xd8", at):
            break
        at = _picture(sample, at + 2)
        at = len(sample) - len(sample[at:].lstrip(b"\0")) if at else 0
    return at == len(sample) > 0


def _picture(sample: bytes, at: int) -> int:
    """Return where a picture ends, 0 for one that holds what may not stay."""
    while at < len(sample):
        head = _SEGMENT.match(sample, at)
        if head is None:
            return 0
        marker, at = head[1][0], head.end()
        if marker == 0xD9:
            return at
        if marker == 1 or 0xD0 <= marker <= 0xD7:
            continue
        size = int.from_bytes(sample[at : at + 2])
        if (
            size < 2
            or at + size > len(sample)
            or not _is_segment(marker, sample[at + 2 : at + size])
        ):
            return 0
        at += size
        if marker == 0xDA:
            after = _NEXT.search(sample, at)
            at = after.start() if after else len(sample)
    return at


def _is_segment(marker: int, body: bytes) -> bool:
    if (0xC0 <= marker <= 0xCF and marker != 0xC8) or marker in {0xDA, 0xDB, 0xDC, 0xDD}:
        return True
    kept = 0
    if marker == 0xE0:
        kept = 14 if body.startswith(b"AVI1") else 12 if body.startswith(b"JFIF\0") else 0
    elif marker == 0xE1 and body[4:8] == b"mjpg":
        kept = 40
    elif marker == 0xEE and body.startswith(b"Adobe"):
        kept = 12
    return not any(body[kept:])


def _begins_plain(sample: bytes) -> bool:
    """Look at the elements in front of AAC sound: they must be full of zeros."""
    at = 0
    while 8 * len(sample) - at >= 16:
        kind, aligned, width = _bits(sample, at, 3), 0, 4
        if kind == 4:
            at, aligned, width = at + 5, _bits(sample, at + 7, 1), 8
        elif kind != 6:
            return True
        size, at = _bits(sample, at + 3, width), at + 3 + width
        if size == 2**width - 1:
            size, at = size + _bits(sample, at, 8) - (kind == 6), at + 8
        at += -at % 8 * aligned
        if kind == 6 and size and _bits(sample, at, 4) > 2:
            return True
        if _bits(sample, at, 8 * size):
            return False
        at += 8 * size
    return True


def _is_unsigned(sample: bytes) -> bool:
    """Look at the creator in a header of ProRes."""
    return sample[4:8] != b"icpf" or len(sample) < 16 or sample[12:16] == b"apl0"


_CHECKS: Final[dict[str, Callable[[bytes], bool]]] = {
    "av1": _are_obus,
    "mpeg": _has_no_texts,
    "mjpeg": _are_jpegs,
    "aac": _begins_plain,
    "prores": _is_unsigned,
}


def _bits(sample: bytes, at: int, count: int) -> int:
    whole = int.from_bytes(sample[at // 8 : (at + count + 7) // 8])
    return whole >> (-(at + count) % 8) & ((1 << count) - 1)
