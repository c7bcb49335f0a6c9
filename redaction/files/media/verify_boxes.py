"""Read the boxes of a cleaned file a second time, knowing nothing of how it was cleaned.

A box must be one that its parent may have, hold numbers where the layouts say so and zeros
elsewhere.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.isobmff_boxes import TABLES
from redaction.files.policy import PROFILES

_CHILDREN: Final = {
    parent: frozenset(children.split())
    for parent, children in {
        "file": "ftyp styp moov moof mdat meta",
        "moov": "mvhd trak mvex",
        "trak": "tkhd edts mdia tref",
        "tref": "auxl",
        "edts": "elst",
        "mdia": "mdhd hdlr minf",
        "minf": "vmhd smhd hdlr dinf stbl",
        "dinf": "dref",
        "stbl": "stsd stts ctts stsc stsz stz2 stco co64 stss",
        "mvex": "mehd trex",
        "moof": "mfhd traf",
        "traf": "tfhd tfdt trun",
        "meta": "hdlr pitm iloc iinf iref iprp idat dinf grpl",
        "iprp": "ipco ipma",
        "grpl": "altr",
    }.items()
}
# n: bytes that hold numbers, z: bytes that are zero; all behind them is zero. The version is
# part of the name where layouts differ.
_LAYOUTS: Final = {
    "mvhd0": "n4 z8 n14 z10 n36 z24 n4",
    "mvhd1": "n4 z16 n18 z10 n36 z24 n4",
    "tkhd0": "n4 z8 n4 z4 n4 z8 n6 z2 n44",
    "tkhd1": "n4 z16 n4 z4 n8 z8 n6 z2 n44",
    "mdhd0": "n4 z8 n10 z2",
    "mdhd1": "n4 z16 n14 z2",
    "mehd0": "n8",
    "mehd1": "n12",
    "tfdt0": "n8",
    "tfdt1": "n12",
    "pitm0": "n6",
    "pitm1": "n8",
    "hdlr": "n12",
    "vmhd": "n12",
    "smhd": "n8",
    "trex": "n24",
    "mfhd": "n8",
    "visual": "z6 n2 z16 n12 z4 n2 z32 n4",
    "sound": "z6 n4 z6 n12",
    "damr": "z5 n4",
    "d263": "z5 n2",
    "nclx": "n11",
    "nclc": "n10",
    "chan": "n16",
}
# Tables: where the count stands and how long an entry is.
_TABLES: Final = {
    "stts": (4, 8),
    "ctts": (4, 8),
    "stsc": (4, 12),
    "stco": (4, 4),
    "co64": (4, 8),
    "stss": (4, 4),
    "elst0": (4, 12),
    "elst1": (4, 20),
    "altr": (8, 4),
}
_NUMBERS: Final[dict[str, int]] = TABLES["numbers"]


@dataclass
class Node:
    """A box and its children."""

    kind: str
    start: int
    body: int
    end: int
    children: list["Node"] = field(default_factory=list)

    def all(self, *path: str) -> list["Node"]:
        """Return the boxes at the end of *path*."""
        found = [self]
        for kind in path:
            found = [child for one in found for child in one.children if child.kind == kind]
        return found


class Reader:
    """The boxes of a written file; raises `UnreadableFileError` for what may not be there."""

    def __init__(self, written: bytes, code: str) -> None:
        self.data = written
        self._code = code

    def demand(self, condition: bool) -> None:
        """Raise `UnreadableFileError` unless *condition*."""
        if not condition:
            raise UnreadableFileError(f"{self._code}-malformed")

    def one(self, nodes: list[Node]) -> Node:
        """Return the only one of *nodes*."""
        self.demand(len(nodes) == 1)
        return nodes[0]

    def array(self, at: int, count: int, size: int = 4) -> tuple[int, ...]:
        """Return *count* numbers of *size* bytes."""
        self.demand(at + count * size <= len(self.data))
        letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
        return struct.unpack_from(f">{count}{letter}", self.data, at)

    def number(self, at: int, size: int = 4) -> int:
        """Return *size* bytes as a number."""
        self.demand(at >= 0 and at + size <= len(self.data))
        return int.from_bytes(self.data[at : at + size])

    def word(self, at: int) -> str:
        """Return four bytes as characters."""
        return self.data[at : at + 4].decode("latin-1")

    def zeros(self, start: int, end: int) -> None:
        """Demand nothing but zeros."""
        self.demand(start >= end or self.data.count(0, start, end) == end - start)

    def layout(self, name: str, body: int, end: int) -> int:
        """Demand the layout called *name*; return where it ends."""
        at = body
        for part in _LAYOUTS[name].split():
            size = int(part[1:])
            if part[0] == "z":
                self.zeros(at, at + size)
            at += size
        self.demand(at <= end)
        return at

    def boxes(self, start: int, end: int, free: bool = True) -> Iterator[Node]:
        """Yield the boxes that fill the space; *free* ones are full of zeros."""
        while end - start >= 8:
            size, body = self.number(start), start + 8
            kind = self.word(start + 4)
            if size == 1:
                size, body = self.number(body, 8), body + 8
            after = end if size == 0 and end == len(self.data) else start + size
            self.demand(body <= after <= end)
            if kind == "free" and free:
                self.zeros(body, after)
            yield Node(kind, start, body, after)
            start = after
        self.zeros(start, end)

    def tree(self, parent: str, start: int, end: int) -> list[Node]:
        """Return the boxes below *parent*, each judged."""
        found = []
        for node in self.boxes(start, end):
            if node.kind == "free":
                continue
            self.demand(node.kind in _CHILDREN[parent])
            if node.kind in _CHILDREN:
                body = node.body + 4 * (node.kind == "meta")
                node.children = self.tree(node.kind, body, node.end)
            else:
                self.leaf(node)
            found.append(node)
        return found

    def leaf(self, node: Node) -> None:
        """Demand the layout or the table of a box that has one."""
        version = str(self.data[node.body]) if node.body < node.end else ""
        for name in (node.kind, node.kind + version):
            if name in _LAYOUTS:
                self.zeros(self.layout(name, node.body, node.end), node.end)
            elif name == "auxl":
                self.zeros(node.end - (node.end - node.body) % 4, node.end)
            elif name in _TABLES:
                count, entry = _TABLES[name]
                self.table(node, count, entry)

    def table(self, node: Node, count: int, entry: int) -> None:
        """Demand as many entries of *entry* bytes as the number at *count* says."""
        after = node.body + count + 4 + entry * self.number(node.body + count)
        self.demand(after <= node.end)
        self.zeros(after, node.end)

    def numbers(self, node: Node) -> None:
        """Demand no more bytes than the table says."""
        self.demand(node.kind in _NUMBERS)
        self.zeros(node.body + _NUMBERS[node.kind], node.end)

    def colour(self, node: Node) -> None:
        """Demand colours that are numbers, or one of our profiles."""
        kind = self.word(node.body)
        if kind in {"nclx", "nclc"}:
            self.zeros(self.layout(kind, node.body, node.end), node.end)
            return
        self.demand(kind in {"prof", "rICC"})
        profile = self.data[node.body + 4 : node.end]
        ours = [one.replacement for one in PROFILES if one.replacement]
        self.demand(any(profile.rstrip(b"\0") == one.rstrip(b"\0") for one in ours))

    def auxiliary(self, node: Node) -> None:
        """Demand a name of the table, and zeros behind it."""
        name = self.data[node.body + 4 : node.end].rstrip(b"\0").decode("latin-1")
        self.demand(name in TABLES["auxiliary"])

    def self_contained(self, node: Node) -> None:
        """Demand a `dref` whose entries all say "this file"."""
        for entry in self.boxes(node.body + 8, node.end):
            self.demand(self.number(entry.body) == 1)
            self.zeros(entry.body + 4, entry.end)

    def handler(self, node: Node, kinds: tuple[str, ...]) -> None:
        """Demand one of *kinds*, and QuickTime's words or zeros in front of it."""
        self.demand(self.word(node.body + 4) in {"\0\0\0\0", "mhlr", "dhlr"})
        self.demand(self.word(node.body + 8) in kinds)
