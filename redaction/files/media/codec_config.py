"""What a decoder is told before the first sample, cleaned where it stands.

Parameter sets may be followed by messages, sound configurations by a comment, FLAC's
stream information by tags and pictures. What cannot be told from a hiding place goes.
"""

from typing import Final

from redaction.files.media.bits import Bits
from redaction.files.media.coded import Coding, clean_coded, clean_obus, clean_unit
from redaction.files.media.inplace import InPlace

# Profiles whose configuration ends with the picture sets: baseline, main, extended.
_WITHOUT_MORE: Final = (66, 77, 88)


def clean_avcc(file: InPlace, start: int, end: int) -> Coding:
    """Clean an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1)."""
    coding = Coding("h264", (file.number(start + 4, 1) & 3) + 1)
    at = start + 5
    at = _parameter_sets(file, coding, at + 1, end, file.number(at, 1) & 31)
    at = _parameter_sets(file, coding, at + 1, end, file.number(at, 1))
    if at + 4 <= end and file.number(start + 1, 1) not in _WITHOUT_MORE:
        at = _parameter_sets(file, coding, at + 4, end, file.number(at + 3, 1))
    file.demand(at <= end)
    file.zero(at, end, "unknown")
    return coding


def clean_hvcc(file: InPlace, start: int, end: int) -> Coding:
    """Clean an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1)."""
    coding = Coding("hevc", (file.number(start + 21, 1) & 3) + 1)
    at = start + 23
    for _ in range(file.number(start + 22, 1)):
        at = _parameter_sets(file, coding, at + 3, end, file.number(at + 1, 2))
    file.demand(at <= end)
    file.zero(at, end, "unknown")
    return coding


def _parameter_sets(file: InPlace, coding: Coding, at: int, end: int, count: int) -> int:
    for _ in range(count):
        unit = at + 2
        at = unit + file.number(at, 2)
        file.demand(at <= end)
        clean_unit(file, coding, unit, at)
    return at


def clean_av1c(file: InPlace, start: int, end: int) -> Coding:
    """Clean an AV1CodecConfigurationRecord (AV1 in ISOBMFF §2.3.3)."""
    coding = Coding("av1")
    file.demand(start + 4 <= end)
    clean_obus(file, coding, start + 4, end)
    return coding


# ISO/IEC 14496-3 table 1.17: kinds of AAC whose frames begin with elements; other kinds
# that cannot carry texts.
_ELEMENTS: Final = (1, 2, 3, 4)
_OPAQUE: Final = (17, 19, 20, 23, 39, 42)
_OPAQUE_BYTES: Final = 64
_SPECTRAL: Final = (5, 29)
_SYNC: Final = 0x2B7
_STEREO_SYNC: Final = 0x548


def clean_sound_config(file: InPlace, start: int, end: int) -> Coding:
    """Clean an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""
    bits = Bits(file, start, end)
    kind = _object_type(bits)
    _frequency(bits)
    channels = bits.take(4)
    if kind in _SPECTRAL:
        _frequency(bits)
        kind = _object_type(bits)
    if kind in _OPAQUE and end - start <= _OPAQUE_BYTES:
        return Coding("")
    if kind not in _ELEMENTS:
        raise file.refusal("codec")
    bits.take(1)
    if bits.take(1):
        bits.take(14)
    bits.take(1)
    if channels == 0:
        _program(bits)
    _extension(bits)
    bits.zero(bits.left, "unknown")
    return Coding("aac")


def _object_type(bits: Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == 31 else kind


def _frequency(bits: Bits) -> None:
    if bits.take(4) == 15:
        bits.take(24)


def _program(bits: Bits) -> None:
    """Read which speakers there are (ISO/IEC 14496-3 table 4.2); the comment is emptied."""
    bits.take(10)
    front, side, back = bits.take(4), bits.take(4), bits.take(4)
    low, data, coupled = bits.take(2), bits.take(3), bits.take(4)
    for size in (4, 4, 3):
        if bits.take(1):
            bits.take(size)
    for _ in range(front + side + back + coupled):
        bits.take(5)
    for _ in range(low + data):
        bits.take(4)
    bits.align()
    bits.zero(bits.take(8) * 8, "comment")


def _extension(bits: Bits) -> None:
    """Read what older decoders leave: spectral band replication and parametric stereo."""
    if bits.left < 16 or bits.peek(11) != _SYNC:
        return
    bits.take(11)
    if _object_type(bits) == 5 and bits.take(1):
        _frequency(bits)
        if bits.left >= 12 and bits.peek(11) == _STEREO_SYNC:
            bits.take(12)


_STREAM_INFO: Final = 0
_STREAM_INFO_BYTES: Final = 34
_STREAM_INFO_SUM: Final = 18
_PADDING: Final = 1
_LAST: Final = 0x80


def clean_flac_blocks(file: InPlace, start: int, end: int) -> None:
    """Keep FLAC's stream information without its checksum; other blocks become padding."""
    at, last = start, False
    while not last:
        file.spend()
        kind, size = file.number(at, 1), file.number(at + 1, 3)
        body, last = at + 4, kind >= _LAST
        file.demand(body + size <= end)
        if at == start:
            file.demand(kind & ~_LAST == _STREAM_INFO and size == _STREAM_INFO_BYTES)
            file.zero(body + _STREAM_INFO_SUM, body + size, "identifier")
        else:
            file.zero(body, body + size)
            file.put(at, bytes((kind & _LAST | _PADDING,)), "unknown")
        at = body + size
    file.zero(at, end, "unknown")


# ISO/IEC 14496-1 §7.2.2.1: tags of descriptors.
_STREAM: Final = 3
_DECODER: Final = 4
_SPECIFIC: Final = 5
_SYNC_LAYER: Final = 6
_PREDEFINED: Final = b"\x02"
# mp4ra.org: what is coded, by object type.
_OBJECTS: Final = {
    0x20: "mpeg",
    **dict.fromkeys((*range(0x60, 0x66), 0x6A), "mpeg"),
    0x6C: "mjpeg",
    **dict.fromkeys((0x40, 0x66, 0x67, 0x68), "aac"),
    **dict.fromkeys((0x69, 0x6B, 0xA5, 0xA6, 0xA9), ""),
}


def clean_descriptors(file: InPlace, start: int, end: int) -> Coding:
    """Clean an ES_Descriptor (ISO/IEC 14496-1 §7.2.6.5); what follows it is emptied."""
    body, after = _descriptor(file, _STREAM, start, end)
    flags = file.number(body + 2, 1)
    if flags & 0x40:
        raise file.refusal("unsupported")
    at = body + 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
    body, at = _descriptor(file, _DECODER, at, after)
    coding = _decoder(file, body, at)
    if at < after and file.data[at] == _SYNC_LAYER:
        body, at = _descriptor(file, _SYNC_LAYER, at, after)
        file.demand(file.data[body:at] == _PREDEFINED)
    file.zero(at, end)
    return coding


def _descriptor(file: InPlace, tag: int, at: int, end: int) -> tuple[int, int]:
    """Return where the descriptor's content begins and ends; its size has up to 4 bytes."""
    file.demand(file.number(at, 1) == tag)
    size, at = 0, at + 1
    for _ in range(4):
        byte, at = file.number(at, 1), at + 1
        size = size << 7 | byte & 127
        if byte < 128:
            break
    file.demand(at + size <= end)
    return at, at + size


def _decoder(file: InPlace, body: int, end: int) -> Coding:
    name = _OBJECTS.get(file.number(body, 1))
    if name is None:
        raise file.refusal("codec")
    at = body + 13
    file.demand(at <= end)
    coding = Coding(name)
    if at < end and file.data[at] == _SPECIFIC:
        start, at = _descriptor(file, _SPECIFIC, at, end)
        if name == "aac":
            coding = clean_sound_config(file, start, at)
        elif name == "mpeg":
            clean_coded(file, coding, start, at)
        else:
            file.zero(start, at)
    file.zero(at, end)
    return coding
