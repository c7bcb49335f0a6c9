"""Canaries are ordinary cases, their codes stay with the auditor, and they sing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.auditor import canary
from app.auditor.canary import Canary, WatchedSite
from app.auditor.errors import CouldNotCheckError, SetupError
from app.client.errors import SiteUnreachableError, UnsafeAddressError
from crypto.keyring import Roots, open_keyring_of_any_week
from tests.units.auditor.auditors import Auditor
from tests.units.auditor.operators import Town
from tests.units.desk.office import ORIGIN, TODAY, TOPIC, URL, Office, office

__all__ = ["office"]


def test_a_canary_is_handed_in_as_anybody_would(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "canaries.json"
    with WatchedSite(URL, transport=office.network) as site:
        first = canary.submit(file, site, TOPIC, "هذا رأي عادي.", TODAY, office.roots_text)
        second = canary.submit(file, site, TOPIC, "رأي آخر.", TODAY, office.roots_text)

    assert canary.load(file) == [first, second]
    assert first.receipt.opening is not None
    assert first.receipt.opening.commitment == first.receipt.commitment
    assert first.receipt.keyring is not None
    roots = Roots.parse(office.roots_text)
    assert open_keyring_of_any_week(first.receipt.keyring, roots, origin=ORIGIN)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "رأي" not in file.read_text()


def test_texts_are_ordinary_and_drawn_at_random() -> None:
    def drawing(number: int) -> str:
        return canary.ordinary_text(lambda count: number.to_bytes(count, "big"))

    drawn = {drawing(number) for number in range(40)}

    assert len(drawn) == len(json.loads(canary.TEXTS.read_text("utf-8"))) >= 8


def test_a_dropped_canary_sings(town: Town, auditor: Auditor) -> None:
    kept, dropped = town.receives(), town.receives()
    town.pending.remove(dropped)
    town.days(3)
    auditor.audits(town)
    canaries = [
        Canary(number, each.accepted_on, "bus-stops", "1234", each.receipt)
        for number, each in enumerate((kept, dropped), 1)
    ]
    canary.save(auditor.state / "canaries.json", canaries)

    ended = auditor.run("canary check")

    assert (ended.exit_code, ended.codes) == (1, ["promise-broken"])
    assert "canary 1 of" in ended.output
    assert "1234" not in ended.output
    assert all("1234" not in path.read_text("utf-8", "replace") for path in _files(auditor))


def _files(auditor: Auditor) -> list[Path]:
    return [path for folder in auditor.evidence for path in folder.iterdir()]


def test_without_canaries_there_is_nothing_to_check(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    assert auditor.run("canary check").exit_code == 3


@pytest.mark.parametrize("text", ["", "{}", '{"format": "wasl/canaries/v2"}', "[]"])
def test_a_damaged_file_is_not_the_fault_of_the_log(tmp_path: Path, text: str) -> None:
    (tmp_path / "canaries.json").write_text(text)
    with pytest.raises(SetupError):
        canary.load(tmp_path / "canaries.json")


def test_a_site_that_cannot_be_reached_is_no_finding(town: Town, auditor: Auditor) -> None:
    auditor.audits(town)
    with pytest.raises(CouldNotCheckError), canary.client_errors():
        raise SiteUnreachableError("no answer")
    with pytest.raises(SetupError), canary.client_errors():
        raise UnsafeAddressError("http")
    ended = auditor.run("canary submit", "--site", "http://wasl.example")
    assert ended.exit_code == 3


def test_the_first_open_topic_is_taken(office: Office) -> None:
    with WatchedSite(URL, transport=office.network) as site:
        assert canary.first_topic(site, TODAY)
