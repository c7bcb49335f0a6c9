"""The guard takes only what continues the last signature, and forgets nothing."""

from pathlib import Path

import pytest

from app.log.errors import RestoredError
from app.log.guard import SignerGuard
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.tiles import TiledTree
from tests.units.tlog.memory_log import MemoryLog

ORIGIN = "wasl.example"


def _tree(*entries: bytes) -> tuple[Checkpoint, TiledTree]:
    log = MemoryLog(entries)
    return Checkpoint(ORIGIN, log.size, log.root), TiledTree(log, log.size)


@pytest.fixture
def guard(tmp_path: Path) -> SignerGuard:
    return SignerGuard(tmp_path / "guard" / "guard.sqlite3")


def test_a_new_guard_knows_the_empty_tree_and_is_no_file(guard: SignerGuard) -> None:
    assert guard.last(ORIGIN) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert not guard.exists


def test_it_goes_on_with_the_log_and_survives_a_restart(guard: SignerGuard, tmp_path: Path) -> None:
    for count in (1, 3, 3, 300):
        checkpoint, tree = _tree(*(bytes([n % 251]) for n in range(count)))
        guard.advance(checkpoint, tree.consistency_proof)

    again = SignerGuard(tmp_path / "guard" / "guard.sqlite3")
    assert again.last(ORIGIN) == checkpoint
    assert again.last("other.example").size == 0


@pytest.mark.parametrize(
    "entries", [(b"a",), (b"a", b"x"), (b"a", b"x", b"c"), ()], ids=["old", "fork", "later", "none"]
)
def test_another_tree_is_refused_and_changes_nothing(
    guard: SignerGuard, entries: tuple[bytes, ...]
) -> None:
    checkpoint, tree = _tree(b"a", b"b")
    guard.advance(checkpoint, tree.consistency_proof)
    other, other_tree = _tree(*entries)

    for attempt in (guard.require, guard.advance):
        with pytest.raises(RestoredError):
            attempt(other, other_tree.consistency_proof)
    assert guard.last(ORIGIN) == checkpoint
