"""Matroska and WebM lose their history where they stand, and play as before."""

import random
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.cases import matroska
from redaction.cases.boxes import MARK
from redaction.cases.isobmff import SLICE
from redaction.files import UnreadableFileError
from redaction.files.media.matroska import MatroskaCleaner
from redaction.files.media.verify_matroska import verify
from redaction.files.report import Report
from tests.units.redaction.films import MARKS, one_secret_back, played, seed
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("matroska")
CLEANED = [case for case in CASES if "output" in case]
CHANGED = [case for case in CLEANED if case["input"] != case["output"]]
FILMS = ("h264.mkv", "flac.mkv", "vp8.webm", "vp9.webm")


def clean(file: bytes) -> tuple[bytes, Report]:
    """Clean in this process: what the sandbox runs, without its walls."""
    cleaner = MatroskaCleaner()
    return cleaner.clean(file), cleaner.report


@pytest.mark.parametrize("name", FILMS)
def test_a_film_plays_exactly_as_before(name: str, tmp_path: Path) -> None:
    """Every frame is decoded to the same samples at the same time."""
    film = seed(name)
    written, report = clean(film)

    assert len(written) == len(film)
    assert report.removed != ()
    assert played(written, tmp_path) == played(film, tmp_path)


@pytest.mark.parametrize("name", FILMS)
def test_programs_do_not_sign(name: str) -> None:
    written, _ = clean(seed(name))

    for signature in (b"x264", b"Lavc", b"Lavf", b"ENCODER", b"DURATION"):
        assert signature not in written


@pytest.mark.parametrize("case", CHANGED, ids=name_of)
def test_the_verifier_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    """It does not trust the cleaner: what the cleaner changed, the verifier would not pass."""
    with pytest.raises(UnreadableFileError):
        verify(b64decode(case["input"]))


@pytest.mark.parametrize("case", CHANGED, ids=name_of)
def test_no_secret_passes_the_verifier(case: dict[str, Any]) -> None:
    """Each one put back into the clean file, where it was, is seen at once."""
    for restored in one_secret_back(b64decode(case["input"]), b64decode(case["output"])):
        with pytest.raises(UnreadableFileError):
            verify(restored)


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_nothing_moves(case: dict[str, Any]) -> None:
    """A clean file is as long as the original, or ends where its last element did."""
    before, after = b64decode(case["input"]), b64decode(case["output"])

    assert len(after) == len(before) or "trailer" in case["removed"]


@pytest.mark.parametrize(
    ("file", "media"),
    [
        (seed("vp9.webm"), "video/webm"),
        (seed("h264.mkv"), "video/x-matroska"),
        (matroska.recording(), "video/webm"),
    ],
    ids=["webm", "mkv", "recording"],
)
def test_the_header_tells_which_kind_it_is(file: bytes, media: str) -> None:
    assert clean(file)[1].media == media


def test_a_film_that_is_cut_short_is_refused_everywhere() -> None:
    """Only what stood behind the segment can be missing from a film that passes."""
    film = matroska.phone()
    whole = len(film) - len(b"MARK behind the end")
    expected, _ = clean(film)
    for length in range(40, len(film), 5):
        try:
            written, _ = clean(film[:length])
        except UnreadableFileError:
            continue
        assert length >= whole
        assert written == expected


def test_damage_ends_in_a_refusal_or_in_a_file_that_stays_clean() -> None:
    """Whatever is flipped, cut or inserted: no crash, and a second cleaning finds nothing."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose, nothing secret
    files = [file for _, _, file in matroska.good()]
    survived = 0
    for _ in range(2000):
        file = bytearray(chance.choice(files))
        at = chance.randrange(len(file))
        flipped = bytes((file[at] ^ 1 << chance.randrange(8),))
        damage = chance.choice([flipped, b"", chance.randbytes(5), b"\xff\xff", bytes(2)])
        file[at : at + max(1, len(damage) % 5)] = damage
        try:
            written, _ = clean(bytes(file))
        except UnreadableFileError:
            continue
        survived += 1
        again, report = clean(written)
        assert again == written
        assert report.removed == ()
    assert survived > 300


def test_blocks_of_titles_vanish_and_others_keep_their_places() -> None:
    film = matroska.phone()
    written, _ = clean(film)
    picture = written.index(SLICE)

    assert picture == film.index(SLICE)
    assert not any(mark in written for mark in MARKS)


def test_frames_in_one_block_are_cleaned_one_by_one() -> None:
    """Each way of lacing finds the borders between frames."""
    written, _ = clean(matroska.laced())

    assert written.count(SLICE) == matroska.laced().count(SLICE)
    assert MARK not in written


HOSTILE: dict[str, Callable[[], bytes]] = {
    "voids and nothing else": lambda: matroska.film(
        matroska.tracks(matroska.avc()), matroska.element(0xEC) * 3_000_000
    ),
    "blocks and nothing else": lambda: matroska.film(
        matroska.tracks(matroska.track(1, 2, b"A_AC3")),
        matroska.cluster(matroska.simple(1) * 2_000_000),
    ),
    "frames without content": lambda: matroska.film(
        matroska.tracks(matroska.avc()),
        matroska.cluster(
            matroska.element(0xA3, matroska.block(1, *[b""] * 256, lacing=2, head=bytes(255)))
            * 100_000
        ),
    ),
    "clusters that do not tell their size": lambda: (
        matroska.header()
        + matroska.endless(
            0x18538067, matroska.tracks(matroska.avc()), matroska.endless(0x1F43B675) * 1_000_000
        )
    ),
    "tracks and nothing else": lambda: matroska.film(
        matroska.tracks(*[matroska.track(1, 17, b"S_TEXT/UTF8")] * 200_000)
    ),
    "a master in a master": lambda: matroska.film(nested(0xE0, 5000)),
}


def nested(identity: int, depth: int) -> bytes:
    """Return tracks whose description holds elements in elements."""
    inner = b""
    for _ in range(depth):
        inner = matroska.element(identity, inner)
    return matroska.tracks(matroska.avc(inner))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_done_with_quickly(name: str) -> None:
    """Millions of headers, or nesting: processor time stays bounded."""
    file = HOSTILE[name]()
    start = time.process_time()
    try:
        clean(file)
    except UnreadableFileError as exc:
        assert exc.code in {"file-too-complex", "video-malformed"}

    assert time.process_time() - start < 5
