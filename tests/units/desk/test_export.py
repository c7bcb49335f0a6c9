"""Taking a case out of the casebook."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest

from app.client.attachments import prepare
from app.desk.errors import DamagedFileError, ExportExistsError
from app.desk.export import export
from tests.units.desk.office import Office


def with_two_files(office: Office) -> None:
    for number in (1, 2):
        (office.folder / f"{number}.txt").write_bytes(bytes([48 + number]) * 70_000)
    files = [prepare(office.folder / f"{number}.txt", number, 10**6) for number in (1, 2)]
    office.sends("نص الرسالة", *files)
    office.syncs("amal")


def test_the_folder_holds_texts_and_files_for_its_owner_alone(office: Office) -> None:
    with_two_files(office)
    book, out = office.desks["amal"].casebook, office.folder / "out"

    paths = export(book, office.only_case("amal"), out)

    assert [str(path.relative_to(out)) for path in paths] == [
        "message.txt",
        "case.json",
        "attachments/1-file-1.txt",
        "attachments/2-file-2.txt",
    ]
    assert (out / "message.txt").read_text("utf-8").startswith("نص الرسالة")
    assert json.loads((out / "case.json").read_text("utf-8"))["topic"] == "bus-stops"
    assert paths[3].read_bytes() == b"2" * 70_000
    for path in (out, *out.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_hostile_names_stay_inside_and_apart(office: Office) -> None:
    with_two_files(office)
    book, case, out = (
        office.desks["amal"].casebook,
        office.only_case("amal"),
        office.folder / "a" / "out",
    )
    out.parent.mkdir()
    hostile = replace(
        case,
        attachments=tuple(replace(each, name="../../../x/../y") for each in case.attachments),
    )

    export(book, hostile, out)

    everything = [path for path in (office.folder / "a").rglob("*") if path.is_file()]
    assert all(path.is_relative_to(out) for path in everything)
    assert len(everything) == 4
    assert not (office.folder / "y").exists()


def test_nothing_is_overwritten(office: Office) -> None:
    with_two_files(office)
    out = office.folder / "out"
    out.mkdir()

    with pytest.raises(ExportExistsError):
        export(office.desks["amal"].casebook, office.only_case("amal"), out)
    assert list(out.iterdir()) == []


def test_a_damaged_file_is_not_passed_off_as_whole(office: Office) -> None:
    with_two_files(office)
    for path in (office.folder / "desks/amal/files").iterdir():
        path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(DamagedFileError):
        export(office.desks["amal"].casebook, office.only_case("amal"), office.folder / "out")
