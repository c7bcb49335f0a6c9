"""Trees and proofs of other implementations."""

from typing import Any

import pytest

from crypto.tlog.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_ranges,
    hash_ranges,
    inclusion_ranges,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tests.conformance.tlog.vectors import accepts, raw, read

REFERENCE = read("reference_tree")
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in REFERENCE["leaves_hex"]]

DIVERGENT = {
    # Compares the two roots before it looks at their length; ours are always 32 bytes.
    "sizes are equal (one) and proof is empty": False,
}


@pytest.mark.parametrize("case", read("inclusion"), ids=lambda case: case["path"])
def test_a_leaf_is_found_where_the_reference_finds_it(case: dict[str, Any]) -> None:
    found = accepts(
        lambda: verify_inclusion(
            raw(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [raw(value) for value in case["proof"] or []],
            raw(case["root"]),
        )
    )
    assert found is not case["wantErr"]


@pytest.mark.parametrize("case", read("consistency"), ids=lambda case: case["path"])
def test_a_tree_grows_from_another_if_the_reference_says_so(case: dict[str, Any]) -> None:
    grown = accepts(
        lambda: verify_consistency(
            case["size1"],
            case["size2"],
            [raw(value) for value in case["proof"] or []],
            raw(case["root1"]),
            raw(case["root2"]),
        )
    )
    assert grown is DIVERGENT.get(case["desc"], not case["wantErr"])


def test_every_tree_begins_with_the_empty_one() -> None:
    """A witness asks this of a new log; the reference calls the question useless and refuses."""
    verify_consistency(0, 8, [], EMPTY_ROOT, tree_root(LEAVES))
    assert not accepts(lambda: verify_consistency(0, 8, [], tree_root(LEAVES), tree_root(LEAVES)))


def test_hashes_are_those_of_certificate_transparency() -> None:
    hasher = REFERENCE["hasher"]
    assert bytes.fromhex(hasher["empty_root"]) == EMPTY_ROOT
    for leaf in hasher["leaves"]:
        assert leaf_hash(bytes.fromhex(leaf["hex"])).hex() == leaf["hash"]
    for node in hasher["nodes"]:
        left, right = bytes.fromhex(node["left"]), bytes.fromhex(node["right"])
        assert node_hash(left, right).hex() == node["hash"]


def test_the_well_known_tree_has_its_roots() -> None:
    for size, root in enumerate(REFERENCE["roots_by_size"], 1):
        assert tree_root(LEAVES[:size]).hex() == root
        assert CompactRange.of(LEAVES[:size]).root.hex() == root


def test_the_well_known_tree_has_its_proofs() -> None:
    for case in REFERENCE["paths_cpp"]:
        leaf, size = case["leaf_one_based"], case["snapshot"]
        if leaf:
            proof = hash_ranges(LEAVES, inclusion_ranges(leaf - 1, size))
            assert [value.hex() for value in proof] == case["path"]
    for case in REFERENCE["consistency_cpp"]:
        old, new = case["snapshot1"], case["snapshot2"]
        proof = hash_ranges(LEAVES, consistency_ranges(old, new))
        assert [value.hex() for value in proof] == case["proof"]


def test_a_certificate_is_in_a_log_of_millions() -> None:
    case = REFERENCE["real_ct_inclusion"]
    leaf = leaf_hash(bytes.fromhex(case["leaf_hex"]))
    assert leaf.hex() == case["leaf_hash"]
    proof = [bytes.fromhex(value) for value in case["proof"]]
    verify_inclusion(leaf, case["index"], case["size"], proof, bytes.fromhex(case["root"]))
