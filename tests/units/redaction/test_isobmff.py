"""Films and HEIC pictures lose their history where they stand, and play as before."""

import random
import struct
import time
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redaction.cases import boxes, heif, isobmff
from redaction.cases.boxes import Track, avcc, box, esds, full, numbers, sound, unit, visual
from redaction.files import UnreadableFileError, sniff
from redaction.files.media.heif import AvifCleaner, HeicCleaner
from redaction.files.media.isobmff import (
    IsobmffCleaner,
    M4aCleaner,
    MovCleaner,
    Mp4Cleaner,
    ThreeGpCleaner,
)
from redaction.files.media.verify_isobmff import verify
from redaction.files.report import Report
from tests.units.redaction.films import MARKS, one_secret_back, played, seed, seen
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("isobmff", "heif")
CLEANED = [case for case in CASES if "output" in case]
CHANGED = [case for case in CLEANED if case["input"] != case["output"]]
CLEANERS: dict[str, Callable[[], IsobmffCleaner]] = {
    cleaner.media: cleaner
    for cleaner in (Mp4Cleaner, MovCleaner, M4aCleaner, ThreeGpCleaner, HeicCleaner, AvifCleaner)
}
FILMS = (
    *("h264.mp4", "faststart.mp4", "fragmented.mp4", "hevc.mp4", "av1.mp4", "pcm.mov"),
    *("mjpeg.mov", "phone.3gp", "aac.m4a", "alac.m4a"),
)
PICTURES = ("photo.heic", "alpha.heic", "thumb.heic", "photo.avif", "libheif.avif", "anim.avif")


def clean(file: bytes) -> tuple[bytes, Report]:
    """Clean in this process: what the sandbox runs, without its walls."""
    cleaner = CLEANERS[sniff(file)]()
    return cleaner.clean(file), cleaner.report


@pytest.mark.parametrize("name", FILMS)
def test_a_film_plays_exactly_as_before(name: str, tmp_path: Path) -> None:
    """Every frame is decoded to the same samples at the same time."""
    film = seed(name)
    written, report = clean(film)

    assert len(written) == len(film)
    assert report.removed != ()
    assert played(written, tmp_path) == played(film, tmp_path)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_looks_exactly_as_before(name: str) -> None:
    picture = seed(name)
    written, _ = clean(picture)

    assert len(written) == len(picture)
    assert seen(written) == seen(picture)


@pytest.mark.parametrize("name", ["hevc.mp4", "h264.mp4", "mjpeg.mov", "phone.3gp"])
def test_the_encoder_does_not_sign(name: str) -> None:
    written, _ = clean(seed(name))

    for signature in (b"x264", b"x265", b"Lavc", b"Lavf", b"FFMP", b"Handler"):
        assert signature not in written


@pytest.mark.parametrize("case", CHANGED, ids=name_of)
def test_the_verifier_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    """It does not trust the cleaner: what the cleaner changed, the verifier would not pass."""
    code = "heif" if case["media"].startswith("image/") else "video"

    with pytest.raises(UnreadableFileError):
        verify(b64decode(case["input"]), code)


@pytest.mark.parametrize("case", CHANGED, ids=name_of)
def test_no_secret_passes_the_verifier(case: dict[str, Any]) -> None:
    """Each one put back into the clean file, where it was, is seen at once."""
    for restored in one_secret_back(b64decode(case["input"]), b64decode(case["output"])):
        with pytest.raises(UnreadableFileError):
            verify(restored, "heif" if case["media"].startswith("image/") else "video")


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_nothing_moves(case: dict[str, Any]) -> None:
    """A clean file is as long as the original, or ends where its last box did."""
    before, after = b64decode(case["input"]), b64decode(case["output"])

    assert len(after) == len(before) or "trailer" in case["removed"]


def test_a_film_that_is_cut_short_is_refused_everywhere() -> None:
    """Only what stood behind the movie box can be missing from a film that passes."""
    film = isobmff.phone()
    end = film.index(b"moov") - 4
    whole = end + int.from_bytes(film[end : end + 4])
    expected, _ = clean(film[:whole])
    for length in range(32, len(film), 7):
        try:
            written, _ = clean(film[:length])
        except UnreadableFileError:
            continue
        assert length >= whole
        assert written[:whole] == expected[:whole]
        assert not any(mark in written for mark in MARKS)


@pytest.mark.parametrize("family", [isobmff, heif], ids=["films", "pictures"])
def test_damage_ends_in_a_refusal_or_in_a_file_that_stays_clean(family: Any) -> None:
    """Whatever is flipped, cut or inserted: no crash, and a second cleaning finds nothing."""
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose, nothing secret
    files = [file for _, _, file in family.good()]
    survived = 0
    for _ in range(1500):
        file = bytearray(chance.choice(files))
        at = chance.randrange(8, len(file))
        damages: list[bytes] = [
            bytes((file[at] ^ 1 << chance.randrange(8),)),
            b"",
            chance.randbytes(5),
            b"\xff\xff\xff\xff",
            bytes(4),
        ]
        damage = chance.choice(damages)
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


HOSTILE: dict[str, Callable[[], bytes]] = {
    "boxes and nothing else": lambda: isobmff.large() + box("free") * 2_000_000,
    "boxes in the movie": lambda: boxes.movie([isobmff.film()], box("udta") * 1_000_000),
    "units of one byte": lambda: isobmff.coded("avc1", b"\0\0\0\1\x65" * 3_000_000, avcc()),
    "units of no byte": lambda: isobmff.coded("avc1", bytes(12_000_000), avcc()),
    "messages without content": lambda: isobmff.coded(
        "avc1", unit(b"\6" + b"\4\0" * 30_000 + b"\x80") * 100, avcc()
    ),
    "one long message number": lambda: isobmff.coded(
        "avc1", unit(b"\6" + b"\xff" * 60_000 + b"\x80") * 200, avcc()
    ),
    "escapes and nothing else": lambda: isobmff.coded(
        "avc1", unit(b"\6" + b"\6\5\0\0\3\0\0\3\0" * 7000 + b"\x80") * 100, avcc()
    ),
    "texts without content": lambda: isobmff.coded(
        "mp4v", b"\0\0\1\xb2" * 3_000_000, esds(0x20, b"")
    ),
    "start codes and nothing else": lambda: isobmff.coded(
        "mp4v", b"\0\0\1\xb2A" + b"\0\0\1" * 4_000_000, esds(0x20, b"")
    ),
    "padding of AV1": lambda: isobmff.coded(
        "av01", b"\x7a\1\0" * 2_000_000, box("av1C", b"\x81\0\x0c\0")
    ),
    "JPEG segments": lambda: isobmff.coded("jpeg", b"\xff\xd8" + b"\xff\xfe\0\2" * 2_000_000),
    "four billion samples": lambda: boxes.movie([isobmff.film(uniform=1, count=0xFFFFFFFF)]),
    "four billion empty samples": lambda: run_of(0),
    "four billion samples in a fragment": lambda: run_of(1),
    "a million chunks": lambda: chunks(1_000_000),
    "ten million edits": lambda: boxes.movie([isobmff.film()]).replace(
        full("elst", 0, 0, numbers(1, 300, 0, 0x10000)),
        full("elst", 0, 0, numbers(1_000_000), bytes(12_000_000)),
    ),
    "ten million chapters": lambda: boxes.movie(
        [isobmff.film(more=box("tref", box("chap", bytes(40_000_000))))]
    ),
    "a wave in a wave": lambda: nested("wave", 20_000),
    "items and nothing else": lambda: heif.picture(
        [heif.plain(), *(heif.Item(one, "Exif", b"MARK") for one in range(2, 8000))],
        [boxes.hvcc(), heif.SIZE, heif.DEPTHS],
    ),
    "references and nothing else": lambda: heif.picture(
        [heif.plain(links=(("dimg", (1,) * 60_000),) * 60)],
        [boxes.hvcc(), heif.SIZE, heif.DEPTHS],
    ),
}


def run_of(size: int) -> bytes:
    """Return a fragment of four billion samples of *size* bytes."""
    movie = box(
        "moov",
        isobmff.movie_header(),
        isobmff.film(samples=[]).box([]),
        box("mvex", full("trex", 0, 0, numbers(1, 1, 0, 0, 0))),
    )
    header = full("tfhd", 0, 0x20010, numbers(1, size))
    run = full("trun", 0, 0, numbers(0xFFFFFFFF))
    moof = box("moof", full("mfhd", 0, 0, numbers(1)), box("traf", header, run))
    return isobmff.START + movie + moof + box("mdat", bytes(100))


def chunks(count: int) -> bytes:
    """Return sound of which each sample is a chunk of its own."""
    track = Track(1, "soun", sound("sowt"), [], count=count, uniform=4)
    places = list(range(36, 36 + 4 * count, 4))
    media = box("mdat", bytes(4 * count))
    return isobmff.START + media + box("moov", isobmff.movie_header(), track.box(places))


def nested(kind: str, depth: int) -> bytes:
    """Return a film whose description holds boxes in boxes."""
    sizes = range(8, 8 * depth + 8, 8)
    inner = b"".join(struct.pack(">I4s", size, kind.encode()) for size in reversed(sizes))
    return boxes.movie([isobmff.voice(entry=sound("sowt", inner))])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_done_with_quickly(name: str) -> None:
    """Counts and nesting in a few bytes, or millions of headers: processor time stays bounded."""
    file = HOSTILE[name]()
    cleaner = HeicCleaner() if b"ftypheic" in file[:16] else Mp4Cleaner()
    start = time.process_time()
    try:
        cleaner.clean(file)
    except UnreadableFileError as exc:
        assert exc.code in {"file-too-complex", "video-truncated", "video-malformed"}

    assert time.process_time() - start < 5


def test_a_film_that_counts_from_1970_starts_at_zero() -> None:
    """Times between fragments stay, the moment of the first goes."""
    expected, _ = clean(isobmff.fragments(base=0))
    written, report = clean(isobmff.fragments(base=1_700_000_000))

    assert written == expected
    assert "time" in report.removed


def test_transparency_and_light_survive_and_depth_does_not() -> None:
    written, _ = clean(heif.layers())

    for kept in (b"auxid:1", b"hdrgainmap", b"tmap"):
        assert kept in written
    assert b"auxid:2" not in written
    assert b"mime" not in written


def test_dolby_vision_stays_only_where_it_is_announced() -> None:
    """Without the announcement the same unit is a hiding place."""
    metadata = b"\x7c\1MARK"
    announced = isobmff.coded("hvc1", unit(metadata), boxes.hvcc(), box("dvvC", bytes(24)))
    silent = isobmff.coded("hvc1", unit(metadata), boxes.hvcc())

    assert metadata in clean(announced)[0]
    assert b"MARK" not in clean(silent)[0]


def test_messages_that_display_needs_keep_every_bit() -> None:
    """Mastering colours and the recovery point stand beside what goes, and stay as they are."""
    film = isobmff.hevc()
    written, _ = clean(film)
    light = film.index(b"\x89\x18\x33\xc2")

    assert written[light : light + 27] == film[light : light + 27]
    assert b"\6\1\x84\x80" in written


def test_a_description_in_quicktime_keeps_its_sound() -> None:
    """Sound that is not compressed says one byte a sample; all of its bytes stay."""
    film = boxes.movie(
        [isobmff.voice(bytes(range(1, 21)), entry=sound("sowt"), uniform=1, count=5)],
        start=boxes.ftyp("qt  "),
        gap=b"MARK",
    )
    written, _ = clean(film)

    assert bytes(range(1, 21)) in written
    assert b"MARK" not in written


def test_the_description_of_a_picture_keeps_its_size_only() -> None:
    description = visual("jpeg", name=b"\x04MARK", vendor=b"MARK")
    jpeg = b"\xff\xd8\xff\xd9"
    written, _ = clean(boxes.movie([isobmff.film(jpeg, entry=description)]))

    assert visual("jpeg") in written
