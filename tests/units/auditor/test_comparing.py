"""One log from several places: two histories are found, and missing tiles are no finding."""

from __future__ import annotations

from pathlib import Path

from crypto.encoding import sha256
from crypto.tlog.cosignature import cosign
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import WITNESSES, Town
from tests.units.auditor.test_syncing import serving
from tests.units.crypto.people import ORIGIN, seeded
from tests.units.tlog.operator import LOG_KEY


def another_history(days: int, more: int) -> Town:
    other = Town(a_day=20, cover=3)
    other.days(days)
    other.random = seeded("another history")
    other.days(more)
    return other


def test_places_that_show_one_log_agree(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    town.publish(auditor.folder / "onion")
    town.days(2)
    town.publish(auditor.folder / "ahead")

    with serving(auditor.log) as url:
        ended = auditor.run("compare", url, auditor.folder / "onion", auditor.folder / "ahead")

    assert (ended.exit_code, ended.codes) == (0, [])
    assert f"ahead: size {town.log.size}" in ended.output


def test_a_place_with_another_history_of_the_same_size_is_a_fork(
    town: Town, auditor: Auditor
) -> None:
    auditor.audits(town)
    another_history(13, 1).publish(auditor.folder / "onion")
    ended = auditor.run("compare", auditor.log, auditor.folder / "onion")
    assert (ended.exit_code, ended.codes) == (1, ["fork"])


def test_a_place_ahead_with_another_history_is_a_rewrite(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    another_history(10, 8).publish(auditor.folder / "onion")
    ended = auditor.run("compare", auditor.folder / "onion")
    assert (ended.exit_code, ended.codes) == (1, ["rewrite"])


def test_two_places_ahead_are_compared_with_each_other(town: Town, auditor: Auditor) -> None:
    """Both continue what the auditor has, so only side by side do they contradict each other."""
    auditor.audits(town)
    another_history(14, 3).publish(auditor.folder / "one")
    town.days(5)
    town.publish(auditor.folder / "two")
    ended = auditor.run("compare", auditor.folder / "one", auditor.folder / "two")
    assert (ended.exit_code, ended.codes) == (1, ["rewrite"])


def test_a_witness_shows_its_last_checkpoint_under_the_hash_of_the_origin(
    town: Town, auditor: Auditor
) -> None:
    """It has its own signature only, and no tiles: those come from another place."""

    auditor.audits(town)
    town.day()
    town.publish(auditor.log)
    note = cosign(town.checkpoint.sign(LOG_KEY), WITNESSES[0], town.seen_at)
    shown = auditor.folder / "witness" / sha256(ORIGIN.encode()).hex() / "checkpoint"
    shown.parent.mkdir(parents=True)
    shown.write_text(note)

    together = auditor.run("compare", auditor.folder / "witness", auditor.log)
    alone = auditor.run("compare", auditor.folder / "witness")

    assert (together.exit_code, together.codes) == (0, [])
    assert (alone.exit_code, alone.codes) == (2, [])


def test_a_place_that_cannot_be_read_is_no_finding(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    _write(auditor.folder / "empty")
    _write(auditor.folder / "page", "<html></html>")
    for place in ("empty", "page"):
        ended = auditor.run("compare", auditor.log, auditor.folder / place, "--json")
        assert (ended.exit_code, ended.codes) == (2, [])
    assert auditor.run("compare", "http://127.0.0.1:9/log").exit_code == 2


def _write(folder: Path, checkpoint: str | None = None) -> None:
    folder.mkdir()
    if checkpoint is not None:
        (folder / "checkpoint").write_text(checkpoint)
