"""Clean Windows metafiles, the drawings inside Office files (MS-EMF, MS-WMF).

Kept: the records that draw, with sizes that fit what they hold. Written anew: headers.
Dropped: the description with the program's name, comments with the copies of the drawing
they hold, profiles, what is meant for printers, what follows a font's name, and all bytes
behind the end. A drawing that only comments hold is refused, and so are JPEG and PNG files
inside bitmaps.

Out of reach: the size of the screen, on which the scale depends; what bitmaps show.
"""

import json
import struct
from importlib.resources import files
from typing import Any, Final

from redaction.files.errors import UnreadableFileError
from redaction.files.forward import Forward
from redaction.files.images.verify_metafile import verify_emf, verify_wmf
from redaction.files.policy import LIMITS

_RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("metafile.json").read_text("utf-8")
)
_FIXED: Final = {int(kind): size for kind, size in _RULES["emf"]["fixed"].items()}
_LISTS: Final = {int(kind): rule for kind, rule in _RULES["emf"]["lists"].items()}
_FREE: Final = frozenset(_RULES["emf"]["free"])
_DROPPED: Final = frozenset(_RULES["emf"]["dropped"])
_WMF_KEPT: Final = frozenset(_RULES["wmf"]["kept"])
_WMF_DROPPED: Final = frozenset(_RULES["wmf"]["dropped"])
_HEADER, _END, _COMMENT, _FONT = 1, 14, 70, 82
_WMF_FONT: Final = 0x02FB
_PLACEABLE: Final = 0x9AC6CDD7
# Where a record says where its bitmaps begin and how long they are, by kind.
_BITMAPS: Final[dict[int, tuple[int, ...]]] = {
    **dict.fromkeys((76, 77, 114, 116), (84,)),
    78: (84, 108),
    79: (96, 120),
    80: (48,),
    81: (48,),
    93: (16,),
    94: (16,),
}
_EMBEDDED: Final = frozenset({4, 5})


class EmfCleaner(Forward):
    """Give in an enhanced metafile, get the same drawing."""

    media = "image/x-emf"
    truncated = "picture-truncated"

    def _run(self) -> None:
        header = self._header()
        self._records = 1
        while self._record():
            self._records += 1
            if self._records > LIMITS["units"]:
                raise UnreadableFileError("picture-malformed")
        self._cut_here()
        body = b"".join(self._pieces)
        struct.pack_into("<2L", header, 48, len(header) + len(body), self._records + 1)
        self._pieces = [bytes(header), body]

    def _verify(self, written: bytes) -> None:
        verify_emf(written)

    def _next(self) -> tuple[int, bytes]:
        kind, size = struct.unpack("<2L", self._take(8))
        if size < 8 or size % 4:
            raise UnreadableFileError("picture-malformed")
        return kind, struct.pack("<2L", kind, size) + self._take(size - 8)

    def _header(self) -> bytearray:
        """Return the shortest header with the same measures."""
        kind, record = self._next()
        if kind != _HEADER or len(record) < 88 or record[40:44] != b" EMF":
            raise UnreadableFileError("picture-malformed")
        letters, at = struct.unpack_from("<2L", record, 60)
        formats, format_at = struct.unpack_from("<2L", record, 88) if len(record) >= 96 else (0, 0)
        self._note(*({"software"} if letters else ()))
        whole = min(len(record), at if letters else 2**32, format_at if formats else 2**32)
        size = 108 if whole >= 108 else 100 if whole >= 100 else 88
        header = bytearray(size)
        struct.pack_into("<2L", header, 0, _HEADER, size)
        header[8:48] = record[8:48]
        header[56:58] = record[56:58]
        header[72:88] = record[72:88]
        header[100:108] = record[100:108] if size == 108 else b""
        return header

    def _record(self) -> bool:
        """Copy or drop a record; return false at the last one."""
        kind, record = self._next()
        if kind == _END:
            self._emit(struct.pack("<5L", _END, 20, 0, 16, 20))
        elif kind in _DROPPED:
            self._records -= 1
            self._drop(kind, record)
        elif kind in _FIXED:
            self._emit(_cut(record, _FIXED[kind]))
        elif kind in _LISTS:
            self._emit(_cut(record, _list_size(record, *_LISTS[kind])))
        elif kind == _FONT:
            self._emit(_font(record))
        elif kind in _FREE:
            self._emit(_free(kind, record))
        else:
            raise UnreadableFileError("picture-malformed")
        return kind != _END

    def _drop(self, kind: int, record: bytes) -> None:
        self._note("unknown")
        # EMF+ says at its beginning whether the other records draw the same once more.
        if kind == _COMMENT and record[12:18] == b"EMF+\x01\x40" and not record[18:19] > b"\0":
            raise UnreadableFileError("picture-kind")


class WmfCleaner(Forward):
    """Give in a Windows metafile, get the same drawing."""

    media = "image/x-wmf"
    truncated = "picture-truncated"

    def _run(self) -> None:
        first = self._take(4)
        place = b""
        if first == struct.pack("<L", _PLACEABLE):
            place = self._place(self._take(18))
            first = self._take(4)
        kind, words = struct.unpack("<2H", first)
        version, _, objects, _, _ = struct.unpack("<HLHLH", self._take(14))
        if kind not in (1, 2) or words != 9 or version not in (0x0100, 0x0300):
            raise UnreadableFileError("picture-malformed")
        count = 0
        while self._record():
            count += 1
            if count > LIMITS["units"]:
                raise UnreadableFileError("picture-malformed")
        self._cut_here()
        body = b"".join(self._pieces)
        longest = max(len(piece) for piece in self._pieces) // 2
        size = 9 + len(body) // 2
        header = struct.pack("<3HLHLH", 1, 9, version, size, objects, longest, 0)
        self._pieces = [place, header, body]

    def _verify(self, written: bytes) -> None:
        verify_wmf(written)

    def _place(self, rest: bytes) -> bytes:
        """Return the header of a drawing that knows its size, without free fields."""
        head = struct.pack("<LH", _PLACEABLE, 0) + rest[2:12] + bytes(4)
        checksum = 0
        for (word,) in struct.iter_unpack("<H", head):
            checksum ^= word
        return head + struct.pack("<H", checksum)

    def _record(self) -> bool:
        """Copy or drop a record; return false at the last one."""
        words, kind = (int(number) for number in struct.unpack("<LH", self._take(6)))
        if words < 3:
            raise UnreadableFileError("picture-malformed")
        body = self._take(2 * words - 6)
        if kind == 0:
            self._emit(struct.pack("<LH", 3, 0))
        elif kind in _WMF_DROPPED:
            self._note("unknown")
        elif kind in _WMF_KEPT:
            body = body[:18] + _name(body[18:], 1) if kind == _WMF_FONT else body
            self._emit(struct.pack("<LH", words, kind) + body)
        else:
            raise UnreadableFileError("picture-malformed")
        return kind != 0


def _cut(record: bytes, size: int) -> bytes:
    """Return a record without what stands behind its contents."""
    if len(record) < size:
        raise UnreadableFileError("picture-malformed")
    return record[:4] + struct.pack("<L", size) + record[8:size]


def _list_size(record: bytes, start: int, each: int, point: int) -> int:
    """Return the size of a record that holds a list of lists of points."""
    if len(record) < start:
        raise UnreadableFileError("picture-malformed")
    numbers = [int(number) for number in struct.unpack_from("<2L" if each else "<L", record, 24)]
    lists, points = numbers if each else (0, numbers[0])
    return -(-(start + lists * each + points * point) // 4) * 4


def _font(record: bytes) -> bytes:
    """Return a font by its measures and its name alone."""
    if len(record) < 104:
        raise UnreadableFileError("picture-malformed")
    return record[:40] + _name(record[40:104], 2) + bytes(len(record) - 104)


def _name(field: bytes, width: int) -> bytes:
    """Return a name with nothing but zeros behind its end."""
    for at in range(0, len(field), width):
        if not any(field[at : at + width]):
            return field[:at] + bytes(len(field) - at)
    return field


def _free(kind: int, record: bytes) -> bytes:
    """Return a record as it is, unless its bitmap is a file of another format."""
    for place in _BITMAPS.get(kind, ()):
        if len(record) < place + 8:
            continue
        at, size = struct.unpack_from("<2L", record, place)
        if size >= 20 and at + 20 <= len(record):
            (compression,) = struct.unpack_from("<L", record, at + 16)
            if compression in _EMBEDDED:
                raise UnreadableFileError("picture-kind")
    return record
