"""Any tree, however it grew, is the one of RFC 6962, and nothing else proves anything in it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import DifferentTileError, InvalidProofError, MalformedProofError
from crypto.tlog.merkle import (
    CompactRange,
    consistency_ranges,
    hash_ranges,
    inclusion_ranges,
    leaf_hash,
    leaf_hashes,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from crypto.tlog.tiles import TiledTree, TilePath, encode_bundle, parse_bundle, tile_paths
from crypto.tlog.verify import verify_tree
from tests.properties.tlog import naive
from tests.units.tlog.memory_log import MemoryLog, checkpoint_of

MANY = [b"entry %d" % number for number in range(100_000)]
LEAVES = leaf_hashes(MANY)
small_sizes = st.integers(1, 130)
refused = (InvalidProofError, MalformedProofError)


@given(entries=st.lists(st.binary(max_size=5), max_size=40), at=st.data())
def test_roots_and_proofs_are_those_of_the_rfc(entries: list[bytes], at: st.DataObject) -> None:
    leaves = leaf_hashes(entries)
    assert tree_root(leaves) == CompactRange.of(leaves).root == naive.root(entries)
    if entries:
        index = at.draw(st.integers(0, len(entries) - 1))
        proof = hash_ranges(leaves, inclusion_ranges(index, len(entries)))
        assert proof == naive.path(index, entries)
        old = at.draw(st.integers(1, len(entries)))
        proof = hash_ranges(leaves, consistency_ranges(old, len(entries)))
        assert proof == naive.proof(old, entries)


@given(size=small_sizes, at=st.data())
def test_only_the_right_leaf_at_the_right_place_is_included(size: int, at: st.DataObject) -> None:
    index = at.draw(st.integers(0, size - 1))
    other = at.draw(st.integers(0, 2 * size))
    leaf, root = LEAVES[index], tree_root(LEAVES[:size])
    proof = hash_ranges(LEAVES, inclusion_ranges(index, size))

    verify_inclusion(leaf, index, size, proof, root)
    if other != index:
        with pytest.raises(refused):
            verify_inclusion(leaf, other, size, proof, root)
        with pytest.raises(refused):
            verify_inclusion(LEAVES[other], index, size, proof, root)


@given(size=small_sizes, at=st.data())
def test_no_bit_of_an_inclusion_proof_can_flip(size: int, at: st.DataObject) -> None:
    index = at.draw(st.integers(0, size - 1))
    hashes = [
        LEAVES[index],
        *hash_ranges(LEAVES, inclusion_ranges(index, size)),
        tree_root(LEAVES[:size]),
    ]
    hashes = flipped(hashes, at)
    with pytest.raises(InvalidProofError):
        verify_inclusion(hashes[0], index, size, hashes[1:-1], hashes[-1])


@given(new=small_sizes, at=st.data())
def test_no_bit_of_a_consistency_proof_can_flip(new: int, at: st.DataObject) -> None:
    old = at.draw(st.integers(1, new))
    roots = [tree_root(LEAVES[:old]), tree_root(LEAVES[:new])]
    proof = hash_ranges(LEAVES, consistency_ranges(old, new))
    verify_consistency(old, new, proof, *roots)
    one, other, *proof = flipped([*roots, *proof], at)
    with pytest.raises(InvalidProofError):
        verify_consistency(old, new, proof, one, other)


@given(new=small_sizes, at=st.data())
def test_another_past_is_not_consistent(new: int, at: st.DataObject) -> None:
    old = at.draw(st.integers(1, new))
    changed = at.draw(st.integers(0, old - 1))
    past = [*LEAVES[:old]]
    past[changed] = leaf_hash(b"forged")
    proof = hash_ranges(LEAVES, consistency_ranges(old, new))
    with pytest.raises(InvalidProofError):
        verify_consistency(old, new, proof, tree_root(past), tree_root(LEAVES[:new]))


@given(new=small_sizes, at=st.data())
def test_a_proof_has_exactly_its_hashes(new: int, at: st.DataObject) -> None:
    index, old = at.draw(st.integers(0, new - 1)), at.draw(st.integers(0, new))
    root, old_root = tree_root(LEAVES[:new]), tree_root(LEAVES[:old])
    inclusion = hash_ranges(LEAVES, inclusion_ranges(index, new))
    consistency = hash_ranges(LEAVES, consistency_ranges(old, new))
    for extra in (LEAVES[0], b"", bytes(31), bytes(33)):
        with pytest.raises(MalformedProofError):
            verify_inclusion(LEAVES[index], index, new, [*inclusion, extra], root)
        with pytest.raises(MalformedProofError):
            verify_consistency(old, new, [*consistency, extra], old_root, root)
        if inclusion and len(extra) != 32:
            with pytest.raises(MalformedProofError):
                verify_inclusion(LEAVES[index], index, new, [extra, *inclusion[1:]], root)
    if inclusion:
        with pytest.raises(MalformedProofError):
            verify_inclusion(LEAVES[index], index, new, inclusion[1:], root)
    if consistency:
        with pytest.raises(MalformedProofError):
            verify_consistency(old, new, consistency[:-1], old_root, root)


@given(cuts=st.lists(st.integers(0, 3_000), max_size=6))
def test_a_tree_does_not_remember_how_it_grew(cuts: list[int]) -> None:
    compact = CompactRange()
    for begin, end in itertools.pairwise([0, *sorted(cuts)]):
        compact = compact.append(LEAVES[begin:end])
        assert compact == CompactRange.of(LEAVES[:end])
        assert compact.root == tree_root(LEAVES[:end])


@settings(max_examples=12)
@given(
    sizes=st.lists(
        st.one_of(
            st.integers(0, 100_000),
            st.sampled_from([255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 100_000]),
        ),
        min_size=1,
        max_size=5,
    ),
    at=st.data(),
)
def test_a_log_of_tiles_is_the_tree_at_every_size_it_had(
    sizes: list[int], at: st.DataObject
) -> None:
    log = MemoryLog()
    checkpoints = []
    for size in sorted(sizes):
        log.grow(MANY[log.size : size])
        assert log.root == CompactRange.of(LEAVES[:size]).root
        assert {path.encode() for path in tile_paths(size)} <= set(log.files)
        checkpoints.append(checkpoint_of(log))
    for checkpoint in checkpoints:
        tree = TiledTree(log, checkpoint.size)
        assert tree.root == checkpoint.root
        if checkpoint.size:
            index = at.draw(st.integers(0, checkpoint.size - 1))
            proof = tree.inclusion_proof(index)
            verify_inclusion(LEAVES[index], index, checkpoint.size, proof, checkpoint.root)
        old = at.draw(st.integers(0, checkpoint.size))
        proof = tree.consistency_proof(old)
        old_root = CompactRange.of(LEAVES[:old]).root
        verify_consistency(old, checkpoint.size, proof, old_root, checkpoint.root)
    old = checkpoints[0].size
    last = checkpoints[-1]
    read = [entry for entries in verify_tree(log, last, old) for entry in entries]
    assert read == MANY[old : last.size]


@settings(max_examples=60)
@given(size=st.integers(1, 1_500), at=st.data())
def test_no_bit_of_a_log_can_flip(size: int, at: st.DataObject) -> None:
    log = MemoryLog(MANY[:size])
    checkpoint = checkpoint_of(log)
    path = at.draw(st.sampled_from(list(tile_paths(size)))).encode()
    data = bytearray(log.files[path])
    bit = at.draw(st.integers(0, 8 * len(data) - 1))
    data[bit // 8] ^= 1 << bit % 8
    log.files[path] = bytes(data)
    with pytest.raises(DifferentTileError):
        list(verify_tree(log, checkpoint))


@given(entries=st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert parse_bundle(encode_bundle(entries), len(entries)) == entries


@given(
    path=st.builds(
        TilePath,
        st.none() | st.integers(0, 63),
        st.integers(0, 10**15),
        st.integers(1, 256),
    )
)
def test_paths_read_back(path: TilePath) -> None:
    assert TilePath.parse(path.encode()) == path


def flipped(hashes: list[bytes], at: st.DataObject) -> list[bytes]:
    """The same hashes, with one bit of one of them changed."""
    which = at.draw(st.integers(0, len(hashes) - 1))
    bit = at.draw(st.integers(0, 255))
    changed = bytearray(hashes[which])
    changed[bit // 8] ^= 1 << bit % 8
    return [*hashes[:which], bytes(changed), *hashes[which + 1 :]]
