"""What the receipt log costs at a million leaves: sealing, proving, verifying.

Verification stands beside bare `hashlib` over as many hashes, taken in the same run; one
process by its CPU time, two by the clock.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.log.publication import CHECKPOINT, PublicFolder, files_between
from app.store import log
from app.store.engine import Database, open_engine
from app.store.log import StoredCheckpoint, StoredTiles
from app.store.migrate import upgrade
from crypto.note import SigningKey
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.leaves import Accept
from crypto.tlog.merkle import leaf_hash, verify_inclusion
from crypto.tlog.tiles import WIDTH, TiledTree, append

LEAVES = 1_000_000
BATCH = 1_000
REPEATS = 7
PROOFS = 300
WALL_REPEATS = 3
ORIGIN = "wasl.example"
AIM_CPU, AIM_WALL, AIM_MB = 2.5, 2.0, 100
_CHUNK = 16_384

Row = Callable[[str, str], None]


@dataclass(frozen=True)
class Bench:
    """A log of `size` leaves in a database, published in `folder`."""

    database: Database
    folder: Path
    key: SigningKey
    size: int
    root: bytes


def measure(folder: Path, row: Row, leaves: int = LEAVES) -> None:
    """Build a log of so many leaves and report."""
    bench = _build(folder, leaves)
    row("log, leaves", f"{bench.size:,}")
    _report_proofs(bench, row)
    _report_verification(bench, row)
    _report_sealing(bench, row)
    bench.database.engine.dispose()


def _entries(count: int, seed: int = 0) -> list[bytes]:
    numbers = random.Random(seed)  # noqa: S311 - leaves of a benchmark
    return [Accept(numbers.randbytes(32)).encode() for _ in range(count)]


def _build(folder: Path, leaves: int) -> Bench:
    engine = open_engine(f"sqlite:///{folder / 'log.sqlite3'}")
    upgrade(engine)
    database, key = Database(engine), SigningKey.generate(ORIGIN)
    size, root = 0, b""
    with database.transaction() as connection:
        while size < leaves:
            entries = _entries(min(_CHUNK, leaves - size), seed=size)
            growth = append(StoredTiles(connection), size, entries)
            log.put_files(connection, growth.files)
            size, root = growth.size, growth.root
        note = Checkpoint(ORIGIN, size, root).sign(key)
        log.add_checkpoint(connection, StoredCheckpoint(size, 0, note))
        _publish_unsynced(folder / "log", connection, size, note)
    return Bench(database, folder / "log", key, size, root)


def _publish_unsynced(folder: Path, connection: Any, size: int, note: str) -> None:
    """Without the fsync of thousands of files, which is not what is measured here."""
    for path, data in files_between(StoredTiles(connection), 0, size):
        target = folder / path.encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (folder / CHECKPOINT).write_text(note, "utf-8")


def _report_sealing(bench: Bench, row: Row) -> None:
    """Append, sign, commit; then the files, each with its fsync."""
    size = bench.size
    commit_wall, commit_cpu, files_wall = [], [], []
    folder = PublicFolder(bench.folder)
    for repeat in range(REPEATS):
        entries = _entries(BATCH, seed=-1 - repeat)
        wall, cpu = time.perf_counter(), time.process_time()
        with bench.database.transaction() as connection:
            growth = append(StoredTiles(connection), size, entries)
            log.put_files(connection, growth.files)
            note = Checkpoint(ORIGIN, growth.size, growth.root).sign(bench.key)
            log.add_checkpoint(connection, StoredCheckpoint(growth.size, 0, note))
        commit_cpu.append(time.process_time() - cpu)
        commit_wall.append(time.perf_counter() - wall)
        wall = time.perf_counter()
        folder.write_files(growth.files)
        folder.write_checkpoint(note)
        files_wall.append(time.perf_counter() - wall)
        size = growth.size
    row(
        f"log, seal {BATCH:,} leaves",
        f"{_ms(commit_cpu)} CPU, {_ms(commit_wall)} wall to the commit, "
        f"{_ms(files_wall)} wall for the files",
    )


def _report_proofs(bench: Bench, row: Row) -> None:
    indexes = random.Random(1).sample(range(bench.size), PROOFS)  # noqa: S311
    proofs: list[tuple[int, bytes, list[bytes]]] = []
    with bench.database.reading() as connection:
        reader = StoredTiles(connection)
        cpu = time.process_time()
        for index in indexes:
            tree = TiledTree(reader, bench.size)
            proofs.append((index, tree.leaf(index), tree.inclusion_proof(index)))
        made = (time.process_time() - cpu) / PROOFS
        entry = TiledTree(reader, bench.size).entry(indexes[0])
    assert leaf_hash(entry) == proofs[0][1]
    cpu = time.process_time()
    for index, leaf, proof in proofs:
        verify_inclusion(leaf, index, bench.size, proof, bench.root)
    checked = (time.process_time() - cpu) / PROOFS
    row("log, inclusion proof", f"{1e3 * made:.2f} ms CPU made, {1e6 * checked:.0f} µs verified")


def _report_verification(bench: Bench, row: Row) -> None:
    bundles = -(-bench.size // WIDTH)
    bare, bare_wall = _bare_seconds(bench.size)
    one_wall, (one,) = _verify_in_processes(bench.folder, [(0, bundles)])
    half = bundles // 2
    # The machine may have other things to do: the quickest of three counts.
    two_wall, two = min(
        (
            _verify_in_processes(bench.folder, [(0, half), (half, bundles)])
            for _ in range(WALL_REPEATS)
        ),
        key=lambda took: took[0],
    )
    row(
        "log, bare hashlib",
        f"{bare:.2f} s CPU, {bare_wall:.2f} s wall for {2 * bench.size:,} hashes",
    )
    row(
        "log, full verification",
        f"{one['cpu']:.2f} s CPU = {one['cpu'] / bare:.2f} × bare hashlib "
        f"(aim ≤ {AIM_CPU}), {one_wall:.2f} s wall",
    )
    row(
        "log, in two processes",
        f"{two_wall:.2f} s wall = {two_wall / bare_wall:.2f} × bare hashlib in one "
        f"(aim ≤ {AIM_WALL}), {sum(each['cpu'] for each in two):.2f} s CPU",
    )
    row(
        "log, memory to verify",
        f"{one['peak'] / 1e6:.0f} MB, {one['idle'] / 1e6:.0f} MB before (aim ≤ {AIM_MB})",
    )


def _bare_seconds(leaves: int) -> tuple[float, float]:
    """CPU and wall seconds of as many hashes, of inputs as long, and nothing else."""
    sha256 = hashlib.sha256
    entry, pair = b"\x00" + Accept(bytes(32)).encode(), b"\x01" + bytes(64)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(leaves):
        sha256(entry).digest()
    for _ in range(leaves):
        sha256(pair).digest()
    return time.process_time() - cpu, time.perf_counter() - wall


def _verify_in_processes(
    folder: Path, ranges: list[tuple[int, int]]
) -> tuple[float, list[dict[str, float]]]:
    """Wall seconds, starting of the processes included, and what each of them says."""
    commands = [
        [sys.executable, "-m", "bench.verify_log", str(folder), str(first), str(stop)]
        for first, stop in ranges
    ]
    started = time.perf_counter()
    running = [subprocess.Popen(each, stdout=subprocess.PIPE, text=True) for each in commands]
    answers = [process.communicate()[0] for process in running]
    wall = time.perf_counter() - started
    assert all(process.returncode == 0 for process in running)
    return wall, [json.loads(answer) for answer in answers]


def _ms(seconds: list[float]) -> str:
    return f"{1e3 * statistics.median(seconds):.1f} ms"
