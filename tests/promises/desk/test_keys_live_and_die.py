"""Who can read, and until when: the newcomer, the one who left, and whoever takes the disk."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from app.client.attachments import prepare
from app.desk import replies
from app.desk.desk import Desk
from app.desk.keystore import dies_on
from app.domain.cases import Status
from app.domain.weeks import week_of
from app.store.cases import list_cases
from crypto.age import decrypt
from crypto.errors import CryptoError
from tests.units.desk.office import PASSPHRASE, Office

WORDS = "كلمات الكناري لا تبقى"
NOTE = b"CANARY in a file"


def sends(office: Office) -> None:
    path = office.folder / "note.txt"
    path.write_bytes(NOTE)
    office.sends(WORDS, prepare(path, 1, 10**6))


def weekly(office: Office, weeks: int) -> None:
    """Let weeks pass; each has its keyring, and both desks come by."""
    for _ in range(weeks):
        office.today += timedelta(weeks=1)
        office.publishes_keyring()
        for reviewer in ("amal", "basem"):
            office.syncs(reviewer)


def test_a_newcomer_reads_nothing_that_was_sent_before(office: Office) -> None:
    sends(office)
    office.opens_desk("huda", "rased")
    office.today += timedelta(weeks=1)
    office.publishes_keyring()
    office.sends("بعد الانضمام")

    office.syncs("huda")

    [case] = office.desks["huda"].casebook.cases()
    assert [each.text for each in case.sections] == ["بعد الانضمام"]
    assert [each.reason for each in office.desks["huda"].casebook.state.unreadable] == [
        "not-for-us"
    ]


def test_one_who_left_reads_nothing_that_is_sent_after_the_next_keyring(office: Office) -> None:
    office.today += timedelta(weeks=1)
    office.publishes_keyring("basem")
    sends(office)
    with office.state.reading() as connection:
        [entry] = list_cases(connection)
    sealed = office.state.blobs.read(entry.envelope.digest)

    for identity in office.desks["basem"].keystore.secrets.epochs.values():
        with pytest.raises(CryptoError):
            decrypt(sealed, [identity])
    office.syncs("amal")
    assert office.only_case("amal").sections[0].text == WORDS


def test_a_stolen_desk_opens_nothing_handled_after_the_day_its_key_died(office: Office) -> None:
    sends(office)
    for reviewer in ("amal", "basem"):
        office.syncs(reviewer)
    replies.mark(office.desks["amal"], office.only_case("amal").id, Status.DECLINED)
    office.syncs("amal")
    sent_in = week_of(office.today)
    with office.state.reading() as connection:
        [entry] = list_cases(connection)
    sealed = office.state.blobs.read(entry.envelope.digest)
    before = stolen(office, "before")

    weekly(office, 5)

    assert dies_on(sent_in) <= office.today
    thief = stolen(office, "after")
    assert sent_in not in thief.keystore.secrets.epochs
    for identity in (
        *thief.keystore.secrets.epochs.values(),
        *thief.keystore.secrets.storage_identities,
    ):
        with pytest.raises(CryptoError):
            decrypt(sealed, [identity])
        for path in files_of(office, "before"):
            with pytest.raises(CryptoError):
                decrypt(path.read_bytes(), [identity])
    [case] = thief.casebook.cases()
    assert (case.sections, case.attachments, case.lines) == ((), (), ())
    assert case.status == "declined"
    assert not list((office.folder / "desks/amal/files").iterdir())
    # What the thief took earlier was taken with its key: that is why keys must die.
    assert before.casebook.cases()[0].sections[0].text == WORDS


def test_what_still_waits_for_the_team_is_kept(office: Office) -> None:
    sends(office)
    for reviewer in ("amal", "basem"):
        office.syncs(reviewer)

    weekly(office, 6)

    case = office.only_case("amal")
    assert case.sections[0].text == WORDS
    desk = office.unlocks("amal")
    assert b"".join(desk.casebook.read_file(desk.casebook.cases()[0].attachments[0])) == NOTE
    assert desk.keystore.secrets.former is None


def stolen(office: Office, name: str) -> Desk:
    copy = office.folder / name
    shutil.copytree(office.folder / "desks" / "amal", copy)
    return Desk.unlock(copy, PASSPHRASE)


def files_of(office: Office, name: str) -> list[Path]:
    found = sorted((office.folder / name).rglob("*.age"))
    assert found
    return found
