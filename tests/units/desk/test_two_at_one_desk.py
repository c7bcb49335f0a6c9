"""The pages and the commands of one desk may run at the same time."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from app.client.attachments import prepare
from app.desk.desk import Desk
from app.desk.errors import WrongPassphraseError
from app.desk.keystore import CHEAP
from app.desk.sync import sync
from tests.units.desk.office import PASSPHRASE, Office


def another(office: Office) -> Desk:
    """The same desk in another process, so to say."""
    folder = office.folder / "desks" / "amal"
    return Desk.unlock(folder, PASSPHRASE, site=lambda _: office.site())


def test_what_one_fetches_the_other_sees(office: Office) -> None:
    other = another(office)
    office.sends("نص")

    office.syncs("amal")

    (case,) = other.casebook.cases()
    assert case == office.only_case("amal")


def test_two_syncs_at_once_make_one_case_and_keep_one_file(office: Office) -> None:
    path = office.folder / "x.txt"
    path.write_bytes(b"x" * 500_000)
    for number in range(3):
        office.sends(f"نص {number}", prepare(path, 1, 10**6))
    desks = [office.desks["amal"], another(office)]

    def run(desk: Desk) -> None:
        with office.site() as site:
            sync(desk, site, today=office.today)

    threads = [threading.Thread(target=run, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    folder = office.folder / "desks" / "amal"
    assert len(list((folder / "cases").iterdir())) == 3
    assert len(list((folder / "files").iterdir())) == 3
    for desk in desks:
        for case in desk.casebook.cases():
            (attachment,) = case.attachments
            assert b"".join(desk.casebook.read_file(attachment)) == path.read_bytes()


def test_no_change_to_a_case_is_lost(office: Office) -> None:
    office.sends("نص")
    office.syncs("amal")
    case = office.only_case("amal")
    desks = [office.desks["amal"], another(office)]

    def count(desk: Desk) -> None:
        for _ in range(20):
            desk.casebook.change(case.id, lambda now: replace(now, keyring=now.keyring + 1))

    threads = [threading.Thread(target=count, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert office.only_case("amal").keyring == case.keyring + 40


def test_keys_destroyed_by_one_are_forgotten_by_the_other(office: Office) -> None:
    other = another(office)
    (first, *_) = sorted(other.keystore.secrets.epochs)
    office.today = office.today.replace(year=2027)

    office.desks["amal"].rotate(office.today)
    other.keystore.refresh()

    assert first not in other.keystore.secrets.epochs
    assert other.keystore.secrets == office.desks["amal"].keystore.secrets


def test_a_passphrase_changed_elsewhere_ends_this_ones_access(office: Office) -> None:
    other = another(office)
    office.desks["amal"].keystore.change_passphrase("another set of words", other.random, CHEAP)

    for step in (other.keystore.refresh, lambda: other.rotate(office.today)):
        try:
            step()
        except WrongPassphraseError:
            continue
        raise AssertionError("the old key still writes")


def test_every_change_has_a_time_of_its_own_though_the_clock_stands_still(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By this time each process knows whether it must look again."""
    office.sends("نص")
    office.syncs("amal")
    desks, case = [office.desks["amal"], another(office)], office.only_case("amal")
    still = 4 * 10**18
    monkeypatch.setattr("app.desk.casebook.time.time_ns", lambda: still)
    folder, times = office.folder / "desks" / "amal" / "cases", []

    for number in range(6):
        desks[number % 2].casebook.change(
            case.id, lambda now: replace(now, keyring=now.keyring + 1)
        )
        times.append(folder.stat().st_mtime_ns)

    assert times == [still + number for number in range(6)]
    assert {desk.casebook.case(case.id).keyring for desk in desks} == {case.keyring + 6}
