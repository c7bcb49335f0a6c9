"""The search finds a marker wherever it hides; otherwise a clean corpus would mean nothing."""

from __future__ import annotations

import base64
import io
import urllib.parse
import uuid
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pytest

from tests.corpus.check import gzipped, leaks, missing
from tests.corpus.entry import Entry, Marker, Planter, Same

MARKER = "MRKabcdefgh"
PLAIN = MARKER.encode()


def zipped(data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("part", data)
    return file.getvalue()


def orphaned(data: bytes) -> bytes:
    """A member that no central directory names."""
    return zipped(data)[: zipped(data).index(b"PK\x01\x02")] + zipped(b"other")


def in_pdf(data: bytes, filtered: str = "") -> bytes:
    pdf, file = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    stream = pikepdf.Stream(pdf, data)
    if filtered:
        stream = pikepdf.Stream(pdf, data, Filter=pikepdf.Name(filtered))
    pdf.Root.Hidden = pdf.make_indirect(stream)
    pdf.save(file, compress_streams=True)
    return file.getvalue()


def in_an_old_revision(data: bytes) -> bytes:
    """Compressed, then replaced by an incremental update."""
    packed = zlib.compress(data)
    head = b"%PDF-1.5\n"
    body = (
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    old = b"3 0 obj<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream endobj\n" % (
        len(packed),
        packed,
    )
    trailer = b"trailer<</Root 1 0 R/Size 4>>\nstartxref\n0\n%%EOF\n"
    return head + body + old + trailer + b"3 0 obj null endobj\n" + trailer


def pdf_string(data: bytes) -> bytes:
    octal = b"".join(b"\\%03o" % byte for byte in data)
    return in_pdf(b"x").replace(b"/Hidden", b"/Said (%s) /Hidden" % octal)


def percent(data: bytes) -> bytes:
    return "".join(f"%{byte:02X}" for byte in data).encode()


def references(data: bytes) -> bytes:
    return "".join(f"&#{byte};" for byte in data).encode()


def wide(codec: str) -> Callable[[bytes], bytes]:
    return lambda data: data.decode().encode(codec)


HIDING: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "small letters": bytes.lower,
    "UTF-16 little-endian": wide("utf-16-le"),
    "UTF-16 big-endian": wide("utf-16-be"),
    "hex": lambda data: data.hex().encode(),
    "hex of UTF-16": lambda data: wide("utf-16-be")(data).hex().upper().encode(),
    "base64": base64.b64encode,
    "base64, one byte before": lambda data: base64.b64encode(b"\xd8" + data + b"\xd9"),
    "base64, two bytes before": lambda data: base64.b64encode(b"\xff\xd8" + data + b"\xd9"),
    "base64 of UTF-16": lambda data: base64.b64encode(b"\xff" + wide("utf-16-le")(data)),
    "base64 of zlib": lambda data: base64.b64encode(zlib.compress(data * 3)),
    "base64 for links": lambda data: base64.urlsafe_b64encode(
        b"\xfb\xff" + zlib.compress(data * 3)
    ),
    "hex of zlib": lambda data: zlib.compress(data).hex().encode(),
    "percent": percent,
    "quoted in a link": lambda data: urllib.parse.quote(references(data)).encode(),
    "XML references": references,
    "JSON": lambda data: "".join(f"\\u{byte:04x}" for byte in data).encode(),
    "zlib": zlib.compress,
    "gzip": gzipped,
    "zip": zipped,
    "zip, stored": lambda data: zipped(data, zipfile.ZIP_STORED),
    "zip, bzip2": lambda data: zipped(data, zipfile.ZIP_BZIP2),
    "zip, orphan": orphaned,
    "zip in zip in zip": lambda data: zipped(zipped(zipped(data))),
    "PDF stream": in_pdf,
    "PDF stream in hex": lambda data: in_pdf(data.hex().encode() + b">", "/ASCIIHexDecode"),
    "PDF stream in base 85": lambda data: in_pdf(base64.a85encode(data) + b"~>", "/ASCII85Decode"),
    "PDF string in octal": pdf_string,
    "PDF, old revision": in_an_old_revision,
    "PDF in zip": lambda data: zipped(in_pdf(zlib.compress(data))),
}


def entry_of(marker: str | bytes) -> Entry:
    found = (Marker(marker, "here"),)
    return Entry("test", "test", "file.bin", b"", found, (), Same.TEXT)


@pytest.mark.parametrize("way", HIDING)
def test_a_marker_is_found(way: str) -> None:
    hidden = HIDING[way](PLAIN)
    for around in (b"", b"\x00\xffabc "):
        assert [leak.place for leak in leaks(entry_of(MARKER), around + hidden)] == ["here"]
    assert missing([MARKER], hidden) == []


@pytest.mark.parametrize("way", HIDING)
def test_another_word_is_not(way: str) -> None:
    hidden = HIDING[way](b"MRKabcxxxxh")
    assert leaks(entry_of(MARKER), hidden) == []
    assert missing([MARKER], hidden) == [MARKER]


def test_numbers_and_identifiers_are_found_as_bytes() -> None:
    plant = Planter("test", "numbers")
    number, guid = plant.number("time"), plant.guid("identifier")
    entry = plant.entry("bin", b"", Same.TEXT)
    data = number.to_bytes(4, "little") + zlib.compress(uuid.UUID(guid).bytes_le)
    found = {leak.place for leak in leaks(entry, b"..." + data)}
    assert found == {"time", "identifier"}


def test_markers_are_words_of_their_own_and_the_same_in_every_run() -> None:
    plant = Planter("test", "words")
    words = [plant.mark(f"place {number}") for number in range(200)]
    assert len({word.lower() for word in words}) == 200
    assert Planter("test", "words").mark("place 7") == words[7]
    assert all(len(word) == 11 and word.isascii() for word in words)
