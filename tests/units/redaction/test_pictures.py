"""A picture's history goes, and what it shows stays bit by bit."""

import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest

from redaction.cases import profiles
from redaction.files import UnreadableFileError
from redaction.files.images.verify_jpeg import JpegVerifier
from redaction.files.images.verify_png import PngVerifier
from redaction.files.policy import PROFILES
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("pictures")
CLEANED = [case for case in CASES if case.get("media") in {"image/jpeg", "image/png"}]


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_the_picture_itself_is_the_same(case: dict[str, Any]) -> None:
    """Decoders see the same tables, frames, scans and data, or the same pixels."""
    before, after = b64decode(case["input"]), b64decode(case["output"])
    picture = jpeg_picture if case["media"] == "image/jpeg" else png_picture

    assert picture(after) == picture(before)


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


def test_our_colour_profiles_hold_numbers_only() -> None:
    """The profiles in the policy are the ones the generator builds, without date or maker."""
    built = {
        b"",
        profiles.build("Display P3", profiles.DISPLAY_P3, profiles.SRGB_CURVE),
        profiles.build("Adobe RGB", profiles.ADOBE_RGB, profiles.ADOBE_CURVE),
    }

    assert {profile.replacement for profile in PROFILES} == built
    assert all(not any(profile[24:36] + profile[48:64] + profile[80:128]) for profile in built)


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
