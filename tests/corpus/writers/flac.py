"""Metadata blocks of FLAC (RFC 9639 §8)."""

from __future__ import annotations

from tests.corpus.entry import Planter


def rewritten(data: bytes, blocks: list[tuple[int, bytes]]) -> bytes:
    """Return *data* with its stream information and *blocks*, and nothing else before the sound."""
    at = 4
    while True:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4])
        if kind & 0x7F == 0:
            information = data[at + 4 : at + 4 + size]
        at += 4 + size
        if kind & 0x80:
            break
    told = [(0, information), *blocks]
    head = b"".join(
        bytes([kind | (0x80 if n == len(told) - 1 else 0)]) + len(body).to_bytes(3) + body
        for n, (kind, body) in enumerate(told)
    )
    return b"fLaC" + head + data[at:]


def cue_sheet(plant: Planter) -> bytes:
    """A catalogue number and one track besides the one that ends it."""
    catalogue = plant.mark("CUESHEET catalogue").encode().ljust(128, b"\0")
    isrc = plant.mark("CUESHEET ISRC").encode().ljust(12, b"0")
    track = bytes(8) + b"\1" + isrc + bytes(14) + b"\1" + bytes(8) + b"\1" + bytes(3)
    last = (14400).to_bytes(8) + b"\xaa" + bytes(12) + bytes(14) + b"\0"
    return catalogue + bytes(8) + b"\0" + bytes(258) + b"\2" + track + last
