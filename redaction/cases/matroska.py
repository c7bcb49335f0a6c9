"""Matroska and WebM with planted secrets, whole and broken. Every secret has the word MARK.

The coded pictures are stubs: what players show is compared by the tests, on real files.
"""

from collections.abc import Iterator
from typing import Final

from redaction.cases.boxes import MARK, avcc, hvcc, message, numbers, unit
from redaction.cases.isobmff import CPE, LC, SEI, SLICE, UUID, filled, flac

VIDEO: Final = 1
SOUND: Final = 2
SUBTITLE: Final = 0x11
DAMAGED: Final = (
    "mkv: a film with every kind of secret",
    "webm: a recording that does not tell its size",
    "mkv: frames laced in three ways",
)


def element(identity: int, *parts: bytes, width: int = 0) -> bytes:
    """Return an element; its size takes *width* bytes, or as few as can be."""
    body = b"".join(parts)
    width = width or next(w for w in range(1, 9) if len(body) < (1 << 7 * w) - 1)
    name = identity.to_bytes((identity.bit_length() + 7) // 8)
    return name + (len(body) | 1 << 7 * width).to_bytes(width) + body


def endless(identity: int, *parts: bytes) -> bytes:
    """Return an element that does not tell its size."""
    return identity.to_bytes(4) + b"\x01" + b"\xff" * 7 + b"".join(parts)


def header(kind: bytes = b"matroska", *more: bytes) -> bytes:
    """Return the EBML header."""
    return element(0x1A45DFA3, element(0x4286, b"\1"), element(0x4282, kind), *more)


def track(
    number: int,
    kind: int,
    codec: bytes,
    *more: bytes,
    private: bytes | None = None,
) -> bytes:
    """Return a TrackEntry."""
    parts = [element(0xD7, bytes((number,))), element(0x83, bytes((kind,))), element(0x86, codec)]
    if private is not None:
        parts.append(element(0x63A2, private))
    return element(0xAE, *parts, *more)


def avc(*more: bytes) -> bytes:
    """Return a track of H.264 with number 1."""
    return track(1, VIDEO, b"V_MPEG4/ISO/AVC", *more, private=avcc()[8:])


def block(number: int, *frames: bytes, lacing: int = 0, head: bytes = b"") -> bytes:
    """Return a block; *head* are the sizes that lacing tells."""
    count = bytes((len(frames) - 1,)) if lacing else b""
    return bytes((0x80 | number, 0, 0, lacing)) + count + head + b"".join(frames)


def simple(number: int, *frames: bytes) -> bytes:
    """Return a SimpleBlock with one frame."""
    return element(0xA3, block(number, *frames))


def cluster(*blocks: bytes) -> bytes:
    """Return a Cluster."""
    return element(0x1F43B675, element(0xE7, b"\0"), *blocks)


def tracks(*entries: bytes) -> bytes:
    """Return all TrackEntries."""
    return element(0x1654AE6B, *entries)


def film(*parts: bytes, kind: bytes = b"matroska", tail: bytes = b"") -> bytes:
    """Return a file with one segment."""
    return header(kind) + element(0x18538067, *parts, width=8) + tail


def xiph(comment: bytes, name: bytes = b"\3vorbis", framing: bytes = b"\1") -> bytes:
    """Return Vorbis' three headers; *comment* is vendor and comments."""
    first, second, third = b"\1vorbis" + bytes(23), name + comment + framing, b"\5vorbis\x42"
    return bytes((2, len(first), len(second))) + first + second + third


def comments(*texts: bytes, vendor: bytes = b"Lavf MARK") -> bytes:
    """Return vendor and comments."""
    parts = (vendor, *texts)
    sizes = [len(one).to_bytes(4, "little") + one for one in parts]
    return sizes[0] + (len(texts)).to_bytes(4, "little") + b"".join(sizes[1:])


def information() -> bytes:
    """Return what a segment tells of itself."""
    return element(
        0x1549A966,
        element(0xBF, b"\1\2\3\4"),
        element(0x2AD7B1, b"\x0f\x42\x40"),
        element(0x4489, b"\x45\x7a\0\0"),
        element(0x4461, b"MARKTIME"),
        element(0x7BA9, b"MARK"),
        element(0x4D80, b"libebml MARK"),
        element(0x5741, b"mkvmerge MARK"),
        element(0x73A4, b"MARK" * 4),
        element(0x7384, b"C:\\MARK.mkv"),
        element(0xEC, b"MARK"),
    )


def secrets() -> tuple[bytes, ...]:
    """Return attachments, chapters, tags."""
    tag = element(
        0x7373, element(0x67C8, element(0x45A3, b"LOCATION"), element(0x4487, b"MARK" * 60))
    )
    named = element(
        0x61A7, element(0x466E, b"MARK.ttf"), element(0x4660, b"font"), element(0x465C, MARK)
    )
    chapter = element(0x45B9, element(0xB6, element(0x80, element(0x85, MARK))))
    return element(0x1941A469, named), element(0x1043A770, chapter), element(0x1254C367, tag)


def phone() -> bytes:
    """Return a film with secrets in every place."""
    names = (
        element(0x536E, b"MARK"),
        element(0x73C5, b"MARKMARK"),
        element(0x22B59C, b"ara"),
        element(0x22B59D, b"ar-JO"),
        element(0x258688, b"MARK"),
    )
    screen = element(
        0xE0,
        element(0xB0, b"\x40"),
        element(0xBA, b"\x30"),
        element(0x55B0, element(0x55B1, b"\1")),
    )
    titles = track(3, SUBTITLE, b"S_TEXT/UTF8", private=MARK)
    entries = avc(*names, screen), track(2, SOUND, b"A_AAC", private=LC), titles
    seeks = [
        element(0x4DBB, element(0x53AB, identity.to_bytes(4)), element(0x53AC, b"\x40"))
        for identity in (0x1549A966, 0x1254C367)
    ]
    cues = [
        element(
            0xBB,
            element(0xB3, b"\0"),
            *(element(0xB7, element(0xF7, n), element(0xF1, b"\1")) for n in both),
        )
        for both in ((b"\1", b"\3"), (b"\3",))
    ]
    group = element(
        0xA0, element(0xA1, block(1, SLICE)), element(0xA4, MARK), element(0x75A1, MARK)
    )
    gone = element(0xA0, element(0xA1, block(3, b"MARK")), element(0x9B, b"\1"))
    blocks = simple(1, SEI, SLICE), simple(2, filled(MARK)), simple(3, b"MARK" * 50), group, gone
    return film(
        element(0x114D9B74, *seeks),
        information(),
        tracks(*entries),
        cluster(element(0x5854, element(0x58D7, b"\1")), *blocks, element(0xEC, MARK * 40)),
        element(0x1C53BB6B, *cues),
        *secrets(),
        element(0xEC, MARK),
        tail=b"MARK behind the end",
    )


def recording(tail: bytes = b"") -> bytes:
    """Return what browsers record: neither segment nor clusters tell their size."""
    opus = b"OpusHead\1\1\x38\1\x80\xbb\0\0\0\0\0MARK"
    entries = tracks(track(1, VIDEO, b"V_VP8"), track(2, SOUND, b"A_OPUS", private=opus))
    clusters = [
        endless(
            0x1F43B675,
            element(0xE7, bytes((time,))),
            simple(1, b"\x10picture"),
            simple(2, b"sound"),
        )
        for time in (0, 1)
    ]
    head = element(0x1549A966, element(0x4D80, b"Chrome MARK"), element(0x5741, b"Chrome MARK"))
    parts = head, entries, *clusters, *secrets()[2:]
    return header(b"webm") + endless(0x18538067, *parts) + tail


def sounds(codec: bytes, private: bytes | None = None, *more: bytes) -> bytes:
    """Return a file with sound alone."""
    return film(
        tracks(track(1, SOUND, codec, *more, private=private)), cluster(simple(1, b"sound"))
    )


def pictures(codec: bytes, frame: bytes, private: bytes | None = None, *more: bytes) -> bytes:
    """Return a file whose only frame is *frame*."""
    return film(tracks(track(1, VIDEO, codec, *more, private=private)), cluster(simple(1, frame)))


def encoding(method: int, *more: bytes) -> bytes:
    """Return how frames are compressed."""
    compression = element(0x5034, element(0x4254, bytes((method,))), element(0x4255, b"\x0b\x77"))
    return element(0x6D80, element(0x6240, compression, *more))


def laced() -> bytes:
    """Return blocks with several frames."""
    one, two, three = SEI, SEI + SLICE, SLICE
    xiph_sizes = b"".join(b"\xff" * (len(f) // 255) + bytes((len(f) % 255,)) for f in (one, two))
    apart = len(two) - len(one) + 63
    ebml_sizes = bytes((0x80 | len(one), 0x80 | apart))
    blocks = [
        block(1, one, two, three, lacing=2, head=xiph_sizes),
        block(1, one, one, lacing=4),
        block(1, one, two, three, lacing=6, head=ebml_sizes),
    ]
    return film(tracks(avc()), cluster(*(element(0xA3, one) for one in blocks)))


def bitmap(fourcc: bytes, more: bytes = b"") -> bytes:
    """Return the head that Windows gives to pictures."""
    size = (40).to_bytes(4, "little") + bytes(12)
    return size + fourcc + bytes(4) + b"MARK" * 4 + more


def clear(number: int) -> bytes:
    """Return a picture with its transparency as an addition."""
    more = element(0xA6, element(0xEE, bytes((number,))), element(0xA5, b"transparency"))
    return element(0xA0, element(0xA1, block(1, b"picture")), element(0x75A1, more))


def good() -> Iterator[tuple[str, str, bytes]]:
    """Yield files that must come out whole and clean."""
    clean = film(tracks(avc()), cluster(simple(1, SLICE)))
    yield "mkv: a film without secrets stays as it is", "a.mkv", clean
    yield "mkv: a film with every kind of secret", "2024.mkv", phone()
    yield "webm: a recording that does not tell its size", "a.webm", recording()
    yield "webm: a recording with something behind it", "a.webm", recording(tail=b"\0MARK")
    yield "mkv: frames laced in three ways", "a.mkv", laced()
    yield (
        "mkv: a name with zeros behind it",
        "a.mkv",
        (header(b"webm\0\0") + clean[len(header()) :]),
    )
    message_unit = b"\x4e\1" + message(5, UUID + b"x265 MARK") + b"\x80"
    private = hvcc(message_unit)[8:]
    yield "mkv: HEVC", "a.mkv", pictures(b"V_MPEGH/ISO/HEVC", unit(message_unit), private)
    av1 = b"\x0a\3\0\0\0\x2a\6\4\xb5MARK"
    yield "mkv: AV1", "a.mkv", pictures(b"V_AV1", av1, b"\x81\0\x0c\0" + av1)
    texts = b"\0\0\1\xb2MARK\0\0\1\xb6\x10"
    yield "mkv: MPEG-4", "a.mkv", pictures(b"V_MPEG4/ISO/ASP", texts, texts)
    yield (
        "mkv: MPEG-4 the way of Windows",
        "a.mkv",
        (pictures(b"V_MS/VFW/FOURCC", texts, bitmap(b"XVID", texts))),
    )
    yield (
        "mkv: FFV1 the way of Windows",
        "a.mkv",
        (pictures(b"V_MS/VFW/FOURCC", b"\1", bitmap(b"FFV1", b"\1\2"))),
    )
    picture = b"\xff\xd8\xff\xfe\0\6MARK\xff\xda\0\2\1\xff\xd9"
    yield (
        "mkv: JPEG frames the way of Windows",
        "a.mkv",
        (pictures(b"V_MS/VFW/FOURCC", picture, bitmap(b"MJPG", MARK))),
    )
    yield "mkv: JPEG frames", "a.mkv", pictures(b"V_MJPEG", picture)
    yield "webm: VP9 with features", "a.webm", pictures(b"V_VP9", b"\x82", b"\1\1\0\2\1\x0a")
    yield "webm: VP9 with more", "a.webm", pictures(b"V_VP9", b"\x82", b"MARK" * 9)
    theora = xiph(comments(b"A=MARK"), b"\x81theora", b"")
    yield "mkv: Theora", "a.mkv", pictures(b"V_THEORA", b"\0", theora)
    alpha = element(0xE0, element(0x53C0, b"\1"))
    parts = tracks(track(1, VIDEO, b"V_VP8", alpha)), cluster(clear(1), clear(4))
    yield "webm: transparency", "a.webm", film(*parts, kind=b"webm")
    opaque = tracks(track(1, VIDEO, b"V_VP8")), cluster(clear(1))
    yield "webm: additions of a picture that is not transparent", "a.webm", film(*opaque)
    yield (
        "webm: Vorbis with comments",
        "a.webm",
        sounds(b"A_VORBIS", xiph(comments(b"ARTIST=MARK"))),
    )
    unframed = xiph(comments(), framing=b"M")
    yield "webm: Vorbis whose comments do not end", "a.webm", sounds(b"A_VORBIS", unframed)
    numbered = element(0x23E383, b"MARK" * 5)
    yield "mkv: a number that is a text", "a.mkv", sounds(b"A_AC3", None, numbered)
    yield "webm: Vorbis without comments", "a.webm", sounds(b"A_VORBIS", xiph(comments(vendor=b"")))
    yield "mkv: FLAC with tags", "a.mkv", sounds(b"A_FLAC", b"fLaC" + flac()[12:])
    family = b"OpusHead\1\2\x38\1\x80\xbb\0\0\0\0\1\1\1\0\1MARK"
    yield "webm: Opus with a table of channels", "a.webm", sounds(b"A_OPUS", family)
    yield "mkv: AC-3 without its first bytes", "a.mkv", sounds(b"A_AC3", MARK, encoding(3))
    yield (
        "mkv: AAC that says it in its name",
        "a.mkv",
        (
            film(
                tracks(track(1, SOUND, b"A_AAC/MPEG4/LC")),
                cluster(simple(1, filled(MARK)), simple(1, CPE)),
            )
        ),
    )


def bad() -> Iterator[tuple[str, str, bytes]]:
    """Yield files that must be refused."""
    one = film(tracks(avc()), cluster(simple(1, SLICE)))
    yield "mkv: a kind we do not know", "a.mkv", header(b"MARK") + one[len(header()) :]
    yield "mkv: nothing behind the header", "a.mkv", header()
    yield "mkv: something else behind the header", "a.mkv", header() + element(0xEC, MARK)
    yield "mkv: cut short", "a.mkv", one[:-1]
    yield "webm: a recording that stops in a block", "a.webm", recording(simple(1, MARK)[:-1])
    yield "webm: a recording that stops in a cluster", "a.webm", recording(cluster(MARK)[:-1])
    yield "mkv: no tracks", "a.mkv", film(cluster(simple(1, SLICE)))
    yield "mkv: nothing but titles", "a.mkv", film(tracks(track(1, SUBTITLE, b"S_TEXT/UTF8")))
    yield "mkv: one number for two tracks", "a.mkv", film(tracks(avc(), avc()))
    yield "mkv: a codec we do not know", "a.mkv", pictures(b"V_REAL/RV40", MARK)
    yield (
        "mkv: a codec of Windows we do not know",
        "a.mkv",
        (pictures(b"V_MS/VFW/FOURCC", MARK, bitmap(b"WMV3"))),
    )
    yield "mkv: H.264 without its configuration", "a.mkv", pictures(b"V_MPEG4/ISO/AVC", SLICE)
    locked = element(0x6D80, element(0x6240, element(0x5033, b"\1"), element(0x5035, MARK)))
    yield "mkv: an encrypted track", "a.mkv", sounds(b"A_AC3", None, locked)
    yield "mkv: compressed sound", "a.mkv", sounds(b"A_AC3", None, encoding(0))
    everywhere = encoding(3, element(0x5032, b"\3"))
    yield "mkv: more than frames without first bytes", "a.mkv", sounds(b"A_AC3", None, everywhere)
    yield "mkv: H.264 without its first bytes", "a.mkv", film(tracks(avc(encoding(3))))
    yield (
        "mkv: an identifier too short for its number",
        "a.mkv",
        film(
            tracks(
                element(
                    0xAE,
                    element(0xD7, b"\1\1"),
                    element(0x83, b"\2"),
                    element(0x86, b"A_AC3"),
                    element(0x73C5, b"\7"),
                )
            )
        ),
    )
    for name, frame in (
        ("longer than its block", bytes((0x81, 0, 0, 6, 1, 0xFE)) + SLICE),
        ("of uneven size", block(1, SLICE, SLICE, lacing=4) + b"M"),
        ("smaller than nothing", bytes((0x81, 0, 0, 6, 2, 0x81, 0x80)) + SLICE),
        ("without sizes", bytes((0x81, 0, 0, 2, 9)) + b"\xff" * 9),
    ):
        laces = film(tracks(avc()), cluster(element(0xA3, frame)))
        yield f"mkv: a laced frame {name}", "a.mkv", laces
    yield (
        "mkv: a block without a header",
        "a.mkv",
        film(tracks(avc()), cluster(element(0xA3, b"\x81"))),
    )
    yield "mkv: a group without a block", "a.mkv", film(tracks(avc()), cluster(element(0xA0)))
    inner = element(0x1654AE6B, endless(0x1654AE6B, avc()))
    yield "mkv: tracks that do not tell their size", "a.mkv", film(inner)
    yield (
        "mkv: a unit longer than its frame",
        "a.mkv",
        (film(tracks(avc()), cluster(simple(1, numbers(99) + b"\x65")))),
    )
    yield "webm: Opus cut short", "a.webm", sounds(b"A_OPUS", b"OpusHead\1")
    yield "webm: Vorbis cut short", "a.webm", sounds(b"A_VORBIS", xiph(comments())[:40])
    yield "mkv: FLAC without its name", "a.mkv", sounds(b"A_FLAC", b"MARK")
    yield (
        "mkv: a head of Windows cut short",
        "a.mkv",
        pictures(b"V_MS/VFW/FOURCC", b"", bitmap(b"MJPG")[:36]),
    )


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared file name and bytes."""
    yield from good()
    yield from bad()
