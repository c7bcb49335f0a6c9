"""Names and contents of ZIP and tar archives; nothing is unpacked but what was asked for."""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any, Final, NamedTuple, Protocol, cast

from redaction.errors import UnreadableFileError
from redaction.render.limits import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED_BYTES
from redaction.sandbox.frames import Frame

# By the part that says what the whole package is.
_BY_MIMETYPE: Final = "mimetype"
_BY_PART: Final = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
_ODF: Final = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
}
_DAMAGES: Final = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    IndexError,
    NotImplementedError,
    struct.error,
)
_TAR_MAGIC: Final = b"ustar"
_TAR_MAGIC_AT: Final = 257
_ENCRYPTED: Final = 1
_PIECE_BYTES: Final = 1 << 16
_MIN_RATIO_BYTES: Final = 1 << 20
"""Small members may be as dense as they like: a page of spaces is no bomb."""


def prepare() -> None:
    """Read a small archive of each kind, so that every decompressor is loaded."""
    "x".encode("cp437")
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"a")
    kind_of_zip(packed.getvalue())
    unpack(packed.getvalue(), 0)
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        packed = BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as tar:
            tar.addfile(tarfile.TarInfo("a"))
        unpack(packed.getvalue(), 0)


def kind_of_zip(untrusted: bytes) -> Frame:
    """Answer with the extension of the document that a ZIP is, or None for an archive."""
    with _malformed(), zipfile.ZipFile(BytesIO(untrusted)) as archive:
        names = {info.filename: info for info in archive.infolist()[:MAX_MEMBERS]}
        for part, extension in _BY_PART.items():
            if part in names:
                return Frame(extension)
        if _BY_MIMETYPE in names and names[_BY_MIMETYPE].file_size < 100:
            return Frame(_ODF.get(archive.read(_BY_MIMETYPE).strip()))
    return Frame(None)


def list_members(untrusted: bytes) -> Frame:
    """Answer with [index, name, size, encrypted] of every file, in the archive's order."""
    with _malformed():
        entries = _opened(untrusted).entries()
    _check_ratio(sum(entry.size for entry in entries), len(untrusted))
    return Frame(
        [
            [index, entry.name.encode("utf-8", "replace").decode("utf-8"), entry.size, entry.locked]
            for index, entry in enumerate(entries)
        ]
    )


def unpack(untrusted: bytes, index: int) -> bytes:
    """Return the bytes of one member; raise `UnreadableFileError` for a locked one."""
    with _malformed():
        archive = _opened(untrusted)
        entry = archive.entries()[index]
        if entry.locked:
            raise UnreadableFileError("archive-encrypted")
        with archive.open(entry.handle) as member:
            return _read(member, len(untrusted))


class _Entry(NamedTuple):
    name: str
    size: int
    locked: bool
    handle: Any


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Archive(Protocol):
    def entries(self) -> list[_Entry]: ...

    def open(self, handle: Any) -> IO[bytes]: ...


class _Zip:
    def __init__(self, untrusted: bytes) -> None:
        self._file = zipfile.ZipFile(BytesIO(untrusted))

    def entries(self) -> list[_Entry]:
        infos = [info for info in self._file.infolist() if not info.is_dir()]
        _check_count(len(infos))
        return [
            _Entry(info.filename, info.file_size, bool(info.flag_bits & _ENCRYPTED), info)
            for info in infos
        ]

    def open(self, handle: zipfile.ZipInfo) -> IO[bytes]:
        return self._file.open(handle)


class _Tar:
    def __init__(self, untrusted: bytes) -> None:
        self._file = tarfile.TarFile(fileobj=BytesIO(untrusted))

    def entries(self) -> list[_Entry]:
        found = []
        for number, info in enumerate(self._file):
            _check_count(number)
            if info.isreg():  # links and devices lead out of the archive
                found.append(_Entry(info.name, info.size, False, info))
        return found

    def open(self, handle: tarfile.TarInfo) -> IO[bytes]:
        return cast("IO[bytes]", self._file.extractfile(handle))  # files only are listed


class _Single:
    """One compressed file that is no archive; it has no name that we would show."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def entries(self) -> list[_Entry]:
        return [_Entry("", len(self._content), False, None)]

    def open(self, _: Any) -> IO[bytes]:
        return BytesIO(self._content)


def _opened(untrusted: bytes) -> _Archive:
    if untrusted.startswith(b"PK"):
        return _Zip(untrusted)
    stream = _decompressed(untrusted)
    if stream is not None:
        content = _read(stream, len(untrusted))
        return _Tar(content) if _is_tar(content) else _Single(content)
    return _Tar(untrusted)


def _decompressed(untrusted: bytes) -> _Readable | None:
    packed = BytesIO(untrusted)
    if untrusted.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=packed)
    if untrusted.startswith(b"BZh"):
        return bz2.BZ2File(packed)
    if untrusted.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile(packed)
    return None


@contextmanager
def _malformed() -> Iterator[None]:
    try:
        yield
    except _DAMAGES as exc:
        raise UnreadableFileError("archive-malformed") from exc


def _is_tar(content: bytes) -> bool:
    return content[_TAR_MAGIC_AT:].startswith(_TAR_MAGIC)


def _check_count(count: int) -> None:
    if count > MAX_MEMBERS:
        raise UnreadableFileError("file-too-complex")


def _read(member: _Readable, packed: int) -> bytes:
    pieces, total = [], 0
    while piece := member.read(_PIECE_BYTES):
        pieces.append(piece)
        total += len(piece)
        _check_ratio(total, packed)
    return b"".join(pieces)


def _check_ratio(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES or unpacked > max(packed * MAX_RATIO, _MIN_RATIO_BYTES):
        raise UnreadableFileError("archive-bomb")
