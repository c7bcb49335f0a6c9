"""Tags of sound files: ID3 (id3.org 2.2 to 2.4), APE, Lyrics3, Vorbis comments."""

from __future__ import annotations

import base64
import struct
import zlib

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import photo

LATIN, WIDE, WIDE_BIG, UTF8 = 0, 1, 2, 3
CODECS = {LATIN: "latin-1", WIDE: "utf-16", WIDE_BIG: "utf-16-be", UTF8: "utf-8"}


def safe(number: int) -> bytes:
    """Return 28 bits in four bytes of seven."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(frames: bytes, version: int = 4, *, flags: int = 0, padding: bytes = bytes(64)) -> bytes:
    body = frames + padding
    return b"ID3" + bytes([version, 0, flags]) + safe(len(body)) + body


def frame(name: bytes, body: bytes, version: int = 4, flags: int = 0) -> bytes:
    if version == 2:
        return name + len(body).to_bytes(3) + body
    size = safe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return name + size + flags.to_bytes(2) + body


def text(name: bytes, value: str, version: int = 4, coding: int = UTF8) -> bytes:
    return frame(name, bytes([coding]) + value.encode(CODECS[coding]), version)


def packed(name: bytes, value: str) -> bytes:
    """A compressed frame of ID3v2.4, with its length before the data."""
    body = b"\3" + value.encode()
    return frame(name, safe(len(body)) + zlib.compress(body), 4, 0x0009)


def comments(plant: Planter, prefix: str, version: int) -> bytes:
    coding = UTF8 if version == 4 else WIDE
    mark, end = plant.mark(f"{prefix}COMM"), b"\0" if coding == UTF8 else b"\0\0"
    body = (
        bytes([coding]) + b"ara" + "وصف".encode(CODECS[coding]) + end + mark.encode(CODECS[coding])
    )
    lyrics = b"\0eng" + plant.raw(f"{prefix}USLT description") + b"\0" + plant.raw(f"{prefix}USLT")
    return frame(b"COMM", body, version) + frame(b"USLT", lyrics, version)


def pictures(plant: Planter, prefix: str, version: int) -> bytes:
    front = b"\0image/jpeg\0\3" + plant.raw(f"{prefix}APIC description") + b"\0"
    front += photo.photo(plant, f"{prefix}APIC ")
    other = b"\0image/jpeg\0\x11fish\0" + photo.snapshot(plant, f"{prefix}second APIC ")
    return frame(b"APIC", front, version) + frame(b"APIC", other, version)


def objects(plant: Planter, prefix: str, version: int) -> bytes:
    """Frames with anything in them: files, private data, identifiers, links."""
    attached = b"\0text/plain\0" + plant.raw(f"{prefix}GEOB name") + b"\0about\0"
    return b"".join(
        frame(name, body, version)
        for name, body in (
            (b"GEOB", attached + plant.raw(f"{prefix}GEOB")),
            (b"PRIV", plant.raw(f"{prefix}PRIV owner") + b"\0" + plant.raw(f"{prefix}PRIV")),
            (b"UFID", b"http://example.org\0" + plant.raw(f"{prefix}UFID")),
            (b"TXXX", b"\0" + plant.raw(f"{prefix}TXXX name") + b"\0" + plant.raw(f"{prefix}TXXX")),
            (b"WXXX", b"\0about\0http://example.org/" + plant.raw(f"{prefix}WXXX")),
            (b"WOAF", b"http://example.org/" + plant.raw(f"{prefix}WOAF")),
            (b"POPM", plant.raw(f"{prefix}POPM e-mail") + b"\0\xff\0\0\0\1"),
            (b"MCDI", plant.raw(f"{prefix}MCDI")),
            (b"XYZZ", plant.raw(f"{prefix}unknown frame")),
        )
    )


def usual(plant: Planter, prefix: str, version: int = 4, coding: int = UTF8) -> bytes:
    """The text frames that recorders and players fill in."""
    names = [
        b"TIT2",
        b"TPE1",
        b"TALB",
        b"TCOM",
        b"TENC",
        b"TSSE",
        b"TOWN",
        b"TOFN",
        b"TCOP",
        b"TSRC",
    ]
    told = b"".join(text(n, plant.mark(f"{prefix}{n.decode()}"), version, coding) for n in names)
    dated = b"TDRC" if version == 4 else b"TDAT"
    return told + text(dated, plant.when(f"{prefix}{dated.decode()}"), version, coding)


def id3v1(plant: Planter, prefix: str) -> bytes:
    names = [
        (n, plant.raw(f"{prefix}ID3v1 {n}").ljust(30, b"\0")) for n in ("title", "artist", "album")
    ]
    comment = plant.raw(f"{prefix}ID3v1 comment").ljust(28, b"\0")
    return b"TAG" + b"".join(value for _, value in names) + b"2019" + comment + b"\0\7\xff"


def ape(plant: Planter, prefix: str, header: bool = True) -> bytes:
    """APEv2 with a binary item."""
    p = f"{prefix}APE "
    items = {n: plant.raw(p + n) for n in ("Title", "Artist", "Comment", "Record Location", "File")}
    packed = b"".join(
        struct.pack("<II", len(v), 0) + k.encode() + b"\0" + v for k, v in items.items()
    )
    cover = b"front.jpg\0" + photo.snapshot(plant, f"{p}cover ")
    packed += struct.pack("<II", len(cover), 2) + b"Cover Art (Front)\0" + cover
    size, count = len(packed) + 32, len(items) + 1
    head = struct.pack("<8sIIII8x", b"APETAGEX", 2000, size, count, 0xA0000000)
    foot = struct.pack("<8sIIII8x", b"APETAGEX", 2000, size, count, 0x80000000)
    return (head if header else b"") + packed + foot


def lyrics3(plant: Planter, prefix: str) -> bytes:
    fields = {b"IND": b"110", b"AUT": plant.raw(f"{prefix}Lyrics3 AUT")}
    fields |= {
        b"LYR": b"[00:01]" + plant.raw(f"{prefix}Lyrics3 LYR"),
        b"INF": plant.raw(f"{prefix}Lyrics3 INF"),
    }
    body = b"LYRICSBEGIN" + b"".join(k + b"%05d" % len(v) + v for k, v in fields.items())
    return body + b"%06d" % len(body) + b"LYRICS200"


def vorbis_comments(plant: Planter, prefix: str, cover: bool = True) -> bytes:
    """Vendor and comments without framing; a cover in base64 where wanted."""
    p = f"{prefix}comment "
    names = (
        "TITLE",
        "ARTIST",
        "LOCATION",
        "CONTACT",
        "ENCODER",
        "ORGANIZATION",
        "COPYRIGHT",
        "ISRC",
    )
    told = [f"{n}={plant.mark(p + n)}".encode() for n in names]
    told += [f"DATE={plant.when(p + 'DATE')}".encode(), f"{plant.mark(p + 'name')}=1".encode()]
    told.append(f"GEO_LOCATION=+31.{plant.digits(p + 'GEO_LOCATION', 9)}".encode())
    if cover:
        told.append(b"METADATA_BLOCK_PICTURE=" + base64.b64encode(flac_picture(plant, p)))
    vendor = plant.raw(f"{prefix}vendor")
    joined = b"".join(struct.pack("<I", len(each)) + each for each in told)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(told)) + joined


def flac_picture(plant: Planter, prefix: str) -> bytes:
    described, data = (
        plant.raw(f"{prefix}picture description"),
        photo.snapshot(plant, f"{prefix}picture "),
    )
    head = struct.pack(">II", 3, 10) + b"image/jpeg" + struct.pack(">I", len(described)) + described
    return head + struct.pack(">IIIII", 48, 32, 24, 0, len(data)) + data


def tagged(plant: Planter, prefix: str, base: str = "cbr.mp3") -> bytes:
    """Return a short sound as a recorder and a player would leave it: some 60 places."""
    frames = usual(plant, f"{prefix}ID3 ") + comments(plant, f"{prefix}ID3 ", 4)
    frames += pictures(plant, f"{prefix}ID3 ", 4) + objects(plant, f"{prefix}ID3 ", 4)
    return id3(frames) + seed(base) + id3v1(plant, prefix)
