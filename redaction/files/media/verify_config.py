"""Read cleaned decoder configurations a second time."""

from dataclasses import dataclass
from typing import Final

from redaction.files.media.verify_coded import is_clean, is_unit


@dataclass(frozen=True)
class Config:
    """What a configuration says: the coding's name and how long lengths of units are."""

    name: str = ""
    length_size: int = 4
    dolby: bool = False


class Pieces:
    """Takes pieces off the front of bytes; `ok` turns false when they run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.ok = True

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes, fewer at the end."""
        piece = self._data[self._at : self._at + count]
        self._at += count
        self.ok = self.ok and len(piece) == count
        return piece

    def number(self, count: int = 1) -> int:
        """Return the next *count* bytes as a number."""
        return int.from_bytes(self.take(count))

    @property
    def rest(self) -> bytes:
        """Return what was not taken."""
        return self._data[self._at :]


def avcc(data: bytes) -> Config | None:
    """Return what an `avcC` says, None if it holds what may not stay."""
    pieces = Pieces(data)
    profile = pieces.take(4)[1:2]
    config = Config("h264", pieces.number() % 4 + 1)
    good = _are_units(config, pieces, pieces.number() % 32)
    good = _are_units(config, pieces, pieces.number()) and good
    if len(pieces.rest) >= 4 and profile not in {b"B", b"M", b"X"}:
        pieces.take(3)
        good = _are_units(config, pieces, pieces.number()) and good
    return config if good and pieces.ok and not any(pieces.rest) else None


def hvcc(data: bytes) -> Config | None:
    """Return what an `hvcC` says, None if it holds what may not stay."""
    pieces = Pieces(data)
    pieces.take(21)
    config, good = Config("hevc", pieces.number() % 4 + 1), True
    for _ in range(pieces.number()):
        pieces.take(1)
        good = _are_units(config, pieces, pieces.number(2)) and good
    return config if good and pieces.ok and not any(pieces.rest) else None


def _are_units(config: Config, pieces: Pieces, count: int) -> bool:
    units = (pieces.take(pieces.number(2)) for _ in range(count))
    return all(not unit or is_unit(config.name, unit) for unit in units)


def av1c(data: bytes) -> Config | None:
    """Return what an `av1C` says, None if it holds what may not stay."""
    return Config("av1") if len(data) >= 4 and is_clean("av1", data[4:]) else None


_OBJECTS: Final = {0x6C: "mjpeg", 0x69: "", 0x6B: "", 0xA5: "", 0xA6: "", 0xA9: ""}
_SOUND: Final = (0x40, 0x66, 0x67, 0x68)
_VIDEO: Final = (0x20, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x6A)


def esds(data: bytes) -> Config | None:
    """Return what the descriptors say, None if they hold what may not stay."""
    whole = Pieces(data)
    stream = Pieces(_descriptor(whole, 3))
    stream.take(2)
    flags = stream.number()
    stream.take(2 * (flags >> 7) + 2 * (flags >> 5 & 1))
    decoder = Pieces(_descriptor(stream, 4))
    kind = decoder.number()
    decoder.take(12)
    specific = _descriptor(decoder, 5) if decoder.rest[:1] == b"\x05" else b""
    layer = _descriptor(stream, 6) if stream.rest[:1] == b"\x06" else b"\2"
    good = layer == b"\2" and not flags & 0x40 and stream.ok and decoder.ok and whole.ok
    if not good or any(whole.rest + stream.rest + decoder.rest):
        return None
    if kind in _SOUND:
        return sound_config(specific)
    if kind in _VIDEO:
        return Config("mpeg") if is_clean("mpeg", specific) else None
    return Config(_OBJECTS[kind]) if kind in _OBJECTS and not any(specific) else None


def _descriptor(pieces: Pieces, tag: int) -> bytes:
    pieces.ok = pieces.ok and pieces.number() == tag
    size = 0
    for _ in range(4):
        byte = pieces.number()
        size = size * 128 + byte % 128
        if byte < 128:
            break
    return pieces.take(size)


def sound_config(data: bytes) -> Config | None:
    """Return what an AudioSpecificConfig says, None if something else stands behind it."""
    bits = _BitText(data)
    kind = bits.object_type()
    bits.frequency()
    channels = bits.number(4)
    if kind in {5, 29}:
        bits.frequency()
        kind = bits.object_type()
    if kind not in {1, 2, 3, 4}:
        opaque = kind in {17, 19, 20, 23, 39, 42} and len(data) <= 64
        return Config() if opaque else None
    bits.number(1)
    bits.number(14 * bits.number(1))
    bits.number(1)
    if channels == 0 and not bits.has_plain_layout():
        return None
    if bits.text[:11] == "01010110111":
        bits.number(11)
        if bits.object_type() == 5 and bits.number(1):
            bits.frequency()
            bits.number(12 * (bits.text[:11] == "10101001000"))
    return Config("aac") if "1" not in bits.text else None


class _BitText:
    """Bits as characters, taken off the front; missing ones count as none."""

    def __init__(self, data: bytes) -> None:
        self.text = "".join(f"{byte:08b}" for byte in data)

    def number(self, count: int) -> int:
        taken, self.text = self.text[:count], self.text[count:]
        return int("0" + taken, 2)

    def object_type(self) -> int:
        kind = self.number(5)
        return 32 + self.number(6) if kind == 31 else kind

    def frequency(self) -> None:
        if self.number(4) == 15:
            self.number(24)

    def has_plain_layout(self) -> bool:
        """Leave a layout of speakers behind; return whether its comment is empty."""
        self.number(10)
        fives = self.number(4) + self.number(4) + self.number(4)
        fours = self.number(2) + self.number(3)
        fives += self.number(4)
        for size in (4, 4, 3):
            self.number(size * self.number(1))
        self.number(5 * fives + 4 * fours)
        self.number(len(self.text) % 8)
        return self.number(8 * self.number(8)) == 0


def flac(data: bytes) -> bool:
    """Return whether FLAC's blocks are stream information without checksum, and padding."""
    pieces, kind, first = Pieces(data), 0, True
    while pieces.ok and kind < 128:
        kind = pieces.number()
        block = pieces.take(pieces.number(3))
        if kind % 128 != (not first) or any(block[18:] if first else block):
            return False
        first = False
    return pieces.ok and not any(pieces.rest)
