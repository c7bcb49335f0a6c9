"""Ciphertext by its digest: whole or not there, and without a time."""

from pathlib import Path

import pytest

from app.services.housekeeping import delete_orphans
from app.store import relays, team
from app.store.blobs import FileBlobStore
from app.store.relays import StoredRelay
from app.store.storage_keys import StorageKeys
from crypto.encoding import sha256
from tests.world import WEDNESDAY, World

ALSO_KEPT = (b"packet", b"answer", b"document", b"note among colleagues")


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobStore:
    keys = StorageKeys(tmp_path / "keys")
    blobs = FileBlobStore(tmp_path / "blobs", keys, lambda: WEDNESDAY)
    blobs.prepare()
    return blobs


def test_what_is_put_is_found_by_its_digest(blobs: FileBlobStore) -> None:
    data = bytes(range(256)) * 1000
    blob = blobs.put(data)

    assert (blob.digest, blob.size) == (sha256(data), 256_000)
    assert blobs.exists(blob.digest)
    assert blobs.read(blob.digest) == data
    assert blobs.size(blob.digest) == 256_000
    with blobs.open(blob.digest) as file:
        assert file.read() == data
    assert list(blobs.digests()) == [blob.digest]


def test_a_file_has_no_time_and_only_its_owner_reads_it(blobs: FileBlobStore) -> None:
    blob = blobs.put(b"sealed")
    path = blobs.path(blob.digest)

    assert path.stat().st_mtime == path.stat().st_atime == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_an_abandoned_write_leaves_nothing(blobs: FileBlobStore, tmp_path: Path) -> None:
    with blobs.writer() as writer:
        writer.write(b"half")
    with pytest.raises(OSError, match="broken"), blobs.writer() as writer:
        writer.write(b"half")
        raise OSError("broken")

    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_what_a_crash_left_half_written_is_dropped_at_the_start(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    (tmp_path / "blobs" / "incoming" / "half").write_bytes(b"half")
    kept = blobs.put(b"whole")
    blobs.prepare()

    left = [path.name for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert left == [kept.digest.hex()]


def test_the_same_bytes_twice_are_one_blob(blobs: FileBlobStore) -> None:
    assert blobs.put(b"sealed") == blobs.put(b"sealed")
    assert len(list(blobs.digests())) == 1


def test_a_deleted_blob_is_gone_and_may_be_deleted_again(blobs: FileBlobStore) -> None:
    blob = blobs.put(b"sealed")
    blobs.delete(blob.digest)
    blobs.delete(blob.digest)

    assert not blobs.exists(blob.digest)
    with pytest.raises(FileNotFoundError):
        blobs.read(blob.digest)


def test_only_what_no_row_names_is_an_orphan(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    world.post("/submissions", citizen.request(attachments=[citizen.uploads(b"photo")]))
    world.post("/messages", citizen.follow_up(1))
    desk.replies(citizen, 0)
    packet, answer, document, note = (world.state.blobs.put(each).digest for each in ALSO_KEPT)
    relay = StoredRelay(bytes(16), "a", "t", WEDNESDAY, packet, bytes(32), answer, document)
    with world.state.transaction() as connection:
        relays.add_relay(connection, relay)
        team.add_note(connection, bytes(32), note, "2026-W48")
    before = set(world.state.blobs.digests())
    orphan = world.state.blobs.put(b"orphan")
    with world.state.reading() as connection:
        deleted = delete_orphans(connection, world.state.blobs, keep={world.state.dummy_reply})

    assert deleted == 1
    assert set(world.state.blobs.digests()) == before
    assert not world.state.blobs.exists(orphan.digest)
    assert len(before) == 6 + len(ALSO_KEPT)
