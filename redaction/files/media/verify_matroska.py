"""Read a cleaned Matroska or WebM file a second time, knowing nothing of how it was cleaned.

An element must be one that its parent may have, and its value what its kind allows: Voids
and names of programs are zeros, numbers have up to eight bytes, blocks belong to a track.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media import verify_config
from redaction.files.media.matroska_elements import CHILDREN, TABLES
from redaction.files.media.verify_coded import is_clean
from redaction.files.media.verify_config import Config

_VOID: Final = 0xEC
_HEADER: Final = 0x1A45DFA3
_SEGMENT: Final = 0x18538067
_CLUSTER: Final = 0x1F43B675
_TRACKS: Final = 0x1654AE6B
_ENTRY: Final = 0xAE
# How many bytes a number has, by its first one.
_WIDTHS: Final = (0, *(f"{first:08b}".index("1") + 1 for first in range(1, 256)))
_EMPTY: Final = (0x4D80, 0x5741)
_BLOCKS: Final = (0xA3, 0xA1)
_ADDITION: Final = 0xA5
_METHOD: Final = 0x4254
_FREE_VALUES: Final = {0x4255: 16, 0x63A2: 1 << 56, 0x86: 64}
_CODECS: Final[dict[str, str]] = TABLES["codecs"]
_PRIVATE_BYTES: Final = {"V_VP9": 12, "V_FFV1": 4096, "A_ALAC": 48}


@dataclass(frozen=True)
class _Element:
    parent: int
    identity: int
    body: int
    end: int


@dataclass(frozen=True)
class _Track:
    config: Config
    alpha: bool


def verify(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    try:
        _Reader(written).read()
    except (IndexError, ValueError) as exc:
        raise UnreadableFileError("video-malformed") from exc


class _Reader:
    def __init__(self, written: bytes) -> None:
        self._data = written
        self._tracks: dict[int, _Track] = {}

    def read(self) -> None:
        for element in self._elements(0, 0, len(self._data), _TRACKS):
            if element.identity == _ENTRY:
                number, track = self._track(element)
                self._demand(number not in self._tracks)
                self._tracks[number] = track
        self._demand(bool(self._tracks))
        for element in self._elements(0, 0, len(self._data)):
            self._judge(element)

    def _demand(self, condition: bool) -> None:
        if not condition:
            raise UnreadableFileError("video-malformed")

    def _elements(self, parent: int, start: int, end: int, only: int = 0) -> Iterator[_Element]:
        """Yield all elements, parents first; of a segment's children those called *only*."""
        at = start
        while at < end:
            element, sized = self._element(parent, at, end)
            allowed = CHILDREN.get(parent, {_HEADER, _SEGMENT})
            if not sized and element.identity == _CLUSTER:
                element = _Element(parent, _CLUSTER, element.body, self._cluster_end(element))
            self._demand(element.identity in allowed or element.identity == _VOID)
            at = element.end
            if only and parent == _SEGMENT and element.identity != only:
                continue
            yield element
            if element.identity in CHILDREN:
                yield from self._elements(element.identity, element.body, element.end, only)
        self._demand(at == end)

    def _element(self, parent: int, start: int, end: int) -> tuple[_Element, bool]:
        """Return the element at *start*; False beside it if it does not tell its end."""
        name = self._width(start)
        size = self._width(start + name)
        body = start + name + size
        self._demand(name <= 4 and body <= end)
        length = int.from_bytes(self._data[start + name : body]) & (1 << 7 * size) - 1
        identity = int.from_bytes(self._data[start : start + name])
        if length == (1 << 7 * size) - 1:
            self._demand(identity in {_SEGMENT, _CLUSTER})
            return _Element(parent, identity, body, end), False
        self._demand(body + length <= end)
        return _Element(parent, identity, body, body + length), True

    def _width(self, at: int) -> int:
        """Return how many bytes a number has."""
        width = _WIDTHS[self._data[at]]
        self._demand(width > 0)
        return width

    def _cluster_end(self, cluster: _Element) -> int:
        at = cluster.body
        while at < cluster.end:
            child, _ = self._element(_CLUSTER, at, cluster.end)
            if child.identity in CHILDREN[_SEGMENT]:
                break
            at = child.end
        return at

    def _judge(self, element: _Element) -> None:
        """Demand of a value what its kind allows."""
        body, end, identity = element.body, element.end, element.identity
        if identity in _BLOCKS:
            self._block(body, end)
            return
        value = memoryview(self._data)[body:end]
        if identity == _VOID or identity in _EMPTY:
            self._demand(self._data.count(0, body, end) == end - body)
        elif identity == 0x22B59C:
            self._demand(bytes(value) == b"und"[: end - body].ljust(end - body, b"\0"))
        elif identity == 0x4282:
            self._demand(bytes(value).rstrip(b"\0") in {b"matroska", b"webm"})
        elif identity == 0x53AB:
            self._demand(int.from_bytes(value) in CHILDREN[_SEGMENT])
        elif identity == 0xF7:
            self._demand(int.from_bytes(value) in self._tracks)
        elif identity == _ADDITION:
            self._demand(any(track.alpha for track in self._tracks.values()))
        elif identity == 0xEE:
            self._demand(int.from_bytes(value) == 1)
        elif identity not in CHILDREN:
            self._demand(end - body <= _FREE_VALUES.get(identity, 8))

    def _track(self, entry: _Element) -> tuple[int, _Track]:
        """Return number and coding of a track, whose description is judged."""
        values = {
            element.identity: self._data[element.body : element.end]
            for element in self._elements(_ENTRY, entry.body, entry.end)
            if element.identity not in CHILDREN
        }
        number = int.from_bytes(values.get(0xD7, b""))
        codec = values.get(0x86, b"").rstrip(b"\0").decode("latin-1")
        self._demand(int.from_bytes(values.get(0x83, b"")) in {1, 2} and codec in _CODECS)
        self._demand(int.from_bytes(values.get(0x73C5, values.get(0xD7, b""))) == number)
        config: Config | None = Config(_CODECS[codec])
        if 0x63A2 in values:
            config = _private(codec, values[0x63A2])
        if config is None or (config.name and _METHOD in values):
            raise UnreadableFileError("video-malformed")
        return number, _Track(config, int.from_bytes(values.get(0x53C0, b"")) == 1)

    def _block(self, body: int, end: int) -> None:
        """Demand a track that stays, and frames that are clean."""
        width = self._width(body)
        at = body + width + 3
        self._demand(at <= end)
        number = int.from_bytes(self._data[body : body + width]) - (1 << 7 * width)
        self._demand(number in self._tracks)
        config = self._tracks[number].config
        if not config.name:
            return
        block = self._data[at:end]
        sizes = _laced(block, self._data[at - 1] >> 1 & 3)
        at = len(block) - sum(sizes)
        for size in sizes:
            frame = block[at : at + size]
            self._demand(len(frame) == size)
            self._demand(is_clean(config.name, frame, config.length_size))
            at += size


def _laced(block: bytes, lacing: int) -> list[int]:
    """Return the sizes of the frames in a block: 0 one frame, 1 Xiph, 2 equal, 3 EBML."""
    if lacing == 0:
        return [len(block)]
    count, at, sizes = block[0], 1, list[int]()
    if lacing == 2:
        return [(len(block) - 1) // (count + 1)] * (count + 1)
    for _ in range(count):
        if lacing == 1:
            after = len(block) - len(block[at:].lstrip(b"\xff"))
            sizes.append(255 * (after - at) + block[after])
            at = after + 1
        else:
            width = _WIDTHS[block[at]]
            value = int.from_bytes(block[at : at + width]) - (1 << 7 * width)
            sizes.append(value + (sizes[-1] - (1 << 7 * width - 1) + 1 if sizes else 0))
            at += width
    return [*sizes, len(block) - at - sum(sizes)]


def _private(codec: str, data: bytes) -> Config | None:
    """Return what a CodecPrivate says, None if it holds what may not stay."""
    name = _CODECS[codec]
    if codec in _READERS:
        return _READERS[codec](data)
    if name == "aac":
        return verify_config.sound_config(data)
    if name == "mpeg":
        return Config(name) if is_clean(name, data) else None
    return Config(name) if len(data) <= _PRIVATE_BYTES.get(codec, 0) else None


def _bitmap(data: bytes) -> Config | None:
    fourcc = data[16:20].decode("latin-1")
    name, more = TABLES["fourccs"].get(fourcc), data[40:]
    if name is None or len(data) < 40 or any(data[24:40]):
        return None
    clean = is_clean(name, more) if name == "mpeg" else fourcc == "FFV1" or not any(more)
    return Config(name) if clean else None


def _flac(data: bytes) -> Config | None:
    return Config() if data[:4] == b"fLaC" and verify_config.flac(data[4:]) else None


def _opus(data: bytes) -> Config | None:
    size = 19 + (2 + data[9] if data[18:19] > b"\0" else 0)
    return Config() if len(data) >= size and not any(data[size:]) else None


def _vorbis(data: bytes) -> Config | None:
    return _comments(data, b"\3vorbis", b"\1")


def _theora(data: bytes) -> Config | None:
    return _comments(data, b"\x81theora", b"")


def _comments(data: bytes, name: bytes, framing: bytes) -> Config | None:
    """Demand that the second header is a name without letters and no comments."""
    sizes = _laced(data, 1)
    at = len(data) - sum(sizes) + sizes[0]
    space = sizes[1] - len(name) - 8 - len(framing)
    expected = name + space.to_bytes(4, "little") + bytes(space + 4) + framing
    return Config() if data[0] == 2 and data[at : at + sizes[1]] == expected else None


_READERS: Final[dict[str, Callable[[bytes], Config | None]]] = {
    "V_MPEG4/ISO/AVC": verify_config.avcc,
    "V_MPEGH/ISO/HEVC": verify_config.hvcc,
    "V_AV1": verify_config.av1c,
    "V_MS/VFW/FOURCC": _bitmap,
    "V_THEORA": _theora,
    "A_VORBIS": _vorbis,
    "A_OPUS": _opus,
    "A_FLAC": _flac,
}
