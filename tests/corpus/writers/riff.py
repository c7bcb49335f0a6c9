"""RIFF chunks: WAV and WebP (EBU 3285, WebP container specification)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

from tests.corpus.entry import Planter

Chunk = tuple[bytes, bytes]
RATE = 8000


def chunks(pairs: Iterable[Chunk]) -> bytes:
    return b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in pairs
    )


def riff(form: bytes, pairs: Iterable[Chunk]) -> bytes:
    body = form + chunks(pairs)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def parse(data: bytes) -> list[Chunk]:
    """Return the chunks of a RIFF file."""
    found, at = [], 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return found


def wave(before: list[Chunk], after: list[Chunk], bits: int = 16) -> bytes:
    """Return 0.3 seconds of a tone with other chunks around it."""
    samples = [math.sin(n / RATE * 440 * math.tau) for n in range(RATE * 3 // 10)]
    peak = (1 << bits - 2) - 1
    data = b"".join(int(s * peak).to_bytes(bits // 8, "little", signed=True) for s in samples)
    size = bits // 8
    kind = struct.pack("<HHIIHH", 1, 1, RATE, RATE * size, size, bits)
    if bits > 16:
        guid = bytes.fromhex("0100000000001000800000AA00389B71")
        kind = struct.pack("<H", 0xFFFE) + kind[2:] + struct.pack("<HHI", 22, bits, 4) + guid
    return riff(b"WAVE", [(b"fmt ", kind), *before, (b"data", data), *after])


def broadcast(plant: Planter) -> bytes:
    """The body of a bext chunk, version 1."""
    p = "bext "
    told = plant.raw(p + "Description").ljust(256, b"\0")
    told += plant.raw(p + "Originator").ljust(32, b"\0")
    told += plant.raw(p + "OriginatorReference").ljust(32, b"\0")
    told += plant.when(p + "OriginationDate", "%Y-%m-%d%H:%M:%S").encode()
    told += plant.number(p + "TimeReference", 8).to_bytes(8, "little") + b"\1\0"
    told += plant.blob(p + "UMID", 64) + bytes(190)
    return told + b"A=PCM,T=" + plant.raw(p + "CodingHistory") + b"\r\n"


def ixml(plant: Planter) -> bytes:
    body = (
        "<PROJECT>{mark}</PROJECT><TAPE>{mark}</TAPE><NOTE>{mark}</NOTE><FILE_UID>{mark}</FILE_UID>"
    )
    body += "<LOCATION><LOCATION_NAME>{mark}</LOCATION_NAME><GPS>{mark}</GPS></LOCATION>"
    return plant.fill(f"<BWFXML>{body}<USER>{{mark}}</USER></BWFXML>", "iXML").encode()


def cart(plant: Planter) -> bytes:
    names = ("Title", "Artist", "CutID", "ClientID", "Category", "Classification", "OutCue")
    return b"0101" + b"".join(plant.raw(f"cart {n}").ljust(64, b"\0") for n in names) + bytes(1500)
