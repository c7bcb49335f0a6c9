"""Verify a range of bundles of a published log, in a process that does nothing else.

    python -m bench.verify_log FOLDER FIRST STOP

With the first bundle comes everything above level 0. Prints CPU seconds and peak bytes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from crypto.note import read_text_unverified
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.tiles import HEIGHT, WIDTH, TilePath
from crypto.tlog.verify import levels, verify_edge, verify_entries, verify_tile_range


class Folder:
    """The published files."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return (self._root / TilePath(level, index, width).encode()).read_bytes()

    def read_entries(self, index: int, width: int) -> bytes:
        return (self._root / TilePath(None, index, width).encode()).read_bytes()


def verify(root: Path, first: int, stop: int) -> dict[str, float]:
    reader = Folder(root)
    note = (root / "checkpoint").read_text("utf-8")
    checkpoint = Checkpoint.parse(read_text_unverified(note))
    idle, cpu = _peak_bytes(), time.process_time()
    if first == 0:
        verify_edge(reader, checkpoint)
        for level in levels(checkpoint.size)[1:]:
            full = checkpoint.size >> HEIGHT * (level + 1)
            verify_tile_range(reader, checkpoint.size, level, 0, full)
    entries = sum(map(len, verify_entries(reader, checkpoint.size, first, stop)))
    assert entries == min(stop * WIDTH, checkpoint.size) - first * WIDTH
    return {"cpu": time.process_time() - cpu, "peak": _peak_bytes(), "idle": idle}


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        # The other figure is inherited from whoever started this process.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    print(json.dumps(verify(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
