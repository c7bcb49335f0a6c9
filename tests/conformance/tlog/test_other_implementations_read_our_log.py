"""tlog-scales, written by others, reads a log that we have written."""

from pathlib import Path

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as TheirCheckpoint
from tlog_scales.tlog import InclusionProof

from crypto.tlog.cosignature import MlDsa44Key, WitnessKey, cosign
from crypto.tlog.merkle import leaf_hash
from crypto.tlog.tiles import TiledTree
from tests.units.crypto.people import ORIGIN
from tests.units.tlog.memory_log import MemoryLog
from tests.units.tlog.operator import LOG_KEY, Operator, seed

SIZES = (1, 255, 256, 257, 600, 66_000)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log that grew in steps, as files."""
    folder = tmp_path_factory.mktemp("log")
    log = MemoryLog()
    for size in SIZES:
        log.grow([b"entry %d" % index for index in range(log.size, size)])
    for path, data in log.files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def test_the_roots_proofs_and_entries_are_the_same(published: Path) -> None:
    theirs = TilesReader(LocalBackend(published))
    ours = MemoryLog()
    for size in SIZES:
        ours.grow([b"entry %d" % index for index in range(ours.size, size)])
        theirs.set_size(size)
        tree = TiledTree(ours, size)
        assert theirs.calculate_root_hash() == tree.root
        for index in {0, size // 2, size - 1}:
            assert theirs.get_entry(index) == b"entry %d" % index
            proof = InclusionProof(index, size, tree.inclusion_proof(index))
            assert proof == theirs.get_inclusion_proof(index, size)
            proof.check(leaf_hash(b"entry %d" % index), tree.root)
        for old in (0, *SIZES[: SIZES.index(size)]):
            expected = theirs.get_consistency_proof(old, size).node_hashes if old else []
            assert tree.consistency_proof(old) == expected


def test_the_signatures_of_a_checkpoint_verify() -> None:
    operator = Operator()
    operator.opens()
    second = MlDsa44Key(ORIGIN, seed("post-quantum"))
    witness = WitnessKey("witness.example/w1", seed("witness"))
    note = cosign(operator.checkpoint.sign(LOG_KEY), second, 0)
    note = cosign(note, witness, 1_795_500_000)

    checkpoint = TheirCheckpoint.from_text(note)
    assert checkpoint.serialize() == note
    for key in (LOG_KEY.verifier, second.verifier, witness.verifier):
        checkpoint.verify(Vkey.from_string(key.encode()))
