"""What the figures are compared with, measured in the same run."""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import psutil

from bench.load import Outcome, Request, run
from tests.stack import free_port, wait_until_answers

INSERTS = 200


def today() -> date:
    """The day, in UTC, as the server under test reads it."""
    return datetime.now(UTC).date()  # noqa: TID251 - a benchmark runs on the real clock


def fsynced_insert_ms(path: Path) -> tuple[float, float]:
    """Median wall and mean CPU milliseconds of one committed row: WAL, synchronous=FULL."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (k BLOB PRIMARY KEY, v BLOB) WITHOUT ROWID")
    took, cpu = [], time.process_time()
    for number in range(INSERTS):
        started = time.perf_counter()
        connection.execute("INSERT INTO t VALUES (?, ?)", (number.to_bytes(32), bytes(300)))
        took.append(time.perf_counter() - started)
    cpu = time.process_time() - cpu
    connection.close()
    return 1000 * statistics.median(took), 1000 * cpu / INSERTS


def bare_200(folder: Path, counts: dict[int, int]) -> dict[int, Outcome]:
    """The same gunicorn with the same options and an application that only says 200."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", str(folder), str(port)]
    process = subprocess.Popen(command)
    try:
        wait_until_answers(f"http://127.0.0.1:{port}/", process)
        server, request = psutil.Process(process.pid), Request("GET", "/")
        return {n: run(port, [request] * count, n, server) for n, count in counts.items()}
    finally:
        process.terminate()
        process.wait(30)
