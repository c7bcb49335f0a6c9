"""What the site stores opens with a stock tool, layer by layer; what one wrote opens here."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Final

import pytest

from app.store.storage_keys import StorageKeys
from crypto.age import Identity, decrypt
from crypto.envelope import open_submission
from crypto.padding import MESSAGE_CLASSES, unpad_payload
from tests.world import World, world

__all__ = ["world"]

SCRIPT: Final = Path(__file__).parents[1] / "node" / "stock.mjs"
TEXT: Final = "لا يصل الماء إلى الحي إلا ليلة في الأسبوع"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="typage runs in Node.js")


def _typage(what: str, file: Path, key: str) -> bytes:
    command = ["node", str(SCRIPT), what, str(file)]
    done = subprocess.run(command, input=key.encode(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_a_stored_submission_opens_with_typage(world: World) -> None:
    citizen = world.citizen()
    citizen.submits(TEXT)
    case = next(iter(world.desk().get("/cases").get_json()["cases"]))
    stored = _stored_file(world, case["digest"])

    payload = _typage("decrypt", stored, world.amal.identity.encode())

    manifest, text = unpad_payload(payload, MESSAGE_CLASSES)
    assert text.decode() == TEXT
    assert b'"type":"wasl/submission/v1"' in manifest
    assert open_submission(stored.read_bytes(), [world.basil.identity]).sections[0].text == TEXT


def test_a_stored_attachment_opens_with_typage_and_begins_with_the_file(world: World) -> None:
    citizen = world.citizen()
    picture = bytes(range(256)) * 300
    sent = citizen.request(citizen.seals(TEXT), attachments=[citizen.uploads(picture)])
    assert world.post("/submissions", sent).status_code == 201
    case = next(iter(world.desk().get("/cases").get_json()["cases"]))
    stored = _stored_file(world, case["attachments"][0]["digest"])

    opened = _typage("decrypt", stored, world.basil.identity.encode())

    assert opened.startswith(picture)
    assert not opened[len(picture) :].strip(b"\0")


def test_what_typage_wrote_opens_here(tmp_path: Path) -> None:
    identity = Identity.generate()
    plain = tmp_path / "plain"
    plain.write_bytes(TEXT.encode() * 5000)

    sealed = _typage("encrypt", plain, identity.recipient.encode())

    assert decrypt(sealed, [identity]) == plain.read_bytes()


def _stored_file(world: World, digest: str) -> Path:
    """The sender's age file, taken with a stock tool out of the one in which it is stored."""
    (stored,) = world.settings.blobs_path.glob(f"*/{b64decode(digest).hex()}")
    (seed,) = StorageKeys(world.settings.storage_keys_path).seeds().values()
    opened = world.settings.data.parent / "opened.age"
    opened.write_bytes(_typage("decrypt", stored, Identity(seed).encode()))
    return opened
