"""Elements of Matroska and WebM (RFC 8794, RFC 9559)."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import photo

EBML, SEGMENT, VOID, CRC = 0x1A45DFA3, 0x18538067, 0xEC, 0xBF
SEEK_HEAD, INFO, TRACKS, CUES = 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1C53BB6B
CHAPTERS, ATTACHMENTS, TAGS, CLUSTER = 0x1043A770, 0x1941A469, 0x1254C367, 0x1F43B675
TRACK, CODEC_PRIVATE = 0xAE, 0x63A2
MASTERS = {EBML, SEGMENT, INFO, TRACKS, TRACK, CLUSTER}


@dataclass
class Element:
    """*data* is empty where there are children."""

    number: int
    data: bytes = b""
    children: list[Element] = field(default_factory=list)

    def write(self) -> bytes:
        inner = self.data + b"".join(child.write() for child in self.children)
        return number_bytes(self.number) + size_bytes(len(inner)) + inner

    def first(self, number: int) -> Element:
        return next(child for child in self.children if child.number == number)

    def without(self, *numbers: int) -> list[Element]:
        return [child for child in self.children if child.number not in numbers]


def number_bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)


def size_bytes(size: int) -> bytes:
    return (1 << 56 | size).to_bytes(8)


def parse(data: bytes) -> list[Element]:
    """Return the elements of *data*, master elements with their children."""
    found, at = [], 0
    while at < len(data):
        number, at = _number(data, at)
        size, at = _size(data, at)
        body = data[at : at + size]
        at += size
        inside = number in MASTERS
        found.append(Element(number, b"", parse(body)) if inside else Element(number, body))
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    return int.from_bytes(data[at : at + length]), at + length


def _size(data: bytes, at: int) -> tuple[int, int]:
    length = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + length]) & (1 << 7 * length) - 1
    return (len(data) if value == (1 << 7 * length) - 1 else value), at + length


def text(number: int, value: str | bytes) -> Element:
    return Element(number, value.encode() if isinstance(value, str) else value)


def master(number: int, *children: Element) -> Element:
    return Element(number, b"", list(children))


def info(old: Element, plant: Planter) -> Element:
    """The segment's own names, dates and programs."""
    p = "Info "
    told = [
        Element(0x73A4, plant.blob(p + "SegmentUID")),
        text(0x7384, plant.mark(p + "SegmentFilename") + ".mkv"),
        Element(0x3CB923, plant.blob(p + "PrevUID")),
        text(0x3C83AB, plant.mark(p + "PrevFilename")),
        Element(0x3EB923, plant.blob(p + "NextUID")),
        text(0x3E83BB, plant.mark(p + "NextFilename")),
        Element(0x4444, plant.blob(p + "SegmentFamily")),
        Element(0x4461, plant.number(p + "DateUTC", 8).to_bytes(8)),
        text(0x7BA9, f"سمير {plant.mark(p + 'Title')}"),
        text(0x4D80, plant.mark(p + "MuxingApp")),
        text(0x5741, plant.mark(p + "WritingApp")),
        Element(0x4DFF, plant.raw(p + "unknown element")),
        Element(VOID, plant.raw(p + "Void")),
    ]
    kept = old.without(0x73A4, 0x7BA9, 0x4D80, 0x5741, 0x4461, VOID, CRC)
    return master(INFO, *kept, *told)


def tracks(old: Element, plant: Planter) -> Element:
    """Names and links of tracks; what the codec needs stays."""
    return master(
        TRACKS,
        *(
            master(
                TRACK,
                *track.without(0x73C5, 0x536E, 0x258688, VOID, CRC),
                Element(0x73C5, plant.number(f"track {n} TrackUID", 8).to_bytes(8)),
                text(0x536E, plant.mark(f"track {n} Name")),
                text(0x258688, plant.mark(f"track {n} CodecName")),
                text(0x3A9697, plant.mark(f"track {n} CodecSettings")),
                text(0x3B4040, f"http://{plant.mark(f'track {n} CodecInfoURL')}"),
                Element(0x7446, plant.number(f"track {n} AttachmentLink", 8).to_bytes(8)),
                Element(VOID, plant.raw(f"track {n} Void")),
            )
            for n, track in enumerate(old.without(VOID, CRC), 1)
        ),
    )


def chapters(plant: Planter) -> Element:
    p = "Chapters "
    display = master(0x80, text(0x85, plant.mark(p + "ChapString")), text(0x437C, "ara"))
    atom = master(
        0xB6,
        Element(0x73C4, plant.number(p + "ChapterUID", 8).to_bytes(8)),
        text(0x5654, plant.mark(p + "ChapterStringUID")),
        Element(0x91, bytes(1)),
        display,
        master(
            0x6944, Element(0x6955, b"\0"), Element(0x450D, plant.raw(p + "ChapProcessPrivate"))
        ),
    )
    edition = Element(0x45BC, plant.number(p + "EditionUID", 8).to_bytes(8))
    return master(CHAPTERS, master(0x45B9, edition, atom))


def attachments(plant: Planter) -> Element:
    files = []
    for n, data in enumerate((photo.photo(plant, "attached photo "), plant.raw("attached text"))):
        kind = "image/jpeg" if n == 0 else "text/plain"
        p = f"attachment {n + 1} "
        files.append(
            master(
                0x61A7,
                text(0x467E, plant.mark(p + "FileDescription")),
                text(0x466E, plant.mark(p + "FileName")),
                text(0x4660, kind),
                Element(0x465C, data),
                Element(0x46AE, plant.number(p + "FileUID", 8).to_bytes(8)),
                Element(0x4675, plant.raw(p + "FileReferral")),
            )
        )
    return master(ATTACHMENTS, *files)


def tags(plant: Planter, prefix: str = "") -> Element:
    p = f"{prefix}tag "
    names = ("ARTIST", "RECORDING_LOCATION", "ENCODER", "COMMENT", "DATE_RECORDED", "ENCODED_BY")
    simple = [
        master(0x67C8, text(0x45A3, name), text(0x4487, plant.mark(p + name))) for name in names
    ]
    nested = master(
        0x67C8,
        text(0x45A3, plant.mark(p + "name")),
        text(0x4487, plant.mark(p + "value")),
        master(0x67C8, text(0x45A3, "PART"), Element(0x4485, plant.raw(p + "nested binary"))),
    )
    about = master(0x63C0, Element(0x63C5, plant.number(p + "TagTrackUID", 8).to_bytes(8)))
    return master(TAGS, master(0x7373, about, *simple, nested))


def vorbis_private(old: bytes, comments: bytes) -> bytes:
    """Return the three headers of Vorbis as Matroska laces them, with other comments."""
    first, second = old[1], old[2]
    third_at = 3 + first + second
    identification, setup = old[3 : 3 + first], old[third_at:]
    packet = b"\3vorbis" + comments + b"\1"
    laced = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
    return b"\2" + bytes([first]) + laced + identification + packet + setup


def everything(plant: Planter, base: str, tail: bytes | None = None) -> bytes:
    """Return a film with all elements that tell something, and without an index."""
    header, segment = parse(seed(base))[:2]
    header.children.append(Element(VOID, plant.raw("Void in the header")))
    clusters = [each for each in segment.children if each.number == CLUSTER]
    clusters[0].children.append(Element(VOID, plant.raw("Void in a cluster")))
    body = [
        Element(VOID, plant.raw("Void before Info")),
        info(segment.first(INFO), plant),
        tracks(segment.first(TRACKS), plant),
        chapters(plant),
        attachments(plant),
        tags(plant),
        *clusters,
        Element(0x4DFE, plant.raw("unknown element at the end")),
        tags(plant, "second "),
    ]
    end = plant.raw("after the segment") if tail is None else tail
    return header.write() + master(SEGMENT, *body).write() + end
