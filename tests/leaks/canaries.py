"""Words that must never turn up, and every spelling in which they could."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1 << 20


@dataclass(frozen=True)
class Canary:
    """`name` says what leaked; `text` is what to look for."""

    name: str
    text: str

    def spellings(self) -> Iterator[bytes]:
        """As written, in UTF-16, percent-encoded, escaped in JSON, in hex and in base64."""
        plain = self.text.encode()
        yield plain
        yield self.text.encode("utf-16-le")
        yield urllib.parse.quote(self.text).encode()
        yield self.text.encode("unicode_escape").replace(b"\\x", b"\\u00")
        yield plain.hex().encode()
        yield from _in_base64(plain)


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The part of the encoding that does not depend on what stands before and after."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + plain)
        yield encoded[4 if before else 0 : -4]


def found_in_files(canaries: Iterable[Canary], roots: Iterable[Path]) -> list[str]:
    """Which canaries are in the files below *roots*, in their bytes or in their names."""
    needles = [(canary.name, spelling) for canary in canaries for spelling in canary.spellings()]
    longest = max(len(spelling) for _, spelling in needles)
    found = []
    for path in _files(roots):
        named = {name for name, s in needles if s in bytes(path)}
        found += [f"{name} in the name of {path}" for name in sorted(named)]
        hits = {name for piece in _pieces(path, longest) for name, s in needles if s in piece}
        found += [f"{name} in {path}" for name in sorted(hits)]
    return found


def found_in(canaries: Iterable[Canary], data: bytes) -> list[str]:
    """Which canaries are in *data*."""
    return [c.name for c in canaries if any(spelling in data for spelling in c.spellings())]


def _files(roots: Iterable[Path]) -> Iterator[Path]:
    for root in roots:
        yield from (path for path in sorted(root.rglob("*")) if path.is_file())


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    """The file in pieces that overlap, so that nothing hides on a border."""
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(CHUNK):
            yield tail + chunk
            tail = chunk[-overlap:]
