"""Parts that come once, in any order, within a quota, and not for ever."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.errors import (
    IncompleteUploadError,
    PartTakenError,
    StorageFullError,
    UnknownUploadError,
    WrongPartError,
)
from app.settings import Limits
from app.store.storage_keys import StorageKeys
from app.store.uploads import PART_BYTES, UploadArea
from tests.world import WEDNESDAY, World, new_storage_keys

SECRET = bytes(32)


def _area(folder: Path, keys: StorageKeys, quota_bytes: int) -> UploadArea:
    return UploadArea(folder / "uploads", keys, secret=SECRET, quota_bytes=quota_bytes)


@pytest.fixture
def area(tmp_path: Path) -> UploadArea:
    area = _area(tmp_path, new_storage_keys(tmp_path), 3 * PART_BYTES)
    area.sweep(WEDNESDAY)
    return area


def test_parts_come_in_any_order_and_make_one_file(area: UploadArea) -> None:
    upload = area.begin(PART_BYTES + 5, WEDNESDAY)
    area.store_part(upload, 1, b"end!!")
    area.store_part(upload, 0, b"a" * PART_BYTES)

    assert upload.have() == [0, 1]
    assert b"".join(area.chunks(upload)) == b"a" * PART_BYTES + b"end!!"


def test_a_missing_part_is_missed(area: UploadArea) -> None:
    upload = area.begin(PART_BYTES + 5, WEDNESDAY)
    area.store_part(upload, 1, b"end!!")

    with pytest.raises(IncompleteUploadError):
        list(area.chunks(upload))


def test_a_part_comes_once(area: UploadArea) -> None:
    upload = area.begin(5, WEDNESDAY)
    for _ in range(2):
        area.store_part(upload, 0, b"right")
    with pytest.raises(PartTakenError):
        area.store_part(upload, 0, b"wrong")
    for number, data in ((0, b"longer"), (0, b""), (1, b"right"), (-1, b"right")):
        with pytest.raises(WrongPartError):
            area.store_part(upload, number, data)

    assert b"".join(area.chunks(upload)) == b"right"


def test_of_many_who_send_one_part_at_once_the_first_stays(area: UploadArea) -> None:
    upload = area.begin(5, WEDNESDAY)
    refused: list[bytes] = []

    def send(data: bytes) -> None:
        try:
            area.store_part(upload, 0, data)
        except PartTakenError:
            refused.append(data)

    parts = [b"%05d" % n for n in range(16)]
    threads = [threading.Thread(target=send, args=(data,)) for data in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (stored,) = area.chunks(upload)
    assert sorted([*refused, stored]) == parts
    assert [path.name for path in upload.folder.iterdir()] == ["000000"]


def test_an_upload_lives_for_the_next_day_too_and_no_longer(area: UploadArea) -> None:
    upload = area.begin(5, WEDNESDAY)
    area.store_part(upload, 0, b"bytes")
    thursday, friday = WEDNESDAY + timedelta(days=1), WEDNESDAY + timedelta(days=2)

    assert area.sweep(thursday) == 0
    assert area.find(upload.id, thursday).size == 5
    with pytest.raises(UnknownUploadError):
        area.find(upload.id, friday)
    assert area.sweep(friday) == 1
    assert not upload.folder.exists()


@pytest.mark.parametrize("name", ["", "..", "../../etc", "0" * 63, "G" * 64, "0" * 64, "\0" * 64])
def test_a_name_that_is_no_id_finds_nothing(area: UploadArea, name: str) -> None:
    with pytest.raises(UnknownUploadError):
        area.find(name, WEDNESDAY)


def test_when_the_quota_is_used_up_what_began_first_makes_room(area: UploadArea) -> None:
    """Three parts are too much for the quota, because a folder costs a little too."""
    first, second, third = (area.begin(PART_BYTES, WEDNESDAY) for _ in range(3))
    for upload in (second, first):
        area.store_part(upload, 0, bytes(PART_BYTES))
    area.store_part(third, 0, bytes(PART_BYTES))

    with pytest.raises(UnknownUploadError):
        area.find(first.id, WEDNESDAY)
    assert area.find(second.id, WEDNESDAY).have() == [0]
    assert area._used_bytes == 2 * PART_BYTES + 2 * 4096


def test_a_flood_of_uploads_keeps_nobody_from_theirs(area: UploadArea) -> None:
    own = area.begin(PART_BYTES + 5, WEDNESDAY)
    area.store_part(own, 0, bytes(PART_BYTES))
    for _ in range(200):
        area.begin(PART_BYTES, WEDNESDAY)
    area.store_part(own, 1, b"end!!")
    assert len(b"".join(area.chunks(own))) == PART_BYTES + 5

    for _ in range(5):
        area.store_part(area.begin(PART_BYTES, WEDNESDAY), 0, bytes(PART_BYTES))
    late = area.begin(5, WEDNESDAY)
    area.store_part(late, 0, b"bytes")
    assert late.have() == [0]


def test_an_upload_that_is_larger_than_the_quota_is_refused(area: UploadArea) -> None:
    upload = area.begin(4 * PART_BYTES, WEDNESDAY)
    for number in range(2):
        area.store_part(upload, number, bytes(PART_BYTES))

    with pytest.raises(StorageFullError):
        area.store_part(upload, 2, bytes(PART_BYTES))
    area.discard(upload)
    assert area._used_bytes == 0


def test_what_a_restart_finds_counts(area: UploadArea, tmp_path: Path) -> None:
    area.store_part(area.begin(PART_BYTES, WEDNESDAY), 0, bytes(PART_BYTES))
    keys = StorageKeys(tmp_path / "keys")
    again = _area(tmp_path, keys, PART_BYTES)
    again.sweep(WEDNESDAY)

    assert again._used_bytes >= PART_BYTES
    begun = again.begin(1, WEDNESDAY)
    assert [path.name for path in begun.folder.parent.iterdir()] == [begun.id], "the old one went"


def test_a_part_tells_no_time(area: UploadArea) -> None:
    upload = area.begin(5, WEDNESDAY)
    area.store_part(upload, 0, b"bytes")

    assert upload.part(0).stat().st_mtime == 0


@pytest.fixture
def full(world: World) -> Iterator[World]:
    """A world whose disk is nearly full."""
    limits = replace(Limits(), free_disk_bytes=2**62)
    settings = replace(world.settings, limits=limits)
    citizen = world.citizen()
    citizen.submits()
    world.desk().replies(citizen, 0)
    world.site = world.open(settings)
    world.__dict__.pop("client", None)
    world.__dict__["owner"] = citizen
    yield world


def test_on_a_full_disk_sending_is_refused_and_reading_works(full: World) -> None:
    owner, stranger, desk = full.__dict__["owner"], full.citizen(), full.desk()
    refused = [
        stranger.submits(),
        full.post("/messages", owner.follow_up(1)),
        full.post("/uploads", {"size": 5}),
        desk.replies(owner, 1),
    ]

    assert [answer.status_code for answer in refused] == [507] * 4
    assert {answer.get_json()["type"] for answer in refused} == {"urn:wasl:problem:storage-full"}
    assert owner.asks()["status"].strip() == "received"
    assert desk.get("/cases").status_code == 200
    assert desk.decides(owner, "read").status_code == 200
