"""What is on the server's disk: permissions, remains, what should be gone."""

from __future__ import annotations

import gzip
import re
import stat
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from app.doctor.checks import Check, Sighting
from app.doctor.folder import Instance
from crypto.weeks import week_of

_OTHERS: Final = 0o077
_WAL_SECONDS: Final = 3600
_UPLOAD_DAYS: Final = 2
_KEYRING_DAYS: Final = 2
_MAX_LOG_BYTES: Final = 256 << 20
_ADDRESS: Final = re.compile(
    rb"(?<![\w.:-])(?:(?:\d{1,3}\.){3}\d{1,3}(?![\w.-]*\d)|(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4})(?![\w:])"
)
_AGENT: Final = re.compile(rb"Mozilla/\d|curl/\d|python-requests|Wget/\d")
_OLD_CASES: Final = "SELECT count(*) FROM case_file WHERE week < ?"
_OVERDUE: Final = "SELECT count(*) FROM pending_leaf WHERE merge_by < ?"
_SEEDS: Final = (
    "SELECT (SELECT count(*) FROM case_file WHERE cohort IS NOT NULL AND length(roll_seed) > 0"
    " AND cohort NOT IN (SELECT name FROM log_cohort))"
    " + (SELECT count(*) FROM cover_leaf WHERE cohort NOT IN (SELECT name FROM log_cohort))"
)
_LAST_KEYRING: Final = "SELECT max(not_after) FROM keyring"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _open_folder(instance: Instance) -> Iterator[Sighting]:
    mode = _mode(instance.data)
    if mode & _OTHERS:
        yield Sighting(str(instance.data), f"mode {mode:04o}")


def _open_keys(instance: Instance) -> Iterator[Sighting]:
    for path in instance.keys:
        if (mode := _mode(path)) & _OTHERS:
            yield Sighting(str(path), f"mode {mode:04o}")


def _owners(instance: Instance) -> Iterator[Sighting]:
    owner = instance.data.stat().st_uid
    for path, state in instance.files():
        if state.st_uid != owner:
            yield Sighting(str(path), f"belongs to user {state.st_uid}, the folder to {owner}")


def _journal(instance: Instance) -> Iterator[Sighting]:
    if (database := instance.database) and not database.is_wal:
        yield Sighting(str(database.path), "a rollback journal, not WAL")


def _remains(instance: Instance) -> Iterator[Sighting]:
    if (database := instance.database) and (pages := database.pages_with_remains()):
        yield Sighting(str(database.path), f"{pages} free pages hold deleted rows")


def _old_wal(instance: Instance) -> Iterator[Sighting]:
    if not (database := instance.database) or not database.wal.exists():
        return
    state = database.wal.stat()
    if state.st_size and instance.now - state.st_mtime > _WAL_SECONDS:
        yield Sighting(str(database.wal), f"{state.st_size} bytes, untouched for hours")


def _old_uploads(instance: Instance) -> Iterator[Sighting]:
    oldest = (instance.today - timedelta(days=_UPLOAD_DAYS - 1)).isoformat()
    for folder in sorted(instance.settings.uploads_path.glob("*")):
        if folder.name < oldest:
            yield Sighting(str(folder), "unfinished uploads that should be gone")


def _old_cases(instance: Instance) -> Iterator[Sighting]:
    # Due at the beginning of a week, and looked for a week later: the site may be between two days.
    weeks = instance.settings.cases.retention_weeks + 1
    oldest = week_of(instance.today - timedelta(weeks=weeks))
    database = instance.database
    if database and (count := database.count(_OLD_CASES, oldest)):
        yield Sighting(str(database.path), f"{count} cases of weeks before {oldest}")


def _broken_promises(instance: Instance) -> Iterator[Sighting]:
    database = instance.database
    count = database.count(_OVERDUE, instance.today.isoformat()) if database else 0
    if database and count:
        yield Sighting(str(database.path), f"{count} leaves should be in the log by now")


def _kept_seeds(instance: Instance) -> Iterator[Sighting]:
    database = instance.database
    if database and (count := database.count(_SEEDS)):
        yield Sighting(str(database.path), f"{count} seeds of cohorts whose rolls are done")


def _arrivals(instance: Instance) -> Iterator[Sighting]:
    told = [path for path, state in instance.blobs() if state.st_mtime]
    if told:
        yield Sighting(str(instance.settings.blobs_path), f"{len(told)} files tell when they came")


def _keyrings_end(instance: Instance) -> Iterator[Sighting]:
    database = instance.database
    last = database.text(_LAST_KEYRING) if database else None
    if database and last and last <= (instance.today + timedelta(days=_KEYRING_DAYS)).isoformat():
        yield Sighting(str(database.path), f"the last keyring ends on {last}")


def _visitors(instance: Instance) -> Iterator[Sighting]:
    """Addresses are counted and never repeated."""
    for folder in instance.logs:
        files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in (each for each in files if each.is_file()):
            data = _read(path)
            addresses = sum(map(_is_visitor, _ADDRESS.findall(data)))
            agents = len(_AGENT.findall(data))
            if addresses or agents:
                yield Sighting(str(path), f"{addresses} addresses, {agents} names of browsers")


def _read(path: Path) -> bytes:
    if path.suffix != ".gz":
        with path.open("rb") as file:
            return file.read(_MAX_LOG_BYTES)
    with gzip.open(path) as packed:
        return packed.read(_MAX_LOG_BYTES)


def _is_visitor(untrusted: bytes) -> bool:
    try:
        address = ip_address(untrusted.decode("ascii"))
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or int(address) < 1 << 24)


CHECKS: Final[tuple[Check[Instance], ...]] = (
    Check(
        "data-permissions",
        "high",
        "`chmod 0700` the folder: it belongs to the site's user alone.",
        "مجلد البيانات لمستخدم الموقع وحده: chmod 0700.",
        _open_folder,
    ),
    Check(
        "key-permissions",
        "high",
        "`chmod 0600` the keys. If others may have read them, replace them.",
        "ملفات المفاتيح لمستخدم الموقع وحده: chmod 0600.",
        _open_keys,
    ),
    Check(
        "owner",
        "medium",
        "`chown -R` everything to the site's user: the site cannot delete what is not its own.",
        "يجب أن يملك مستخدم الموقع كل الملفات.",
        _owners,
    ),
    Check(
        "journal-mode",
        "high",
        "Stop the site and run `sqlite3 FILE 'PRAGMA journal_mode=WAL'`: rollback journals lose"
        " accepted messages at a power cut, and leave deleted rows on the disk.",
        "قاعدة البيانات ليست في وضع WAL.",
        _journal,
    ),
    Check(
        "deleted-rows",
        "high",
        "Another program wrote to the database without secure_delete. Stop the site, run"
        " `sqlite3 FILE 'PRAGMA secure_delete=ON; VACUUM'`, and keep that program away.",
        "في قاعدة البيانات بقايا صفوف محذوفة.",
        _remains,
    ),
    Check(
        "write-ahead-log",
        "medium",
        "The site ended without emptying its write-ahead log, which holds deleted rows: start"
        " it again.",
        "سجل الكتابة لم يفرغ. يجب تشغيل الموقع من جديد.",
        _old_wal,
    ),
    Check(
        "cases-due",
        "high",
        "Run `wasl retention`, and find out why the site does not: these cases should be gone.",
        "حالات انتهت مدة حفظها ولم تمح. يجب تشغيل wasl retention.",
        _old_cases,
    ),
    Check(
        "uploads-due",
        "medium",
        "Start the site: it deletes uploads that nobody finished.",
        "رفع لم يكتمل كان يجب حذفه. يجب تشغيل الموقع.",
        _old_uploads,
    ),
    Check(
        "promises-due",
        "high",
        "Run `wasl sequence` now: these messages were promised a place in the log.",
        "رسائل وعد الموقع بتسجيلها ولم تسجل. يجب تشغيل wasl sequence الآن.",
        _broken_promises,
    ),
    Check(
        "seeds-due",
        "high",
        "`wasl sequence` erases them after a cohort's last roll; they tell which line is whose."
        " See whether a backup was put back.",
        "بذور كان يجب محوها بعد آخر كشف.",
        _kept_seeds,
    ),
    Check(
        "arrival-times",
        "medium",
        "Files of ciphertext carry no time. Something copied or touched them: set all to 0"
        " (`find blobs -type f -exec touch -d @0 {} +`).",
        "أوقات الملفات تكشف متى وصلت.",
        _arrivals,
    ),
    Check(
        "keyrings-end",
        "medium",
        "Have the key officers sign the next weeks (`wasl root sign`), then `wasl keyring"
        " publish`.",
        "تنتهي المفاتيح المنشورة قريبا. يجب توقيع مفاتيح الأسابيع القادمة.",
        _keyrings_end,
    ),
    Check(
        "visitors-logged",
        "high",
        "Switch the access log off where this comes from (nginx: `access_log off; error_log"
        " /dev/null crit`), and shred these files.",
        "سجلات تحوي عناوين الزوار. يجب إيقافها ومحوها.",
        _visitors,
    ),
)
