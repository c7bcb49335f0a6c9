"""Recordings lose their history; what is heard stays bit by bit."""

import struct
import subprocess
from base64 import b64decode
from collections.abc import Callable
from typing import Any, Final

import pytest

from redaction.cases import sound
from redaction.files import UnreadableFileError
from redaction.files.media.verify_aac import verify_aac
from redaction.files.media.verify_aiff import verify_aiff
from redaction.files.media.verify_amr import verify_amr
from redaction.files.media.verify_flac import verify_flac
from redaction.files.media.verify_mp3 import verify_mp3
from redaction.files.media.verify_ogg import verify_ogg
from redaction.files.media.verify_wav import verify_wav
from redaction.files.registry import clean_whole
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("sound")
CLEANED = [case for case in CASES if "refused" not in case]
BY_NAME = {case["name"]: case for case in CLEANED}
# Files that players read differently before, each with what they stumble over.
BROKEN_BEFORE: Final = {
    "mp3: secrets between frames": "a frame in front of what is none",
    "mp3: a last frame that is cut": "half a frame",
    "mp3: sound of two files": "a tag in the midst of sound",
    "aac: tags between the frames": "the first tag",
    "aac: bytes between frames": "a frame in front of what is none",
    "aac: a last frame that is cut": "half a frame",
    "wav: chunks of every kind": "a second chunk of samples",
    "aiff: bytes behind the last sample": "the number of samples, which they do not believe",
    "flac: blocks of every kind": "a picture that is none",
    "flac: a frame behind the last one that does not follow": "sound that is played twice",
    "ogg: sounds behind each other": "pages with the same serial",
}
# The verifiers judge neither what nobody hears inside a frame nor the order of frames.
NOT_JUDGED: Final = {
    "mp3: frames only",
    "mp3: a name where no sound is",
    "mp3: numbers of Fraunhofer",
    "aac: an encoder's name",
    "flac: a frame behind the last one that does not follow",
}
VERIFIERS: Final[dict[str, Callable[[bytes], None]]] = {
    "audio/mpeg": verify_mp3,
    "audio/aac": verify_aac,
    "audio/amr": verify_amr,
    "audio/wav": verify_wav,
    "audio/aiff": verify_aiff,
    "audio/flac": verify_flac,
    "audio/ogg": verify_ogg,
}


def heard(file: bytes) -> bytes:
    """Return the checksum of the samples that ffmpeg decodes."""
    command = ("ffmpeg", "-v", "quiet", "-i", "-", "-map", "0:a", "-f", "md5", "-")
    return subprocess.run(command, input=file, capture_output=True, check=False).stdout


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["name"] not in BROKEN_BEFORE], ids=name_of
)
def test_what_is_heard_is_the_same(case: dict[str, Any]) -> None:
    clean = heard(b64decode(case["output"]))

    assert clean.startswith(b"MD5=")
    assert clean == heard(b64decode(case["input"]))


@pytest.mark.parametrize("name", BROKEN_BEFORE)
def test_what_players_stumbled_over_can_be_heard(name: str) -> None:
    assert heard(b64decode(BY_NAME[name]["output"])).startswith(b"MD5=")


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_everybody_is_told_that_a_voice_is_known(case: dict[str, Any]) -> None:
    assert case["warnings"] == ["voice"]


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["media"] in {"audio/wav", "audio/aiff"}], ids=name_of
)
def test_samples_are_copied(case: dict[str, Any]) -> None:
    """The samples of the clean file stand in the original as they are."""
    clean = b64decode(case["output"])
    start = clean.index(b"data") + 8 if case["media"] == "audio/wav" else clean.index(b"SSND") + 16
    size = int.from_bytes(
        clean[start - 4 : start] if case["media"] == "audio/wav" else clean[start - 12 : start - 8],
        "little" if case["media"] == "audio/wav" else "big",
    )
    samples = clean[start : start + size - (0 if case["media"] == "audio/wav" else 8)]

    assert samples
    assert samples in b64decode(case["input"])


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["media"] == "audio/flac"], ids=name_of
)
def test_frames_of_flac_are_copied(case: dict[str, Any]) -> None:
    clean = b64decode(case["output"])

    assert clean[clean.index(b"\xff\xf8", 42) :] in b64decode(case["input"])


@pytest.mark.parametrize(
    "case", [case for case in CLEANED if case["media"] == "audio/ogg"], ids=name_of
)
def test_pages_of_ogg_keep_their_division_and_their_time(case: dict[str, Any]) -> None:
    before, after = (pages_of(b64decode(case[key])) for key in ("input", "output"))

    assert after
    assert after == before


def pages_of(ogg: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return flags, time and body of each page with sound; a reading of its own."""
    pages, at = [], 0
    while ogg.startswith(b"OggS", at):
        start = at + 27 + ogg[at + 26]
        end = start + sum(ogg[at + 27 : start])
        if any(ogg[at + 6 : at + 14]) and ogg[at + 6 : at + 14] != b"\xff" * 8:
            pages.append((ogg[at + 5], ogg[at + 6 : at + 14], ogg[start:end]))
        at = end
    return pages


@pytest.mark.parametrize(
    "name", ["mp3: numbers of the first frame", "mp3: numbers of a constant rate"]
)
def test_sounds_can_still_be_joined_without_a_gap(name: str) -> None:
    """The numbers of samples to leave out stay, behind one name for all encoders."""
    before, after = b64decode(BY_NAME[name]["input"]), b64decode(BY_NAME[name]["output"])
    was = next(at for word in (b"Lavf", b"Lavc") if (at := before.find(word)) >= 0)

    assert after[after.index(b"LAME") + 4 :].startswith(bytes(17))
    assert after[after.index(b"LAME") + 21 :][:3] == before[was + 21 : was + 24] != bytes(3)


def test_numbers_tell_the_truth_afterwards() -> None:
    """How many frames and bytes follow is counted anew, and the silence at the end given up."""
    after = b64decode(BY_NAME["mp3: numbers that are not true"]["output"])
    whole = b64decode(BY_NAME["mp3: numbers of the first frame"]["output"])
    at = after.index(b"Xing")

    assert after[: at + 16] == whole[: at + 16]
    assert struct.unpack_from(">I", after, at + 12) == (len(after),)
    delays = int.from_bytes(after[after.index(b"LAME") + 21 :][:3])
    assert delays & 0xFFF == 0 < delays >> 12


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CLEANED
        if case["output"] != case["input"] and case["name"] not in NOT_JUDGED
    ],
    ids=name_of,
)
def test_the_verifier_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError):
        VERIFIERS[case["media"]](b64decode(case["input"]))


def test_the_verifier_counts_frames_and_bytes_itself() -> None:
    clean = b64decode(BY_NAME["mp3: numbers of the first frame"]["output"])
    at = clean.index(b"Xing")
    verify_mp3(clean)

    for place in (at + 11, at + 15, at + 40):
        with pytest.raises(UnreadableFileError):
            verify_mp3(clean[:place] + b"\xfe" + clean[place + 1 :])


def test_the_verifier_knows_what_a_comment_may_say() -> None:
    """Everything else about this file is as we would have written it."""
    empty = sound.ogg_with(sound.SEEDS["opus"], b"OpusTags" + bytes(8), serial=1)
    told = sound.ogg_with(sound.SEEDS["opus"], b"OpusTags" + sound.COMMENTS, serial=1)
    verify_ogg(empty)

    with pytest.raises(UnreadableFileError):
        verify_ogg(told)


@pytest.mark.parametrize("case", CLEANED, ids=name_of)
def test_no_cut_anywhere_lets_a_secret_through(case: dict[str, Any]) -> None:
    file = b64decode(case["input"])
    for length in range(0, len(file), 1 + len(file) // 400):
        try:
            clean, _ = clean_whole(case["media"], file[:length], "")
        except (UnreadableFileError, KeyError):
            continue
        assert b"MARK" not in clean


NOISE: Final = sound.flac(sound.SEEDS["noise"])
HOSTILE: Final = {
    "junk behind a tag": ("audio/mpeg", sound.TAG + b"MARK" * 2_000_000),
    "the beginning of a sync word": ("audio/mpeg", b"\xff\xfb" + b"\xff" * 5_000_000),
    "headers of frames": ("audio/mpeg", b"\xff\xfb\x90\0" * 1_000_000),
    "empty tags": ("audio/mpeg", b"ID3\4\0\0\0\0\0\0" * 500_000),
    "tags of APE": ("audio/mpeg", sound.TAG + (b"APETAGEX" + bytes(24)) * 200_000),
    "lyrics without end": ("audio/mpeg", sound.TAG + b"LYRICSBEGIN" * 400_000),
    "headers of AAC": ("audio/aac", b"\xff\xf1\x50\x80" * 1_000_000),
    "sync words of FLAC": ("audio/flac", NOISE + b"\xff\xf8" * 2_000_000),
    "chunks of WAV": ("audio/wav", b"RIFF\0\0\0\0WAVE" + b"JUNK\0\0\0\0" * 500_000),
    "chunks of AIFF": ("audio/aiff", b"FORM\x7f\0\0\0AIFF" + b"JUNK\0\0\0\0" * 500_000),
}


@pytest.mark.parametrize(("media", "file"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_of_nothing_but_beginnings_is_refused(media: str, file: bytes) -> None:
    """Time grows with the file and no faster, else this test would not end."""
    with pytest.raises(UnreadableFileError):
        clean_whole(media, file, "")


def test_much_behind_the_sound_costs_little() -> None:
    clean, report = clean_whole("audio/flac", NOISE + b"\xff" * 20_000_000, "")

    assert (clean, report.removed) == (NOISE, ("trailer",))
