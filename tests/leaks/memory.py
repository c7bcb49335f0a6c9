"""What a running process holds in its memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from tests.leaks.canaries import CHUNK, Canary

Needles = list[tuple[str, bytes]]


def found_in_memory(canaries: Iterable[Canary], pid: int) -> list[str]:
    """Names of the canaries that lie anywhere in the memory of a process, in any spelling.

    Raises `PermissionError` where this machine lets nobody look.
    """
    needles = [(canary.name, spelling) for canary in canaries for spelling in canary.spellings()]
    longest = max(len(spelling) for _, spelling in needles)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        found = {name for piece in _pieces(memory, pid, longest) for name in _hits(needles, piece)}
    return sorted(found)


def _hits(needles: Needles, piece: bytes) -> Iterator[str]:
    return (name for name, spelling in needles if spelling in piece)


def _pieces(memory: BinaryIO, pid: int, overlap: int) -> Iterator[bytes]:
    """Every readable region in pieces that overlap."""
    for start, end in _regions(pid):
        tail = b""
        for at in range(start, end, CHUNK):
            piece = _read(memory, at, min(CHUNK, end - at))
            yield tail + piece
            tail = piece[-overlap:]


def _regions(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace").splitlines():
        addresses, rights, *_ = line.split()
        # What nobody wrote to is the text of programs, the same for everyone.
        if rights.startswith("rw"):
            start, end = addresses.split("-")
            yield int(start, 16), int(end, 16)


def _read(memory: BinaryIO, at: int, size: int) -> bytes:
    try:
        memory.seek(at)
        return memory.read(size)
    except (OSError, ValueError):
        # The process gave it back meanwhile, or it is the kernel's.
        return b""
