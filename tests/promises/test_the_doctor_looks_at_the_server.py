"""`wasl doctor --data` finds what a server's disk and machine would give away, and nothing on a
server that is well kept."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from tests.units.doctor.servers import Server
from tests.world import World

ACCESS = '203.0.113.9 - - [25/Nov/2026:09:14:03 +0000] "GET / HTTP/1.1" 200 9\n'


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of an instance with a case and a log, all programs ended."""
    world = World(tmp_path_factory.mktemp("doctor"))
    world.starts_log()
    world.citizen().submits()
    world.sequences()
    world.state.database.truncate_log()
    world.close()
    yield world.settings.data


@pytest.fixture
def server(instance: Path, tmp_path: Path) -> Server:
    return Server(instance, tmp_path)


def open_folder(server: Server) -> None:
    server.data.chmod(0o755)


def open_key(server: Server) -> None:
    (server.data / "keys/log").chmod(0o640)


def strange_owner(server: Server) -> None:
    server.give_away(server.data / "roots.txt")


def rollback_journal(server: Server) -> None:
    with server.rows() as rows:
        rows.execute("PRAGMA journal_mode=DELETE")


def careless_delete(server: Server) -> None:
    with server.rows() as rows:
        rows.execute("PRAGMA secure_delete=OFF")
        rows.execute("CREATE TABLE notes (words TEXT)")
        rows.execute("INSERT INTO notes VALUES (?)", ["كلام " * 20_000])
        rows.execute("DROP TABLE notes")
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def old_wal(server: Server) -> None:
    """A site that was killed yesterday."""
    wal, aside = server.database.with_name("wasl.sqlite3-wal"), server.data.parent / "wal"
    with server.rows() as rows:
        rows.execute("CREATE TABLE left_over (a)")
        shutil.copy(wal, aside)
    shutil.copy(aside, wal)
    os.utime(wal, (1_795_500_000, 1_795_500_000))


def old_upload(server: Server) -> None:
    (server.data / "uploads/2026-11-23/one").mkdir(parents=True)


def old_case(server: Server) -> None:
    with server.rows() as rows:
        rows.execute("UPDATE case_file SET week = '2026-W20'")


def broken_promise(server: Server) -> None:
    with server.rows() as rows:
        rows.execute("INSERT INTO pending_leaf VALUES (?, '2026-11-24')", [bytes(32)])


def kept_seed(server: Server) -> None:
    with server.rows() as rows:
        rows.execute("INSERT INTO cover_leaf VALUES (?, '2026-W01')", [bytes(32)])


def told_arrival(server: Server) -> None:
    os.utime(server.blob, (1_795_600_000, 1_795_600_000))


def last_days_of_keyrings(server: Server) -> None:
    server.today = date(2026, 12, 5)
    with server.rows() as rows:
        rows.execute("DELETE FROM pending_leaf")


def access_log(server: Server) -> None:
    (server.logs / "access.log").write_text(ACCESS, "utf-8")


def packed_access_log(server: Server) -> None:
    (server.logs / "access.log.2.gz").write_bytes(gzip.compress(ACCESS.encode()))


def address_of_ipv6(server: Server) -> None:
    (server.logs / "error.log").write_text("client: 2001:db8::1f, server: _\n", "utf-8")


def names_of_browsers(server: Server) -> None:
    (server.logs / "agents.log").write_text('"Mozilla/5.0 (Android 14)"\n', "utf-8")


def copying_file_system(server: Server) -> None:
    server.mounted("/dev/mapper/vault", "btrfs", "rw,noatime")


def journalled_data(server: Server) -> None:
    server.mounted("/dev/mapper/vault", "ext4", "rw,noatime,data=journal")


def access_times(server: Server) -> None:
    server.mounted("/dev/mapper/vault", "ext4", "rw,relatime")


def plain_disk(server: Server) -> None:
    server.mounted("/dev/vdb1", "ext4", "rw,noatime")


def temporary_files_on_disk(server: Server) -> None:
    server.mounted("/dev/mapper/vault", "ext4", "rw,noatime", temporary="ext4")


def plain_swap(server: Server) -> None:
    server.swaps("/dev/vda2")


def swap_file(server: Server) -> None:
    server.swaps("/swapfile")


def dumps_of_programs(server: Server) -> None:
    server.says("proc/sys/kernel/core_pattern", "/var/crash/%e.core\n")


def dumps_of_the_site(server: Server) -> None:
    server.core_limit("unlimited")


FAULTS: Final[dict[str, tuple[Callable[[Server], None], ...]]] = {
    "data-permissions": (open_folder,),
    "key-permissions": (open_key,),
    "owner": (strange_owner,),
    "journal-mode": (rollback_journal,),
    "deleted-rows": (careless_delete,),
    "write-ahead-log": (old_wal,),
    "cases-due": (old_case,),
    "uploads-due": (old_upload,),
    "promises-due": (broken_promise,),
    "seeds-due": (kept_seed,),
    "arrival-times": (told_arrival,),
    "keyrings-end": (last_days_of_keyrings,),
    "visitors-logged": (access_log, packed_access_log, address_of_ipv6, names_of_browsers),
    "file-system": (copying_file_system, journalled_data),
    "access-times": (access_times,),
    "disk-encryption": (plain_disk,),
    "temporary-files": (temporary_files_on_disk,),
    "swap": (plain_swap, swap_file),
    "core-pattern": (dumps_of_programs,),
    "core-dumps": (dumps_of_the_site,),
}


@pytest.mark.parametrize(
    ("finding", "fault"), [(finding, fault) for finding in FAULTS for fault in FAULTS[finding]]
)
def test_each_fault_is_found_and_nothing_else(
    server: Server, finding: str, fault: Callable[[Server], None]
) -> None:
    fault(server)
    assert server.found() == [finding]


def test_a_server_that_is_well_kept_passes(server: Server) -> None:
    (server.logs / "error.log").write_text(
        "09:14:03 [notice] nginx/1.27.3: start, listening on 127.0.0.1:80 and [::1]:80,"
        " 0.0.0.0:443\nssl 3.0.15 00:11:22\n",
        "utf-8",
    )
    assert server.found() == []


def test_what_a_site_at_work_takes_away_meanwhile_is_no_matter(server: Server) -> None:
    (server.data / "uploads" / "part").symlink_to("gone")
    (server.data / "blobs" / "incoming" / "half").touch()

    assert server.found() == []


def test_looking_changes_nothing(server: Server) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(server.data.rglob("*"))}
    server.findings()

    assert {path: path.stat().st_mtime_ns for path in sorted(server.data.rglob("*"))} == before


def test_what_was_seen_repeats_no_address(server: Server) -> None:
    """A finding may be mailed around."""
    access_log(server)
    (finding,) = server.findings()

    assert "203.0.113.9" not in str(finding.document())
    assert finding.sightings[0].seen.startswith("1 addresses")


def test_on_a_trial_the_machine_is_only_noted(server: Server) -> None:
    """Whoever tries Wasl on a laptop is told of its swap, and that is no finding."""
    server.site_url = "http://127.0.0.1:8080"
    for fault in (plain_swap, plain_disk, dumps_of_programs):
        fault(server)

    assert {each.id for each in server.findings()} == {"swap", "disk-encryption", "core-pattern"}
    assert not any(each.counts for each in server.findings())


def test_on_a_trial_the_site_itself_is_not_excused(server: Server) -> None:
    server.site_url = "http://127.0.0.1:8080"
    open_key(server)

    assert [each.id for each in server.findings() if each.counts] == ["key-permissions"]
