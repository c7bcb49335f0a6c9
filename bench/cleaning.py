"""Our cleaner, mat2 and exiftool on the same files in one run, and what each of them leaves.

Ours and mat2 are called as libraries in processes that are already warm, in turn for every
file, so that start-up counts for neither and a busy machine slows both. A file is read,
cleaned and written.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import peer
from redaction.files import UnreadableFileError, clean_bytes
from tests.corpus.check import leaks, missing
from tests.corpus.entry import Entry
from tests.corpus.make import corpus
from tests.corpus.same import differences

AIM = 10

Row = Callable[[str, str], None]


@dataclass
class Outcome:
    """One tool's seconds, and its clean bytes by the names of entries."""

    seconds: dict[str, float] = field(default_factory=dict)
    clean: dict[str, bytes] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Cleaned files a second; the time for refusing others counts."""
        return len(self.clean) / sum(self.seconds.values())

    def on(self, names: set[str]) -> float:
        """Seconds for some of the files."""
        return sum(self.seconds[name] for name in names)


def measure(folder: Path, row: Row, every: int = 1) -> None:
    """Clean the corpus, or every n-th file of it, with all tools and report."""
    entries = [entry for entry in corpus() if entry.expect == "clean"][::every]
    row("corpus", f"{len(entries)} files, {sum(len(e.markers) for e in entries):,} markers")
    ours, theirs = in_turn(folder, entries)
    _report("ours", ours, entries, row)
    if shutil.which("exiftool"):
        _report("exiftool -all=", with_exiftool(folder, entries), entries, row)
    if theirs is None:
        row("mat2", "not installed (scripts/mat2-environment)")
        return
    _report("mat2", theirs, entries, row)
    both, all_of_them = set(ours.clean) & set(theirs.clean), set(ours.seconds)
    row(
        "ours against mat2",
        f"{ours.rate / theirs.rate:.1f} × cleaned files a second (aim ≥ {AIM}); "
        f"{theirs.on(both) / ours.on(both):.1f} × on the {len(both)} that both clean; "
        f"{theirs.on(all_of_them) / ours.on(all_of_them):.1f} × with refusals as work done",
    )


def in_turn(folder: Path, entries: list[Entry]) -> tuple[Outcome, Outcome | None]:
    """Clean each file with ours and then with mat2; None where mat2 is not installed."""
    mine, peers = laid(folder / "ours", entries), laid(folder / "mat2", entries)
    ours, theirs = Outcome(), Outcome()
    _warm(entries)
    if not peer.INSTALLED:
        for entry in entries:
            _with_ours(ours, entry, mine[entry.name])
        return ours, None
    with peer.asking("clean") as ask:
        for entry in entries:
            _with_ours(ours, entry, mine[entry.name])
            _with_mat2(theirs, ask, entry, peers[entry.name])
    return ours, theirs


def _with_ours(outcome: Outcome, entry: Entry, path: Path) -> None:
    started = time.perf_counter()
    try:
        cleaned, _ = clean_bytes(path.read_bytes(), entry.declared)
        path.with_suffix(".cleaned").write_bytes(cleaned)
        outcome.clean[entry.name] = cleaned
    except UnreadableFileError:
        pass
    outcome.seconds[entry.name] = time.perf_counter() - started


def _with_mat2(outcome: Outcome, ask: peer.Ask, entry: Entry, path: Path) -> None:
    told = ask(path)
    outcome.seconds[entry.name] = told["seconds"]
    if told["clean"]:
        outcome.clean[entry.name] = Path(told["clean"]).read_bytes()


def with_exiftool(folder: Path, entries: list[Entry]) -> Outcome:
    """One process for all files, as exiftool is used on folders."""
    paths, output = laid(folder / "exiftool", entries), folder / "exiftool" / "clean"
    output.mkdir()
    command = ["exiftool", "-q", "-q", "-all=", "-o", f"{output}/%f.%e", *map(str, paths.values())]
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    each = (time.perf_counter() - started) / len(entries)
    clean = {name: output / path.name for name, path in paths.items()}
    return Outcome(
        dict.fromkeys(paths, each),
        {name: path.read_bytes() for name, path in clean.items() if path.exists()},
    )


def laid(folder: Path, entries: list[Entry]) -> dict[str, Path]:
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


def _report(tool: str, outcome: Outcome, entries: list[Entry], row: Row) -> None:
    passed = [entry for entry in entries if entry.name in outcome.clean]
    left = {entry.name: len(leaks(entry, outcome.clean[entry.name])) for entry in passed}
    right = [e for e in passed if not left[e.name] and is_whole(e, outcome.clean[e.name])]
    row(
        tool,
        f"{outcome.rate:,.1f} cleaned files a second; {len(passed)} cleaned, "
        f"{len(entries) - len(passed)} refused",
    )
    row(
        "",
        f"{sum(left.values())} markers left in {sum(map(bool, left.values()))} files; "
        f"{len(right)} without a marker and bit by bit what had been seen and heard",
    )


def is_whole(entry: Entry, clean: bytes) -> bool:
    """Whether the clean file is valid and decodes to what it had been."""
    try:
        return not missing(entry.content, clean) and not differences(entry, clean)
    except Exception:  # a broken file may break any decoder
        return False
