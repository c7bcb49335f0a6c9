"""Our cleaner and mat2 on the same files in one run, and what each of them leaves.

Both are called as libraries in a process that is already warm, so start-up counts for
neither: a file is read, cleaned and written. Refusing counts as the work of a file, too.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import peer
from redaction.files import UnreadableFileError, clean_bytes
from tests.corpus.check import leaks
from tests.corpus.entry import Entry
from tests.corpus.make import corpus

AIM = 10

Row = Callable[[str, str], None]


@dataclass(frozen=True)
class Outcome:
    """One tool's seconds, and its clean bytes by the names of entries."""

    seconds: dict[str, float]
    clean: dict[str, bytes]

    @property
    def rate(self) -> float:
        """Files a second."""
        return len(self.seconds) / sum(self.seconds.values())

    def on(self, names: set[str]) -> float:
        """Seconds for some of the files."""
        return sum(self.seconds[name] for name in names)


def measure(folder: Path, row: Row, every: int = 1) -> None:
    """Clean the corpus, or every n-th file of it, with all tools and report."""
    entries = [entry for entry in corpus() if entry.expect == "clean"][::every]
    row("corpus", f"{len(entries)} files, {sum(len(e.markers) for e in entries):,} markers")
    ours = with_ours(folder / "ours", entries)
    _report("ours", ours, entries, row)
    _report("exiftool -all=", with_exiftool(folder / "exiftool", entries), entries, row)
    theirs = with_mat2(folder / "mat2", entries)
    _report("mat2", theirs, entries, row)
    if theirs is not None:
        both = set(ours.clean) & set(theirs.clean)
        row("ours against mat2", f"{ours.rate / theirs.rate:.1f} × files a second (aim ≥ {AIM})")
        row("  on what both clean", f"{theirs.on(both) / ours.on(both):.1f} × on {len(both)} files")


def with_ours(folder: Path, entries: list[Entry]) -> Outcome:
    paths = _laid(folder, entries)
    seconds, clean = {}, {}
    _warm(entries)
    for entry in entries:
        started = time.perf_counter()
        try:
            cleaned, _ = clean_bytes(paths[entry.name].read_bytes(), entry.declared)
            (folder / f"{entry.name}.cleaned").write_bytes(cleaned)
            clean[entry.name] = cleaned
        except UnreadableFileError:
            pass
        seconds[entry.name] = time.perf_counter() - started
    return Outcome(seconds, clean)


def with_mat2(folder: Path, entries: list[Entry]) -> Outcome | None:
    """None where mat2 is not installed; `scripts/mat2-environment` installs it."""
    if not peer.INSTALLED:
        return None
    by_name = {path.name: name for name, path in _laid(folder, entries).items()}
    seconds, clean = {}, {}
    for told in peer.ask("clean", folder):
        name = by_name[told["name"]]
        seconds[name] = told["seconds"]
        if told["clean"]:
            clean[name] = Path(told["clean"]).read_bytes()
    return Outcome(seconds, clean)


def with_exiftool(folder: Path, entries: list[Entry]) -> Outcome | None:
    """One process for all files, as exiftool is used on folders."""
    if not shutil.which("exiftool"):
        return None
    paths = _laid(folder, entries)
    output = folder / "out"
    output.mkdir()
    started = time.perf_counter()
    command = ["exiftool", "-q", "-q", "-all=", "-o", f"{output}/%f.%e", *map(str, paths.values())]
    subprocess.run(command, capture_output=True, check=False)
    each = (time.perf_counter() - started) / len(entries)
    clean = {
        n: (output / p.name).read_bytes() for n, p in paths.items() if (output / p.name).exists()
    }
    return Outcome(dict.fromkeys(paths, each), clean)


def _laid(folder: Path, entries: list[Entry]) -> dict[str, Path]:
    """Write the files under names that say nothing but their type."""
    folder.mkdir(parents=True)
    paths = {}
    for number, entry in enumerate(entries):
        paths[entry.name] = folder / f"{number:03}.{entry.declared.rpartition('.')[2]}"
        paths[entry.name].write_bytes(entry.data)
    return paths


def _warm(entries: list[Entry]) -> None:
    """Start what stays running: one small file of each family."""
    for entry in {entry.family: entry for entry in entries}.values():
        try:
            clean_bytes(entry.data, entry.declared)
        except UnreadableFileError:
            continue


def _report(tool: str, outcome: Outcome | None, entries: list[Entry], row: Row) -> None:
    if outcome is None:
        row(tool, "not installed (scripts/mat2-environment)")
        return
    left = {
        e.name: len(leaks(e, outcome.clean[e.name])) for e in entries if e.name in outcome.clean
    }
    row(
        tool,
        f"{outcome.rate:,.1f} files a second; {len(outcome.clean)} cleaned, "
        f"{len(entries) - len(outcome.clean)} refused; {sum(left.values())} markers left "
        f"in {sum(map(bool, left.values()))} files",
    )
