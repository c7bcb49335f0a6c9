"""Build small PDFs for the cases: objects, tables, fonts and coded pictures."""

import re
import struct
from collections.abc import Sequence
from typing import Final
from zlib import compress

CATALOG: Final = b"<</Type/Catalog/Pages 2 0 R>>"
TREE: Final = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
HELVETICA: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
TEXT: Final = b"BT /F1 14 Tf 20 160 Td (Seen) Tj ET"
XMP: Final = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:creator>MARK</dc:creator>'
    b"<xmp:CreatorTool>MARK</xmp:CreatorTool></x:xmpmeta>"
)


def stream(data: bytes, entries: bytes = b"", *, flate: bool = False) -> bytes:
    """Return a stream object."""
    if flate:
        data, entries = compress(data), entries + b"/Filter/FlateDecode"
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a file of *objects*, numbered from 1, whose first one is the catalog."""
    return revision(b"%PDF-1.7\n%\xc7\xec\x8f\xa2\n", dict(enumerate(objects, 1)), trailer)


def revision(before: bytes, objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """Return *before* with *objects* and a table of them appended."""
    file, places = before, {}
    for number, text in objects.items():
        places[number] = len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(file)
    file += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        file += b"%d 1\n%010d 00000 n \n" % (number, place)
    size = max(objects) + 1
    words = b"/Size %d/Root 1 0 R%s" % (size, trailer)
    earlier = re.findall(rb"startxref\n([0-9]+)", before)
    words += b"/Prev %s" % earlier[-1] if earlier else b""
    return file + b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (words, start)


def edited(file: bytes, old: bytes, new: bytes) -> bytes:
    """Return *file* with *old* replaced once, and with a table that is right again."""
    assert old in file, old  # noqa: S101 - a case that does not say what it should
    body, _, table = file.replace(old, new, 1).rpartition(b"xref\n0 1\n")
    body = body.removesuffix(b"start")
    trailer = table[table.index(b"/Root 1 0 R") + 11 : table.rindex(b">>")]
    places = {int(m[1]): m.start() for m in re.finditer(rb"(?m)^([0-9]+) 0 obj$", body)}
    rows = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in places.items())
    head = b"xref\n0 1\n0000000000 65535 f \n" + rows
    words = b"/Size %d/Root 1 0 R%s" % (max(places) + 1, trailer)
    return body + head + b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (words, len(body))


def page(content: bytes, *objects: bytes, entries: bytes = b"", resources: bytes = b"") -> bytes:
    """Return a file of one page; *objects* are numbered from 6, 5 is a font."""
    return pdf(
        (
            CATALOG,
            TREE,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>%s>>%s>>" % (resources, entries),
            stream(content),
            HELVETICA,
            *objects,
        )
    )


def with_catalog(entries: bytes, *objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a file of one page whose catalog says more; *objects* are numbered from 6."""
    return pdf(
        (
            CATALOG[:-2] + entries + b">>",
            TREE,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R"
            b"/Resources<</Font<</F1 5 0 R>>>>>>",
            stream(TEXT),
            HELVETICA,
            *objects,
        ),
        trailer,
    )


def written(*objects: bytes) -> bytes:
    """Return a file as the cleaners spell it; *objects* are the texts of numbers 1, 2, …"""
    file, table = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"0000000000 65535 f \n"
    for number, text in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
    return file + b"xref\n0 %d\n" % size + table + trailer


def packed(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a file whose objects lie in an object stream, found by a cross-reference stream.

    Streams stay outside. Rows of the table are predicted as PNG does it (§7.5.8).
    """
    file, rows = b"%PDF-1.5\n", {0: (0, 0, 65535)}
    inside = {n: text for n, text in enumerate(objects, 1) if b"stream" not in text}
    holder, table = len(objects) + 1, len(objects) + 2
    index, body = b"", b""
    for position, (number, text) in enumerate(inside.items()):
        index += b"%d %d " % (number, len(body))
        body += text + b" "
        rows[number] = (2, holder, position)
    outside = {n: text for n, text in enumerate(objects, 1) if n not in inside}
    entries = b"/Type/ObjStm/N %d/First %d" % (len(inside), len(index))
    outside[holder] = stream(index + body, entries, flate=True)
    for number, text in outside.items():
        rows[number] = (1, len(file), 0)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    rows[table] = (1, len(file), 0)
    plain = [struct.pack(">BHH", *rows[number]) for number in sorted(rows)]
    above = [bytes(5), *plain]
    coded = b"".join(
        b"\2" + bytes((b - a) & 0xFF for a, b in zip(before, row, strict=True))
        for before, row in zip(above, plain, strict=False)
    )
    entries = b"/Type/XRef/W[1 2 2]/Size %d/Root 1 0 R%s" % (len(plain), trailer)
    entries += b"/DecodeParms<</Predictor 12/Columns 5>>"
    written = stream(coded, entries, flate=True)
    return file + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        written,
        rows[table][1],
    )


def truetype(*tables: tuple[bytes, bytes]) -> bytes:
    """Return an sfnt file of *tables*."""
    head = struct.pack(">I4H", 0x00010000, len(tables), 0, 0, 0)
    at, records, body = 12 + 16 * len(tables), b"", b""
    for tag, data in tables:
        records += struct.pack(">4sIII", tag, 0, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    return head + records + body


def cff(notice: bytes) -> bytes:
    """Return the beginning of a CFF font with a notice (Adobe TN 5176)."""

    def index(*items: bytes) -> bytes:
        offsets = [1]
        for item in items:
            offsets.append(offsets[-1] + len(item))
        return struct.pack(">HB", len(items), 1) + bytes(offsets) + b"".join(items)

    top = b"\xf8\x1b\x01" + b"\xf8\x1c\x02"  # 391 Notice, 392 FullName
    return b"\1\0\4\1" + index(b"Font") + index(top) + index(notice, b"Font") + index()


def type1(clear: bytes) -> bytes:
    """Return a Type 1 font whose encrypted part is a stub."""
    return clear + b"currentfile eexec\n" + bytes(range(128, 200)) + b"\n" + b"0" * 512


def jp2(*boxes: tuple[bytes, bytes]) -> bytes:
    """Return a JPEG 2000 file: signature, type and *boxes*."""
    start = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
    return start + b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in boxes)


def codestream(comment: bytes) -> bytes:
    """Return a JPEG 2000 codestream whose coded data are a stub."""
    size = (
        b"\xff\x51"
        + struct.pack(">H", 41)
        + struct.pack(">H8IH3B", 0, 8, 8, 0, 0, 8, 8, 0, 0, 1, 7, 1, 1)
    )
    style = b"\xff\x52" + struct.pack(">H", 12) + bytes(10)
    steps = b"\xff\x5c" + struct.pack(">H", 4) + bytes(2)
    said = b"\xff\x64" + struct.pack(">HH", 4 + len(comment), 1) + comment
    tile = said + b"\xff\x93" + b"coded"
    head = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 12 + len(tile), 0, 1)
    return b"\xff\x4f" + size + style + said + steps + head + tile + b"\xff\xd9"


def jbig2(kind: int, data: bytes, number: int = 0) -> bytes:
    """Return one segment of a JBIG2 stream (ITU-T T.88 §7.2)."""
    return struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data


def lzw(data: bytes) -> bytes:
    """Return *data* as LZW codes of nine bits, short enough that none gets longer."""
    bits = "".join(f"{code:09b}" for code in (256, *data, 257))
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)
