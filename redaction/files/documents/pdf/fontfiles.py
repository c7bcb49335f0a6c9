"""Embedded fonts without names of people, dates and makers.

TrueType and OpenType keep the tables that glyphs are drawn with (ISO 32000-1 §9.9), Type 1
loses comments and strings, and in CFF the texts are overwritten. Outlines are not touched.
"""

import re
import struct
from array import array
from itertools import pairwise
from typing import Final, NamedTuple

TABLES: Final = frozenset(
    (
        *(b"cmap", b"cvt ", b"fpgm", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"),
        *(b"prep", b"OS/2", b"post", b"vhea", b"vmtx", b"VORG", b"CFF ", b"GSUB", b"gasp"),
    )
)
_SFNT: Final = (b"\0\1\0\0", b"true", b"OTTO")
_FIRST_LINE: Final = b"%!PS-AdobeFont-1.0\n"
_SWITCH: Final = re.compile(rb"eexec(?:\r\n|[\r\n\t ])?")
_ZEROS: Final = 500
_TEXTS: Final = re.compile(rb"%[^\r\n]*+|\\.|[()]", re.DOTALL)
# Top DICT operators whose operand is a text (Adobe TN 5176, table 9): version, notice, full
# name, family, weight; copyright, PostScript, base font name.
_CFF_TEXTS: Final = frozenset({0, 1, 2, 3, 4, 1200, 1221, 1222})
_STANDARD_STRINGS: Final = 391
_MAX_TABLES: Final = 100


class FontFile(NamedTuple):
    """A font to write, and the lengths of its parts (§9.9, table 127)."""

    data: bytes
    lengths: tuple[int, ...]


def anonymous(untrusted: bytes) -> FontFile | None:
    """Return the font without its texts, or None for what is no font."""
    if untrusted[:4] in _SFNT:
        data = _sfnt(untrusted)
        return FontFile(data, (len(data),)) if data else None
    if untrusted[:2] in (b"%!", b"\x80\x01"):
        return _type1(untrusted)
    if untrusted[:1] == b"\1" and len(untrusted) > 4:
        return FontFile(_cff(untrusted), ())
    return None


def _sfnt(untrusted: bytes) -> bytes | None:
    """Return a font of the tables that may stay, in the order in which they came."""
    count = int.from_bytes(untrusted[4:6])
    if count > _MAX_TABLES or len(untrusted) < 12 + 16 * count:
        return None
    tables = {}
    for at in range(12, 12 + 16 * count, 16):
        tag, _, start, size = struct.unpack_from(">4sIII", untrusted, at)
        if tag in TABLES:
            tables[tag] = _table(tag, untrusted[start : start + size])
    return _directory(untrusted[:4], tables) if tables else None


def _table(tag: bytes, data: bytes) -> bytes:
    if tag == b"CFF " and data[:1] == b"\1":
        return _cff(data)
    if tag == b"head" and len(data) >= 54:
        # Neither revision and checksum nor when it was made and changed.
        return data[:4] + bytes(8) + data[12:20] + bytes(16) + data[36:]
    return data


def _directory(kind: bytes, tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << count.bit_length() - 1
    head = struct.pack(
        ">4s4H", kind, count, 16 * power, power.bit_length() - 1, 16 * (count - power)
    )
    at, records, body = 12 + 16 * count, b"", b""
    for tag, data in tables.items():
        records += struct.pack(">4sIII", tag, _checksum(data), at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return head + records + body


def _checksum(data: bytes) -> int:
    numbers = array("I", data + bytes(-len(data) % 4))
    numbers.byteswap()
    return sum(numbers) & 0xFFFFFFFF


def _type1(untrusted: bytes) -> FontFile | None:
    """Drop comments and strings of the part that is not encrypted (Adobe Type 1, §2)."""
    untrusted = _without_segments(untrusted)
    switch = _SWITCH.search(untrusted)
    if switch is None:
        return None
    _, _, rest = untrusted[: switch.end()].replace(b"\r", b"\n").partition(b"\n")
    clear = _FIRST_LINE + _without_texts(rest)
    if not clear.rstrip(b"\n\t ").endswith(b"eexec"):  # it stood in a text
        return None
    coded = _without_zeros(untrusted[switch.end() :])
    return FontFile(clear + coded, (len(clear), len(coded), 0))


def _without_texts(program: bytes) -> bytes:
    """Return a PostScript program without comments, and with all its strings empty."""
    parts, start, depth = [], 0, 0
    for match in _TEXTS.finditer(program):
        text = match[0]
        if depth == 0 and text != b")":
            parts.append(program[start : match.start()])
            start = match.end()
        if text == b"(":
            depth += 1
        elif text == b")" and depth:
            depth -= 1
            if depth == 0:
                parts.append(b"()")
                start = match.end()
    return b"".join(parts) + (b"" if depth else program[start:])


def _without_zeros(coded: bytes) -> bytes:
    """Cut the 512 zeros and what stands behind them, which no reader needs."""
    end = coded.rfind(b"cleartomark")
    needed = coded[:end].rstrip(b"0\r\n\t ") if end >= 0 else coded
    return needed if end - len(needed) >= _ZEROS else coded


def _without_segments(untrusted: bytes) -> bytes:
    """Undo the segments of a PFB file, in which some programs leave their fonts."""
    parts, at = [], 0
    while untrusted[at : at + 1] == b"\x80" and untrusted[at + 1 : at + 2] in (b"\1", b"\2"):
        size = int.from_bytes(untrusted[at + 2 : at + 6], "little")
        parts.append(untrusted[at + 6 : at + 6 + size])
        at += 6 + size
    return b"".join(parts) or untrusted


def _cff(untrusted: bytes) -> bytes:
    """Blank the texts that the Top DICTs name (TN 5176 §9); what cannot be read stays."""
    names_at = untrusted[2]
    names = _index(untrusted, names_at)
    tops = names and _index(untrusted, names[-1][1])
    strings = tops and _index(untrusted, tops[-1][1])
    if not tops or not strings:
        return untrusted
    data = bytearray(untrusted)
    for start, end in tops[:-1]:
        for sid in _texts_of(untrusted[start:end]):
            if 0 <= sid - _STANDARD_STRINGS < len(strings) - 1:
                first, last = strings[sid - _STANDARD_STRINGS]
                data[first:last] = b" " * (last - first)
    return bytes(data)


def _index(data: bytes, at: int) -> list[tuple[int, int]]:
    """Return where each item of an INDEX lies, and last an item that begins and ends behind it."""
    count = int.from_bytes(data[at : at + 2])
    if count == 0:
        return [(at + 2, at + 2)]
    size = data[at + 2] if at + 2 < len(data) else 0
    base = at + 2 + size * (count + 1)
    if not 1 <= size <= 4 or base > len(data):
        return []
    offsets = [
        base + int.from_bytes(data[at + 3 + size * i : at + 3 + size * (i + 1)])
        for i in range(count + 1)
    ]
    if offsets != sorted(offsets) or offsets[-1] > len(data):
        return []
    return [*pairwise(offsets), (offsets[-1], offsets[-1])]


def _texts_of(top: bytes) -> list[int]:
    """Return the string numbers that a Top DICT gives to texts (TN 5176 §4)."""
    found, operand, at = [], 0, 0
    while at < len(top):
        b0 = top[at]
        if b0 <= 21:
            operator = b0 if b0 != 12 else 1200 + (top[at + 1] if at + 1 < len(top) else 0)
            found += [operand] if operator in _CFF_TEXTS else []
            at += 2 if b0 == 12 else 1
        elif b0 == 28:
            operand, at = int.from_bytes(top[at + 1 : at + 3]), at + 3
        elif b0 == 29:
            operand, at = int.from_bytes(top[at + 1 : at + 5]), at + 5
        elif b0 == 30:
            at += 1
            while at < len(top) and top[at] & 15 != 15 and top[at] >> 4 != 15:
                at += 1
            at += 1
        elif b0 <= 246:
            operand, at = b0 - 139, at + 1
        elif b0 <= 250:
            operand, at = (
                (b0 - 247) * 256 + top[at + 1 : at + 2][:1].ljust(1, b"\0")[0] + 108,
                at + 2,
            )
        else:
            operand, at = 0, at + 2
    return found
