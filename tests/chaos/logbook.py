"""A world of the present second, with a log of one-second slots, a witness, and a memory.

Real processes read the real clock, so everything here does. The memory holds every checkpoint
that anybody could have seen; at the end all of them must be of one history.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from app.log_keys import load_log_keys
from app.witness.memory import Memory
from crypto.commitment import Promise
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.holder import Receipt, check_promise
from crypto.tlog.verify import is_extension, verify_tree
from tests.stack import free_port, wait_until_answers, wasl
from tests.world import ORIGIN, Citizen, Folder, World

NEXT_SLOT_SECONDS = 1.1
"""A slot of these logs is a second, and is sealed once."""


@dataclass
class Logbook:
    """`folder` holds the world, the witness, and copies of the world that a test makes."""

    folder: Path
    world: World = field(init=False)
    witness: subprocess.Popen[bytes] | None = None
    promises: list[tuple[Citizen, Promise]] = field(default_factory=list)
    seen: set[Checkpoint] = field(default_factory=set)

    def __post_init__(self) -> None:
        today = datetime.now(UTC).date()  # noqa: TID251 - real processes read the real clock
        self.world = World(self.folder / "world", today=today)
        self.port = free_port()
        self._make_witness()
        self.world.starts_log(slot=1, gap=86_400)

    @property
    def data(self) -> Path:
        return self.world.settings.data

    def _make_witness(self) -> None:
        policy = self.world.settings.policy_path
        vkeys = [key.encode() for key in load_log_keys(self.world.settings).verifiers]
        known = [argument for vkey in vkeys for argument in ("--log", vkey)]
        made = wasl("witness", "init", self.folder / "ngo", "--name", "ngo.example/w", *known)
        assert made.returncode == 0, made.stderr
        line = f"witness ngo {made.stdout.strip()} http://127.0.0.1:{self.port}\n"
        logs = policy.read_text("utf-8").removesuffix("quorum none\n")
        policy.write_text(f"{logs}{line}quorum ngo\n", "utf-8")

    def starts_witness(self) -> None:
        command = [sys.executable, "-m", "app.cli", "witness", "serve", str(self.folder / "ngo")]
        self.witness = subprocess.Popen([*command, "--port", str(self.port)])
        wait_until_answers(f"http://127.0.0.1:{self.port}/", self.witness)

    def stops_witness(self) -> None:
        if self.witness:
            self.witness.send_signal(signal.SIGTERM)
            self.witness.wait(20)
            self.witness = None

    def submits(self, people: int = 2) -> None:
        """Promises that somebody holds from now on."""
        key = self.world.state.promise_key.verifier
        for _ in range(people):
            self.world.now += 1  # They do not come all at once: that would be a burst.
            citizen = self.world.citizen()
            answer = citizen.submits()
            assert answer.status_code == 201, answer.text
            self.promises.append((citizen, Promise.open(answer.get_json()["promise"], key)))

    def sequences(self, *options: str) -> subprocess.CompletedProcess[str]:
        """One real `wasl sequence --now`, in a slot of its own."""
        time.sleep(NEXT_SLOT_SECONDS)
        done = wasl("sequence", "--data", self.data, "--now", *options)
        self.looks()
        return done

    def dies_after(self, step: str) -> int:
        """The same, killed after *step*; how it ended."""
        time.sleep(NEXT_SLOT_SECONDS)
        command = [sys.executable, "-m", "tests.chaos.dying_sequencer", str(self.data), step]
        code = subprocess.run(command, check=False).returncode
        self.looks()
        return code

    def looks(self) -> None:
        """Remember every checkpoint that left the machine: published, or sent to the witness.

        What is published has all its files, at any moment.
        """
        key = load_log_keys(self.world.settings).ed25519.verifier
        published = self.world.settings.log_path / "checkpoint"
        notes = [published.read_text("utf-8")] if published.exists() else []
        for note in notes:
            checkpoint = open_checkpoint(note, key).checkpoint
            deque(verify_tree(Folder(self.world.settings.log_path), checkpoint), maxlen=0)
        known = Memory(self.folder / "ngo" / "seen.sqlite3").find(ORIGIN)
        notes += [known.note] if known else []
        self.seen |= {open_checkpoint(note, key).checkpoint for note in notes}

    def published(self) -> bytes:
        """The published checkpoint, which every new cosignature changes."""
        return (self.world.settings.log_path / "checkpoint").read_bytes()

    def has_one_history(self) -> None:
        """Every checkpoint ever seen is a beginning of the newest one, which is published."""
        self.looks()
        newest = max(self.seen, key=lambda each: each.size)
        note = (self.world.settings.log_path / "checkpoint").read_text("utf-8")
        key = load_log_keys(self.world.settings).ed25519.verifier
        assert open_checkpoint(note, key).checkpoint == newest
        tiles = Folder(self.world.settings.log_path)
        assert [each for each in self.seen if not is_extension(tiles, each, newest)] == []

    def has_kept_every_promise(self) -> None:
        entries = self.world.entries()
        for _, promise in self.promises:
            receipt = Receipt(ORIGIN, promise.commitment)
            receipt.read(entries)
            assert check_promise(promise, receipt) == ("kept", [])
        accept = [entry for entry in entries if entry.startswith(b"accept/v1")]
        assert len(accept) == len(set(accept))
        self.world.audits()

    def copies(self, name: str) -> Path:
        """A backup of the whole folder, taken while nothing runs."""
        self.world.close()
        return Path(shutil.copytree(self.data, self.folder / name))

    def restores(self, copy: Path, *parts: str) -> None:
        """Put back the whole folder, or only those *parts* of it."""
        self.world.close()
        if not parts:
            shutil.rmtree(self.data)
            shutil.copytree(copy, self.data)
        for part in parts:
            for leftover in self.data.glob(f"{part}*"):
                leftover.unlink()
            shutil.copy2(copy / part, self.data / part)


@contextmanager
def logbook(folder: Path) -> Iterator[Logbook]:
    book = Logbook(folder)
    try:
        book.starts_witness()
        yield book
    finally:
        book.stops_witness()
        book.world.close()
