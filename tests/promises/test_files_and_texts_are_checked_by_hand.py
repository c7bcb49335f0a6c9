"""`wasl clean` and `wasl scan`: the same checks as in the browser, for whoever works by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from redaction.cases import pictures

PHOTO = dict(pictures.good_jpegs())["a photograph with every kind of secret"]
RTF = b"{\\rtf1 MARK}"


def wasl(*arguments: object, text: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=text)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "house of samir.jpg"
    path.write_bytes(PHOTO)
    return path


def test_a_copy_loses_its_secrets_and_its_name(photo: Path) -> None:
    done = wasl("clean", photo)

    copy = photo.parent / "file-1.jpg"
    assert done.exit_code == 0
    assert b"MARK" in photo.read_bytes()
    assert b"MARK" not in copy.read_bytes()
    assert "the place" in done.stdout
    assert "المكان" in done.stdout
    assert copy.stat().st_mode & 0o077 == 0


def test_a_copy_goes_where_it_is_told(photo: Path) -> None:
    target = photo.parent / "deep" / "clean.jpg"

    done = wasl("clean", photo, target, "--json")

    report = json.loads(done.stdout)
    assert report["out"] == str(target)
    assert {"location", "device"} <= set(report["removed"])
    assert b"MARK" not in target.read_bytes()


def test_nothing_that_exists_is_overwritten(photo: Path) -> None:
    taken = photo.parent / "taken.jpg"
    taken.write_bytes(b"mine")
    (photo.parent / "file-1.jpg").write_bytes(b"mine too")

    refused = wasl("clean", photo, taken)
    numbered = wasl("clean", photo, "--json")

    assert refused.exit_code == 3
    assert taken.read_bytes() == b"mine"
    assert json.loads(numbered.stdout)["out"].endswith("file-2.jpg")
    assert not list(photo.parent.glob(".wasl-*"))


def test_a_folder_is_cleaned_file_by_file(photo: Path) -> None:
    (photo.parent / "letter.rtf").write_bytes(RTF)

    out = photo.parent.parent / f"{photo.parent.name}-out"

    done = wasl("clean", photo.parent, out, "--json")

    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [each.get("refused") for each in reports] == [None, "document-rtf"]
    made = list(out.iterdir())
    assert [each.name for each in made] == ["file-1.jpg"]


def test_a_refusal_says_what_to_do_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "letter.rtf").write_bytes(RTF)

    done = wasl("clean", tmp_path / "letter.rtf")

    assert done.exit_code == 1
    assert "PDF" in done.stdout
    assert "الحل" in done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["letter.rtf"]


def test_a_scan_points_at_each_place(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("الباص متأخر\nرقمي 0791234567", "utf-8")

    shown = wasl("scan", tmp_path / "text.txt")
    listed = wasl("scan", "-", "--json", text="رقمي 0791234567")

    assert shown.exit_code == 0
    assert "2:6: Phone number / رقم هاتف: 0791234567" in shown.stdout
    assert json.loads(listed.stdout) == {"findings": [{"kind": "phone", "start": 5, "end": 15}]}
    assert "0791234567" not in listed.stdout


def test_a_scan_that_finds_nothing_promises_nothing() -> None:
    done = wasl("scan", "-", text="الباص يتأخر كل يوم")

    assert done.exit_code == 0
    assert "Please read once more" in done.stdout
