"""After the retention date nothing stored of a case can be read, by whoever has the disk."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from app.cli import main
from app.services import housekeeping
from app.store.blobs import FileBlobStore
from app.store.models import AttachmentFile, CaseFile, MessageFile
from app.store.sql import table
from app.store.storage_keys import StorageKeys, StorageKeysError
from app.web import clock
from crypto.age import Identity, decrypt
from crypto.errors import NoMatchError
from crypto.weeks import monday_of, week_of
from tests.world import WEDNESDAY, Citizen, World, world

__all__ = ["world"]

WEEKS = 26
"""The default of `cases.retention_weeks`."""


def keys(world: World) -> StorageKeys:
    return StorageKeys(world.settings.storage_keys_path)


def blobs(world: World) -> FileBlobStore:
    return FileBlobStore(world.settings.blobs_path, keys(world), lambda: world.today)


def retires(world: World) -> housekeeping.Retired:
    state = world.state
    return housekeeping.retire(
        state.database,
        state.blobs,
        today=world.today,
        retention_weeks=WEEKS,
        dummy=state.dummy_reply,
    )


def case_with_everything(world: World) -> Citizen:
    """An envelope, an attachment, a follow-up, a reply and a note among colleagues."""
    citizen, desk = world.citizen(), world.desk()
    attached = [citizen.uploads(b"a photo" * 100)]
    assert world.post("/submissions", citizen.request(attachments=attached)).status_code == 201
    assert world.post("/messages", citizen.follow_up(1)).status_code == 201
    assert desk.replies(citizen, 0).status_code == 201
    return citizen


def log_is_done(world: World) -> None:
    """As after the last roll: the log needs nothing of any case any more."""
    with world.state.transaction() as connection:
        connection.execute(update(table(CaseFile)).values(cohort="2026-W48", roll_seed=b""))


def test_a_case_is_whole_until_its_weeks_are_over_and_then_unknown(world: World) -> None:
    citizen = case_with_everything(world)
    log_is_done(world)
    world.today = monday_of("2026-W48") + timedelta(weeks=WEEKS, days=6)
    assert retires(world).cases == 0
    assert world.client_status(citizen) == "received"

    world.today += timedelta(days=1)
    retired = retires(world)

    assert (retired.cases, retired.weeks) == (1, [])
    assert world.client_status(citizen) == world.client_status(world.citizen())
    for rows in (CaseFile, AttachmentFile, MessageFile):
        with world.state.reading() as connection:
            assert connection.execute(select(rows)).all() == []


def test_a_week_later_the_key_is_destroyed_and_no_copy_of_the_disk_opens(world: World) -> None:
    case_with_everything(world)
    log_is_done(world)
    stored = {path.read_bytes() for path in blob_files(world)}
    (seed,) = keys(world).seeds().values()
    assert all(decrypt(sealed, [Identity(seed)]) for sealed in stored), "they open while it lives"
    world.today = monday_of("2026-W48") + timedelta(weeks=WEEKS + 2)

    assert retires(world).weeks == ["2026-W48"]

    assert seed not in world.at_rest()
    assert not any(path.read_bytes() in stored for path in blob_files(world))
    alive = [Identity(each) for each in keys(world).seeds().values()]
    for sealed in stored:
        with pytest.raises(NoMatchError):
            decrypt(sealed, alive)


def test_a_case_that_the_log_still_needs_keeps_its_row_and_loses_its_words(world: World) -> None:
    citizen = case_with_everything(world)
    world.today = monday_of("2026-W48") + timedelta(weeks=WEEKS + 2)

    retired = retires(world)

    assert (retired.cases, retired.weeks) == (0, ["2026-W48"])
    assert world.client_status(citizen) == "received"


def test_what_came_later_stays_and_the_mailbox_goes_on_answering(world: World) -> None:
    case_with_everything(world)
    log_is_done(world)
    world.next_day(9 * 7)
    later = case_with_everything(world)
    world.today = monday_of("2026-W48") + timedelta(weeks=WEEKS + 2)
    world.publish_next(week_of(world.today))
    retires(world)

    answer = later.asks()
    assert answer["status"].strip() == "received"
    assert len(answer["slots"]) == 4
    assert retires(world) == housekeeping.Retired(0, [])


def test_nothing_is_stored_but_under_the_key_of_its_week(world: World) -> None:
    """What is sent is not on the disk as it was sent: not as a blob, part or spool."""
    citizen = world.citizen()
    sealed, _ = citizen.seals_file(b"words" * 5000)
    upload = citizen.begins_upload(len(sealed))
    world.client.put(f"/api/v1/uploads/{upload['id']}/0", data=sealed)
    request = citizen.request()
    world.post("/submissions", request)
    spool = world.state.uploads.spool()
    spool.write(sealed * 4)

    assert sealed[2000:2100] not in world.at_rest()
    (folder,) = world.settings.blobs_path.glob("????-W??")
    assert folder.name == week_of(WEDNESDAY)
    assert b"".join(spool.pieces(1 << 20)) == sealed * 4


def test_the_command_destroys_what_is_due(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_with_everything(world)
    log_is_done(world)
    monkeypatch.setattr(clock, "today", lambda: date(2027, 9, 1))
    done = CliRunner().invoke(main, ["retention", "--data", str(world.settings.data)])

    assert done.exit_code == 0, done.output
    assert "Cases deleted: 1" in done.output
    assert "Storage keys destroyed: 2026-W48" in done.output


def test_a_site_without_its_keys_does_not_start_with_new_ones(world: World) -> None:
    case_with_everything(world)
    world.settings.storage_keys_path.unlink()

    with pytest.raises(StorageKeysError, match="is not there"):
        blobs(world).prepare()


def test_what_was_stored_before_there_were_keys_is_taken_over(world: World) -> None:
    blob = world.state.blobs.put(b"sealed")
    world.state.blobs.delete(blob.digest)
    name = blob.digest.hex()
    old = world.settings.blobs_path / name[:2] / name
    old.parent.mkdir()
    old.write_bytes(b"sealed")

    blobs(world).prepare()

    assert world.state.blobs.read(blob.digest) == b"sealed"
    assert not old.parent.exists()


def blob_files(world: World) -> list[Path]:
    return [path for path in world.settings.blobs_path.rglob("*") if path.is_file()]
