"""A desk that is taken away shows that there is a desk, and nothing else."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from app.client.attachments import prepare
from app.desk.desk import Desk
from app.desk.errors import (
    DeskExistsError,
    MalformedKeystoreError,
    WeakPassphraseError,
    WrongPassphraseError,
)
from app.desk.keystore import CHEAP, Keystore, dies_on
from app.domain.cases import Status
from crypto import age
from crypto.errors import NoMatchError, StaleKeyringError
from tests.units.desk.office import ORIGIN, PASSPHRASE, Office

TEXT = "CANARY-text القضية في شارع الكناري"
REPLY = "CANARY-reply شكرا"
FOLLOW_UP = "CANARY-follow-up نعم"
FILE = b"CANARY-file " + b"x" * 200_000


def everything_under(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def after_a_whole_conversation(office: Office) -> Path:
    """The folder of amal's desk once it has read, fetched, replied and read again."""
    path = office.folder / "CANARY-name.txt"
    path.write_bytes(FILE)
    sent = office.sends(TEXT, prepare(path, 1, len(FILE)))
    office.syncs("amal")
    office.replies("amal", office.only_case("amal"), REPLY, Status.QUESTION)
    office.syncs("amal")
    office.follows(sent.code, FOLLOW_UP)
    office.syncs("amal")
    return office.folder / "desks" / "amal"


def test_no_word_name_slot_or_key_is_on_the_disk(office: Office) -> None:
    """Canaries of everything a case holds, in UTF-8 and UTF-16, in contents and in names."""
    folder = after_a_whole_conversation(office)
    desk, case = office.desks["amal"], office.only_case("amal")
    secrets = desk.keystore.secrets
    canaries = [
        *("CANARY", "الكناري", "file-1.txt", "text/plain", "bus-stops", "question"),
        *("amal", "rased", "مرصد", ORIGIN, "127.0.0.1", PASSPHRASE),
        *(case.label, case.slot.hex(), case.thread.hex(), case.reply_to),
        *(secrets.device.encode(), secrets.storage.encode(), secrets.storage.seed.hex()),
        *(key.encode() for key in secrets.epochs.values()),
        *secrets.epochs,
    ]
    needles = [text.encode(code) for text in canaries for code in ("utf-8", "utf-16-le")]
    needles += [case.slot, case.thread, secrets.storage.seed, FILE[:2000]]

    files = everything_under(folder)

    assert len(files) == 4, "keystore, state, one case, one attachment"
    for path, content in files.items():
        name = str(path.relative_to(folder)).encode()
        assert not [needle for needle in needles if needle in content or needle in name]


def test_everything_is_the_reviewers_alone(office: Office) -> None:
    folder = after_a_whole_conversation(office)

    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_stored_cases_are_age_files_that_stock_tools_open(office: Office) -> None:
    folder = after_a_whole_conversation(office)
    storage = office.desks["amal"].keystore.secrets.storage

    (path,) = (folder / "cases").iterdir()

    document = json.loads(age.decrypt(path.read_bytes(), [storage]))
    assert [section["text"] for section in document["sections"]] == [TEXT]


def test_sizes_of_stored_cases_say_little(office: Office) -> None:
    for text in ("a", "b" * 500, "c" * 2000):
        office.sends(text)
    office.syncs("amal")

    sizes = {path.stat().st_size for path in (office.folder / "desks/amal/cases").iterdir()}

    assert len(sizes) == 1


def test_a_wrong_passphrase_gives_one_clear_error(office: Office) -> None:
    folder = office.folder / "desks" / "amal"

    for wrong in ("", PASSPHRASE[:-1], PASSPHRASE.upper(), PASSPHRASE + " "):
        with pytest.raises(WrongPassphraseError):
            Desk.unlock(folder, wrong)


def test_a_passphrase_is_the_same_in_both_unicode_spellings(office: Office) -> None:
    folder = office.folder / "desks" / "amal"
    Keystore.unlock(folder, PASSPHRASE).change_passphrase("e\u0301tude en mineur", bytes_of, CHEAP)

    assert Desk.unlock(folder, "\u00e9tude en mineur").profile.reviewer == "amal"


def bytes_of(size: int) -> bytes:
    return bytes(range(size))


def test_a_changed_passphrase_leaves_the_old_one_useless(office: Office) -> None:
    folder = office.folder / "desks" / "amal"
    desk = office.desks["amal"]

    desk.keystore.change_passphrase("six other words for the same", desk.random, CHEAP)

    with pytest.raises(WrongPassphraseError):
        Desk.unlock(folder, PASSPHRASE)
    assert Desk.unlock(folder, "six other words for the same").device_key == desk.device_key


def test_a_short_passphrase_is_refused(tmp_path: Path, office: Office) -> None:
    profile = office.desks["amal"].profile

    with pytest.raises(WeakPassphraseError):
        Desk.create(tmp_path / "new", profile, "  eleven ch  ", today=office.today, costs=CHEAP)


def test_making_a_desk_never_overwrites_keys(office: Office) -> None:
    folder = office.folder / "desks" / "amal"
    before = (folder / "keystore.json").read_bytes()

    with pytest.raises(DeskExistsError):
        Desk.create(
            folder, office.desks["amal"].profile, PASSPHRASE, today=office.today, costs=CHEAP
        )
    assert (folder / "keystore.json").read_bytes() == before


@pytest.mark.parametrize("key", ["memory_kib", "passes", "lanes", "salt", "nonce", "sealed"])
def test_no_value_of_the_keystore_can_be_exchanged(office: Office, key: str) -> None:
    path = office.folder / "desks" / "amal" / "keystore.json"
    document = json.loads(path.read_text())
    part = document if key in document else document["kdf"]
    value = part[key]
    part[key] = value + 1 if isinstance(value, int) else "BC"[value[0] == "B"] + value[1:]
    path.write_text(json.dumps(document))

    with pytest.raises((WrongPassphraseError, MalformedKeystoreError)):
        Desk.unlock(path.parent, PASSPHRASE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"format": "wasl/keystore/v2"}',
        b'{"kdf": {"memory_kib": 4194305, "passes": 1, "lanes": 1, "salt": "", "name": ""}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_keystore_is_refused_before_any_work(office: Office, content: bytes) -> None:
    path = office.folder / "desks" / "amal" / "keystore.json"
    path.write_bytes(content)

    with pytest.raises(MalformedKeystoreError):
        Desk.unlock(path.parent, PASSPHRASE)


def test_the_former_keystore_is_overwritten_where_it_lay(office: Office) -> None:
    """A hard link keeps the old file's blocks in view after its name is gone."""
    folder = office.folder / "desks" / "amal"
    (folder / "link").hardlink_to(folder / "keystore.json")
    office.today += timedelta(weeks=12)

    office.desks["amal"].rotate(office.today)

    assert set((folder / "link").read_bytes()) == {0}
    assert Desk.unlock(folder, PASSPHRASE).profile.reviewer == "amal"


def test_a_dead_key_opens_nothing_that_was_sealed_to_it(office: Office) -> None:
    """Forward secrecy: who takes the desk after the day of destruction reads nothing older."""
    desk = office.desks["amal"]
    week, identity = min(desk.keystore.secrets.epochs.items())
    sealed = age.encrypt(b"sealed in its week", [identity.recipient])

    office.today = dies_on(week) - timedelta(days=1)
    assert desk.rotate(office.today)[1] == []
    office.today = dies_on(week)
    added, gone = desk.rotate(office.today)

    assert gone == [week]
    assert added, "and the coming weeks have keys"
    left = list(office.unlocks("amal").keystore.secrets.epochs.values())
    assert len(left) > 8
    with pytest.raises(NoMatchError):
        age.decrypt(sealed, left)


def test_a_clock_that_jumps_destroys_no_key_before_the_site_agrees(office: Office) -> None:
    """Syncing rotates; but only after a signed keyring has shown what year it is."""
    before = set(office.desks["amal"].keystore.secrets.epochs)

    with pytest.raises(StaleKeyringError):
        office.syncs("amal", clock=office.today + timedelta(days=365))

    assert set(office.unlocks("amal").keystore.secrets.epochs) == before


def test_cases_survive_a_restart_and_a_crash_in_the_middle_of_writing(office: Office) -> None:
    folder = after_a_whole_conversation(office)
    (folder / "cases" / "0123.new").write_bytes(b"half a case")

    casebook = office.unlocks("amal").casebook

    (case,) = casebook.cases()
    assert [line.text for line in case.lines] == [REPLY, FOLLOW_UP]
    assert b"".join(casebook.read_file(case.attachments[0])) == FILE
    assert not list((folder / "cases").glob("*.new"))


def test_one_damaged_case_hides_no_other(office: Office) -> None:
    office.sends("first")
    office.sends("second")
    office.syncs("amal")
    paths = sorted((office.folder / "desks/amal/cases").iterdir())
    whole = paths[0].read_bytes()
    paths[0].write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    casebook = office.unlocks("amal").casebook

    assert len(casebook.cases()) == 1
    assert casebook.damaged == [paths[0].stem]
