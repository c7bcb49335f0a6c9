"""MP4, MOV, M4A and 3GP with planted secrets, whole and broken. Every secret has the word MARK.

The coded pictures are stubs: what players show is compared by the tests, on real files.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from redaction.cases.boxes import (
    MARK,
    NOW,
    Track,
    avcc,
    box,
    descriptor,
    esds,
    ftyp,
    full,
    hdlr,
    hvcc,
    message,
    movie,
    numbers,
    short,
    sound,
    stuffed,
    unit,
    visual,
    written_over,
)
from redaction.cases.pictures import DISPLAY_P3

LC: Final = b"\x12\x10"
"""AudioSpecificConfig: AAC LC, 44.1 kHz, stereo."""
SLICE: Final = unit(b"\x65\x88\x84\0\x10")
CPE: Final = b"\x21\x10\x05\x20\xa4\x1b\xff\xc0"
UUID: Final = b"\xdc\x45\xe9\xbd\xe6\xd9\x48\xb7\x96\x2c\xd8\x20\xd9\x23\xee\xef"
USER: Final = UUID + b"x264 - core MARK - options: MARK"
SEI: Final = unit(b"\x06", message(5, USER), b"\x80")
START: Final = ftyp("isom", "isom", "avc1", "mp41")
DAMAGED: Final = (
    "mp4: a phone's film with every kind of secret",
    "mov: a film of QuickTime",
    "mp4: fragments with secrets between them",
    "mp4: HEVC with messages everywhere",
    "m4a: a song with cover art",
)


def film(*samples: bytes, entry: bytes | None = None, **more: object) -> Track:
    """Return a track of pictures, H.264 unless told otherwise."""
    track = Track(1, "vide", entry or visual("avc1", avcc()), list(samples) or [SLICE])
    return replace(track, **more)  # type: ignore[arg-type]


def voice(*samples: bytes, entry: bytes | None = None, **more: object) -> Track:
    """Return a track of sound, AAC unless told otherwise."""
    track = Track(2, "soun", entry or sound("mp4a", esds(0x40, LC)), list(samples) or [CPE])
    return replace(track, **more)  # type: ignore[arg-type]


def filled(text: bytes) -> bytes:
    """Return an AAC frame with *text* in a fill element in front of the sound."""
    bits = f"110{len(text) + 1:04b}0000" + "".join(f"{one:08b}" for one in text) + "0000"
    return packed(bits + "".join(f"{one:08b}" for one in CPE))


def packed(bits: str) -> bytes:
    """Return text of ones and zeros as bytes."""
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def user_data() -> bytes:
    """Return what phones and programs write beside a movie."""
    keys = full("keys", 0, 0, numbers(1), box("mdta", b"com.apple.quicktime.location.ISO6709"))
    values = box("ilst", box("\0\0\0\1", box("data", numbers(1, 0), b"+31.95+035.91/MARK")))
    cover = box("ilst", box("covr", box("data", numbers(13, 0), b"\xff\xd8\xff\xe0MARK")))
    return (
        box(
            "udta",
            box("\xa9xyz", short(17, 0x15C7), b"+31.9539+035.9106MARK"),
            box("\xa9too", MARK),
        )
        + box("meta", hdlr("mdta"), keys, values)
        + box("udta", full("meta", 0, 0, hdlr("mdir"), cover), box("\xa9day", b"2024 MARK"))
        + box("uuid", UUID, b"<x:xmpmeta>MARK</x:xmpmeta>")
    )


def phone() -> bytes:
    """Return a film with secrets in every place."""
    picture = film(
        SEI + SLICE,
        unit(b"\x09\x10") + SLICE + unit(b"\x0c\xffMARK\x80"),
        entry=visual("avc1", avcc(), box("pasp", numbers(1, 1)), name=b"\x04MARK", vendor=MARK),
        name=b"Core Media MARK",
        time=NOW,
        language=0x1631,
        more=box("udta", box("name", MARK))
        + box("meta", MARK)
        + box("tref", box("chap", numbers(4))),
        in_media=full("elng", 0, 0, b"ar-JO-MARK\0"),
        in_table=box("sdtp", bytes(4), MARK) + full("stss", 0, 0, numbers(1, 1), MARK),
    )
    place = Track(3, "meta", box("mett", MARK), [b"GPS5 MARK 31.95 35.91"], name=b"GoPro MET gpmd")
    titles = Track(4, "text", box("text", bytes(60)), [b"\0\x0cChapter MARK"])
    clock = Track(5, "tmcd", box("tmcd", MARK), [b"\0\x01\x51\x80"])
    return movie(
        [picture, voice(filled(b"Lavc MARK"), time=NOW), place, titles, clock],
        user_data(),
        start=ftyp("mp42", "mp42", "MARK", "3gp4", minor=MARK) + box("free", b"MARK" * 4),
        gap=b"MARK between samples",
        time=NOW,
        tail=box("skip", MARK) + box("mpvd", MARK) + b"MARK behind the end",
    )


def quicktime() -> bytes:
    """Return a film as QuickTime writes it."""
    wave = box("wave", box("frma", b"mp4a"), box("mp4a", bytes(4)), esds(0x40, LC), box("\0\0\0\0"))
    more = numbers(1024, 0, 0, 2)
    layout = full("chan", 0, 0, numbers(0x650002, 0, 0))
    picture = film(
        SEI + SLICE,
        entry=visual(
            "avc1", avcc(), box("colr", b"nclc", short(1, 1, 1)), bytes(4), vendor=b"appl"
        ),
        language=0x7FFF,
        in_information=hdlr("url ", b"MARK", component=b"dhlr"),
        references=full("alis", 0, 1),
        more=box("tapt", full("clef", 0, 0, numbers(64, 48))) + box("load", numbers(0, 0, 0, 0)),
    )
    spoken = voice(entry=sound("mp4a", wave, layout, version=1, more=more), language=0x7FFF)
    start = ftyp("qt  ", "qt  ", minor=b"\x20\x05\x03\0") + box("wide")
    return movie([picture, spoken], start=start)


def fragments(
    *, base: int = 0, tracks: int = 2, explicit: bool = False, spare: bytes = b""
) -> bytes:
    """Return a film in fragments that begins *base* seconds after zero.

    *explicit* tells where each begins, *spare* stands behind the content of their boxes.
    """
    boxes = [film(samples=[], in_table=b"").box([]), voice(samples=[]).box([])]
    boxes.append(Track(3, "meta", box("mett", MARK), []).box([]))
    defaults = [full("trex", 0, 0, numbers(one, 1, 0, 0, 0)) for one in (1, 2, 3)]
    extends = box("mvex", full("mehd", 0, 0, numbers(300)), *defaults, full("trep", 0, 0, MARK))
    file = START + box("moov", movie_header(), *boxes, extends)
    for number in range(2):
        data = [SEI + SLICE, CPE, b"MARK GPS"][:tracks]
        file += box("styp", b"msdhMARKmsdhmsix") if number else b""
        file += full("emsg", 0, 0, b"MARK\0") + full("prft", 0, 0, MARK) + full("sidx", 0, 0, MARK)
        file += fragment(len(file), number, base, data, explicit, spare)
    return file + box("mfra", full("tfra", 0, 0, MARK))


def fragment(
    at: int, number: int, base: int, data: list[bytes], explicit: bool, spare: bytes
) -> bytes:
    """Return one `moof` and its data."""
    size = 0
    for _ in range(2):
        place = size + 8
        parts = []
        for identity, sample in enumerate(data, 1):
            time = struct.pack(">Q", base * 600 + number * 100)
            run = full("trun", 0, 0x201, numbers(1, place, len(sample)), spare)
            flags, where = (1, struct.pack(">Q", at)) if explicit else (0x20000, b"")
            head = full("tfhd", 0, flags, numbers(identity), where, spare)
            clock = full("tfdt", 1, 0, time, spare)
            parts.append(box("traf", head, clock, run, box("uuid", UUID, MARK)))
            place += len(sample)
        moof = box("moof", full("mfhd", 0, 0, numbers(number + 1), spare), *parts)
        size = len(moof)
    return moof + box("mdat", *data, b"MARK")


def movie_header() -> bytes:
    """Return a header without times."""
    return movie([])[16:][:108]


def song(codec: str, *details: bytes, **more: object) -> bytes:
    """Return a song with cover art in the codec."""
    track = voice(b"coded sound", entry=sound(codec, *details), **more)
    return movie([track], user_data(), start=ftyp("M4A ", "M4A ", "mp42", "isom"))


def flac(tail: bytes = b"") -> bytes:
    """Return FLAC's description with a comment and a picture, and *tail* behind them."""
    info = b"\x10\0\x10\0\0\0\x10\0\0\x20\x0a\xc4\x42\xf0\0\0\0\x10" + b"MARK" * 4
    blocks = [(0, info), (4, b"MARK-vendor"), (0x86, b"MARK-picture")]
    return full(
        "dfLa", 0, 0, *(bytes((kind,)) + len(b).to_bytes(3) + b for kind, b in blocks), tail
    )


def hevc() -> bytes:
    """Return a film in HEVC with messages before and between pictures."""
    config = hvcc(b"\x4e\1" + message(5, UUID + b"x265 MARK") + b"\x80")
    light = b"\x33\xc2\x86\xc4\x1d\x4c\x0b\xb8\x84\xd0\x3e\x80\x3d\x13\x40\x42"
    light += b"\0\x98\x96\x80\0\0\3\0\x32"
    both = b"\x4e\1\x89\x18" + light + message(4, b"\xb5MARK") + message(6, b"\x84") + b"\x80"
    long = b"\x4e\1" + message(300, b"MARK with a long number") + b"\x80"
    sample = b"".join(
        unit(one)
        for one in (
            both,
            long,
            b"\x26\1\xaf\x09\x40",
            b"\x50\1" + message(132, b"MARK hash of all") + b"\x80",
            b"\x60\1MARK unspecified",
            b"\x4c\1MARK in a filler",
            b"\x46\1MARK in a delimiter",
            b"\x46\1\x10",
        )
    )
    entry = visual(
        "hvc1", config, box("colr", b"nclx", short(9, 18, 9), b"\0"), full("udes", 0, 0, MARK)
    )
    return movie([film(sample, entry=entry)], start=START)


def coded(kind: str, sample: bytes, *details: bytes, **more: object) -> bytes:
    """Return a film whose only sample is *sample*."""
    return movie([film(sample, entry=visual(kind, *details), **more)], start=START)


def obu(kind: int, body: bytes, sized: bool = True) -> bytes:
    """Return a unit of AV1."""
    return bytes((kind << 3 | sized << 1,)) + (bytes((len(body),)) if sized else b"") + body


def jpeg() -> bytes:
    """Return a frame of two pictures with secrets in segments, between and behind."""
    coded_data = b"\xff\xda\0\x08\1\1\0\0\x3f\0\x12\xff\0\x34\xff\xd0\x56"
    tables = b"\xff\xdb\0\x05\0\1\2\xff\xc4\0\x04\0\0"
    secrets = b"\xff\xe1\0\x0aExif\0\0MARK"[:12] + b"\xff\xfe\0\x06MARK" + b"\xff\xe5\0\x06MARK"
    jfif = b"\xff\xe0\0\x14JFIF\0\1\1\0\0\1\0\1\0\0MARK"
    avi = b"\xff\xe0\0\x14AVI1\0\0" + bytes(8) + b"MARK"
    first = b"\xff\xd8" + avi + secrets + tables + coded_data + b"\xff\xfe\0\6MARK\xff\xd9"
    return first + b"MARK" + b"\xff\xd8" + jfif + tables + coded_data + b"\xff\xd9" + b"MARK"


def layout(comment: bytes) -> bytes:
    """Return an AudioSpecificConfig that spells its channels out, with a comment."""
    bits = "00010" + "0100" + "0000" + "000"
    bits += "0000" + "01" + "0100" + "0001" + "0000" + "0000" + "00" + "000" + "0000" + "000"
    bits += "10000"
    bits += "0" * (-len(bits) % 8)
    return packed(bits) + bytes((len(comment),)) + comment


def good() -> Iterator[tuple[str, str, bytes]]:
    """Yield files that must come out whole and clean."""
    clean = movie([film(), voice()], start=START)
    yield "mp4: a film without secrets stays as it is", "a.mp4", clean
    yield "mp4: a phone's film with every kind of secret", "VID_2024.mp4", phone()
    yield "mov: a film of QuickTime", "IMG_0042.MOV", quicktime()
    yield "mp4: fragments with secrets between them", "a.mp4", fragments()
    yield "mp4: fragments that count from 1970", "a.mp4", fragments(base=1_700_000_000)
    yield "mp4: fragments that tell where they begin", "a.mp4", fragments(explicit=True, tracks=3)
    yield "mp4: a fragment of a track that goes", "a.mp4", fragments(tracks=3)
    yield "mp4: HEVC with messages everywhere", "a.mp4", hevc()
    yield "m4a: a song with cover art", "a.m4a", song("mp4a", esds(0x40, LC + bytes(2)))
    yield "m4a: FLAC with tags", "a.m4a", song("fLaC", flac(MARK))
    head = b"\0\2\1\x38" + numbers(48000) + b"\0\0\0"
    yield (
        "m4a: Opus",
        "a.m4a",
        song("Opus", box("dOps", head, b"MARK" * 4), box("btrt", numbers(1, 2, 3))),
    )
    yield "m4a: ALAC", "a.m4a", song("alac", full("alac", 0, 0, bytes(24)))
    yield (
        "3gp: AMR with a vendor",
        "a.3gp",
        (
            movie(
                [voice(entry=sound("samr", box("damr", b"MARK\1\x81\xff\0\1")))],
                start=ftyp("3gp5", "3gp5"),
            )
        ),
    )
    yield (
        "3gp: H.263 with a vendor",
        "a.3gp",
        (
            movie(
                [film(b"coded", entry=visual("s263", box("d263", b"MARK\1\x0a\0")))],
                start=ftyp("3gp4", "3gp4"),
            )
        ),
    )
    yield from codecs()
    yield from tables()
    yield from spare()


def codecs() -> Iterator[tuple[str, str, bytes]]:
    """Yield films of other codings, with secrets in the samples."""
    units = [
        obu(1, b"\0\0\0"),
        obu(5, b"\1\3\xe8\1\x90\x80"),
        obu(5, b"\4\xb5MARK\x80"),
        obu(15, b"MARK"),
    ]
    av1 = b"".join(units) + obu(9, b"MARK") + obu(6, b"\x10\0\xb4", sized=False)
    yield (
        "mp4: AV1 with metadata",
        "a.mp4",
        coded("av01", av1, box("av1C", b"\x81\0\x0c\0", *units)),
    )
    texts = b"\0\0\1\xb2MARK\0\0\1\xb2XviD0050\0\0\1\xb6\x10\x60\0\0\1\xb2MARK"
    head = b"\0\0\1\xb0\1\0\0\1\xb2MARK\0\0\1\x20\0\x84"
    yield "mp4: MPEG-4 with texts of its encoder", "a.mp4", coded("mp4v", texts, esds(0x20, head))
    yield "mp4: MPEG-2 with texts", "a.mp4", coded("m2v1", texts)
    yield "mp4: JPEG frames with comments", "a.mp4", coded("jpeg", jpeg(), box("fiel", b"\1\0"))
    prores = numbers(64) + b"icpf" + short(36, 0) + MARK + bytes(8)
    yield "mp4: ProRes names its creator", "a.mp4", coded("apcn", prores)
    yield (
        "mp4: an SEI message that ends in zeros",
        "a.mp4",
        coded(
            "avc1",
            unit(b"\6", message(6, b"\x84\0\0"), message(4, b"MARK"), b"\x80")
            + unit(b"\6", message(1, b"MARK"), message(6, b"\x84"), b"\x80")
            + unit(b"\6", message(6, b"MARK" * 20), b"\x80")
            + unit(b"\6\4\6\0\0\3\0MARK\x80")
            + unit(b"\6\5\xffMARK")
            + unit(b"\6")
            + unit(b"\0MARK")
            + unit()
            + SLICE
            + b"MA",
            avcc(b"\6" + message(5, USER) + b"\x80", tail=b"\xfd\xf8\xf8\0MARK"),
        ),
    )
    yield (
        "mp4: lengths of two bytes",
        "a.mp4",
        coded("avc1", unit(b"\6", message(5, USER), b"\x80", length_size=2), avcc(length_size=2)),
    )
    yield (
        "mp4: Dolby Vision stays where it is announced",
        "a.mp4",
        coded("hvc1", unit(b"\x7c\1\x19\x08"), hvcc(), box("dvvC", bytes(24), MARK)),
    )
    yield "m4a: AAC with a comment in its layout", "a.m4a", song("mp4a", esds(0x40, layout(MARK)))
    extension = packed("00010" + "0111" + "0010" + "000" + f"{0x2B7:011b}" + "00101" + "1" + "0100")
    yield "m4a: AAC with an extension", "a.m4a", song("mp4a", esds(0x40, extension))
    yield (
        "m4a: AAC with bytes behind its description",
        "a.m4a",
        (song("mp4a", esds(0x40, LC + b"MARK", tail=b"MARK", more=descriptor(9, MARK)))),
    )
    yield (
        "m4a: xHE-AAC",
        "a.m4a",
        song("mp4a", esds(0x40, packed("11111" + "001010" + "0100" + "0010" + "1" * 9))),
    )
    yield "m4a: MP3", "a.m4a", song("mp4a", esds(0x6B, b"MARK"))
    element = (
        packed("100" + "0000" + "1" + "00000100" + "".join(f"{one:08b}" for one in MARK)) + CPE
    )
    dynamic = packed("110" + "0010" + "1011" + "000000000000") + CPE
    yield (
        "m4a: a data element in front of the sound",
        "a.m4a",
        (movie([voice(element, dynamic, filled(MARK))], start=START)),
    )


def spare() -> Iterator[tuple[str, str, bytes]]:
    """Yield films with secrets behind the content of boxes and in fields that hold nothing."""
    layout = full("chan", 0, 0, numbers(0, 0, 1), b"MARK" * 5)
    picture = film(
        entry=visual(
            "avc1",
            avcc(),
            box("colr", b"nclx", short(1, 1, 1), b"\0"),
            box("colr", b"MARK", bytes(8)),
            box("pasp", numbers(1, 1)),
        )
    )
    spoken = voice(entry=sound("mp4a", esds(0x40, LC), layout))
    whole = movie([picture, spoken], start=START)
    leave = ("ftyp", "mdat", "alis")
    yield "mp4: a secret behind the content of every box", "a.mp4", stuffed(whole, leave)
    parts = fragments(spare=MARK)
    end = parts.index(b"emsg") - 4
    header = stuffed(parts[len(START) : end])
    yield (
        "mp4: a secret behind the content of every box of a fragment",
        "a.mp4",
        (START + header + parts[end:]),
    )
    fields = [
        ("mvhd", 26, b"MARK"),
        ("mvhd", 72, b"MARK"),
        ("tkhd", 16, b"MARK"),
        ("tkhd", 24, b"MARK"),
        ("tkhd", 38, b"MA"),
        ("mdhd", 22, b"MA"),
        ("hdlr", 4, b"MARK"),
        ("avc1", 0, b"MARK"),
        ("avc1", 8, b"MARK"),
        ("avc1", 28, b"MARK"),
        ("avc1", 36, b"MARK"),
        ("avc1", 40, b"MA"),
        ("avc1", 76, b"MA"),
        ("mp4a", 0, b"MARK"),
        ("mp4a", 10, b"MARK"),
    ]
    plain = movie([film(), voice()], start=ftyp("isom", "isom", "mp41"))
    yield "mp4: secrets in fields that hold nothing", "a.mp4", written_over(plain, *fields)
    more = b"\xfd\xf8\xf8\1" + short(4) + b"\x6d\1\2\3" + MARK
    high = coded("avc1", SLICE, avcc(tail=more, profile=100))
    yield "mp4: a secret behind one more parameter set", "a.mp4", high
    free = movie([film(), voice()], start=START) + box("free", MARK)
    yield "mp4: a secret in free space", "a.mp4", free
    amr = box("damr", b"MARK\1\x81\xff\0\1", MARK)
    yield (
        "3gp: a secret behind a vendor",
        "a.3gp",
        (movie([voice(entry=sound("samr", amr))], start=ftyp("3gp5", "3gp5"))),
    )


def to_the_end(samples: bytes = SLICE, tail: bytes = b"MARK") -> bytes:
    """Return a film whose media data is last and does not tell its size."""
    place = 0
    for _ in range(2):
        header = START + box("moov", movie_header(), film(SLICE).box([place]))
        place = len(header) + 8
    return header + numbers(0) + b"mdat" + samples + tail


def large() -> bytes:
    """Return a film whose media data has a size of 64 bits."""
    file = movie([film()], start=START)
    at, end = file.index(b"mdat") - 4, file.index(b"moov") - 4
    head = numbers(1) + b"mdat" + struct.pack(">Q", end - at + 8)
    return file[:at] + head + file[at + 8 : end] + replaced(file[end:], "stco", 8, at + 16)


def tables() -> Iterator[tuple[str, str, bytes]]:
    """Yield other ways to say where samples are, and what the screen is told."""
    raw = b"sound" * 4
    pcm = voice(raw, entry=sound("sowt"), uniform=1, count=5)
    yield "mov: sound that is not compressed", "a.mov", movie([pcm], start=ftyp("qt  "), gap=MARK)
    more = numbers(64, 34, 68, 2)
    ima = voice(bytes(136), entry=sound("ima4", version=1, more=more), uniform=1, count=128)
    yield "mov: sound in packets", "a.mov", movie([ima], start=ftyp("qt  "), gap=MARK)
    packets = voice(bytes(68), entry=sound("ima4", version=1, more=more), uniform=34, count=2)
    yield (
        "mov: sound whose packets are counted",
        "a.mov",
        (movie([packets], start=ftyp("qt  "), gap=MARK)),
    )
    second = numbers(72) + struct.pack(">d", 48000) + numbers(2, 0x7F000000, 24, 12, 6, 1)
    lpcm = voice(bytes(30), entry=sound("lpcm", version=2, more=second), uniform=6, count=5)
    yield "mov: sound of the second version", "a.mov", movie([lpcm], start=ftyp("qt  "), gap=MARK)
    wide = film(SLICE, SLICE, wide=True, version=1, time=NOW)
    yield "mp4: places of 64 bits", "a.mp4", movie([wide], start=START, version=1, time=NOW)
    narrow = film(SLICE, SLICE, narrow=16)
    yield "mp4: sizes of 16 bits", "a.mp4", movie([narrow], start=START, gap=MARK)
    yield "mp4: media data that reaches to the end", "a.mp4", to_the_end()
    yield "mp4: media data of 64 bits", "a.mp4", large()
    hidden = film(flags=0)
    yield "mp4: a track that is switched off", "a.mp4", movie([hidden, voice()], start=START)
    ours = box("colr", b"prof", DISPLAY_P3.replace(bytes(16), b"MARK" * 4, 1), MARK)
    strange = box("colr", b"prof", bytes(128) + MARK)
    yield "mp4: a colour profile of a device", "a.mp4", coded("avc1", SLICE, avcc(), ours)
    yield "mp4: a colour profile we do not know", "a.mp4", coded("avc1", SLICE, avcc(), strange)
    away = film(references=full("url ", 0, 0, b"file:///home/MARK\0"))
    yield "mp4: a track whose samples are elsewhere", "a.mp4", movie([away, voice()], start=START)


def bad() -> Iterator[tuple[str, str, bytes]]:
    """Yield files that must be refused."""
    one = movie([film()], start=START)
    moov = one[one.index(b"moov") - 4 :]
    yield "mp4: no movie", "a.mp4", one[: -len(moov)]
    yield "mp4: two movies", "a.mp4", one + moov
    yield "mov: a compressed movie", "a.mov", movie([], box("cmov", MARK), start=ftyp("qt  "))
    yield "mp4: an encrypted film", "a.mp4", coded("encv", SLICE, avcc())
    yield "mp4: a protected film", "a.mp4", coded("avc1", SLICE, avcc(), box("sinf", MARK))
    yield "mp4: a codec we do not know", "a.mp4", coded("CFHD", SLICE)
    yield (
        "mp4: a sound codec we do not know",
        "a.mp4",
        movie([voice(entry=sound("Qclp"))], start=START),
    )
    titles = Track(4, "text", box("text", bytes(60)), [b"MARK"])
    yield "mp4: nothing but titles", "a.mp4", movie([titles], start=START)
    yield "mp4: media data that stops early", "a.mp4", to_the_end(SLICE[:-1], b"")
    yield "mp4: a movie that stops early", "a.mp4", one[:-1]
    yield (
        "mp4: a sample outside the media data",
        "a.mp4",
        replaced(one, "stco", 8, 8),
    )
    yield "mp4: a unit longer than its sample", "a.mp4", coded("avc1", b"\0\0\0\x09\x65", avcc())
    yield (
        "mp4: a parameter set longer than its box",
        "a.mp4",
        coded("avc1", SLICE, box("avcC", b"\1\x42\0\x0a\xff\xe1\0\xff\x67\x42\1\0")),
    )
    yield "mp4: H.264 without its configuration", "a.mp4", coded("avc1", SLICE)
    yield "mp4: chunks that begin with the second", "a.mp4", replaced(one, "stsc", 8, 2)
    yield "mp4: a description that does not exist", "a.mp4", replaced(one, "stsc", 16, 2)
    yield "mp4: more samples than the table has", "a.mp4", replaced(one, "stsz", 8, 9)
    yield "mp4: a header of a later version", "a.mp4", replaced(one, "mvhd", 0, 2 << 24)
    yield "mp4: a box larger than its parent", "a.mp4", replaced(one, "mdia", -8, 1 << 20)
    yield "mp4: a handler twice", "a.mp4", movie([film(in_media=hdlr("vide"))], start=START)
    yield "mp4: one number for two tracks", "a.mp4", movie([film(), voice(identity=1)], start=START)
    yield "mp4: a brand cut short", "a.mp4", box("ftyp", b"isom\0\0\0\0is") + one[len(START) :]
    palette = visual("jpeg").replace(short(24, 0xFFFF), short(8, 0))
    yield "mp4: a palette", "a.mp4", movie([film(jpeg(), entry=palette)], start=START)
    for kind in (0xDD, 0x6C):
        yield f"m4a: object type {kind}", "a.m4a", song("mp4a", esds(kind, MARK))
    yield (
        "m4a: ALS keeps a header",
        "a.m4a",
        song("mp4a", esds(0x40, packed("11111" + "000100" + "0" * 13) + MARK)),
    )
    linked = full("esds", 0, 0, descriptor(3, b"\0\0\x40\4MARK"))
    yield "m4a: a stream that is elsewhere", "a.m4a", song("mp4a", linked)
    yield (
        "m4a: FLAC without its information",
        "a.m4a",
        song("fLaC", full("dfLa", 0, 0, b"\x84\0\0\4MARK")),
    )
    yield "mp4: a JPEG frame that is none", "a.mp4", coded("jpeg", b"MARK")
    yield (
        "mov: a JPEG segment that is too long",
        "a.mov",
        coded("jpeg", b"\xff\xd8\xff\xfe\0\x99MARK"),
    )
    yield (
        "mp4: AV1 longer than its sample",
        "a.mp4",
        coded("av01", b"\x32\x40MARK", box("av1C", b"\x81\0\x0c\0")),
    )
    yield (
        "mp4: AV1 with an endless size",
        "a.mp4",
        coded("av01", b"\x32" + b"\x80" * 9, box("av1C", b"\x81\0\x0c\0")),
    )
    yield "mp4: HEVC without a header", "a.mp4", coded("hvc1", unit(b"\x26"), hvcc())
    implied = fragments(tracks=3).replace(b"trex" + numbers(0, 2), b"trex" + numbers(0, 9))
    yield "mp4: a fragment without a description", "a.mp4", implied
    third = sound("mp4a", esds(0x40, LC), version=3)
    yield "mp4: a description of sound of a later version", "a.mp4", movie([voice(entry=third)])
    lost = voice(identity=1).box([])
    yield "mp4: a fragment that follows one that goes", "a.mp4", follows(lost)
    late = fragments(base=1000).replace(
        full("elst", 0, 0, numbers(1, 300, 0, 0x10000)),
        full("elst", 0, 0, numbers(1, 300, 0x7FFFFFFF, 0x10000)),
    )
    yield "mp4: fragments that count from 1970, and an edit", "a.mp4", late
    yield (
        "mp4: AAC that ends in its fill element",
        "a.mp4",
        movie([voice(b"\xdf\xf0MARK")], start=START),
    )


def replaced(file: bytes, kind: str, at: int, value: int) -> bytes:
    """Return *file* with a number *at* bytes behind the first type called *kind*."""
    start = file.index(kind.encode()) + 4 + at
    return file[:start] + numbers(value) + file[start + 4 :]


def follows(second: bytes) -> bytes:
    """Return fragments that do not tell where they begin, behind those of a track that goes."""
    first = Track(3, "meta", box("mett", MARK), []).box([])
    extends = box("mvex", *(full("trex", 0, 0, numbers(one, 1, 0, 0, 0)) for one in (1, 3)))
    parts = [
        box("traf", full("tfhd", 0, 0, numbers(one)), full("trun", 0, 0x200, numbers(1, 4)))
        for one in (3, 1)
    ]
    moov = box("moov", movie_header(), first, second, extends)
    return (
        START + moov + box("moof", full("mfhd", 0, 0, numbers(1)), *parts) + box("mdat", MARK, CPE)
    )


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared file name and bytes."""
    yield from good()
    yield from bad()
