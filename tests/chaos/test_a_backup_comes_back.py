"""Backup, wipe, restore: everything is there, the log goes on, and an old copy does not start."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.cli.site import open_blobs, open_database
from app.services.housekeeping import named_digests
from app.settings import Settings
from crypto.age import Identity
from crypto.encoding import decode_base64, encode_base64, sha256
from crypto.envelope import open_reply
from tests.chaos.logbook import Logbook, logbook
from tests.stack import wasl
from tests.units.server.serving import serving
from tests.world import SEALED_HEADERS, Citizen, sealed_body

BACKUPS_UNDER_LOAD = 2


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Logbook]:
    """A log with one published batch."""
    with logbook(tmp_path) as book:
        book.submits()
        done = book.sequences()
        assert done.returncode == 0, done.stderr
        yield book


class Operator:
    """Backs up to a key that is not on the machine."""

    def __init__(self, book: Logbook) -> None:
        self.book = book
        self.identity = Identity.generate()
        self.key = book.folder / "offline.key"
        self.key.write_text(f"# offline\n{self.identity.encode()}\n")

    def backs_up(self, name: str = "backup.age") -> Path:
        out = self.book.folder / name
        recipient = self.identity.recipient.encode()
        done = wasl("backup", "--data", self.book.data, "--recipient", recipient, out)
        assert done.returncode == 0, done.stderr
        return out

    def wipes(self) -> None:
        self.book.world.close()
        shutil.rmtree(self.book.data)

    def restores(self, backup: Path, *options: str | Path, to: Path | None = None) -> str:
        """An empty text, or why not."""
        where = to or self.book.data
        done = wasl("restore", "--identity", self.key, *options, backup, where)
        assert (done.returncode == 0) == where.exists()
        return done.stderr


class Auditor:
    """Reads the published log with the real program."""

    def __init__(self, book: Logbook) -> None:
        self.state = book.folder / "auditor"
        settings = book.world.settings
        policy = ("--policy", settings.policy_path, "--url", settings.log_path)
        self.runs("init", *policy, "--roots", settings.roots_path)
        self.audits()

    def audits(self) -> None:
        self.runs("sync")
        self.runs("verify", "--full")

    def runs(self, what: str, *options: str | Path) -> None:
        done = wasl("audit", what, "--state", self.state, *options)
        assert done.returncode == 0, done.stdout + done.stderr


def serve(book: Logbook) -> str:
    """What `wasl serve` says when it does not start."""
    done = wasl("serve", "--data", book.data)
    assert done.returncode == 1
    return done.stderr


def starts_anew(book: Logbook) -> None:
    """As `wasl serve` does, but in this process."""
    open_blobs(book.world.settings).prepare()
    book.world.site = book.world.open(book.world.settings)
    vars(book.world).pop("client", None)


def reads_reply(book: Logbook, citizen: Citizen, words: str) -> None:
    keys, keyring = citizen.keys, book.world.keyring
    name = encode_base64(keys.thread.name("team", 0))
    (slot,) = [each for each in citizen.asks()["slots"] if each["name"] == name]
    reply = open_reply(
        decode_base64(slot["envelope"]),
        keys.reply_identity,
        keyring.devices,
        origin=keyring.origin,
        slot=citizen.slot,
    )
    assert reply.text == words


def test_after_a_wipe_every_receipt_opens_and_the_log_goes_on(book: Logbook) -> None:
    operator, auditor, desk = Operator(book), Auditor(book), book.world.desk()
    amina = book.world.citizen()
    photo = amina.uploads(b"photo" * 1000)
    assert book.world.post("/submissions", amina.request(attachments=[photo])).status_code == 201
    assert desk.replies(amina, 0, "وصلت").status_code == 201
    book.submits(1)
    assert book.sequences().returncode == 0
    backup = operator.backs_up()
    operator.wipes()
    assert operator.restores(backup) == ""

    assert "was restored from a backup" in serve(book)
    refused = book.sequences()
    assert refused.returncode == 1
    assert "signer guard is missing" in refused.stderr
    done = book.sequences("--renew-guard")
    assert done.returncode == 0, done.stderr
    starts_anew(book)

    reads_reply(book, amina, "وصلت")
    assert all(citizen.asks()["status"].strip() == "received" for citizen, _ in book.promises)
    digest = decode_base64(photo["digest"])
    assert sha256(book.world.desk().get(f"/blobs/{digest.hex()}").data) == digest
    book.submits(1)
    assert book.sequences().returncode == 0
    auditor.audits()
    book.has_one_history()
    book.has_kept_every_promise()
    with serving(book.world) as served:
        assert httpx.get(served.url, timeout=10).status_code == 200


def test_a_stale_backup_starts_neither_the_log_nor_the_site(book: Logbook) -> None:
    operator = Operator(book)
    stale = operator.backs_up()
    book.submits(1)
    assert book.sequences().returncode == 0
    newest = book.folder / "mirror-checkpoint"
    newest.write_bytes(book.published())
    fresh = operator.backs_up("fresh.age")
    operator.wipes()

    assert "too old" in operator.restores(stale, "--checkpoint", newest)

    assert operator.restores(stale) == ""
    for options in ((), ("--renew-guard",)):
        refused = wasl("sequence", "--data", book.data, "--now", *options)
        assert refused.returncode == 1, refused.stdout
    assert "old copy" in refused.stderr, "the witness knows"
    assert "was restored from a backup" in serve(book)

    operator.wipes()
    assert operator.restores(fresh, "--checkpoint", newest) == ""
    done = book.sequences()
    assert done.returncode == 0, done.stderr
    book.has_one_history()
    book.has_kept_every_promise()


def test_a_backup_of_a_site_under_load_is_of_one_moment(book: Logbook) -> None:
    operator = Operator(book)
    with serving(book.world) as served:
        stop, accepted = threading.Event(), [0]
        senders = [
            threading.Thread(target=_sends, args=(book, served.url, stop, accepted))
            for _ in range(2)
        ]
        for sender in senders:
            sender.start()
        try:
            backups = [operator.backs_up(f"{n}.age") for n in range(BACKUPS_UNDER_LOAD)]
        finally:
            stop.set()
            for sender in senders:
                sender.join()
    assert accepted[0] > 0

    for number, backup in enumerate(backups):
        folder = book.folder / f"restored-{number}"
        assert operator.restores(backup, to=folder) == ""
        _is_whole(folder)
    assert not (book.world.settings.blobs_path / "backup").exists()


def _sends(book: Logbook, url: str, stop: threading.Event, accepted: list[int]) -> None:
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as http:
        while not stop.is_set():
            body = sealed_body(book.world.citizen().request())
            accepted[0] += (
                http.post("/submissions", content=body, headers=SEALED_HEADERS).status_code == 201
            )


def _is_whole(folder: Path) -> None:
    """Every row's blob is there and has the digest that the row says."""
    settings = Settings.load(folder)
    database, blobs = open_database(settings), open_blobs(settings)
    with database.reading() as connection:
        digests = named_digests(connection)
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.engine.dispose()
    assert digests
    assert all(sha256(blobs.read(digest)) == digest for digest in digests)
