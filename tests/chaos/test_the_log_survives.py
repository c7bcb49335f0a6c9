"""`kill -9` after every step of signing and publishing, and backups that should not be restored.

Whatever happens, nobody ever sees two histories, and every promise ends in the log.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import log
from tests.chaos.logbook import Logbook, logbook

STEPS = (
    "signed",
    "committed",
    "guard",
    "file tile/entries",
    "file tile/0",
    "files",
    "witnesses",
    "checkpoint",
)
REFUSED, UNWITNESSED = 1, 2
FEWEST_KILLS, MOST_KILLS = 4, 16


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logbook]:
    """One log that is killed again and again."""
    with logbook(tmp_path_factory.mktemp("killed")) as book:
        yield book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    """A log with one published batch."""
    with logbook(tmp_path) as book:
        book.submits()
        done = book.sequences()
        assert done.returncode == 0, done.stderr
        yield book


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_after_any_step_loses_and_doubles_nothing(killed: Logbook, step: str) -> None:
    killed.submits()
    assert killed.dies_after(step) == -signal.SIGKILL
    killed.submits(1)
    done = killed.sequences()

    assert done.returncode == 0, done.stderr
    killed.has_one_history()
    killed.has_kept_every_promise()


def test_two_kills_in_a_row_are_no_worse(killed: Logbook) -> None:
    for step in ("committed", "files", "guard"):
        killed.submits(1)
        assert killed.dies_after(step) == -signal.SIGKILL
    assert killed.sequences().returncode == 0

    killed.has_one_history()
    killed.has_kept_every_promise()


def test_kills_at_any_moment_under_load(book: Logbook) -> None:
    """A lasting `wasl sequence`, ended without warning while submissions come in.

    At least four times, and on until batches came in between.
    """
    moments = random.Random(8)  # noqa: S311 - when to strike is no secret
    command = [sys.executable, "-m", "app.cli", "sequence", "--data", str(book.data)]
    for kills in range(MOST_KILLS):
        if kills >= FEWEST_KILLS and len(book.seen) > 2:
            break
        process = subprocess.Popen(command)
        end = time.monotonic() + 1.5 + kills / 2 + moments.random() * 2
        while time.monotonic() < end:
            book.submits(1)
            book.looks()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        book.looks()
    done = book.sequences()

    assert done.returncode == 0, done.stderr
    assert len(book.seen) > 2, "no batch came between the kills"
    book.has_one_history()
    book.has_kept_every_promise()


def test_a_second_sequencer_is_kept_off(book: Logbook) -> None:
    published = book.published()
    # A cosignature of another second is another one.
    time.sleep(1.1)
    command = [sys.executable, "-m", "app.cli", "sequence", "--data", str(book.data)]
    first = subprocess.Popen(command)
    try:
        _wait_until(lambda: book.published() != published)
        second = book.sequences()
        assert (second.returncode, "another" in second.stderr) == (REFUSED, True)
    finally:
        first.send_signal(signal.SIGTERM)
        assert first.wait(30) == 0


def _is_refused(book: Logbook, why: str) -> None:
    before = _newest_size(book)
    done = book.sequences()
    assert (done.returncode, why in done.stderr) == (REFUSED, True), done.stderr
    assert _newest_size(book) == before, "nothing was signed"


def _newest_size(book: Logbook) -> int:
    with book.world.state.reading() as connection:
        newest = log.newest_checkpoint(connection)
    assert newest
    return newest.size


def _goes_on(book: Logbook) -> None:
    book.submits(1)
    done = book.sequences()
    assert done.returncode == 0, done.stderr


def test_an_old_database_is_known_by_the_guard(book: Logbook) -> None:
    """Even if the published files and the witness are out of the way."""
    old = book.copies("old")
    _goes_on(book)
    new = book.copies("new")
    book.restores(old, "wasl.sqlite3", "log/checkpoint")
    book.stops_witness()
    _is_refused(book, "old copy")

    book.restores(new)
    book.starts_witness()
    _goes_on(book)
    book.has_one_history()
    book.has_kept_every_promise()


def test_an_old_folder_is_known_by_the_witness(book: Logbook) -> None:
    """A whole machine set back knows nothing; the witness does."""
    old = book.copies("old")
    _goes_on(book)
    new = book.copies("new")
    book.restores(old)
    _is_refused(book, "witness ngo")

    book.restores(new)
    _goes_on(book)
    book.has_one_history()
    book.has_kept_every_promise()


def test_nothing_is_signed_while_nobody_can_say_that_the_folder_is_old(book: Logbook) -> None:
    old = book.copies("old")
    _goes_on(book)
    book.restores(old)
    book.stops_witness()
    book.submits(1)
    before = _newest_size(book)

    assert book.sequences().returncode == UNWITNESSED
    assert _newest_size(book) == before


def test_a_published_checkpoint_that_the_database_has_not_stops_it(book: Logbook) -> None:
    old = book.copies("old")
    _goes_on(book)
    book.restores(old, "wasl.sqlite3", "guard/guard.sqlite3")
    book.stops_witness()

    _is_refused(book, "is published")


def test_a_lost_guard_is_made_again_only_on_purpose(book: Logbook) -> None:
    book.world.settings.guard_path.unlink()
    _is_refused(book, "--renew-guard")
    assert book.sequences("--renew-guard").returncode == 0
    _goes_on(book)
    book.has_one_history()


def test_without_witnesses_a_batch_is_sealed_and_published_when_they_are_back(
    book: Logbook,
) -> None:
    published = book.published()
    # A cosignature of another second is another one.
    time.sleep(1.1)
    command = [sys.executable, "-m", "app.cli", "sequence", "--data", str(book.data)]
    sequencer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_until(lambda: book.published() != published)
        published = book.published()
        size = _newest_size(book)
        book.stops_witness()
        book.submits()
        _wait_until(lambda: _newest_size(book) > size)
        time.sleep(1)
        assert book.published() == published
        book.starts_witness()
        _wait_until(lambda: book.published() != published)
    finally:
        sequencer.send_signal(signal.SIGTERM)
        _, said = sequencer.communicate(timeout=30)
    assert (sequencer.returncode, "Waiting: too few witnesses" in said) == (0, True)
    book.has_one_history()
    book.has_kept_every_promise()


def _wait_until(holds: object) -> None:
    assert callable(holds)
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_lost_files_are_made_again_from_the_database(book: Logbook) -> None:
    _goes_on(book)
    before = book.world.entries()
    shutil.rmtree(book.world.settings.log_path)
    assert book.sequences().returncode == 0

    assert book.world.entries()[: len(before)] == before
    book.has_one_history()
    book.has_kept_every_promise()
