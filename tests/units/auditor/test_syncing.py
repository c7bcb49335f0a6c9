"""What a sync believes, what it calls a finding, and what it leaves as it was."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from app.auditor.errors import CouldNotCheckError, UnreachableError
from app.auditor.files import FolderTiles
from app.auditor.source import FolderSource, HttpSource
from app.auditor.state import StateFolder
from app.auditor.sync import sync
from app.cli import audit
from crypto.note import SigningKey, add_signature
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.policy import KnownLog
from crypto.tlog.tiles import WIDTH, TilePath, tile_paths
from crypto.tlog.times import DAY
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import POLICY, Town, signed
from tests.units.crypto.people import ORIGIN, seeded
from tests.units.tlog.operator import LOG_KEY


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_syncing_often_or_once_gives_the_same_mirror_and_report(
    town: Town, auditor: Auditor, tmp_path: Path
) -> None:
    other = Auditor(_folder(tmp_path / "other"))
    for _ in range(6):
        town.days(3)
        assert auditor.audits(town).exit_code == 0
    other.audits(town)

    reports = [each.run("report", "--json", "-").output for each in (auditor, other)]
    pages = [each.run("report", "--html", "-").output for each in (auditor, other)]

    assert reports[0] == reports[1]
    assert pages[0] == pages[1]
    mirrors = [StateFolder(each.state).load().tiles for each in (auditor, other)]
    for path in tile_paths(town.log.size):
        assert mirrors[0].read(path) == mirrors[1].read(path)
    assert auditor.run("verify", "--full").exit_code == 0


def test_a_sync_reads_new_files_only(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    town.day()
    town.publish(auditor.log)
    source = Counting(auditor.log)

    sync(StateFolder(auditor.state), source, now=0)

    old_bundles = (town.log.size - 40) // WIDTH
    bundles = [path for path in source.asked if path.startswith("tile/entries/")]
    assert old_bundles > 0
    assert len(bundles) == 1


def test_nothing_new_asks_for_the_checkpoint_only(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    source = Counting(auditor.log)
    assert sync(StateFolder(auditor.state), source, now=0).entries == 0
    assert source.asked == ["checkpoint"]


def test_an_empty_log_is_a_case_and_not_an_error(auditor: Auditor) -> None:
    auditor.log.mkdir()
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    (auditor.log / "checkpoint").write_text(signed(empty, 1_000))

    assert auditor.init().exit_code == 0
    for command in ("sync", "sync", "verify", "verify --full", "report --html -"):
        assert auditor.run(command).exit_code == 0

    town = Town(a_day=2, cover=1)
    town.days(2)
    assert auditor.audits(town).exit_code == 0
    assert auditor.remembered()["mirrored"] == town.log.size


@pytest.mark.parametrize("fails_at", ["checkpoint", "tile/entries/002", "tile/0/003"])
def test_a_line_that_breaks_is_no_finding_and_changes_nothing(
    town: Town, auditor: Auditor, fails_at: str
) -> None:
    auditor.audits(town)
    before = snapshot(auditor.state)
    town.days(40)
    town.publish(auditor.log)

    with pytest.raises(CouldNotCheckError):
        sync(StateFolder(auditor.state), Breaking(auditor.log, fails_at), now=0)

    after = snapshot(auditor.state)
    assert {path: after[path] for path in before} == before
    assert all(path.startswith("staging/") for path in set(after) - set(before))
    assert auditor.run("sync").exit_code == 0
    assert auditor.run("verify", "--full").exit_code == 0


def test_an_address_where_nobody_answers_ends_with_2(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    ended = auditor.run("sync", "--url", "http://127.0.0.1:9/log")
    assert (ended.exit_code, ended.codes) == (2, [])


def test_a_page_that_is_no_checkpoint_ends_with_2(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    (auditor.log / "checkpoint").write_text("<html>Please log in to this network</html>")
    assert auditor.run("sync").exit_code == 2


def test_a_checkpoint_without_its_witnesses_is_a_finding(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    town.day()
    town.publish(auditor.log)
    alone = town.checkpoint.sign(LOG_KEY)
    (auditor.log / "checkpoint").write_text(alone)

    ended = auditor.run("sync")

    assert (ended.exit_code, ended.codes) == (1, ["checkpoint-unverified"])
    assert (auditor.evidence[0] / "checkpoint").read_text() == alone
    assert auditor.remembered()["mirrored"] < town.log.size


def test_a_log_key_in_the_policy_that_the_log_does_not_name_is_a_finding(
    town: Town, auditor: Auditor
) -> None:
    """Whoever was given that policy would believe a key that nobody else knows of."""
    extra = SigningKey.generate(ORIGIN, seeded("extra"))
    both = replace(POLICY, logs=(*POLICY.logs, KnownLog(extra.verifier, "-")))
    auditor.policy.write_text(both.encode())
    note = add_signature(town.publish(auditor.log), extra)
    (auditor.log / "checkpoint").write_text(note)
    assert auditor.init().exit_code == 0

    ended = auditor.run("sync")

    assert (ended.exit_code, ended.codes) == (1, ["key-not-logged"])


def test_a_stale_log_is_a_finding_after_three_days(
    town: Town, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor.audits(town)
    monkeypatch.setattr(audit, "seconds", lambda: town.seen_at + 3 * DAY)
    assert auditor.run("sync").codes == []
    monkeypatch.setattr(audit, "seconds", lambda: town.seen_at + 3 * DAY + 1)
    ended = auditor.run("sync")
    assert (ended.exit_code, ended.codes) == (1, ["stale"])


def test_the_same_tree_seen_again_is_fresh_again(
    town: Town, auditor: Auditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor.audits(town)
    town.publish(auditor.log, seen_at=town.seen_at + 2 * DAY)
    monkeypatch.setattr(audit, "seconds", lambda: town.seen_at + 4 * DAY)
    assert auditor.run("sync").exit_code == 0


def test_an_older_view_of_the_same_log_is_no_finding(town: Town, auditor: Auditor) -> None:
    older = town.publish(auditor.log)
    town.days(2)
    auditor.audits(town)
    note = auditor.remembered()["note"]
    (auditor.log / "checkpoint").write_text(older)

    assert auditor.run("sync").exit_code == 0
    assert auditor.remembered()["note"] == note


def test_an_older_checkpoint_of_another_log_is_a_rewrite(town: Town, auditor: Auditor) -> None:
    size = town.log.size
    town.days(2)
    auditor.audits(town)
    (auditor.log / "checkpoint").write_text(signed(Checkpoint(ORIGIN, size, bytes(32)), 1))
    assert auditor.run("sync").codes == ["rewrite"]


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/0/000", "tile/0/001"])
def test_a_file_that_does_not_hash_to_the_root_is_a_finding(
    town: Town, auditor: Auditor, path: str
) -> None:
    town.days(10)
    town.publish(auditor.log)
    auditor.init()
    damaged = bytearray((auditor.log / path).read_bytes())
    damaged[77] ^= 1
    (auditor.log / path).write_bytes(damaged)

    ended = auditor.run("sync")

    assert (ended.exit_code, ended.codes) == (1, ["tile-differs"])
    assert auditor.remembered()["mirrored"] == 0
    assert not (auditor.state / "mirror").exists()


def test_entries_that_are_not_published_are_a_finding(town: Town, auditor: Auditor) -> None:
    town.days(10)
    town.publish(auditor.log)
    auditor.init()
    (auditor.log / "tile/entries/000").unlink()

    ended = auditor.run("sync")

    assert (ended.exit_code, ended.codes) == (1, ["tile-withheld"])
    assert "path=tile/entries/000" in ended.output


def test_a_narrow_tile_may_be_gone_once_the_full_one_is_there(town: Town, auditor: Auditor) -> None:
    town.publish(auditor.log)
    auditor.init()
    note = (auditor.log / "checkpoint").read_text()
    narrow = [path for path in tile_paths(town.log.size) if path.width < WIDTH]
    town.days(20)
    town.publish(auditor.log)
    (auditor.log / "checkpoint").write_text(note)
    for path in narrow:
        if TilePath(path.level, path.index).encode() in town.log.files:
            (auditor.log / path.encode()).unlink()

    assert auditor.run("sync").exit_code == 0


def test_a_damaged_mirror_is_not_the_fault_of_the_log(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    bundle = auditor.state / "mirror" / "tile/entries/000"
    good = bundle.read_bytes()
    bundle.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert auditor.run("verify").exit_code == 0
    assert auditor.run("verify", "--full").exit_code == 2
    assert auditor.run("verify", "--full", "--jobs", "2").exit_code == 2

    (auditor.state / "mirror" / "checkpoint").unlink()
    assert auditor.run("sync").exit_code == 0

    assert bundle.read_bytes() == good
    assert auditor.run("verify", "--full", "--jobs", "2").exit_code == 0


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_damaged_tile_that_no_entry_needs_is_found_too(
    town: Town, auditor: Auditor, jobs: int
) -> None:
    auditor.audits(town)
    tile = auditor.state / "mirror" / "tile/0/000"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    ended = auditor.run("verify", "--full", "--jobs", jobs)
    assert (ended.exit_code, ended.codes) == (2, [])


def test_a_damaged_memory_is_not_the_fault_of_the_log(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    file = auditor.state / "auditor.json"
    file.write_text(file.read_text().replace('"accept": ', '"accept": 1'))
    assert auditor.run("verify", "--full").exit_code == 2


def test_a_mirror_may_be_elsewhere(town: Town, auditor: Auditor, tmp_path: Path) -> None:
    auditor.audits(town)
    town.day()
    town.publish(auditor.log)

    ended = auditor.run("sync", "--mirror", tmp_path / "public")

    assert ended.exit_code == 0
    assert FolderTiles(tmp_path / "public").read_entries(0, WIDTH)
    other = Auditor(_folder(tmp_path / "second"))
    assert other.init(url=tmp_path / "public").exit_code == 0
    assert other.run("sync").exit_code == 0


def test_two_audits_of_one_folder_do_not_meet(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    with StateFolder(auditor.state).locked():
        assert auditor.run("sync").exit_code == 2


def test_a_log_over_http(town: Town, auditor: Auditor) -> None:
    town.publish(auditor.log)
    with serving(auditor.log) as url:
        assert auditor.init(url=url).exit_code == 0
        assert auditor.run("sync").exit_code == 0
        ended = auditor.run("sync", "--json")
    assert '"findings": []' in ended.output


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: httpx.Response(503), id="asks for patience"),
        pytest.param(lambda _: httpx.Response(200, content=bytes(2_000)), id="too long"),
    ],
)
def test_odd_answers_are_no_files(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    with over(answer) as source, pytest.raises(UnreachableError):
        source.read("checkpoint", 1_000)


def test_no_redirect_is_followed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/elsewhere":
            return httpx.Response(200, content=b"x")
        return httpx.Response(302, headers={"Location": "/elsewhere"})

    with over(answer) as source, pytest.raises(UnreachableError):
        source.read("checkpoint", 10)


def test_a_tile_that_a_cache_has_not_seen_yet_is_asked_for_again() -> None:
    answers = [httpx.Response(404), httpx.Response(200, content=b"x")]
    with over(lambda _: answers.pop(0)) as source:
        assert source.read("tile/0/000.p/1", 10) == b"x"


def over(answer: Callable[[httpx.Request], httpx.Response]) -> HttpSource:
    transport = httpx.MockTransport(answer)
    return HttpSource("https://wasl.example/log", transport=transport, pause=lambda _: None)


def test_an_auditor_looks_like_any_visitor() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"x", headers={"Set-Cookie": "you=auditor"})

    with HttpSource("https://wasl.example/log", transport=httpx.MockTransport(answer)) as source:
        source.read("checkpoint", 10)
        source.read("checkpoint", 10)

    assert all("cookie" not in request.headers for request in seen)
    assert {request.headers["user-agent"] for request in seen} == {"Mozilla/5.0"}


# Helpers


class Counting(FolderSource):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []

    def read(self, path: str, limit: int) -> bytes:
        self.asked.append(path)
        return super().read(path, limit)


class Breaking(FolderSource):
    """Fails from the first file on whose path begins like that."""

    def __init__(self, folder: Path, fails_at: str) -> None:
        super().__init__(folder)
        self._fails_at = fails_at

    def read(self, path: str, limit: int) -> bytes:
        if path.startswith(self._fails_at):
            raise UnreachableError("the line broke")
        return super().read(path, limit)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


class serving:  # noqa: N801 reads as what it does
    """A web server for a folder, on a free port."""

    def __init__(self, folder: Path) -> None:
        handler = partial(_Quiet, directory=str(folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
