"""Sample descriptions, cleaned where they stand (ISO/IEC 14496-12 §12, QuickTime)."""

from dataclasses import replace
from typing import Final

from redaction.files.media.codec_config import (
    clean_av1c,
    clean_avcc,
    clean_descriptors,
    clean_flac_blocks,
    clean_hvcc,
)
from redaction.files.media.coded import Coding
from redaction.files.media.isobmff_boxes import TABLES, Box, Boxes, Treat
from redaction.files.media.isobmff_samples import Entry

_VISUAL: Final[dict[str, str]] = TABLES["visual"]
_SOUND: Final[dict[str, str]] = TABLES["sound"]
_SAMPLE_BITS: Final[dict[str, int]] = TABLES["sample_bits"]
_AUXILIARY: Final = tuple(name.encode() for name in TABLES["auxiliary"])
_ENCRYPTED: Final = frozenset({"encv", "enca", "drms", "drmi", "p608"})
_VISUAL_BYTES: Final = 78
_SOUND_BYTES: Final = 28
# QuickTime's further fields by the version of the description.
_SOUND_MORE: Final = {0: 0, 1: 16, 2: 36}
_72_DPI: Final = b"\0\x48\0\0" * 2
_NO_TABLE: Final = b"\xff\xff"
_CONFIGS: Final = {"h264": "avcC", "hevc": "hvcC", "av1": "av1C"}
_DOLBY: Final = ("dvcC", "dvvC")
_CHANNELS_BYTES: Final = 16
_OPUS_BYTES: Final = 11
_AMR_BYTES: Final = 9
_H263_BYTES: Final = 7
_IMA: Final = (64, 34)


class Entries:
    """The descriptions in one `stsd`."""

    def __init__(self, file: Boxes) -> None:
        self._file = file
        self._coding = Coding("")
        self._met: set[str] = set()

    def clean(self, box: Box, visual: bool, references: int) -> list[Entry]:
        """Return what the descriptions say; raise `UnreadableFileError` for unknown codecs."""
        file = self._file
        version = file.version(box, 0, 1)
        boxes = file.children(box.body + 8, box.end)
        file.demand(len(boxes) == file.number(box.body + 4, 4))
        return [self._entry(one, visual, version, references) for one in boxes]

    def _entry(self, box: Box, visual: bool, version: int, references: int) -> Entry:
        file, known = self._file, _VISUAL if visual else _SOUND
        if box.kind in _ENCRYPTED:
            raise file.refusal("encrypted")
        if box.kind not in known:
            raise file.refusal("codec")
        self._coding, self._met = Coding(known[box.kind]), set()
        file.demand(0 < file.number(box.body + 6, 2) <= references)
        file.zero(box.body, box.body + 6, "unknown")
        return self._visual(box) if visual else self._sound(box, version)

    def _visual(self, box: Box) -> Entry:
        file, at = self._file, box.body
        file.demand(at + _VISUAL_BYTES <= box.end)
        file.zero(at + 8, at + 24, "software")
        file.put(at + 28, _72_DPI)
        file.zero(at + 36, at + 40, "unknown")
        file.put(at + 40, b"\0\1")
        file.zero(at + 42, at + 74, "software")
        if file.number(at + 76, 2) == 0 and file.number(at + 74, 2) & 31 <= 8:
            raise file.refusal("unsupported")
        file.put(at + 76, _NO_TABLE)
        self._details(at + _VISUAL_BYTES, box.end)
        coding = self._coding
        needed = "esds" if box.kind == "mp4v" else _CONFIGS.get(coding.name)
        file.demand(needed is None or needed in self._met)
        return Entry(replace(coding, dolby=not self._met.isdisjoint(_DOLBY)))

    def _sound(self, box: Box, version: int) -> Entry:
        file, at = self._file, box.body
        layout = file.number(at + 8, 2) if version == 0 else 0
        if layout not in _SOUND_MORE:
            raise file.refusal("unsupported")
        file.zero(at + 10, at + 16, "software")
        samples, size = self._packet(box.kind, at, layout)
        more = at + _SOUND_BYTES + _SOUND_MORE[layout]
        file.demand(more <= box.end)
        self._details(more, box.end)
        file.demand(box.kind != "mp4a" or "esds" in self._met)
        return Entry(self._coding, samples, size)

    def _packet(self, kind: str, at: int, layout: int) -> tuple[int, int]:
        """Return samples and bytes of a packet, if sound of this kind has a constant rate."""
        file = self._file
        if kind != "ima4" and kind not in _SAMPLE_BITS:
            return 0, 0
        if layout == 1 and file.number(at + 28, 4) and file.number(at + 36, 4):
            return file.number(at + 28, 4), file.number(at + 36, 4)
        if layout == 2:
            return file.number(at + 60, 4), file.number(at + 56, 4)
        channels = file.number(at + 16, 2)
        if kind == "ima4":
            return _IMA[0], _IMA[1] * channels
        return 1, channels * (_SAMPLE_BITS[kind] or file.number(at + 18, 2)) // 8

    def _details(self, start: int, end: int, inner: bool = False) -> None:
        """Clean the boxes that stand in a description, or in QuickTime's `wave`."""
        file = self._file
        treat: dict[str, Treat] = {
            "avcC": self._avcc,
            "hvcC": self._hvcc,
            "av1C": self._av1c,
            "esds": self._esds,
            "dfLa": self._flac,
            "damr": lambda box: self._vendor(box, _AMR_BYTES),
            "d263": lambda box: self._vendor(box, _H263_BYTES),
            "dOps": self._opus,
            "chan": self._channels,
            "colr": file.colour,
            "auxi": lambda box: auxiliary(file, box),
            "sinf": self._protected,
            "numbers": self._numbers,
        }
        if not inner:
            treat["wave"] = lambda box: self._details(box.body, box.end, inner=True)
        file.inside(start, end, treat)

    def _avcc(self, box: Box) -> None:
        self._found(box, "h264", clean_avcc(self._file, box.body, box.end))

    def _hvcc(self, box: Box) -> None:
        self._found(box, "hevc", clean_hvcc(self._file, box.body, box.end))

    def _av1c(self, box: Box) -> None:
        self._found(box, "av1", clean_av1c(self._file, box.body, box.end))

    def _esds(self, box: Box) -> None:
        self._found(box, self._coding.name, clean_descriptors(self._file, box.body + 4, box.end))

    def _found(self, box: Box, expected: str, coding: Coding) -> None:
        self._file.demand(box.kind not in self._met and self._coding.name == expected)
        self._met.add(box.kind)
        self._coding = coding

    def _flac(self, box: Box) -> None:
        clean_flac_blocks(self._file, box.body + 4, box.end)

    def _vendor(self, box: Box, size: int) -> None:
        """Empty vendor and version of the decoder (3GPP TS 26.244 §6.7 and §6.8)."""
        self._file.only(box, size)
        self._file.zero(box.body, box.body + 5, "software")

    def _opus(self, box: Box) -> None:
        """Keep as much as the family of channels makes needed (Opus in ISOBMFF §4.3.2)."""
        file = self._file
        family, channels = file.number(box.body + 10, 1), file.number(box.body + 1, 1)
        file.only(box, _OPUS_BYTES + (2 + channels if family else 0))

    def _channels(self, box: Box) -> None:
        """Keep a layout that is one of Apple's numbers, without descriptions of its own."""
        if box.end - box.body != _CHANNELS_BYTES:
            self._file.remove(box)

    def _numbers(self, box: Box) -> None:
        self._met.add(box.kind)
        self._file.numbers(box)

    def _protected(self, _box: Box) -> None:
        raise self._file.refusal("encrypted")


def auxiliary(file: Boxes, box: Box) -> bool:
    """Keep an `auxC` or `auxi` that names transparency or light; return whether it stayed."""
    name = bytes(file.data[box.body + 4 : box.end]).partition(b"\0")[0]
    if name not in _AUXILIARY:
        file.remove(box)
        return False
    file.zero(box.body + 4 + len(name), box.end, "unknown")
    return True
