"""An upload that a submission uses up while another request has it in hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from app.domain.errors import UnknownUploadError
from app.store.uploads import UploadArea
from tests.world import new_storage_keys

TODAY = date(2026, 11, 25)
QUOTA = 1_000_000


@pytest.fixture
def area(tmp_path: Path) -> UploadArea:
    return UploadArea(
        tmp_path / "uploads", new_storage_keys(tmp_path), secret=bytes(32), quota_bytes=QUOTA
    )


def test_what_was_used_up_is_unknown_and_nothing_else(area: UploadArea) -> None:
    upload = area.begin(10, TODAY)
    area.store_part(upload, 0, b"0123456789")
    area.discard(upload)

    with pytest.raises(UnknownUploadError):
        area.store_part(upload, 0, b"0123456789")
    with pytest.raises(UnknownUploadError):
        area.find(upload.id, TODAY)


def test_many_who_discard_one_upload_give_its_bytes_back_once(area: UploadArea) -> None:
    kept, used = area.begin(10, TODAY), area.begin(10, TODAY)
    area.store_part(kept, 0, b"kept kept!")
    area.store_part(used, 0, b"used used!")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: area.discard(used), range(200)))

    counted = area._used_bytes
    area.sweep(TODAY)
    assert area._used_bytes == counted > 0
