"""TIFF and BMP lose their history; every page and pixel stays."""

import io
import itertools
import random
import struct
from base64 import b64decode
from typing import Any, Final
from zlib import compress

import pytest
from PIL import Image, ImageDraw, ImageSequence

from redaction.cases.make import flipped
from redaction.cases.scans import GREY, LONG, PIXELS, SHORT, UNDEFINED, bmp, info, packed, tiff
from redaction.files import UnreadableFileError
from redaction.files.images.verify_bmp import verify_bmp
from redaction.files.images.verify_tiff import verify_tiff
from redaction.files.registry import clean_whole
from redaction.files.sniff import sniff
from tests.units.redaction.stored import name_of, stored

CASES: list[dict[str, Any]] = stored("scans")
PACKINGS: Final = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "zstd", "lzma")
MODES: Final = ("L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F")
# What libtiff cannot write: palettes, deep grey and fractions as JPEG.
IMPOSSIBLE: Final = {("P", "jpeg"), ("I;16", "jpeg"), ("F", "jpeg")}


def pages_of(file: bytes) -> list[tuple[Any, ...]]:
    """Return mode, size, pixels and orientation of every page."""
    return [
        (page.mode, page.size, page.tobytes(), page.getexif().get(274))
        for page in ImageSequence.Iterator(Image.open(io.BytesIO(file)))
    ]


def drawn(mode: str) -> Image.Image:
    """Return a picture with something to pack."""
    picture = Image.linear_gradient("L").resize((37, 21)).convert("RGB")
    ImageDraw.Draw(picture).ellipse((3, 3, 20, 17), fill=(200, 30, 60))
    return picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)


def saved(picture: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["name"] != "tiff: a small copy of the page"],
    ids=name_of,
)
def test_every_page_looks_the_same(case: dict[str, Any]) -> None:
    assert pages_of(b64decode(case["output"])) == pages_of(b64decode(case["input"]))


def test_a_small_copy_of_the_page_goes() -> None:
    case = next(case for case in CASES if case["name"] == "tiff: a small copy of the page")

    assert pages_of(b64decode(case["output"])) == pages_of(b64decode(case["input"]))[:1]


@pytest.mark.parametrize(
    ("mode", "packing"),
    [both for both in itertools.product(MODES, PACKINGS) if both not in IMPOSSIBLE],
)
def test_every_packing_of_every_kind_of_pixel_stays(mode: str, packing: str) -> None:
    file = saved(
        drawn(mode), format="TIFF", compression=packing, description="MARK", software="MARK"
    )
    clean, report = clean_whole("image/tiff", file, "")

    assert pages_of(clean) == pages_of(file)
    assert b"MARK" not in clean
    assert set(report.removed) >= {"software", "comment"}


@pytest.mark.parametrize("packing", ["group3", "group4"])
def test_faxes_stay_as_long_as_they_are(packing: str) -> None:
    file = saved(drawn("1"), format="TIFF", compression=packing, dpi=(204, 98))
    clean, _ = clean_whole("image/tiff", file, "")

    assert pages_of(clean) == pages_of(file)
    assert Image.open(io.BytesIO(clean)).info["dpi"] == (204, 98)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_every_kind_of_bmp_pixel_stays(mode: str) -> None:
    file = saved(drawn(mode), format="BMP", dpi=(77, 77))
    clean, _ = clean_whole("image/bmp", file, "")

    assert pages_of(clean) == pages_of(file)


PAGE: Final = (GREY, [PIXELS])


def _over_each_other() -> bytes:
    entries = b"".join(struct.pack("<HHII", 40_000, 1, 4_000_000, 8) for _ in range(60_000))
    start = struct.pack("<I", 4_000_008)
    return b"II*\0" + start + bytes(4_000_000) + struct.pack("<H", 60_000) + entries + bytes(4)


def _strip_over_a_text() -> bytes:
    """Return a page whose strip begins where a description stands."""
    file = tiff(([*GREY, (270, 2, b"MARK" * 16)], [PIXELS]))
    at = file.index(struct.pack("<HHI", 273, LONG, 1)) + 8
    return file[:at] + struct.pack("<I", file.index(b"MARK")) + file[at + 4 :]


REFUSED: Final = {
    "a strip that lies over a text": _strip_over_a_text(),
    "a page that leads to itself": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    "no page": b"II*\0" + bytes(4),
    "cut in a directory": tiff(PAGE)[:-20],
    "strips in front of which nothing is said": tiff(([], [PIXELS])),
    "a page without width": tiff(([(256, SHORT, [0]), *GREY[1:]], [PIXELS])),
    "strips as high as tiles on a page without height": tiff(
        ([GREY[0], (257, SHORT, [0]), *packed(8)[2:], (323, SHORT, [8])], [compress(PIXELS)])
    ),
    "an absurdly large page": tiff(([(256, LONG, [1 << 30]), *GREY[1:]], [PIXELS])),
    "an old way to pack JPEG": tiff((packed(6), [PIXELS])),
    "a camera's own picture": tiff(([*GREY, (50706, 1, b"\1\4\0\0")], [PIXELS])),
    "nothing but a small copy": tiff(([*GREY, (254, LONG, [1])], [PIXELS])),
    "a tag with more numbers than it has": tiff(
        ([*GREY, (274, SHORT, [int.from_bytes(b"MA"), int.from_bytes(b"RK")] * 9)], [PIXELS])
    ),
    "a bomb": tiff((packed(8), [compress(bytes(50_000_000))])),
    "a packed strip that is cut": tiff((packed(8), [compress(PIXELS)[:-8]])),
    "a strip that is no JPEG": tiff((packed(7), [b"MARK" * 16])),
    "tables with other segments in them": tiff(
        ([*packed(7), (347, UNDEFINED, b"\xff\xd8MARKMARK\xff\xd9")], [PIXELS])
    ),
    "values that lie over each other": _over_each_other(),
    "a BMP without pixels": bmp(info(3, 2, 24), b"", b""),
    "a BMP without width": bmp(info(0, 2, 24), b"", bytes(24)),
    "a BMP packed as PNG": bmp(info(3, 2, 24, 5), b"", b"MARK" * 6),
    "a BMP of an absurd size": bmp(info(1 << 30, 2, 24), b"", b"MARK"),
    "a BMP whose pixels begin in its header": bmp(info(3, 2, 24), b"", bytes(24))[:10]
    + b"\x14\0\0\0"
    + bmp(info(3, 2, 24), b"", bytes(24))[14:],
    "runs without end": bmp(info(4, 2, 8, 1, 2), bytes(8), b"\4\1" * 20),
}


@pytest.mark.parametrize("file", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_with_certainty_is_refused(file: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        clean_whole(sniff(file), file, "")


# A small copy whose flag is damaged is a page like any other, and a strip that is said to be
# packed may be as long as it likes.
PIXELS_WHEN_DAMAGED: Final = {"tiff: a small copy of the page", "tiff: a tail in a strip"}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["name"] not in PIXELS_WHEN_DAMAGED], ids=name_of
)
def test_no_damage_lets_a_secret_through(case: dict[str, Any]) -> None:
    """Cuts anywhere and flipped bits end in a refusal or in a clean file."""
    file, chance = b64decode(case["input"]), random.Random(2)  # noqa: S311 - repeatable
    damaged = [file[:length] for length in range(0, len(file), 3)]
    damaged += [flipped(file, chance.randrange(len(file)), chance.randrange(8)) for _ in range(300)]
    for one in damaged:
        try:
            clean, _ = clean_whole(case["media"], one, "")
        except UnreadableFileError:
            continue
        assert b"MARK" not in clean


@pytest.mark.parametrize(
    "file",
    [
        tiff(PAGE) + b"M",
        tiff(PAGE, ([*GREY, (270, 2, b"MARK")], [PIXELS])),
        tiff(([*GREY, (274, SHORT, [6] * 5)], [PIXELS])),
        tiff(([*GREY, (34675, UNDEFINED, b"MARK")], [PIXELS])),
    ],
    ids=["a byte behind", "a text", "too many numbers", "an unknown profile"],
)
def test_the_verifier_of_tiff_alone_would_have_refused(file: bytes) -> None:
    verify_tiff(tiff(PAGE))

    with pytest.raises(UnreadableFileError):
        verify_tiff(file)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case["media"] == "image/bmp" and case["input"] != case["output"]],
    ids=name_of,
)
def test_the_verifier_of_bmp_alone_would_have_refused_the_original(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableFileError):
        verify_bmp(b64decode(case["input"]))
