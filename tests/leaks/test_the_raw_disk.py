"""What a forensic search of the raw disk finds: a file system of its own, read as one long file.

The data folder lies on an ext4 image that is mounted through a loop device, so journal, freed
blocks and slack are all searched. Needs root and loop devices; a CI that has neither skips.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

import redaction.cases
from app.services import housekeeping
from app.settings import Settings
from app.store.storage_keys import StorageKeys
from crypto.weeks import monday_of
from tests.leaks.canaries import Canary, found_in_files
from tests.stack import review_path
from tests.units.server.serving import serving
from tests.world import World

IMAGE_BYTES = 128 << 20
WEEKS = 26
WORDS = Canary("the words", "CANARY-raw-words-11223")
FILE = Canary("the file", "CANARY-raw-file-44556")
SEEDS = json.loads((Path(redaction.cases.__file__).parent / "seeds.json").read_text("utf-8"))
JPEG = b64decode(SEEDS["baseline"])
# Of a picture, which is cleaned and sealed while it arrives: 8 MB more of what is to be seen.
PHOTO = JPEG[:-2] + f"{FILE.text} ".encode() * 350_000 + JPEG[-2:]
CONTROL = Canary("the control", "CANARY-raw-control-77889")


@dataclass
class Disk:
    """`folder` is where the file system is mounted; `image` is all of its blocks."""

    image: Path
    folder: Path

    def holds(self, needle: bytes) -> bool:
        os.sync()
        return needle in self.image.read_bytes()

    def finds(self, *canaries: Canary) -> list[str]:
        os.sync()
        return found_in_files(canaries, [self.image.parent])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    folder, image = tmp_path / "mounted", tmp_path / "image" / "disk"
    folder.mkdir()
    image.parent.mkdir()
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    try:
        subprocess.run(["mkfs.ext4", "-q", image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", image, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        pytest.skip(f"this machine mounts no image: {exc}")
    try:
        yield Disk(image, folder)
    finally:
        # Lazily, because what was killed may need a moment to let go of its files.
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def world(disk: Disk) -> Iterator[World]:
    world = World(disk.folder)
    with (world.settings.data / "wasl.toml").open("a") as file:
        file.write("\n[limits]\nfree_disk_bytes = 1_000_000\n")
    world.settings = Settings.load(world.settings.data)
    world.site = world.open(world.settings)
    yield world
    world.close()


def test_a_deleted_file_is_still_on_the_raw_disk(disk: Disk) -> None:
    """The positive control: this is why deleting is not enough."""
    path = disk.folder / "file"
    path.write_text(CONTROL.text * 500)
    os.sync()
    path.unlink()
    assert disk.finds(CONTROL) == [f"{CONTROL.name} in {disk.image}"]


def test_after_the_key_is_destroyed_the_raw_disk_holds_no_key_and_no_ciphertext(
    disk: Disk, world: World
) -> None:
    citizen, desk = world.citizen(), world.desk()
    sealed, _ = citizen.seals_file(b"a photo" * 300_000)
    upload = citizen.begins_upload(len(sealed))
    size = upload["part_bytes"]
    for number in range(upload["parts"]):
        part = sealed[number * size : (number + 1) * size]
        world.client.put(f"/api/v1/uploads/{upload['id']}/{number}", data=part)
    envelope = citizen.seals()
    assert world.post("/submissions", citizen.request(envelope)).status_code == 201
    follow_up = citizen.follow_up(1)
    world.post("/messages", follow_up)
    desk.replies(citizen, 0)
    keys = StorageKeys(world.settings.storage_keys_path)
    (seed,) = keys.seeds().values()
    stored = [path.read_bytes() for path in world.settings.blobs_path.glob("????-W??/*")]
    assert disk.holds(seed), "the search finds the key while it lives"
    assert all(disk.holds(blob[-300:]) for blob in stored), "and what is stored"

    world.today = monday_of("2026-W48") + timedelta(weeks=WEEKS + 2)
    state = world.state
    state.uploads.sweep(world.today)
    retired = housekeeping.retire(
        state.database,
        state.blobs,
        today=world.today,
        retention_weeks=WEEKS,
        dummy=state.dummy_reply,
    )

    assert retired.weeks == ["2026-W48"]
    assert not disk.holds(seed)
    senders = [envelope, sealed, sealed[size:]]
    assert not any(disk.holds(each[at : at + 64]) for each in senders for at in (2000, 9000))


def test_without_javascript_aborts_and_kills_leave_no_plaintext_on_the_raw_disk(
    disk: Disk, world: World
) -> None:
    for how, share in ((None, 0.1), (None, 0.5), (signal.SIGKILL, 0.99)):
        with serving(world) as served:
            sends_a_share(disk, served.port, share)
            if how:
                served.stop(how)
        assert disk.finds(WORDS, FILE) == [], f"{share:.0%} of the form had come"


def sends_a_share(disk: Disk, port: int, share: float) -> None:
    """Post a part of a form of 8 MB, and make the disk write all that it should, meanwhile."""
    body = (
        f'--line\r\nContent-Disposition: form-data; name="problem"\r\n\r\n{WORDS.text}\r\n'
        '--line\r\nContent-Disposition: form-data; name="attachments"; '
        f'filename="{FILE.text}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    ).encode() + PHOTO
    head = (
        f"POST {review_path(f'http://127.0.0.1:{port}')} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: multipart/form-data; boundary=line\r\nContent-Length: {len(body) + 8}\r\n"
    )
    sent, free = int(len(body) * share), shutil.disk_usage(disk.folder).free
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode() + b"\r\n" + body[:sent])
        deadline = time.monotonic() + 20
        while (kept := free - shutil.disk_usage(disk.folder).free) < sent / 2:
            assert time.monotonic() < deadline, f"{kept} of {sent} bytes wait on the disk"
            time.sleep(0.1)
        assert disk.finds(WORDS, FILE) == [], "while it came"
