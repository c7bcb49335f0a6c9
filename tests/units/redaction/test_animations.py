"""WebP and GIF lose their history; every frame, colour and delay stays."""

import io
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageSequence

from redaction.cases import animations
from redaction.files import UnreadableFileError
from redaction.files.images.verify_gif import verify_gif
from redaction.files.images.verify_webp import verify_webp
from redaction.files.registry import clean_whole
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("animations")
CLEANED = [case for case in CASES if "refused" not in case]
VERIFIERS: dict[str, Callable[[bytes], None]] = {
    "image/webp": verify_webp,
    "image/gif": verify_gif,
}


def frames_of(file: bytes) -> list[tuple[Any, ...]]:
    """Return size, pixels and delay of every frame, and how often they run."""
    picture = Image.open(io.BytesIO(file))
    loops = picture.info.get("loop")
    return [
        (frame.size, frame.convert("RGBA").tobytes(), frame.info.get("duration"), loops)
        for frame in ImageSequence.Iterator(picture)
    ]


def original_of(case: dict[str, Any]) -> bytes:
    """Return the file, or its seed where Pillow stumbles over secrets in what is reserved."""
    file = b64decode(case["input"])
    if case["media"] == "image/webp" and b"MAR" in file:
        return animations.SEEDS["moving" if b"ANMF" in file else "lossy"]
    # Pillow gives the delay of a text to the picture behind it.
    return animations.SEEDS["still_gif"] if case["name"] == "gif: timing before a text" else file


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["name"] != "gif: loops with a tail"], ids=name_of
)
def test_every_frame_looks_and_lasts_the_same(case: dict[str, Any]) -> None:
    assert frames_of(b64decode(case["output"])) == frames_of(original_of(case))


def test_loops_are_spelled_in_one_way() -> None:
    """Pillow does not know the other spelling; browsers do."""
    case = next(case for case in CLEANED if case["name"] == "gif: loops with a tail")

    assert frames_of(b64decode(case["output"]))[0][3] == 3


def test_a_turned_picture_stays_turned() -> None:
    case = next(case for case in CLEANED if case["name"] == "webp: every kind of secret")

    assert dict(Image.open(io.BytesIO(b64decode(case["output"]))).getexif()) == {274: 6}


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["output"] != case["input"]], ids=name_of
)
def test_the_verifier_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError):
        VERIFIERS[case["media"]](b64decode(case["input"]))


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_a_file_cut_anywhere_is_refused_or_as_clean_as_the_whole(case: dict[str, Any]) -> None:
    """Only what stood behind the picture's end can be missing from a file that passes."""
    file = b64decode(case["input"])
    for length in range(len(file)):
        try:
            clean, _ = clean_whole(case["media"], file[:length], "")
        except UnreadableFileError:
            continue
        assert clean == b64decode(case["output"])


@pytest.mark.parametrize(
    ("media", "file"),
    [
        ("image/gif", animations.SEEDS["still_gif"][:205] + b"\x21\xfe" + b"\1M" * 2_000_000),
        ("image/gif", animations.SEEDS["still_gif"][:205] + b"\x21\xfe\0" * 1_000_000),
        ("image/webp", animations.riff(animations.extended(0, 16, 16), b"MARK\0\0\0\0" * 200_000)),
        (
            "image/webp",
            animations.riff(
                animations.extended(2, 16, 16),
                animations.chunk(b"ANMF", bytes(16) + b"MARK\0\0\0\0" * 200_000),
            ),
        ),
    ],
    ids=["data blocks", "extensions", "chunks", "chunks in a frame"],
)
def test_a_file_of_nothing_but_headers_is_refused(media: str, file: bytes) -> None:
    """Time grows with the file and no faster, else this test would not end."""
    with pytest.raises(UnreadableFileError):
        clean_whole(media, file, "")
