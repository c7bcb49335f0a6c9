"""Finds markers again, however they are spelled and however deep they are packed.

`views` opens what can be opened: zip members, PDF objects of every revision, zlib, gzip and
deflate streams anywhere, base64, hex, percent-encoding, XML and JSON escapes, pages of Ogg.
In each view a marker is looked for as UTF-8, UTF-16, hex and base64, in any case.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hashlib
import html
import io
import re
import struct
import urllib.parse
import uuid
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import pikepdf

from tests.corpus.entry import Entry, Marker

MAX_DEPTH = 7
MAX_VIEW = 64 << 20
MAX_TOTAL = 512 << 20
SHORT = 8
"""Bytes below which a needle's base64 would be found by chance."""

ZLIB_HEADER = re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78][\x01\x5e\x9c\xda]")
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{24,}(?:[\r\n]+[A-Za-z0-9+/_-]+)*={0,2}")
HEX_RUN = re.compile(rb"(?:[0-9A-Fa-f]{2}\s*){16,}")
PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
XML_ESCAPE = re.compile(rb"&(?:#\d+|#x[0-9A-Fa-f]+|[a-z]+);")
JSON_ESCAPE = re.compile(rb"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|\\([0-7]{3})")
GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")

View = tuple[str, bytes]


class Leak(NamedTuple):
    """A marker that is still there, where it had been planted and how it was seen."""

    marker: str
    place: str
    seen: str


def leaks(entry: Entry, clean: bytes) -> list[Leak]:
    """Return the markers of *entry* that are left in *clean*."""
    left = {marker: _spellings(marker.needle) for marker in entry.markers}
    found = []
    for how, view in views(clean):
        lower = view.lower()
        for marker in [m for m, spelled in left.items() if _is_in(spelled, view, lower)]:
            del left[marker]
            found.append(Leak(_shown(marker), marker.place, how))
    return sorted(found)


def missing(content: Iterable[str], clean: bytes) -> list[str]:
    """Return the visible words that can no longer be found in *clean*."""
    left = {word: _spellings(word) for word in content}
    for _, view in views(clean):
        lower = view.lower()
        left = {word: s for word, s in left.items() if not _is_in(s, view, lower)}
    return sorted(left)


def views(data: bytes) -> Iterator[View]:
    """Yield *data* and everything that can be opened in it; OverflowError beyond 512 MB."""
    seen, total = set[bytes](), 0
    waiting = deque([("as it is", data, 0)])
    while waiting:
        how, view, depth = waiting.popleft()
        digest = hashlib.blake2b(view, digest_size=16).digest()
        if digest in seen:
            continue
        seen.add(digest)
        total += len(view)
        if total > MAX_TOTAL:
            raise OverflowError(how)
        yield how, view
        if depth < MAX_DEPTH:
            for opener in OPENERS:
                waiting.extend(
                    (f"{how} > {step}", inner, depth + 1) for step, inner in opener(view) if inner
                )


class _Spellings(NamedTuple):
    in_any_case: tuple[bytes, ...]
    exact: tuple[bytes, ...]


def _spellings(needle: str | bytes) -> _Spellings:
    if isinstance(needle, bytes):
        return _Spellings((needle.hex().encode(),), (needle, needle[::-1], *_in_base64(needle)))
    plain, wide = needle.encode(), needle.encode("utf-16-le")
    # Without its last zero byte, the little-endian spelling is also inside the big-endian one.
    shared = wide[:-1] if wide.endswith(b"\0") else wide
    folded = (plain.lower(), shared.lower(), wide[:-1].hex().encode(), plain.hex().encode())
    big = needle.encode("utf-16-be")
    exact = [*_in_base64(plain), *_in_base64(wide), *_in_base64(big)]
    if GUID.fullmatch(needle):
        exact += [uuid.UUID(needle).bytes, uuid.UUID(needle).bytes_le]
    return _Spellings(folded, tuple(exact))


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The part of the encoding that does not depend on what stands before and after."""
    if len(plain) < SHORT:
        return
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        cut = 4 if (len(plain) + before) % 3 else 0
        yield encoded[4 if before else 0 : len(encoded) - cut]


def _is_in(spelled: _Spellings, view: bytes, lower: bytes) -> bool:
    return any(s in lower for s in spelled.in_any_case) or any(s in view for s in spelled.exact)


def _shown(marker: Marker) -> str:
    return marker.needle if isinstance(marker.needle, str) else marker.needle.hex()


def _deflated_members(data: bytes) -> Iterator[View]:
    """Every local header's data, whether or not the central directory names it."""
    for at in _positions(b"PK\x03\x04", data):
        if at + LOCAL_HEADER.size > len(data):
            continue
        fields = LOCAL_HEADER.unpack_from(data, at)
        start = at + LOCAL_HEADER.size + fields[9] + fields[10]
        name = data[at + LOCAL_HEADER.size :][: fields[9]].decode("utf-8", "replace")
        if fields[3] == zipfile.ZIP_DEFLATED:
            yield f"member {name}", _inflate(data[start:], -15)


def _other_members(data: bytes) -> Iterator[View]:
    if b"PK\x05\x06" not in data:
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    yield f"member {info.filename}", archive.read(info)[:MAX_VIEW]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return


def _zlib_streams(data: bytes) -> Iterator[View]:
    for match in ZLIB_HEADER.finditer(data):
        if int.from_bytes(match[0]) % 31 == 0:
            opened = _inflate(data[match.start() :], 15)
            if len(opened) >= SHORT:
                yield f"zlib at {match.start()}", opened


def _gzip_streams(data: bytes) -> Iterator[View]:
    for at in _positions(b"\x1f\x8b\x08", data):
        yield f"gzip at {at}", _inflate(data[at:], 31)


def _inflate(data: bytes, window: int) -> bytes:
    """What can be decompressed of *data*, at most 64 MB; nothing if it is no such stream."""
    stream, opened = zlib.decompressobj(window), bytearray()
    try:
        while data and not stream.eof and len(opened) < MAX_VIEW:
            opened += stream.decompress(data[:4096], MAX_VIEW)
            data = stream.unconsumed_tail + data[4096:]
    except zlib.error:
        pass
    return bytes(opened)


def _pdf_objects(data: bytes) -> Iterator[View]:
    if not (start := data.find(b"%PDF-")) >= 0:
        return
    ends = [at + 5 for at in _positions(b"%%EOF", data)]
    for number, end in enumerate([*ends[:-1], len(data)]):
        try:
            with pikepdf.open(io.BytesIO(data[start:end] + b"\n")) as pdf:
                yield from _pdf_revision(pdf, number)
        except pikepdf.PdfError:
            continue


def _pdf_revision(pdf: pikepdf.Pdf, number: int) -> Iterator[View]:
    strings = list[bytes]()
    for each in [*pdf.objects, pdf.trailer]:
        _collect(each, strings, 0)
        if isinstance(each, pikepdf.Stream):
            yield f"revision {number}, stream {each.objgen[0]}", _decoded(each)
    yield f"revision {number}, strings", b"\n".join(strings)


def _decoded(stream: pikepdf.Stream) -> bytes:
    try:
        return stream.read_bytes(pikepdf.StreamDecodeLevel.specialized)
    except pikepdf.PdfError:
        return stream.read_raw_bytes()


def _collect(value: object, strings: list[bytes], depth: int) -> None:
    if depth > 20:
        return
    if isinstance(value, pikepdf.String):
        strings += [bytes(value), str(value).encode("utf-8", "replace")]
    elif isinstance(value, pikepdf.Name):
        strings.append(str(value).encode("utf-8", "replace"))
    elif isinstance(value, pikepdf.Array):
        for each in value:
            _collect_direct(each, strings, depth)
    elif isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        for key, each in value.items():
            strings.append(key.encode("utf-8", "replace"))
            _collect_direct(each, strings, depth)


def _collect_direct(value: object, strings: list[bytes], depth: int) -> None:
    if not (isinstance(value, pikepdf.Object) and value.is_indirect):
        _collect(value, strings, depth + 1)


def _base64_runs(data: bytes) -> Iterator[View]:
    for match in BASE64_RUN.finditer(data):
        run = re.sub(rb"\s", b"", match[0]).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        run = run[: len(run) - (len(run) % 4 == 1)]
        yield f"base64 at {match.start()}", base64.b64decode(run + b"=" * (-len(run) % 4))


def _hex_runs(data: bytes) -> Iterator[View]:
    for match in HEX_RUN.finditer(data):
        yield f"hex at {match.start()}", binascii.unhexlify(re.sub(rb"\s", b"", match[0]))


def _unquoted(data: bytes) -> Iterator[View]:
    if PERCENT.search(data):
        yield "percent-decoded", urllib.parse.unquote_to_bytes(data)


def _unescaped_xml(data: bytes) -> Iterator[View]:
    if XML_ESCAPE.search(data):
        text = html.unescape(data.decode("utf-8", "surrogateescape"))
        yield "XML unescaped", text.encode("utf-8", "ignore")


def _unescaped_strings(data: bytes) -> Iterator[View]:
    """Escapes of JSON, JavaScript and PDF."""
    if JSON_ESCAPE.search(data):
        yield "unescaped", JSON_ESCAPE.sub(_character, data)


def _character(match: re.Match[bytes]) -> bytes:
    if match[3]:
        return bytes([int(match[3], 8) & 255])
    return chr(int(match[1] or match[2], 16)).encode("utf-8", "ignore")


def _ogg_packets(data: bytes) -> Iterator[View]:
    """The pages' contents without their headers, which may split a packet."""
    if not data.startswith(b"OggS"):
        return
    joined = bytearray()
    for at in _positions(b"OggS", data):
        table = data[at + 27 : at + 27 + data[at + 26]] if at + 26 < len(data) else b""
        joined += data[at + 27 + len(table) :][: sum(table)]
    yield "pages of Ogg", bytes(joined)


def _gif_extensions(data: bytes) -> Iterator[View]:
    """The data of extensions, which stands in blocks of at most 255 bytes."""
    if not data.startswith(b"GIF8"):
        return
    for at in _positions(b"!", data):
        joined, at = bytearray(), at + 2
        while at < len(data) and data[at]:
            joined += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]
        yield f"extension of GIF at {at}", bytes(joined)


def _positions(needle: bytes, data: bytes) -> Iterator[int]:
    at = data.find(needle)
    while at >= 0:
        yield at
        at = data.find(needle, at + 1)


OPENERS: tuple[Callable[[bytes], Iterator[View]], ...] = (
    _deflated_members,
    _other_members,
    _zlib_streams,
    _gzip_streams,
    _pdf_objects,
    _base64_runs,
    _hex_runs,
    _unquoted,
    _unescaped_xml,
    _unescaped_strings,
    _ogg_packets,
    _gif_extensions,
)


def gzipped(data: bytes) -> bytes:
    """Compress without a time, for files of the corpus and for tests of this module."""
    return gzip.compress(data, mtime=0)
