"""Tiles and bundles: read strictly, written once."""

import pytest

from crypto.errors import DifferentTileError, MalformedProofError, MalformedTileError
from crypto.tlog.merkle import EMPTY_ROOT, CompactRange, leaf_hash, verify_inclusion
from crypto.tlog.tiles import (
    TiledTree,
    TilePath,
    append,
    encode_bundle,
    parse_bundle,
    parse_tile,
    tile_paths,
)
from crypto.tlog.verify import is_extension, verify_tile_range, verify_tree
from tests.units.tlog.memory_log import MemoryLog, checkpoint_of

ENTRIES = [b"entry %d" % number for number in range(70_000)]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/00/000",
        "tile/64/000",
        "tile/0/0",
        "tile/0/x000/001",
        "tile/0/1000",
        "tile/-1/000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/entries/000\n",
        "tile/0/٠٠١",
        "tile/0/" + "x999/" * 6 + "999",
        "tile/entries/../000",
    ],
)
def test_a_path_has_one_spelling(path: str) -> None:
    with pytest.raises(MalformedTileError):
        TilePath.parse(path)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        (b"\x00\x01a", 2),
        (b"\x00\x02a", 1),
        (b"\x00", 1),
        (b"\x00\x01a\x00", 1),
        (b"\x00\x01ab", 1),
        (b"", 1),
        (b"\x00\x00", 0),
    ],
    ids=["one missing", "cut", "half a length", "one byte more", "a letter more", "empty", "full"],
)
def test_a_bundle_holds_its_entries_and_nothing_else(data: bytes, width: int) -> None:
    with pytest.raises(MalformedTileError):
        parse_bundle(data, width)


def test_entries_may_be_empty_or_as_long_as_a_length_can_say() -> None:
    entries = [b"", b"x" * 65_535, b"\x00\x01"]
    assert parse_bundle(encode_bundle(entries), 3) == entries
    with pytest.raises(MalformedTileError):
        encode_bundle([b"x" * 65_536])


def test_a_tile_is_as_wide_as_it_is_said_to_be() -> None:
    assert parse_tile(bytes(64), 2) == [bytes(32)] * 2
    for size in (0, 31, 33, 63, 65, 96):
        with pytest.raises(MalformedTileError):
            parse_tile(bytes(size), 2)


def test_the_example_of_the_specification_has_its_tiles() -> None:
    """A tree of 70,000: 273 full tiles and one of 112, a full one and one of 17, one of 1."""
    last = {path.level: path for path in tile_paths(70_000)}
    assert last[0] == TilePath(0, 273, 112)
    assert last[1] == TilePath(1, 1, 17)
    assert last[2] == TilePath(2, 0, 1)
    assert last[None] == TilePath(None, 273, 112)
    assert sum(path.level == 0 for path in tile_paths(70_000)) == 274
    assert list(tile_paths(256)) == [TilePath(None, 0), TilePath(0, 0), TilePath(1, 0, 1)]
    assert list(tile_paths(0)) == []


def test_a_log_has_every_file_that_its_size_asks_for() -> None:
    log = MemoryLog()
    for size in (3, 256, 300, 66_000, 70_000):
        log.grow(ENTRIES[log.size : size])
        assert {path.encode() for path in tile_paths(size)} <= set(log.files)
        assert log.root == TiledTree(log, size).root


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537])
def test_a_new_log_has_no_other_files(size: int) -> None:
    log = MemoryLog(ENTRIES[:size])
    assert set(log.files) == {path.encode() for path in tile_paths(size)}


def test_what_is_appended_is_all_that_is_written() -> None:
    log = MemoryLog(ENTRIES[:70_000])
    growth = append(log, log.size, [b"one more"])
    assert [path for path, _ in growth.files] == [TilePath(None, 273, 113), TilePath(0, 273, 113)]


def test_nothing_appended_is_nothing_written() -> None:
    log = MemoryLog(ENTRIES[:300])
    growth = append(log, log.size, [])
    assert (growth.size, growth.root, growth.files) == (300, log.root, ())
    assert append(MemoryLog(), 0, []).root == EMPTY_ROOT


def test_entries_are_read_where_they_were_put() -> None:
    log = MemoryLog(ENTRIES[:700])
    tree = TiledTree(log, 700)
    for index in (0, 255, 256, 699):
        assert tree.entry(index) == ENTRIES[index]
        assert tree.leaf(index) == leaf_hash(ENTRIES[index])
        proof = tree.inclusion_proof(index)
        verify_inclusion(leaf_hash(ENTRIES[index]), index, 700, proof, log.root)
    with pytest.raises(MalformedProofError):
        tree.inclusion_proof(700)


@pytest.mark.parametrize("size", [1, 256, 300, 66_000])
def test_a_whole_log_verifies_and_gives_its_entries(size: int) -> None:
    log = MemoryLog(ENTRIES[:size])
    checkpoint = checkpoint_of(log)
    read = [entry for entries in verify_tree(log, checkpoint) for entry in entries]
    assert read == ENTRIES[:size]
    for old in (0, 1, size // 2, size - 1, size):
        later = [entry for entries in verify_tree(log, checkpoint, old) for entry in entries]
        assert later == ENTRIES[old:size]


def test_an_empty_log_verifies() -> None:
    assert list(verify_tree(MemoryLog(), checkpoint_of(MemoryLog()))) == []


@pytest.mark.parametrize("path", [path.encode() for path in tile_paths(66_000)][::37])
def test_no_file_can_be_changed_cut_or_lengthened(path: str) -> None:
    log = MemoryLog(ENTRIES[:66_000])
    checkpoint = checkpoint_of(log)
    whole = log.files[path]
    middle = len(whole) // 2
    for changed in (
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        whole[:-1],
        whole + b"\x00",
        b"",
    ):
        log.files[path] = changed
        with pytest.raises(DifferentTileError):
            list(verify_tree(log, checkpoint))


@pytest.mark.parametrize("path", ["tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"])
def test_upper_tiles_are_verified_too(path: str) -> None:
    log = MemoryLog(ENTRIES[:66_000])
    checkpoint = checkpoint_of(log)
    whole = log.files[path]
    log.files[path] = bytes(32) + whole[32:]
    with pytest.raises(DifferentTileError):
        list(verify_tree(log, checkpoint))


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("forged", [0, 65_999])
def test_a_log_that_agrees_with_itself_still_needs_the_root(forged: int, levels: int) -> None:
    """An entry is replaced, and the tiles above it up to some level are made to agree."""
    log, other = (
        MemoryLog(ENTRIES[:66_000]),
        MemoryLog([*ENTRIES[:forged], b"forged", *ENTRIES[forged + 1 : 66_000]]),
    )
    checkpoint = checkpoint_of(log)
    for path, data in other.files.items():
        if (TilePath.parse(path).level or 0) < levels:
            log.files[path] = data
    with pytest.raises(DifferentTileError):
        list(verify_tree(log, checkpoint))


def test_ranges_of_tiles_can_be_verified_apart() -> None:
    log = MemoryLog(ENTRIES[:66_000])
    for first in range(0, 257, 50):
        verify_tile_range(log, log.size, 0, first, min(first + 50, 257))
    log.files["tile/0/123"] = log.files["tile/0/122"]
    verify_tile_range(log, log.size, 0, 0, 123)
    with pytest.raises(DifferentTileError) as caught:
        verify_tile_range(log, log.size, 0, 100, 200)
    assert caught.value.path == "tile/0/123"


def test_a_log_that_grew_extends_its_past_and_another_does_not() -> None:
    log, other = MemoryLog(ENTRIES[:300]), MemoryLog([b"forged", *ENTRIES[1:300]])
    old, forged = checkpoint_of(log), checkpoint_of(other)
    log.grow(ENTRIES[300:700])
    new = checkpoint_of(log)
    assert is_extension(log, old, new)
    assert is_extension(log, new, new)
    assert not is_extension(log, forged, new)
    assert not is_extension(log, new, old)


def test_a_compact_range_knows_when_it_is_not_one() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES[:6]]
    compact = CompactRange.of(leaves)
    with pytest.raises(MalformedProofError):
        CompactRange(6, compact.peaks[:1])
    with pytest.raises(MalformedProofError):
        CompactRange(6, (compact.peaks[0], compact.peaks[1][:31]))
    with pytest.raises(MalformedProofError):
        CompactRange(1 << 53, (bytes(32),))
    with pytest.raises(MalformedProofError):
        compact.append_subtrees([bytes(32)], 2)


def test_whole_subtrees_can_be_appended() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES[:1000]]
    roots = [CompactRange.of(leaves[i : i + 256]).root for i in (0, 256, 512)]
    compact = CompactRange().append_subtrees(roots, 8).append(leaves[768:])
    assert compact == CompactRange.of(leaves)
