"""`/log/` is what tlog-tiles says, byte for byte, and nothing else of the disk."""

import gzip
import hashlib

import pytest

from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.leaves import Bundle, parse_leaf
from crypto.tlog.policy import Policy, open_witnessed
from crypto.tlog.tiles import parse_bundle, tile_paths
from tests.world import ORIGIN, World

FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture
def published(world: World) -> World:
    world.starts_log()
    world.citizen().submits()
    world.next_day()
    world.sequences()
    return world


def _checkpoint(world: World) -> Checkpoint:
    note = world.client.get("/log/checkpoint").text
    policy = Policy.parse(world.client.get("/api/v1/intake").get_json()["log"]["policy"])
    return open_witnessed(note, policy, origin=ORIGIN).checkpoint


def test_before_the_first_batch_there_is_nothing(world: World) -> None:
    assert world.client.get("/log/checkpoint").status_code == 404
    assert world.client.get("/api/v1/intake").get_json()["log"]["size"] == 0


def test_the_checkpoint_is_text_and_stays_fresh(published: World) -> None:
    answer = published.client.get("/log/checkpoint")

    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    assert _checkpoint(published).size == len(published.entries())


def test_every_file_of_the_tree_is_there_for_ever(published: World) -> None:
    paths = list(tile_paths(_checkpoint(published).size))
    assert len(paths) == 2
    for path in paths:
        answer = published.client.get(f"/log/{path.encode()}")
        assert answer.status_code == 200
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Cache-Control"] == FOREVER


def test_bundles_are_compressed_for_who_asks(published: World) -> None:
    bundle = next(path for path in tile_paths(_checkpoint(published).size) if path.level is None)
    plain = published.client.get(f"/log/{bundle.encode()}")
    packed = published.client.get(f"/log/{bundle.encode()}", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert parse_bundle(plain.data, bundle.width) == published.entries()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/000",
        "tile/0/000.p/256",
        "tile/00/000.p/1",
        "tile/0/x000/000.p/1",
        "tile/0/.000.p.new",
        "tile/entries/999",
        "tile/0/../../wasl.toml",
        "tile/../../wasl.toml",
        "../wasl.toml",
        "..%2fwasl.toml",
        "checkpoint/",
        ".checkpoint.new",
    ],
)
def test_another_spelling_is_not_there(published: World, path: str) -> None:
    assert published.client.get(f"/log/{path}").status_code == 404


def test_the_log_has_the_hash_of_what_browsers_are_handed(published: World) -> None:
    manifest = published.client.get("/api/v1/client").text
    bundles = [entry for entry in published.entries() if entry.startswith(b"bundle/v1")]
    assert len(bundles) == 1
    text = parse_leaf(bundles[0]).note.partition("\n\n")[0] + "\n"  # type: ignore[union-attr]

    assert Bundle.parse(text).manifest == hashlib.sha256(manifest.encode()).digest()
    for line in manifest.splitlines():
        digest, url = line.split("  ")
        assert hashlib.sha256(published.client.get(url).data).hexdigest() == digest
