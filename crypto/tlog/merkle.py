"""RFC 6962 Merkle trees: hashes, roots, and proofs that are made and checked (SPEC.md §9).

A proof is a list of subtrees, so it is first named as ranges of leaves (`inclusion_ranges`,
`consistency_ranges`) and hashed from whatever holds the tree. Every hash is 32 bytes, every
size below 2^53, and the number of hashes exactly what the sizes ask for.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from crypto.encoding import HASH_BYTES
from crypto.errors import InvalidProofError, MalformedProofError

MAX_SIZE: Final = (1 << 53) - 1
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"

Span = tuple[int, int]
"""Leaves from the first number up to and without the second."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(_LEAF + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The same for many, faster than one by one."""
    sha256 = hashlib.sha256
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def pair_hashes(nodes: Sequence[bytes]) -> list[bytes]:
    """The level above an even number of nodes."""
    sha256 = hashlib.sha256
    return [
        sha256(b"\x01" + left + right).digest()
        for left, right in zip(nodes[::2], nodes[1::2], strict=True)
    ]


def tree_root(nodes: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes, or over the roots of equally large complete subtrees."""
    if not nodes:
        return EMPTY_ROOT
    level = list(nodes)
    while len(level) > 1:
        # A last node without a neighbour moves up as it is.
        alone = level.pop() if len(level) % 2 else None
        level = pair_hashes(level)
        if alone:
            level.append(alone)
    return level[0]


@dataclass(frozen=True)
class CompactRange:
    """What must be known of a tree to append to it: the roots of its complete subtrees.

    `peaks` goes from the largest to the smallest, one for each bit of `size` that is set.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Raise `MalformedProofError`."""
        check_size(self.size)
        if len(self.peaks) != self.size.bit_count():
            raise MalformedProofError("a tree of this size has another number of peaks")
        _check_hashes(self.peaks)

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Self:
        return cls().append(leaves)

    @property
    def root(self) -> bytes:
        """The root of the tree; folding from the right takes as many hashes as peaks."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def append(self, leaves: Sequence[bytes]) -> Self:
        """The tree with more leaf hashes: k of them take O(k + log n) hashes."""
        return self._grow(leaves, 0)

    def append_subtrees(self, roots: Sequence[bytes], height: int) -> Self:
        """The same for roots of complete subtrees of 2^height leaves each.

        Raise `MalformedProofError` unless the tree is made of such subtrees so far.
        """
        if self.size % (1 << height):
            raise MalformedProofError("the tree ends inside a subtree")
        return self._grow(roots, height)

    def _grow(self, nodes: Sequence[bytes], height: int) -> Self:
        old, size = list(self.peaks), self.size + (len(nodes) << height)
        level, peaks = list(nodes), []
        while level or old:
            # The smallest old peak is of this height exactly when the old size has the bit.
            if self.size >> height & 1:
                level.insert(0, old.pop())
            if len(level) % 2:
                peaks.append(level.pop())
            level = pair_hashes(level)
            height += 1
        return type(self)(size, tuple(reversed(peaks)))


def check_size(size: int) -> None:
    """Raise `MalformedProofError` unless *size* is one that a tree may have."""
    if not 0 <= size <= MAX_SIZE:
        raise MalformedProofError("not the size of a tree")


def inclusion_ranges(index: int, size: int) -> list[Span]:
    """The subtrees whose hashes prove that leaf *index* is in the tree, from leaf to root.

    RFC 6962 §2.1.1. Raise `MalformedProofError` unless `0 <= index < size`.
    """
    check_size(size)
    if not 0 <= index < size:
        raise MalformedProofError("no such leaf in a tree of this size")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Span]:
    """The subtrees that prove that the tree of *new* leaves begins with that of *old* ones.

    RFC 6962 §2.1.2; nothing needs proof from an empty tree, nor between equal sizes. Raise
    `MalformedProofError` unless `0 <= old <= new`.
    """
    check_size(new)
    if not 0 <= old <= new:
        raise MalformedProofError("the older tree is not larger")
    if old in (0, new):
        return []
    begin, end, path = 0, new, []
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((begin, middle))
            begin = middle
    # The old tree itself is one of the subtrees only if it was not complete.
    if begin:
        path.append((begin, end))
    return path[::-1]


def hash_ranges(leaves: Sequence[bytes], ranges: Iterable[Span]) -> list[bytes]:
    """A proof from a tree whose leaf hashes are all in memory."""
    return [tree_root(leaves[begin:end]) for begin, end in ranges]


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise `InvalidProofError` unless the leaf hash is number *index* of the tree.

    Raise `MalformedProofError` for a hash that is not 32 bytes, or one too many or too few.
    """
    ranges = inclusion_ranges(index, size)
    _check_hashes([leaf, root, *proof])
    _check_count(proof, ranges)
    node = leaf
    for (begin, _), sibling in zip(ranges, proof, strict=True):
        node = node_hash(sibling, node) if begin < index else node_hash(node, sibling)
    if node != root:
        raise InvalidProofError("the leaf is not in this tree")


def verify_consistency(
    old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Raise `InvalidProofError` unless the tree of *new* leaves begins with that of *old* ones.

    Raise `MalformedProofError` as `verify_inclusion` does.
    """
    ranges = consistency_ranges(old, new)
    _check_hashes([old_root, new_root, *proof])
    _check_count(proof, ranges)
    if old == 0:
        agreed = old_root == EMPTY_ROOT
    elif old == new:
        agreed = old_root == new_root
    else:
        agreed = _roots_from(old, ranges, proof, old_root) == (old_root, new_root)
    if not agreed:
        raise InvalidProofError("the trees are not of one log")


def _roots_from(
    old: int, ranges: Sequence[Span], proof: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """Both roots, as the proof has them."""
    steps = list(zip(ranges, proof, strict=True))
    if steps[0][0][1] == old:
        (_, start), *steps = steps
    else:
        # The old tree is a complete subtree of the new one, and so its own first hash.
        start = old_root
    before = after = start
    for (begin, _), sibling in steps:
        if begin < old:
            before = node_hash(sibling, before)
            after = node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    return before, after


def _split(count: int) -> int:
    """The largest power of two below *count*, which is at least 2."""
    return 1 << (count - 1).bit_length() - 1


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise MalformedProofError("a hash has 32 bytes")


def _check_count(proof: Sequence[bytes], ranges: Sequence[Span]) -> None:
    if len(proof) != len(ranges):
        raise MalformedProofError("a proof for these sizes has another number of hashes")
