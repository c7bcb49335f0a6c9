"""Logs that other implementations have written."""

from typing import Any

import pytest

from crypto.note import VerifierKey, read_text_unverified
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.merkle import verify_inclusion
from crypto.tlog.tiles import TiledTree, TilePath, append, tile_width
from crypto.tlog.verify import is_extension, verify_edge, verify_tile_range, verify_tree
from tests.conformance.tlog.vectors import FileLog, read
from tests.units.tlog.memory_log import MemoryLog

TESSERA = read("tessera_testdata_log")
SUNLIGHT = read("sunlight_mirror_300")


@pytest.mark.parametrize("case", read("paths"), ids=lambda case: case["path"])
def test_a_tile_has_the_path_that_tessera_gives_it(case: dict[str, Any]) -> None:
    if case["kind"] == "entries_for_index":
        index = case["seq"] // 256
        path = TilePath(None, index, tile_width(0, index, case["log_size"]))
    else:
        path = TilePath(case.get("level"), case["n"], case["w"] or 256)
    assert path.encode() == case["path"]
    assert TilePath.parse(case["path"]) == path


def test_every_checkpoint_of_tesseras_log_verifies() -> None:
    log, key = FileLog(TESSERA["files_base64"]), VerifierKey.parse(TESSERA["vkey"])
    checkpoints = [
        open_checkpoint(log.read(f"checkpoint.{size}"), key).checkpoint for size in range(16)
    ]
    for size, checkpoint in enumerate(checkpoints):
        assert checkpoint.size == size
        assert [
            entry.decode() for entries in verify_tree(log, checkpoint) for entry in entries
        ] == TESSERA["leaves_in_order"][:size]
        assert all(is_extension(log, old, checkpoint) for old in checkpoints[: size + 1])


def test_appending_writes_the_files_that_tessera_wrote() -> None:
    written: dict[TilePath, bytes] = {}
    log = MemoryLog()
    for leaf in TESSERA["leaves_in_order"]:
        written |= dict(append(log, log.size, [leaf.encode()]).files)
        log.grow([leaf.encode()])
    theirs = FileLog(TESSERA["files_base64"])
    assert len(written) == 30
    for path, data in written.items():
        assert data == theirs.read(path.encode())


def test_a_mirror_of_a_certificate_log_verifies() -> None:
    """Its note is signed by the mirror, whose key is not published; its entries are made up."""
    log = FileLog(SUNLIGHT["files_base64"])
    checkpoint = Checkpoint.parse(read_text_unverified(log.read("checkpoint")))

    verify_edge(log, checkpoint)
    verify_tile_range(log, checkpoint.size, 0, 0, 1)
    tree = TiledTree(log, checkpoint.size)
    for index in (0, 255, 256, 299):
        proof = tree.inclusion_proof(index)
        verify_inclusion(tree.leaf(index), index, checkpoint.size, proof, checkpoint.root)
