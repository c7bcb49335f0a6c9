"""A picture leaves without its history, or not at all."""

import json
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import redaction.cases
from redaction.cases import make, pictures, profiles
from redaction.files import (
    FileCleaner,
    UnreadableFileError,
    clean_bytes,
    cleaner_for,
    neutral_name,
    sniff,
)
from redaction.files.policy import PROFILES
from redaction.files.report import CATEGORIES, WARNINGS
from redaction.files.verify_jpeg import JpegVerifier
from redaction.files.verify_png import PngVerifier

CASES: list[dict[str, Any]] = json.loads(
    (Path(redaction.cases.__file__).parent / "files.json").read_text("utf-8")
)
PASSING = [case for case in CASES if "refused" not in case]
CLEANED = [case for case in PASSING if case["cleaned"]]
REFUSED = [case for case in CASES if "refused" in case]
MARKS = [b"MARK", "MARK".encode("utf-16-le"), "MARK".encode("utf-16-be")]


def name_of(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", PASSING, ids=name_of)
def test_what_may_pass_comes_out_exactly_so(case: dict[str, Any]) -> None:
    """The browser gives the same bytes and the same report for the same cases."""
    clean, report = clean_bytes(b64decode(case["input"]), case["declared"])

    assert clean == b64decode(case["output"])
    assert report.media == case["media"]
    assert report.cleaned is case["cleaned"]
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
def test_the_picture_itself_is_the_same(case: dict[str, Any]) -> None:
    """Decoders see the same tables, frames, scans and data, or the same pixels."""
    before, after = b64decode(case["input"]), b64decode(case["output"])
    picture = jpeg_picture if case["media"] == "image/jpeg" else png_picture

    assert picture(after) == picture(before)


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_cleaning_again_changes_nothing(case: dict[str, Any]) -> None:
    clean = b64decode(case["output"])
    again, report = clean_bytes(clean)

    assert again == clean
    assert report.removed == ()


def test_the_cases_are_what_the_generator_makes() -> None:
    made = [
        (name, declared, make.outcome(file, declared)) for name, declared, file in pictures.cases()
    ]

    assert made == [
        (
            case["name"],
            case["declared"],
            {k: v for k, v in case.items() if k not in {"name", "declared", "input"}},
        )
        for case in CASES
    ]


def test_every_category_and_every_warning_has_a_case() -> None:
    assert {word for case in PASSING for word in case["removed"]} == set(CATEGORIES)
    assert {word for case in PASSING for word in case["warnings"]} == set(WARNINGS)


def test_our_colour_profiles_hold_numbers_only() -> None:
    """The profiles in the policy are the ones the generator builds, without date or maker."""
    built = {
        b"",
        profiles.build("Display P3", profiles.DISPLAY_P3, profiles.SRGB_CURVE),
        profiles.build("Adobe RGB", profiles.ADOBE_RGB, profiles.ADOBE_CURVE),
    }

    assert {profile.replacement for profile in PROFILES} == built
    assert all(not any(profile[24:36] + profile[48:64] + profile[80:128]) for profile in built)


def test_a_file_that_just_arrives_is_recognised_by_its_first_bytes() -> None:
    photograph = pictures.SEEDS["photograph"]
    cleaner = FileCleaner("IMG_2024.JPG")
    clean = b"".join(cleaner.update(photograph[at : at + 1]) for at in range(len(photograph)))
    clean += cleaner.finish()

    assert (clean, cleaner.report) == clean_bytes(photograph)


def test_a_file_shorter_than_its_magic_is_recognised_at_its_end() -> None:
    cleaner = FileCleaner("note.txt")

    assert cleaner.update(b"hi") + cleaner.finish() == b"hi"
    assert cleaner.report.media == "text/plain"
    assert not cleaner.report.cleaned


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


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["output"] != case["input"]], ids=name_of
)
def test_the_verifier_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    """It does not trust the cleaner: what the cleaner changed, the verifier would not pass."""
    original = b64decode(case["input"])
    verifier = JpegVerifier() if case["media"] == "image/jpeg" else PngVerifier()

    with pytest.raises(UnreadableFileError):
        verifier.update(original)
        verifier.finish()


def jpeg_picture(file: bytes) -> list[bytes]:
    """Return tables, frame and scans up to the first end of image; a reading of its own."""
    parts, at = [], 2
    while file[at : at + 2] != b"\xff\xd9":
        if file[at : at + 2] == b"\xff\xff":
            at += 1
            continue
        end = at + 2 + int.from_bytes(file[at + 2 : at + 4])
        marker = file[at + 1]
        if marker == 0xDA:
            while file[end] != 0xFF or file[end + 1] == 0 or 0xD0 <= file[end + 1] <= 0xD7:
                end += 1
        if marker < 0xE0:
            parts.append(file[at:end])
        at = end
    return parts


def png_picture(file: bytes) -> list[tuple[bytes, bytes]]:
    """Return header, palette, transparency, frames and the pixels' bytes."""
    chunks = list(png_chunks(file))
    pixels = zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"))
    kept = {b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
    return [*((kind, data) for kind, data in chunks if kind in kept), (b"pixels", pixels)]


def png_chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(file):
        length, kind = struct.unpack_from(">I4s", file, at)
        yield kind, file[at + 8 : at + 8 + length]
        if kind == b"IEND":
            return
        at += 12 + length
