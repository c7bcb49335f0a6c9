"""However a file arrives and whatever happened to it: no leak, no crash, no growth."""

import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redaction.cases import pictures
from redaction.files import Cleaner, UnreadableFileError, clean_bytes, cleaner_for

GOOD = dict([*pictures.good_jpegs(), *pictures.good_pngs()])
SMALL = {name: file for name, file in GOOD.items() if len(file) < 10_000}
BAD = dict([*pictures.bad_jpegs(), *pictures.bad_pngs()])
MARKS = [b"MARK", "MARK".encode("utf-16-le"), "MARK".encode("utf-16-be")]
NAMED = "photo.jpg"


def outcome(untrusted: bytes) -> bytes | None:
    """Return what passes, None for a refusal; anything else escapes and fails the test."""
    try:
        return clean_bytes(untrusted, NAMED)[0]
    except UnreadableFileError:
        return None


def pushed(cleaner: Cleaner, pieces: Iterator[bytes]) -> bytes:
    return b"".join([*map(cleaner.update, pieces), cleaner.finish()])


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_pieces_of_any_size_give_the_same_file(name: str, data: st.DataObject) -> None:
    file = SMALL[name]
    cuts = data.draw(st.lists(st.integers(0, len(file)), max_size=40).map(sorted))
    cleaner = cleaner_for(file[:16])
    clean = pushed(cleaner, (file[a:b] for a, b in pairwise([0, *cuts, len(file)])))

    assert (clean, cleaner.report) == clean_bytes(file)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_one_byte_at_a_time_gives_the_same_file(name: str) -> None:
    file = SMALL[name]
    cleaner = cleaner_for(file[:16])

    assert pushed(cleaner, (bytes((byte,)) for byte in file)) == outcome(file)


@pytest.mark.parametrize("name", sorted(BAD))
def test_one_byte_at_a_time_is_refused_for_the_same_reason(name: str) -> None:
    file = BAD[name]
    with pytest.raises(UnreadableFileError) as whole:
        clean_bytes(file)
    cleaner = cleaner_for(file[:16])
    with pytest.raises(UnreadableFileError) as piecewise:
        pushed(cleaner, (bytes((byte,)) for byte in file))

    assert piecewise.value.code == whole.value.code


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_a_cut_file_is_refused_or_complete(name: str, data: st.DataObject) -> None:
    """What passes although cut was cut behind the picture's end."""
    file = SMALL[name]
    length = data.draw(st.integers(0, len(file) - 1))

    assert outcome(file[:length]) in {None, outcome(file)}


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_no_flipped_bit_lets_a_secret_through(name: str, data: st.DataObject) -> None:
    damaged = bytearray(SMALL[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] ^= 1 << data.draw(st.integers(0, 7))
    clean = outcome(bytes(damaged)) or b""

    assert not any(mark in clean for mark in MARKS)


# A zero put behind the FF of a marker between scans makes the segment picture data, which
# only a decoder could tell; everywhere else the grammar notices.
STILL_READABLE = sorted(SMALL.keys() - {"secrets between two scans"})


FOREIGN = st.binary(max_size=40).filter(lambda piece: b"M" not in piece)


@given(st.sampled_from(STILL_READABLE), st.data(), FOREIGN)
def test_foreign_bytes_between_never_crash_nor_leak(
    name: str, data: st.DataObject, foreign: bytes
) -> None:
    file = SMALL[name]
    at = data.draw(st.integers(0, len(file)))
    clean = outcome(file[:at] + foreign + file[at:]) or b""

    assert not any(mark in clean for mark in MARKS)


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_noise_behind_a_picture_s_first_bytes_never_crashes(noise: bytes, magic: bytes) -> None:
    outcome(magic + noise)


@pytest.mark.parametrize("kind", ["jpeg", "png", "jpeg trailer", "png text"])
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    """32 MiB pass through less than 1 MiB."""
    tracemalloc.start()
    try:
        head, piece, tail = long_file(kind)
        cleaner = cleaner_for(head[:16])
        cleaner.update(head)
        tracemalloc.reset_peak()
        for _ in range(512):
            cleaner.update(piece)
        peak = tracemalloc.get_traced_memory()[1]
        for end in tail:
            cleaner.update(end)
        cleaner.finish()
    finally:
        tracemalloc.stop()

    assert peak < 2**20


def long_file(kind: str) -> tuple[bytes, bytes, list[bytes]]:
    """Return a beginning, a piece of 64 KiB to repeat 512 times, and the end."""
    baseline, truecolour = pictures.BASELINE, pictures.TRUECOLOUR
    piece = bytes(65_536)
    if kind == "jpeg":
        return baseline[:-2], piece[:-2] + b"\xff\x00", [b"\xff\xd9"]
    if kind == "jpeg trailer":
        return baseline, piece, []
    chunk = pictures.chunk(b"IDAT" if kind == "png" else b"tEXt", bytes(512 * 65_536))
    at = truecolour.index(b"IDAT") - 4
    return truecolour[:at] + chunk[:8], piece, [chunk[-4:] + truecolour[at:]]
