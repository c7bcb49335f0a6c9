"""What mat2 reads in our clean files, and the files of its own tests as a corpus of others.

Both need mat2 (`scripts/mat2-environment`); without it these promises are not made here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bench import peer
from redaction.files import UnreadableFileError, clean_bytes
from redaction.words import words
from tests.corpus.entry import Entry
from tests.corpus.make import corpus

STRUCTURE = frozenset(
    """
    APP14Flags0 APP14Flags1 AlphaCompression AlphaFiltering AlphaPreprocessing AnimationFrames
    AnimationLoopCount AnimationPlays AudioBitsPerSample AudioChannels AudioFormat AudioSampleRate
    AuxiliaryImageType AverageBitrate AvgBitrate BackgroundColor Balance BitDepth BufferSize
    ColorPrimaries ColorProfiles ColorRepresentation ColorTransform ColorType CompatibleBrands
    Compression CompressorID CurrentTime DCTEncodeVersion Duration ExifByteOrder Filter Gamma
    GraphicsMode HandlerType ImageSize Interlace MajorBrand MatrixCoefficients MatrixStructure
    MaxBitrate MediaDataOffset MediaDataSize MediaDuration MediaHeaderVersion MediaLanguageCode
    MediaTimeScale Megapixels MinorVersion MovieFragmentSequence MovieHeaderVersion NextTrackID
    OpColor Orientation OtherFormat Palette PixelAspectRatio PosterTime PreferredRate
    PreferredVolume PreviewDuration PreviewTime ResolutionUnit Rotation SelectionDuration
    SelectionTime SignificantBits TimeScale TrackDuration TrackHeaderVersion TrackID TrackLayer
    TrackVolume TransferCharacteristics Transparency TransparentColor VideoFieldOrder
    VideoFrameRate VideoFullRangeFlag WebP_Flags XResolution YResolution format
    create_system
    BlueX BlueY GreenX GreenY RedX RedY WhitePointX WhitePointY
    """.split()  # noqa: SIM905 - names read better as a text
)
"""Facts of a format without which it could not be shown; mat2's own tests let them stand."""
PROFILE = frozenset(
    """
    BlueMatrixColumn BlueTRC CMMFlags ChromaticAdaptation ColorSpaceData ConnectionSpaceIlluminant
    DeviceAttributes DeviceManufacturer DeviceModel GreenMatrixColumn GreenTRC MediaWhitePoint
    PrimaryPlatform ProfileCMMType ProfileClass ProfileConnectionSpace ProfileCopyright
    ProfileCreator ProfileDateTime ProfileDescription ProfileFileSignature ProfileID ProfileVersion
    RedMatrixColumn RedTRC RenderingIntent
    """.split()  # noqa: SIM905
)
OUR_PROFILES = ("Display P3", "Adobe RGB")
NO_TIME = ("-1", "0000:00:00 00:00:00")
NO_BOOK = (
    re.compile(r"urn:uuid:0{8}-0{4}-0{4}-0{4}-0{12}"),
    re.compile(
        r'<dc:identifier id="id">urn:uuid:0{8}-0{4}-0{4}-0{4}-0{12}</dc:identifier>'
        r"<dc:title>Page</dc:title><dc:language>\w\w</dc:language>"
        r'(<meta name="cover" content="i\d+"/>)?'
        r'<meta property="dcterms:modified">1980-01-01T00:00:00Z</meta>'
    ),
)
"""What a book must have to be one, when it tells nothing."""


def telling(read: dict[str, Any]) -> dict[str, Any]:
    """What of mat2's reading is neither structure nor one of our colour profiles nor empty."""
    profile = PROFILE if str(read.get("ProfileDescription")).startswith(OUR_PROFILES) else set()
    found = {}
    for key, value in read.items():
        if isinstance(value, dict):
            value = telling(value)
        elif key in STRUCTURE or key in profile or _says_nothing(str(value)):
            continue
        if value:
            found[key] = value
    return found


def _says_nothing(value: str) -> bool:
    return value in NO_TIME or any(each.fullmatch(value) for each in NO_BOOK)


def read_again(files: dict[str, bytes], folder: Path) -> dict[str, dict[str, Any]]:
    """Lay the files out and return what of mat2's reading tells something, by name."""
    found = {}
    with peer.asking("read") as ask:
        for name, data in files.items():
            (folder / name).write_bytes(data)
            if left := telling(ask(folder / name)["read"] or {}):
                found[name] = left
    return found


def cleaned_or_refused(data: bytes, declared: str) -> bytes | None:
    """The clean bytes, or None if they were refused in words that people understand."""
    try:
        return clean_bytes(data, declared)[0]
    except UnreadableFileError as refusal:
        assert words("errors", refusal.code, "ar")
        return None


def first_of_each_family(count: int = 3) -> list[Entry]:
    """mat2 starts a program for every file it reads, so that a few of each family must do."""
    good = [entry for entry in corpus() if entry.expect == "clean"]
    families = {entry.family: [e for e in good if e.family == entry.family] for entry in good}
    return [entry for entries in families.values() for entry in entries[:count]]


if peer.INSTALLED:

    def test_mat2_reads_nothing_that_tells_in_our_clean_files(tmp_path: Path) -> None:
        clean = {
            f"{entry.name}.{entry.declared.rpartition('.')[2]}": data
            for entry in first_of_each_family()
            if (data := cleaned_or_refused(entry.data, entry.declared)) is not None
        }
        assert read_again(clean, tmp_path) == {}


if peer.INSTALLED and peer.FILES.is_dir():
    THEIRS = sorted(path for path in peer.FILES.iterdir() if path.is_file())

    @pytest.mark.parametrize("path", THEIRS, ids=[path.name for path in THEIRS])
    def test_a_file_of_mat2_s_tests_is_cleaned_or_refused(path: Path, tmp_path: Path) -> None:
        clean = cleaned_or_refused(path.read_bytes(), path.name)
        assert read_again({path.name: clean} if clean else {}, tmp_path) == {}


def test_what_mat2_would_call_telling_is_seen() -> None:
    """The filter lets structure pass and nothing else, however deep."""
    assert telling({"TrackID": 1, "CreateDate": "0000:00:00 00:00:00", "mod-date": "-1"}) == {}
    assert telling({"Artist": "Samir", "word/a.xml": {"date_time": "2018", "TrackID": 1}}) == {
        "Artist": "Samir",
        "word/a.xml": {"date_time": "2018"},
    }
    assert telling({"ProfileDescription": "Samir's screen"}) != {}
