"""Two signed checkpoints of one log: does the larger one continue the smaller one?

A no is only said with a proof that anybody can check: two roots of one size, or a larger tree
whose own hashes lead to another root at the smaller size.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.auditor.findings import Evidence, Found
from crypto.encoding import encode_base64
from crypto.errors import DifferentTileError, InvalidProofError, MalformedTileError
from crypto.tlog.audit import judge_pair
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import verify_consistency
from crypto.tlog.tiles import TiledTree, TileReader


@dataclass(frozen=True)
class Shown:
    """A verified checkpoint and the bytes in which it came."""

    checkpoint: Checkpoint
    note: bytes


def compare_pair(one: Shown, other: Shown, tiles_of_larger: TileReader) -> Evidence | None:
    """What proves that the two are not of one log, if they are not.

    Raise `DifferentTileError` where the tiles are not those of the larger checkpoint.
    """
    small, large = sorted((one, other), key=lambda shown: shown.checkpoint.size)
    files = {"checkpoint-1": small.note, "checkpoint-2": large.note}
    old, new = small.checkpoint, large.checkpoint
    extends = True
    if old.size < new.size:
        root, proof = _prefix(tiles_of_larger, old.size, new)
        extends = root == old.root
        hashes = "".join(f"{encode_base64(each)}\n" for each in [root, *proof])
        files["consistency-proof"] = f"old {old.size}\nnew {new.size}\n{hashes}".encode()
    findings = judge_pair(old, new, extends=extends)
    return Evidence(Found.of(findings[0]), files) if findings else None


def _prefix(tiles: TileReader, size: int, new: Checkpoint) -> tuple[bytes, list[bytes]]:
    """The root that the tree of *new* has at an earlier size, and the proof that it has it."""
    tree = TiledTree(tiles, new.size)
    try:
        root, proof = tree.hash_of((0, size)), tree.consistency_proof(size)
        verify_consistency(size, new.size, proof, root, new.root)
    except (InvalidProofError, MalformedTileError) as exc:
        raise DifferentTileError("the right edge") from exc
    return root, proof
