"""A file leaves without its history, or not at all."""

import json
from base64 import b64decode
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import redaction.cases
from redaction.cases import make, pictures
from redaction.files import (
    FileCleaner,
    UnreadableFileError,
    clean_bytes,
    cleaner_for,
    neutral_name,
    sniff,
)
from redaction.files.report import CATEGORIES, WARNINGS
from tests.units.redaction.stored import name_of, stored

FOLDER = Path(redaction.cases.__file__).parent / "files"
CASES: list[dict[str, Any]] = stored(*make.FAMILIES)
CLEANED = [case for case in CASES if "refused" not in case]
REFUSED = [case for case in CASES if "refused" in case]
MARKS = [b"MARK", "MARK".encode("utf-16-le"), "MARK".encode("utf-16-be")]


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_what_may_pass_comes_out_exactly_so(case: dict[str, Any]) -> None:
    """The browser gives the same bytes and the same report for the same cases.

    Only the bytes of archives may differ, because their compressors do; what they hold may not.
    """
    clean, report = clean_bytes(b64decode(case["input"]), case["declared"])

    assert make.unpacked(clean) == b64decode(case["output"])
    assert report.media == case["media"]
    assert list(report.removed) == case["removed"]
    assert list(report.warnings) == case["warnings"]


@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_what_cannot_be_read_with_certainty_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        clean_bytes(b64decode(case["input"]), case["declared"])

    assert caught.value.code == case["refused"]


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_no_secret_survives(case: dict[str, Any]) -> None:
    clean = b64decode(case["output"])

    assert not any(mark in clean for mark in MARKS)


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_cleaning_again_changes_nothing(case: dict[str, Any]) -> None:
    clean = b64decode(case["output"])
    again, report = clean_bytes(clean, case["declared"])

    assert make.unpacked(again) == clean
    assert report.removed == ()


@pytest.mark.parametrize("family", make.FAMILIES)
def test_the_cases_are_what_the_generator_makes(family: str) -> None:
    made = [
        {"name": name, "declared": declared} | make.outcome(file, declared)
        for name, declared, file in import_module(f"redaction.cases.{family}").cases()
    ]
    written = json.loads((FOLDER / f"{family}.json").read_text("utf-8"))

    assert made == [{k: v for k, v in case.items() if k != "input"} for case in written]


def test_every_category_and_every_warning_has_a_case() -> None:
    assert {word for case in CLEANED for word in case["removed"]} == set(CATEGORIES)
    assert {word for case in CLEANED for word in case["warnings"]} == set(WARNINGS)


def test_a_file_that_just_arrives_is_recognised_by_its_first_bytes() -> None:
    photograph = pictures.SEEDS["photograph"]
    cleaner = FileCleaner("IMG_2024.JPG")
    clean = b"".join(cleaner.update(photograph[at : at + 1]) for at in range(len(photograph)))
    clean += cleaner.finish()

    assert (clean, cleaner.report) == clean_bytes(photograph)


def test_nothing_passes_uncleaned() -> None:
    cleaner = FileCleaner("thing.exe")

    assert cleaner.update(b"MZ\x90\0\x03\0\0\0") == b""
    with pytest.raises(UnreadableFileError, match="type-unknown"):
        cleaner.finish()


def test_an_empty_upload_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="file-empty"):
        FileCleaner().finish()


def test_a_picture_that_stops_early_is_refused_at_its_end() -> None:
    cleaner = cleaner_for(pictures.BASELINE[:16])
    cleaner.update(pictures.BASELINE[:-2])

    with pytest.raises(UnreadableFileError, match="jpeg-truncated"):
        cleaner.finish()


def test_after_a_refusal_the_end_is_refused_too() -> None:
    cleaner = cleaner_for(pictures.BASELINE[:16])
    with pytest.raises(UnreadableFileError):
        cleaner.update(pictures.BASELINE[:20] + b"between")

    with pytest.raises(UnreadableFileError):
        cleaner.finish()


@pytest.mark.parametrize(
    ("index", "media", "name"),
    [
        (1, "image/jpeg", "file-1.jpg"),
        (2, "image/png", "file-2.png"),
        (3, "application/pdf", "file-3.pdf"),
        (10, "text/plain", "file-10.txt"),
        (4, "application/octet-stream", "file-4.bin"),
    ],
)
def test_a_file_loses_its_name(index: int, media: str, name: str) -> None:
    assert neutral_name(index, media) == name


def test_a_name_says_nothing_against_the_content() -> None:
    assert sniff(pictures.BASELINE, "report.pdf") == "image/jpeg"
    assert sniff(b"%PDF-1.7", "report.jpg") == "application/pdf"
