"""Drawings inside Office files lose their comments and still draw the same."""

import json
import struct
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

import redaction.cases
from redaction.cases import metafiles
from redaction.cases.metafiles import LINE, WMF_LINE, emf, wmf
from redaction.files.errors import UnreadableFileError
from redaction.files.images.metafile import EmfCleaner
from redaction.files.images.verify_metafile import verify_emf, verify_wmf

CASES: dict[str, dict[str, Any]] = {
    case["name"]: case
    for case in json.loads(
        (Path(redaction.cases.__file__).parent / "files/metafiles.json").read_text("utf-8")
    )
}
DRAWING, WINDOWS = metafiles.DAMAGED


def drawn(file: bytes) -> list[tuple[int, int]]:
    """Kind and size of each record of an enhanced metafile."""
    records: list[tuple[int, int]] = []
    at = 0
    while at + 8 <= len(file) and (not records or records[-1][0] != 14):
        kind, size = struct.unpack_from("<2L", file, at)
        records.append((kind, size))
        at += size
    return records


def test_what_draws_stays_and_what_it_holds_too_much_is_cut() -> None:
    records = drawn(b64decode(CASES[DRAWING]["output"]))

    assert records == [
        (1, 108),
        *((54, 16), (54, 16)),
        *((86, 40), (86, 40)),
        *((91, 52), (92, 40), (82, 332), (81, 124), (14, 20)),
    ]


def test_the_measures_of_a_drawing_stay() -> None:
    before, after = (b64decode(CASES[DRAWING][key]) for key in ("input", "output"))

    assert after[8:48] == before[8:48]
    assert after[72:88] == before[72:88]
    assert after[100:108] == before[100:108]


def test_a_drawing_that_knows_its_size_keeps_it() -> None:
    before, after = (b64decode(CASES[WINDOWS][key]) for key in ("input", "output"))

    assert after[6:16] == before[6:16]
    assert WMF_LINE in after


@pytest.mark.parametrize("name", metafiles.DAMAGED)
def test_the_verifier_alone_would_have_refused_the_original(name: str) -> None:
    verify = verify_emf if name.startswith("emf") else verify_wmf

    with pytest.raises(UnreadableFileError):
        verify(b64decode(CASES[name]["input"]))


CLEAN = EmfCleaner().clean(emf(LINE, metafiles.font("Arial"), metafiles.END))


@pytest.mark.parametrize(
    "wrong",
    [
        CLEAN + b"\0\0\0\0",
        CLEAN[:-20],
        CLEAN[:58] + b"\1" + CLEAN[59:],
        CLEAN.replace(b"A\0r\0i\0a\0l\0", b"A\0\0\0i\0a\0l\0"),
        CLEAN.replace(LINE, LINE[:4] + b"\x14\0\0\0" + LINE[8:] + bytes(4)),
        CLEAN.replace(LINE, b"\x46" + LINE[1:]),
        b"",
    ],
    ids=["a tail", "no end", "a free field", "behind a name", "a size", "a comment", "nothing"],
)
def test_the_verifier_refuses_what_the_cleaner_would_not_write(wrong: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        verify_emf(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        wmf(WMF_LINE, metafiles.WMF_END)[:-1],
        wmf(WMF_LINE, metafiles.WMF_END),
        wmf(WMF_LINE, metafiles.WMF_END, placed=True),
    ],
    ids=["cut", "a free field", "a wrong checksum"],
)
def test_the_same_for_old_drawings(wrong: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        verify_wmf(wrong)
