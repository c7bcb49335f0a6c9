"""The keys of weeks: one place each, never moved, gone when they are destroyed."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.store import storage_keys
from app.store.storage_keys import FILE_BYTES, SLOTS, StorageKeys, StorageKeysError
from tests.world import new_storage_keys


@pytest.fixture
def keys(tmp_path: Path) -> StorageKeys:
    return new_storage_keys(tmp_path)


def test_a_week_has_one_key_for_as_long_as_it_lives(keys: StorageKeys) -> None:
    first = keys.of("2026-W48")

    assert keys.of("2026-W48") == first == keys.find("2026-W48")
    assert keys.of("2026-W49") != first
    assert keys.find("2026-W50") is None
    assert keys.weeks() == ["2026-W49", "2026-W48"]


def test_of_many_who_need_a_weeks_key_at_once_all_get_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_storage_keys(tmp_path)

    def slow(descriptor: int, number: int, slot: bytes) -> None:
        time.sleep(0.05)
        os.pwrite(descriptor, slot, number * len(slot))

    monkeypatch.setattr(storage_keys, "_overwrite", slow)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: StorageKeys(tmp_path / "keys").of("2026-W48"), range(8)))

    assert len(found) == 1


def test_a_destroyed_key_is_nowhere_in_the_file_which_stays_the_same_file(
    keys: StorageKeys, tmp_path: Path
) -> None:
    old, kept = keys.of("2026-W21"), keys.of("2026-W22")
    before = (tmp_path / "keys").stat()
    assert old.seed in (tmp_path / "keys").read_bytes()

    assert keys.destroy_before("2026-W22") == ["2026-W21"]

    after = (tmp_path / "keys").stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, FILE_BYTES)
    assert old.seed not in (tmp_path / "keys").read_bytes()
    assert keys.seeds() == {"2026-W22": kept.seed}
    assert keys.destroy_before("2026-W22") == []


def test_nothing_is_sealed_to_a_key_that_another_process_destroyed(
    keys: StorageKeys, tmp_path: Path
) -> None:
    old = keys.recipient("2026-W21")
    assert keys.recipient("2026-W21") == old == keys.of("2026-W21").recipient

    StorageKeys(tmp_path / "keys").destroy_before("2026-W22")

    assert keys.recipient("2026-W21") != old
    assert keys.recipient("2026-W21") == keys.of("2026-W21").recipient


def test_what_one_process_destroys_no_other_still_has(keys: StorageKeys, tmp_path: Path) -> None:
    other = StorageKeys(tmp_path / "keys")
    other.of("2026-W21")
    keys.destroy_before("2026-W22")

    assert other.find("2026-W21") is None


def test_a_full_file_says_so_and_loses_nothing(keys: StorageKeys) -> None:
    weeks = [f"20{26 + number // 52}-W{number % 52 + 1:02}" for number in range(SLOTS)]
    made = {week: keys.of(week).seed for week in weeks}

    with pytest.raises(StorageKeysError, match="wasl retention"):
        keys.of("2030-W01")
    assert keys.seeds() == made


@pytest.mark.parametrize("content", [b"", bytes(FILE_BYTES - 1)])
def test_what_is_no_file_of_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "keys").write_bytes(content)
    with pytest.raises(StorageKeysError):
        StorageKeys(tmp_path / "keys").of("2026-W48")


def test_a_lost_file_is_missed_and_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(StorageKeysError, match="is not there"):
        StorageKeys(tmp_path / "keys").of("2026-W48")
    assert not (tmp_path / "keys").exists()
