"""A backup is sealed to an offline key, whole or refused, and revives nothing that is due."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner

from app.backup import create as creating
from app.backup.create import Snapshot, create, snapshot
from app.backup.format import HEADER, BackupError, Header, add
from app.backup.restore import MARK, Restored, restore
from app.cli import main
from app.cli.site import open_blobs, open_database
from app.settings import Settings
from app.store import cases
from app.store.storage_keys import StorageKeys
from crypto.age import Identity, decrypt, encrypt
from crypto.weeks import monday_of
from tests.world import Citizen, World, world

__all__ = ["world"]

OFFLINE = Identity.generate()


@pytest.fixture
def backup(world: World, tmp_path: Path) -> Path:
    """Of a site with one case."""
    world.starts_log()
    world.citizen().submits()
    world.sequences()
    return backs_up(world, tmp_path / "backup.age")


def backs_up(world: World, out: Path) -> Path:
    with out.open("wb") as file:
        backs_up_to(world, file)
    return out


def backs_up_to(world: World, out: IO[bytes]) -> None:
    create(
        world.settings,
        open_blobs(world.settings),
        OFFLINE.recipient,
        out,
        today=world.today,
        progress=lambda _done, _total: None,
    )


def restores(world: World, backup: Path, to: Path, checkpoint: str | None = None) -> Restored:
    return restore(backup, OFFLINE, to, today=world.today, checkpoint=checkpoint)


def test_everything_that_makes_the_site_comes_back(
    world: World, backup: Path, tmp_path: Path
) -> None:
    restores(world, backup, tmp_path / "back")

    was, now = world.settings, Settings.load(tmp_path / "back")
    assert replace(now, data=was.data) == was
    for old, new in zip(kept_files(was), kept_files(now), strict=True):
        assert new.read_bytes() == old.read_bytes()
        assert new.stat().st_mode & 0o077 == 0
    assert (now.data / MARK).exists()
    assert not now.guard_path.exists(), "what was last signed never goes back"


def kept_files(settings: Settings) -> list[Path]:
    return [*sorted((settings.data / "keys").iterdir()), settings.roots_path, settings.policy_path]


def test_without_the_key_nothing_of_it_can_be_read(world: World, backup: Path) -> None:
    sealed = backup.read_bytes()
    settings = world.settings
    secrets = [path.read_bytes()[:24] for path in kept_files(settings)]
    secrets += list(StorageKeys(settings.storage_keys_path).seeds().values())
    secrets += [path.read_bytes()[-200:] for path in settings.blobs_path.glob("????-W??/*")]
    secrets += [b"SQLite format 3", b"case_file", world.settings.origin.encode(), b"2026-W48"]

    assert [secret for secret in secrets if secret in sealed] == []


def test_another_key_does_not_open_it(world: World, backup: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="does not open"):
        restore(backup, Identity.generate(), tmp_path / "b", today=world.today, checkpoint=None)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.7, 0.999])
def test_a_backup_that_is_cut_restores_nothing(
    world: World, backup: Path, tmp_path: Path, share: float
) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BackupError, match="cut off or changed"):
        restores(world, backup, tmp_path / "back")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.age", "site"]


def test_a_backup_that_is_cut_behind_its_last_file_restores_nothing(
    world: World, backup: Path, tmp_path: Path
) -> None:
    """The archive ends before the age file does, and only the age file's end vouches for both."""
    archive = decrypt(backup.read_bytes(), [OFFLINE])
    whole = encrypt(archive + bytes(200_000), [OFFLINE.recipient])
    backup.write_bytes(whole)
    restores(world, backup, tmp_path / "whole")
    backup.write_bytes(whole[:-100_000])

    with pytest.raises(BackupError, match="cut off or changed"):
        restores(world, backup, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("share", [0.001, 0.2, 0.6, 0.9999])
def test_a_backup_with_one_changed_byte_restores_nothing(
    world: World, backup: Path, tmp_path: Path, share: float
) -> None:
    changed = bytearray(backup.read_bytes())
    changed[int(len(changed) * share)] ^= 1
    backup.write_bytes(changed)
    with pytest.raises(BackupError):
        restores(world, backup, tmp_path / "back")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "name", ["../escaped", "files/../../escaped", "files/{tmp}/escaped", "files/a/../../../escaped"]
)
def test_a_member_that_leads_elsewhere_ends_it(world: World, tmp_path: Path, name: str) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w|") as archive:
        add(archive, HEADER, Header("wasl.example", world.today, 0).encode())
        add(archive, name.format(tmp=tmp_path), b"escaped")
    forged = tmp_path / "forged.age"
    forged.write_bytes(encrypt(plain.getvalue(), [OFFLINE.recipient]))

    with pytest.raises(BackupError):
        restores(world, forged, tmp_path / "deep" / "down" / "back")
    assert not list(tmp_path.rglob("escaped"))


def test_nothing_is_restored_over_anything(world: World, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "mine").write_text("mine")
    with pytest.raises(BackupError, match="not empty"):
        restores(world, backup, tmp_path / "back")
    assert (tmp_path / "back" / "mine").read_text() == "mine"


def test_what_is_due_today_does_not_come_back_from_an_old_backup(
    world: World, backup: Path, tmp_path: Path
) -> None:
    (seed,) = StorageKeys(world.settings.storage_keys_path).seeds().values()
    world.today = monday_of("2026-W48") + timedelta(weeks=28)

    restored = restores(world, backup, tmp_path / "back")

    assert (restored.blobs, restored.overdue) == (0, 1)
    files = [path for path in (tmp_path / "back").rglob("*") if path.is_file()]
    assert not any(seed in path.read_bytes() for path in files)


@pytest.mark.usefixtures("backup")
def test_a_key_that_is_due_is_in_no_backup(world: World, tmp_path: Path) -> None:
    made_in_time = world.today
    world.today = monday_of("2026-W48") + timedelta(weeks=28)
    late = backs_up(world, tmp_path / "late.age")
    world.today = made_in_time

    assert restores(world, late, tmp_path / "back").blobs == 0


def test_what_is_withdrawn_while_a_backup_runs_is_in_it_or_withdrawn_in_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case goes just after the database was copied, another while blobs are written."""
    early, late = world.citizen(), world.citizen()
    early.submits()
    late.submits()
    leaving = [early]

    def snapshot_then_leave(settings: Settings) -> Snapshot:
        taken = snapshot(settings)
        for citizen in leaving:
            withdraws(world, citizen)
        leaving.clear()
        return taken

    class Out(io.BytesIO):
        def write(self, data: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
            withdraws(world, late)
            return super().write(data)

    monkeypatch.setattr(creating, "snapshot", snapshot_then_leave)
    out = Out()
    backs_up_to(world, out)
    (tmp_path / "backup.age").write_bytes(out.getvalue())

    restored = restores(world, tmp_path / "backup.age", tmp_path / "back")
    assert restored.blobs == 1
    settings = Settings.load(tmp_path / "back")
    database, blobs = open_database(settings), open_blobs(settings)
    with database.reading() as connection:
        found = [cases.find_case(connection, each.slot) for each in (early, late)]
    database.engine.dispose()
    assert [each.status for each in found] == ["withdrawn", "received"]
    assert [blobs.exists(each.envelope_digest or b"") for each in found] == [False, True]


def withdraws(world: World, citizen: Citizen) -> None:
    assert world.post("/case/withdraw", citizen.question()["case"]).status_code == 200


def test_a_checkpoint_of_another_log_is_no_proof(
    world: World, backup: Path, tmp_path: Path
) -> None:
    other = World(tmp_path / "other")
    other.starts_log()
    other.sequences()
    note = (other.settings.log_path / "checkpoint").read_text()
    other.close()
    with pytest.raises(BackupError, match="not a checkpoint that this log has signed"):
        restores(world, backup, tmp_path / "back", note)


def test_the_commands_say_what_they_did(world: World, tmp_path: Path) -> None:
    world.citizen().submits()
    (tmp_path / "key").write_text(OFFLINE.encode())
    (tmp_path / "recipient").write_text(f"# offline\n{OFFLINE.recipient.encode()}\n")
    run = CliRunner().invoke
    words = ["backup", "--data", str(world.settings.data), "--recipient"]
    made = run(main, [*words, str(tmp_path / "recipient"), str(tmp_path / "a")])
    again = run(main, [*words, OFFLINE.recipient.encode(), str(tmp_path / "a")])
    words = ["restore", "--identity", str(tmp_path / "key"), str(tmp_path / "a")]
    back = run(main, [*words, str(tmp_path / "back")])

    assert (made.exit_code, again.exit_code, back.exit_code) == (0, 1, 0)
    assert "wasl.example, 0 leaves, 1 blobs" in made.output
    assert "is there already" in again.output
    assert "1 blobs" in back.output
