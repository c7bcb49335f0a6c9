"""What a Matroska file tells a decoder beforehand, cleaned where it stands (RFC 9559 §5.1)."""

from collections.abc import Callable
from typing import Final

from redaction.files.media.codec_config import (
    clean_av1c,
    clean_avcc,
    clean_flac_blocks,
    clean_hvcc,
    clean_sound_config,
)
from redaction.files.media.coded import Coding, clean_user_data
from redaction.files.media.matroska_elements import TABLES, Element, Elements

_VORBIS_NAME: Final = b"\x03vorbis"
_THEORA_NAME: Final = b"\x81theora"
_VORBIS_FRAMING: Final = b"\1"
_OPUS_BYTES: Final = 19
_OPUS_FAMILY: Final = 18
_OPUS_CHANNELS: Final = 9
_BITMAP_BYTES: Final = 40
_MPEG: Final = Coding("mpeg")

# Configurations that hold only numbers, and how long they may be.
_NUMBERS: Final = {"V_VP9": 12, "V_FFV1": 4096, "A_ALAC": 48}


def clean_private(file: Elements, codec: str, element: Element) -> Coding:
    """Clean a CodecPrivate, or remove it; return how the track is coded."""
    start, end = element.body, element.end
    coding = Coding(TABLES["codecs"][codec])
    if codec in _CLEANERS:
        return _CLEANERS[codec](file, start, end)
    if coding.name == "aac":
        return clean_sound_config(file, start, end)
    if coding.name == "mpeg":
        clean_user_data(file, coding, start, end)
    elif end - start > _NUMBERS.get(codec, 0):
        file.remove(element)
    return coding


def _flac(file: Elements, start: int, end: int) -> Coding:
    file.demand(file.word(start) == "fLaC")
    clean_flac_blocks(file, start + 4, end)
    return Coding("")


def _opus(file: Elements, start: int, end: int) -> Coding:
    """Keep an identification header as long as its channels make it (RFC 7845 §5.1)."""
    size = _OPUS_BYTES
    if file.number(start + _OPUS_FAMILY, 1):
        size += 2 + file.number(start + _OPUS_CHANNELS, 1)
    file.demand(start + size <= end)
    file.zero(start + size, end, "unknown")
    return Coding("")


def _vorbis(file: Elements, start: int, end: int) -> Coding:
    return _xiph(file, start, end, _VORBIS_NAME, _VORBIS_FRAMING)


def _theora(file: Elements, start: int, end: int) -> Coding:
    return _xiph(file, start, end, _THEORA_NAME, b"")


def _xiph(file: Elements, start: int, end: int, name: bytes, framing: bytes) -> Coding:
    """Empty the second of three headers: one long name without letters, and no comments."""
    file.demand(file.number(start, 1) == 2)
    sizes: list[int] = []
    at = start + 1
    while len(sizes) < 2:
        size = 0
        while file.number(at, 1) == 255:
            size, at = size + 255, at + 1
        sizes.append(size + file.number(at, 1))
        at += 1
    at += sizes[0]
    after = at + sizes[1]
    space = sizes[1] - len(name) - 8 - len(framing)
    file.demand(after <= end and space >= 0 and file.data[at : at + len(name)] == name)
    length, body = at + len(name), at + len(name) + 4
    file.put(length, space.to_bytes(4, "little"), "software")
    file.zero(body, body + space + 4, "software", "comment")
    file.put(body + space + 4, framing)
    return Coding("")


def _bitmap(file: Elements, start: int, end: int) -> Coding:
    """Keep the head that Windows gives to pictures, if what it names is known."""
    file.demand(start + _BITMAP_BYTES <= end)
    name = TABLES["fourccs"].get(file.word(start + 16))
    if name is None:
        raise file.refusal("codec")
    file.zero(start + 24, start + _BITMAP_BYTES, "unknown")
    if name == "mpeg":
        clean_user_data(file, _MPEG, start + _BITMAP_BYTES, end)
    elif file.word(start + 16) != "FFV1":
        file.zero(start + _BITMAP_BYTES, end)
    return Coding(name)


_CLEANERS: Final[dict[str, Callable[[Elements, int, int], Coding]]] = {
    "V_MPEG4/ISO/AVC": clean_avcc,
    "V_MPEGH/ISO/HEVC": clean_hvcc,
    "V_AV1": clean_av1c,
    "V_MS/VFW/FOURCC": _bitmap,
    "V_THEORA": _theora,
    "A_VORBIS": _vorbis,
    "A_OPUS": _opus,
    "A_FLAC": _flac,
}
