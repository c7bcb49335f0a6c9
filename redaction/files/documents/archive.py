"""ZIP files: read with limits and without trust, written in one spelling.

Reading (APPNOTE 6.3.10): the central directory says what there is, and every local header
must say the same. Refused: passwords, methods other than stored and deflated, entries that
overlap, two entries of one name, names that leave their folder, sizes and checksums that do
not hold, and more than `policy.json` allows. A member is unpacked only when it is asked
for.

Writing: no date, no comment, no extra field, no system; the same members always give the
same bytes, apart from the compressor, which no two libraries share.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import DEFLATED, compressobj, crc32, decompressobj, error

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS

_demand: Final = demanding("archive-malformed")

_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_MAX_COMMENT: Final = 65_535
_STORED: Final = 0
_DEFLATED: Final = 8
_AES: Final = 99
_ENCRYPTED: Final = 0x2041  # bits 0, 6 and 13: a password in one of three ways
_SIZES_FOLLOW: Final = 0x0008
_UTF8: Final = 0x0800
_MIDNIGHT_1980: Final = 0x0021_0000
_UNIX: Final = 3
_FILE_TYPES: Final = 0o170000
_SYMBOLIC_LINK: Final = 0o120000
_SPARE: Final = 1 << 20  # what a small archive may unpack to, however small it is


@dataclass(frozen=True)
class _Entry:
    name: str
    method: int
    crc: int
    packed: int
    size: int
    at: int
    raw_name: bytes


class Archive:
    """A ZIP file whose structure was checked; `read` unpacks one member.

    `names` come in the order of the directory, with "/" between folders and without the
    folders themselves. `seen` are the categories of what the archive tells beside its
    members: dates, comments, fields of the program that wrote it.
    """

    def __init__(self, untrusted: bytes) -> None:
        """Raise `UnreadableFileError`: `archive-malformed`, `-encrypted`, `-bomb`,
        `-unsupported`.
        """
        self._data = untrusted
        self.seen: set[str] = set()
        self._entries: dict[str, _Entry] = {}
        self._starts: dict[str, int] = {}
        entries, end = self._directory()
        self._limit(entries)
        self._tile(entries, end)

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names; no two are equal, none leads out of its folder."""
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def size(self, name: str) -> int:
        """Return the unpacked size of a member in bytes, as the directory gives it."""
        return self._entries[name].size

    def read(self, name: str) -> bytes:
        """Unpack a member; raise `UnreadableFileError` unless size and checksum hold."""
        entry = self._entries[name]
        start = self._starts[name]
        packed = self._data[start : start + entry.packed]
        data = packed if entry.method == _STORED else _inflate(packed, entry.size)
        _demand(len(data) == entry.size and crc32(data) == entry.crc)
        return data

    def _directory(self) -> tuple[list[_Entry], int]:
        """Return what the central directory lists and where it begins."""
        at = self._end()
        fields = _END.unpack_from(self._data, at)
        _, disk, first_disk, here, count, size, start, comment = fields
        if 0xFFFF in (here, count) or 0xFFFFFFFF in (size, start):
            raise UnreadableFileError("archive-unsupported")
        _demand(disk == first_disk == 0 and here == count and start + size <= at)
        if count > LIMITS["zip_entries"]:
            raise UnreadableFileError("archive-bomb")
        self._note("comment", comment > 0)
        self._note("trailer", at + _END.size + comment < len(self._data))
        self._note("unknown", start + size < at)
        entries, position = [], start
        for _ in range(count):
            entry, position = self._central(position, start + size)
            entries.append(entry)
        _demand(position == start + size)
        return entries, start

    def _end(self) -> int:
        """Return where the end record begins: the last one whose comment fits."""
        at = len(self._data)
        least = max(0, at - _END.size - _MAX_COMMENT)
        while (at := self._data.rfind(b"PK\5\6", least, at)) >= 0:
            if at + _END.size <= len(self._data):
                comment = _END.unpack_from(self._data, at)[-1]
                if at + _END.size + comment <= len(self._data):
                    return at
            at += 3
        raise UnreadableFileError("archive-malformed")

    def _central(self, at: int, end: int) -> tuple[_Entry, int]:
        """Read one entry of the directory; return it and where the next one begins."""
        _demand(at + _CENTRAL.size <= end)
        fields = _CENTRAL.unpack_from(self._data, at)
        magic, _, _, flags, method, clock, day, crc, packed, size = fields[:10]
        name_size, extra, comment, disk, _, _, local = fields[10:]
        after = at + _CENTRAL.size + name_size + extra + comment
        _demand(magic == b"PK\1\2" and disk == 0 and after <= end)
        if flags & _ENCRYPTED or method == _AES:
            raise UnreadableFileError("archive-encrypted")
        if method not in (_STORED, _DEFLATED) or 0xFFFFFFFF in (packed, size, local):
            raise UnreadableFileError("archive-unsupported")
        self._note("comment", comment > 0)
        self._note("time", (day << 16 | clock) not in (0, _MIDNIGHT_1980))
        self._note("identifier", extra > 0)
        raw_name = self._data[at + _CENTRAL.size :][:name_size]
        entry = _Entry(_name(raw_name), method, crc, packed, size, local, raw_name)
        self._list(entry, fields[1] >> 8, fields[15] >> 16)
        return entry, after

    def _list(self, entry: _Entry, system: int, mode: int) -> None:
        """Make a file known under its name; folders and links are passed over."""
        _demand(entry.name not in self._entries)
        if entry.name.endswith("/"):
            _demand(entry.size == 0)
        elif system == _UNIX and mode & _FILE_TYPES == _SYMBOLIC_LINK:
            self._note("file-name", True)
        else:
            self._entries[entry.name] = entry

    def _limit(self, entries: list[_Entry]) -> None:
        total = sum(entry.size for entry in entries)
        allowed = _SPARE + LIMITS["zip_ratio"] * len(self._data)
        if total > min(allowed, LIMITS["zip_bytes"]):
            raise UnreadableFileError("archive-bomb")

    def _tile(self, entries: list[_Entry], end: int) -> None:
        """Demand that the members lie side by side in front of the directory."""
        position = 0
        for entry in sorted(entries, key=lambda entry: entry.at):
            self._note("unknown", entry.at > position)
            _demand(entry.at >= position and entry.at + _LOCAL.size <= end)
            start, flags = self._local(entry)
            position = start + entry.packed
            _demand(position <= end)
            if flags & _SIZES_FOLLOW:
                position = self._after_sizes(entry, position)
            if self._entries.get(entry.name) is entry:
                self._starts[entry.name] = start
        self._note("unknown", position < end)

    def _local(self, entry: _Entry) -> tuple[int, int]:
        """Compare the local header with the directory; return where the data begin, and flags."""
        fields = _LOCAL.unpack_from(self._data, entry.at)
        magic, _, flags, method, _, _, crc, packed, size, name_size, extra = fields
        start: int = entry.at + _LOCAL.size + name_size
        _demand(magic == b"PK\3\4" and method == entry.method and not flags & _ENCRYPTED)
        _demand(self._data[entry.at + _LOCAL.size : start] == entry.raw_name)
        for here, there in ((crc, entry.crc), (packed, entry.packed), (size, entry.size)):
            _demand(here == there or here == 0xFFFFFFFF or (here == 0 and flags & _SIZES_FOLLOW))
        self._note("identifier", extra > 0)
        return start + extra, flags

    def _after_sizes(self, entry: _Entry, at: int) -> int:
        """Step over the sizes that a streaming program writes behind the data."""
        behind = at + 4 if self._data.startswith(b"PK\7\x08", at) else at
        narrow = struct.pack("<3L", entry.crc, entry.packed, entry.size)
        wide = struct.pack("<L2Q", entry.crc, entry.packed, entry.size)
        for sizes in (narrow, wide):
            if self._data.startswith(sizes, behind):
                return behind + len(sizes)
        return at

    def _note(self, category: str, seen: bool) -> None:
        if seen:
            self.seen.add(category)


def write_archive(
    members: Iterable[tuple[str, bytes]], stored: frozenset[str] = frozenset()
) -> bytes:
    """Return a ZIP of *members* in their order; those named in *stored* are not deflated.

    A member is also stored where deflating would not make it smaller.
    """
    files, directory, count = bytearray(), bytearray(), 0
    for name, data in members:
        raw_name = name.encode()
        method, packed = (_STORED, data) if name in stored else _deflate(data)
        flags = 0 if name.isascii() else _UTF8
        common = (flags, method, 0, 0x21, crc32(data), len(packed), len(data), len(raw_name), 0)
        directory += _CENTRAL.pack(b"PK\1\2", 20, 20, *common, 0, 0, 0, 0, len(files)) + raw_name
        files += _LOCAL.pack(b"PK\3\4", 20, *common) + raw_name + packed
        count += 1
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(files), 0)
    return bytes(files + directory + end)


def _name(raw: bytes) -> str:
    """Return a name with "/" between folders; raise `UnreadableFileError` for a trap."""
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode("latin-1")
    name = name.replace("\\", "/")
    parts = name.removesuffix("/").split("/")
    _demand(all(part not in ("", ".", "..") for part in parts) and "\0" not in name)
    return name


def _inflate(packed: bytes, size: int) -> bytes:
    reader = decompressobj(-15)
    try:
        data = reader.decompress(packed, size + 1)
    except error as exc:
        raise UnreadableFileError("archive-malformed") from exc
    _demand(reader.eof)
    return data


def _deflate(data: bytes) -> tuple[int, bytes]:
    writer = compressobj(6, DEFLATED, -15)
    packed = writer.compress(data) + writer.flush()
    return (_DEFLATED, packed) if len(packed) < len(data) else (_STORED, data)
