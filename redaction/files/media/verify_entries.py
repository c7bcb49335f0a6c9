"""Read cleaned sample descriptions a second time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from redaction.files.media import verify_config
from redaction.files.media.isobmff_boxes import TABLES
from redaction.files.media.verify_boxes import Node, Reader
from redaction.files.media.verify_config import Config

_72_DPI: Final = b"\0\x48\0\0" * 2
_NO_TABLE: Final = 0xFFFF
_MORE: Final = {0: 0, 1: 16, 2: 36}
_CONFIGS: Final[dict[str, Callable[[bytes], Config | None]]] = {
    "avcC": verify_config.avcc,
    "hvcC": verify_config.hvcc,
    "av1C": verify_config.av1c,
    "esds": lambda data: verify_config.esds(data[4:]),
}


@dataclass(frozen=True)
class Entry:
    """A sample description; *packet* is samples and bytes where the rate is constant."""

    config: Config
    packet: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that are needed, and the sizes of the samples in them where those are judged."""

    start: int
    end: int
    config: Config
    sizes: tuple[int, ...] = ()


def read_entries(reader: Reader, node: Node, handler: str) -> list[Entry]:
    """Return what the boxes of an `stsd` say; raise `UnreadableFileError`."""
    found = []
    for box in reader.boxes(node.body + 8, node.end):
        sound = handler == "soun"
        reader.demand(box.kind in TABLES["sound" if sound else "visual"])
        at = reader.layout("sound" if sound else "visual", box.body, box.end)
        packet = (0, 0)
        if not sound:
            reader.demand(reader.data[box.body + 28 : box.body + 36] == _72_DPI)
            reader.demand(reader.number(box.body + 40, 2) == 1)
            reader.demand(reader.number(box.body + 76, 2) == _NO_TABLE)
        else:
            version = 0 if reader.number(node.body, 1) else reader.number(box.body + 8, 2)
            reader.demand(version in _MORE)
            packet = _packet(reader, box, version)
            at += _MORE[version]
        found.append(Entry(_details(reader, box, at), packet))
    reader.demand(len(found) == reader.number(node.body + 4))
    return found


def _packet(reader: Reader, box: Node, version: int) -> tuple[int, int]:
    """Return samples and bytes of a packet of sound that is not compressed, or of IMA."""
    field = [reader.number(at) for at in range(box.body + 28, box.body + 28 + _MORE[version], 4)]
    bits = TABLES["sample_bits"].get(box.kind, None)
    if bits is None and box.kind != "ima4":
        return 0, 0
    if version == 1 and field[0] and field[2]:
        return field[0], field[2]
    if version == 2:
        return field[8], field[7]
    channels = reader.number(box.body + 16, 2)
    if bits is None:
        return 64, 34 * channels
    return 1, channels * (bits or reader.number(box.body + 18, 2)) // 8


def _details(reader: Reader, entry: Node, at: int) -> Config:
    """Judge the boxes inside a description, and those inside its `wave`."""
    boxes = [box for box in reader.boxes(at, entry.end) if box.kind != "free"]
    waves = [box for box in boxes if box.kind == "wave"]
    inner = [box for wave in waves for box in reader.boxes(wave.body, wave.end)]
    boxes = [box for box in boxes if box.kind != "wave"] + inner
    config = Config(TABLES["visual"].get(entry.kind, ""))
    for box in boxes:
        if box.kind in _CONFIGS:
            config = detail(reader, box) or config
        elif box.kind != "free":
            _other(reader, box)
    dolby = any(box.kind in {"dvcC", "dvvC"} for box in boxes)
    return replace(config, dolby=dolby)


def detail(reader: Reader, box: Node) -> Config | None:
    """Return what a configuration says; raise `UnreadableFileError` if it is not clean."""
    config = _CONFIGS[box.kind](reader.data[box.body : box.end])
    reader.demand(config is not None)
    return config


def _other(reader: Reader, box: Node) -> None:
    if box.kind in {"damr", "d263", "chan"}:
        reader.leaf(box)
    elif box.kind == "dfLa":
        reader.demand(verify_config.flac(reader.data[box.body + 4 : box.end]))
    elif box.kind == "dOps":
        channels = reader.number(box.body + 1, 1) if reader.number(box.body + 10, 1) else -2
        reader.zeros(box.body + 13 + channels, box.end)
    elif box.kind == "colr":
        reader.colour(box)
    elif box.kind == "auxi":
        reader.auxiliary(box)
    else:
        reader.numbers(box)
