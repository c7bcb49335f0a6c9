"""Sound with planted secrets, whole and broken. Every secret carries the word MARK."""

import json
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from redaction.files.media.ogg_pages import Page, paged, read_page

SEEDS: Final = {
    name: b64decode(text)
    for name, text in json.loads(Path(__file__).with_name("seeds_sound.json").read_text()).items()
    if name != "about"
}
DAMAGED: Final = (
    "mp3: tags of every kind on both sides",
    "mp3: numbers of the first frame",
    "aac: tags between the frames",
    "amr: speech with a tail",
    "wav: chunks of every kind",
    "aiff: chunks of every kind",
    "flac: blocks of every kind",
    "ogg: Opus with comments",
    "ogg: Vorbis with comments",
    "ogg: FLAC with blocks",
)


def id3(*frames: tuple[bytes, bytes], footer: bool = False) -> bytes:
    """Return an ID3v2.4 tag."""
    body = b"".join(k + struct.pack(">IH", len(text), 0) + text for k, text in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    flags = b"\x10" if footer else b"\0"
    end = b"3DI\4\0" + flags + size if footer else b""
    return b"ID3\4\0" + flags + size + body + end


def ape(*items: tuple[bytes, bytes], header: bool = True) -> bytes:
    """Return an APEv2 tag."""
    body = b"".join(struct.pack("<II", len(value), 0) + key + b"\0" + value for key, value in items)

    def end(flags: int) -> bytes:
        return b"APETAGEX" + struct.pack("<IIII8x", 2000, len(body) + 32, len(items), flags)

    return (end(0xA0000000) if header else b"") + body + end(0x80000000 if header else 0)


def old_tag() -> bytes:
    """Return an ID3v1 tag."""
    return b"TAG" + b"MARK title".ljust(30) + b"MARK artist".ljust(95)


def lyrics() -> bytes:
    """Return a Lyrics3v2 tag."""
    body = b"LYRICSBEGININD0000200LYR00004MARK"
    return body + b"%06dLYRICS200" % len(body)


TAG: Final = id3(
    (b"TPE1", b"\3MARK artist"),
    (b"TDRC", b"\3MARK 2024"),
    (b"TSSE", b"\3MARK encoder"),
    (b"COMM", b"\3engMARK"),
    (b"APIC", b"\3image/jpeg\0\3\0MARK \xff\xfb\x90\0 picture"),
    (b"PRIV", b"MARK\0MARK"),
    (b"GEOB", b"\3MARK"),
    (b"WOAS", b"https://example.org/MARK"),
)


def good_mp3s() -> Iterator[tuple[str, bytes]]:
    """Yield MP3 files of which every frame must stay."""
    cbr, vbr, plain = SEEDS["cbr"], SEEDS["vbr"], SEEDS["plain"]
    tags = ape((b"Artist", b"MARK"), (b"Cover Art (Front)", b"MARK"))
    yield "frames only", plain
    yield "numbers of the first frame", vbr
    yield "numbers of a constant rate", cbr
    yield "tags of every kind on both sides", TAG + TAG + vbr + tags + lyrics() + old_tag()
    yield "tags in front that are usually behind", ape((b"Year", b"MARK")) + plain
    yield "an old tag of APE", plain + ape((b"Title", b"MARK"), header=False) + old_tag()
    yield "an old tag of lyrics", plain + b"LYRICSBEGINMARKLYRICSEND" + old_tag()
    yield "an extended old tag", plain + b"TAG+" + b"MARK".ljust(223) + old_tag()
    yield "a tag with a footer", plain + id3((b"TIT2", b"\3MARK"), footer=True)
    yield "a tag cut at the end", plain + TAG[:-20]
    yield "filling and remains behind a tag", TAG + bytes(100) + b"\xff\xffMARK" + plain
    yield "secrets between frames", plain[:417] + b"MARK between\xff\xfb" + plain[417:]
    yield "a last frame that is cut", plain[:-100]
    yield "an encoder's own numbers", _renamed(vbr, b"LAME3.100MARK")
    yield "an encoder that nobody knows", _renamed(vbr, b"MARK")
    yield "numbers that are not true", _counted(vbr, 3)
    yield "numbers of Fraunhofer", _vbri(plain)
    yield "a name where no sound is", _signed(plain)
    yield "sound of two files", vbr + TAG + vbr
    yield "AAC behind a tag", TAG + SEEDS["aac"]
    yield "FLAC behind a tag", TAG + SEEDS["noise"]


def _renamed(mp3: bytes, name: bytes) -> bytes:
    """Return *mp3* with another encoder's name in front of the gapless numbers."""
    at = mp3.index(b"Lavf") if b"Lavf" in mp3[:200] else mp3.index(b"Lavc")
    return mp3[:at] + name + mp3[at + len(name) :]


def _counted(mp3: bytes, frames: int) -> bytes:
    at = mp3.index(b"Xing")
    return mp3[: at + 8] + struct.pack(">I", frames) + mp3[at + 12 :]


def _vbri(plain: bytes) -> bytes:
    """Return sound behind a frame in which Fraunhofer's encoder counts."""
    head = b"\xff\xfb\x90\x64" + bytes(32)
    numbers = b"VBRI" + struct.pack(">HHHIIHHHH", 1, 3000, 75, len(plain), 3, 1, 1, 2, 3)
    return (head + numbers + b"MARK MARK").ljust(417, b"\0") + plain


def _signed(plain: bytes) -> bytes:
    """Return frames that hold no sound but a signature."""
    frame = (plain[:4] + bytes(32) + b"LAME MARK").ljust(len(plain[:208]), b"U")
    return frame * 4


def bad_mp3s() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    yield "tags only", TAG + old_tag()
    yield "a tag and something else", TAG + b"MARK" * 50
    yield "one frame that is cut", SEEDS["plain"][:200]
    yield "numbers without sound", SEEDS["vbr"][: _first_frame(SEEDS["vbr"])]
    yield "layer II", TAG + b"\xff\xfd\x80\xc0".ljust(384, b"\0") * 4
    yield "no rate", TAG + b"\xff\xfb\0\xc0".ljust(384, b"\0") * 4


def _first_frame(mp3: bytes) -> int:
    return mp3.index(mp3[:2], 2)


def good_aacs() -> Iterator[tuple[str, bytes]]:
    """Yield AAC files of which every frame must stay."""
    aac = SEEDS["aac"]
    at = (aac[3] & 3) << 11 | aac[4] << 3 | aac[5] >> 5
    frame = aac[at : at + ((aac[at + 3] & 3) << 11 | aac[at + 4] << 3 | aac[at + 5] >> 5)]
    bits = bytes((frame[2] | 2, frame[3] | 0x3C))
    yield "frames only", aac[at:]
    yield "an encoder's name", aac
    yield "tags between the frames", TAG + aac[:at] + TAG + aac[at:] + ape((b"Title", b"MARK"))
    yield "free bits of headers", frame[:2] + bits + frame[4:] + frame
    yield "checksums", _with_checksum(frame) * 3
    yield "a last frame that is cut", aac[:-5]
    yield "bytes between frames", aac[:at] + b"MARK\xff\xf1MARK" + aac[at:]


def _with_checksum(frame: bytes) -> bytes:
    size = len(frame) + 2
    head = bytes((0xFF, frame[1] & 0xFE, frame[2], frame[3] & 0xFC | size >> 11, size >> 3 & 255))
    return head + bytes(((size & 7) << 5 | frame[5] & 31, frame[6])) + b"MK" + frame[7:]


def bad_aacs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    aac = SEEDS["aac"]
    at = (aac[3] & 3) << 11 | aac[4] << 3 | aac[5] >> 5
    checked = _with_checksum(aac[at:])
    yield "one frame that is cut", aac[:20]
    yield "several blocks with checksums", (checked[:6] + b"\xfd" + checked[7:])[: len(checked)] * 2
    yield "an element that is longer than its frame", aac[:7] + b"\xdf\xfe\0" + aac[10:]


def amr(*frames: bytes, magic: bytes = b"#!AMR\n") -> bytes:
    """Return an AMR file."""
    return magic + b"".join(frames)


def good_amrs() -> Iterator[tuple[str, bytes]]:
    """Yield AMR files of which every frame must stay."""
    speech = b"\x3c" + bytes(range(30)) + b"\xf0"
    narrow = [
        bytes((kind << 3 | 4,)) + bytes((0xA0 | kind,)) * (size - 1) + b"\xc0"
        for kind, size in enumerate((12, 13, 15, 17, 19, 20, 26, 31, 5))
    ]
    wide = [
        bytes((kind << 3 | 4,)) + bytes((0xA0 | kind,)) * (size - 1) + b"\x80"
        for kind, size in enumerate((17, 23, 32, 36, 40, 46, 50, 58, 60, 5))
    ]
    yield "speech", amr(speech * 5)
    yield "every rate and silence", amr(*narrow, b"\x7c\x78")
    yield "every rate of wide speech", amr(*wide, b"\x74\x7c", magic=b"#!AMR-WB\n")
    yield "filling that is not zero", amr(b"\x3c" + b"\xff" * 31, b"\x44" + b"\xff" * 5)
    yield "speech with a tail", amr(speech * 5, b"MARK behind")
    yield "a tail that begins like speech", amr(speech * 5, b"<the MARK and 21 words more", b"MARK")
    yield "a last frame that is cut", amr(speech * 2, speech[:-3])


def bad_amrs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    yield "no frame", amr(b"MARK")
    yield "one frame that is cut", amr(b"\x3cMARK")
    yield "several channels", amr(bytes(40), magic=b"#!AMR_MC1.0\n")
    yield "only its beginning", b"#!AMR"


def little(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of RIFF."""
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def wav(*chunks: bytes, size: int | None = None) -> bytes:
    """Return a WAV file."""
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def described(kind: int, channels: int, bits: int, rest: bytes = b"", align: int = 0) -> bytes:
    """Return a description of 8,000 samples a second."""
    align = align or channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, 8000, 8000 * align, align, bits)
    return little(b"fmt ", head + rest)


GUID: Final = bytes.fromhex("000000001000800000aa00389b71")
COEFFICIENTS: Final = (7, 256, 0, 512, -256, 0, 0, 192, 64, 240, 0, 460, -208, 392, -232)


def good_wavs() -> Iterator[tuple[str, bytes]]:
    """Yield WAV files of which every sample must stay."""
    pcm, data = described(1, 1, 16), little(b"data", bytes(range(100)))
    info = b"INFO" + little(b"IART", b"MARK") + little(b"ISFT", b"MARK") + little(b"ICRD", b"MARK")
    microsoft = struct.pack("<HHH14h", 32, 12, *COEFFICIENTS)
    yield "samples only", wav(pcm, data)
    yield (
        "chunks of every kind",
        wav(
            little(b"JUNK", b"MARK"),
            little(b"bext", b"MARK".ljust(602)),
            pcm,
            little(b"LIST", info),
            little(b"fact", b"MARK"),
            little(b"iXML", b"<BWFXML>MARK</BWFXML>"),
            data,
            little(b"id3 ", TAG),
            little(b"cue ", b"MARK"),
            little(b"data", b"MARK"),
        ),
    )
    yield "a description with a tail", wav(described(1, 1, 16, b"\4\0MARK"), data)
    yield "bytes behind the file", wav(pcm, data) + b"MARK"
    yield "half a sample at the end", wav(pcm, little(b"data", bytes(100) + b"M"))
    yield "a length that was never written", wav(pcm, b"data\xff\xff\xff\xff" + bytes(100), size=0)
    yield (
        "a rate in bytes that is not true",
        wav(little(b"fmt ", struct.pack("<HHI4sHH", 1, 1, 8000, b"MARK", 2, 16)), data),
    )
    yield (
        "decimal fractions",
        wav(described(3, 1, 32, b"\0\0"), little(b"fact", b"\x19\0\0\0"), data),
    )
    yield (
        "a number of samples that cannot be",
        wav(described(6, 1, 8), little(b"fact", b"MARK"), data),
    )
    yield "an odd number of samples", wav(described(7, 1, 8), little(b"data", b"abc"))
    yield (
        "six channels",
        wav(
            described(0xFFFE, 6, 16, struct.pack("<HHIH", 22, 16, 0xFFFC003F, 1) + GUID),
            little(b"data", bytes(96)),
        ),
    )
    yield (
        "packed by Microsoft",
        wav(
            described(2, 1, 4, microsoft, align=12),
            little(b"fact", b"\x10\0\0\0"),
            little(b"data", bytes(24)),
        ),
    )
    yield (
        "packed by IMA",
        wav(described(0x11, 1, 4, b"\2\0\x09\0MARK", align=8), little(b"data", bytes(24))),
    )


def bad_wavs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    pcm, data = described(1, 1, 16), little(b"data", bytes(100))
    coefficients = struct.pack("<HHH14h", 32, 12, *COEFFICIENTS[:-1], 77)
    yield "cut in the samples", wav(pcm, data)[:-50]
    yield "cut before the samples", wav(pcm)
    yield "cut in a description", wav(pcm)[:25]
    yield "samples without description", wav(data, pcm)
    yield "a description that is too short", wav(little(b"fmt ", b"MARK"), data)
    yield "no channels", wav(described(1, 0, 16, align=2), data)
    yield (
        "an absurd rate",
        wav(little(b"fmt ", struct.pack("<HHIIHH", 1, 1, 1 << 30, 0, 2, 16)), data),
    )
    yield "samples wider than their room", wav(described(1, 1, 16, align=3), data)
    yield "MP3 inside", wav(described(0x55, 1, 16), data)
    yield (
        "another kind inside",
        wav(described(0xFFFE, 1, 16, struct.pack("<HHIH", 22, 16, 4, 1) + b"MARK".ljust(14)), data),
    )
    yield "packed with other numbers", wav(described(2, 1, 4, coefficients, align=12), data)
    yield "blocks without samples", wav(described(0x11, 1, 4, b"\2\0\0\0", align=8), data)


def big(kind: bytes, body: bytes) -> bytes:
    """Return a chunk of AIFF."""
    return kind + struct.pack(">I", len(body)) + body + bytes(len(body) % 2)


def aiff(kind: bytes, *chunks: bytes) -> bytes:
    """Return an AIFF or AIFC file."""
    return big(b"FORM", kind + b"".join(chunks))


def common(channels: int, frames: int, bits: int, rest: bytes = b"") -> bytes:
    """Return a description of 8,000 samples a second."""
    rate = b"\x40\x0b\xfa\0\0\0\0\0\0\0"
    return big(b"COMM", struct.pack(">HIH", channels, frames, bits) + rate + rest)


def good_aiffs() -> Iterator[tuple[str, bytes]]:
    """Yield AIFF files of which every sample must stay."""
    samples = bytes(range(100))
    data = big(b"SSND", bytes(8) + samples)
    version = big(b"FVER", b"\xa2\x80\x51\x40")
    yield "samples only", aiff(b"AIFF", common(1, 50, 16), data)
    yield (
        "chunks of every kind",
        aiff(
            b"AIFF",
            big(b"NAME", b"MARK"),
            common(1, 50, 16),
            *(big(kind, b"MARK odd") for kind in (b"AUTH", b"(c) ", b"ANNO", b"COMT", b"APPL")),
            data,
            big(b"ID3 ", TAG),
            big(b"SSND", bytes(8) + b"MARK"),
        )
        + b"MARK",
    )
    yield (
        "samples that begin later",
        aiff(
            b"AIFF", common(1, 50, 16), big(b"SSND", struct.pack(">II", 4, 512) + b"MARK" + samples)
        ),
    )
    yield (
        "bytes behind the last sample",
        aiff(b"AIFF", common(1, 50, 16), big(b"SSND", bytes(8) + samples + b"MARK")),
    )
    yield (
        "a rate with free bits",
        aiff(
            b"AIFF",
            big(b"COMM", struct.pack(">HIH", 1, 50, 16) + b"\x40\x0b\xfa\0\0\0MARK"),
            data,
        ),
    )
    yield (
        "an odd number of samples",
        aiff(b"AIFF", common(1, 3, 8), big(b"SSND", bytes(8) + b"abc")),
    )
    for packing, bits, frames in ((b"sowt", 16, 50), (b"fl32", 32, 25), (b"ulaw", 16, 100)):
        yield (
            f"packed as {packing.decode()}",
            aiff(b"AIFC", version, common(1, frames, bits, packing + b"\x04MARK\0"), data),
        )
    yield (
        "packed in groups",
        aiff(
            b"AIFC", version, common(1, 2, 16, b"ima4\0\0"), big(b"SSND", bytes(8) + samples[:68])
        ),
    )


def bad_aiffs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    data = big(b"SSND", bytes(108))
    yield "cut in the samples", aiff(b"AIFF", common(1, 50, 16), data)[:-50]
    yield "fewer samples than said", aiff(b"AIFF", common(1, 51, 16), data)
    yield "no samples", aiff(b"AIFF", common(1, 50, 16))
    yield "no description", aiff(b"AIFF", data)
    yield "no channels", aiff(b"AIFF", common(0, 50, 16), data)
    yield (
        "a rate that is no number",
        aiff(b"AIFF", big(b"COMM", struct.pack(">HIH", 1, 50, 16) + b"MARKMARKMA"), data),
    )
    yield "packed in a way nobody knows", aiff(b"AIFC", common(1, 50, 16, b"MARK\0\0"), data)


def block(kind: int, body: bytes, last: bool = False) -> bytes:
    """Return a block of FLAC."""
    return bytes((kind | last << 7,)) + len(body).to_bytes(3) + body


def flac(seed: bytes, *blocks: bytes) -> bytes:
    """Return a seed's description and frames with *blocks* between them."""
    first = block(0, seed[8:42], last=not blocks)
    return b"fLaC" + first + b"".join(blocks) + seed[seed.index(b"\xff\xf8", 42) :]


def comments(*texts: bytes) -> bytes:
    """Return Vorbis comments as an encoder would write them."""
    vendor = b"MARK encoder"
    body = struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(texts))
    return body + b"".join(struct.pack("<I", len(text)) + text for text in texts)


COMMENTS: Final = comments(b"ARTIST=MARK", b"date=MARK", b"METADATA_BLOCK_PICTURE=MARK")


def point(sample: int, offset: int, samples: int = 576) -> bytes:
    """Return one point of a table for jumping."""
    return struct.pack(">QQH", sample, offset, samples)


def good_flacs() -> Iterator[tuple[str, bytes]]:
    """Yield FLAC files of which every frame must stay."""
    tone, noise = SEEDS["flac"], SEEDS["noise"]
    none = b"\xff" * 8 + bytes(10)
    jumps = block(3, point(0, 0) + point(576, 900), last=True)
    yield "a description and frames only", flac(tone)
    yield "an encoder's name", noise
    yield (
        "blocks of every kind",
        flac(
            noise,
            block(4, COMMENTS),
            block(1, b"MARK" * 4),
            block(2, b"MARKMARK"),
            block(3, point(0, 0) + point(576, 900) + none),
            block(5, b"MARK".ljust(396, b"\0")),
            block(6, b"\0\0\0\3\0\0\0\x09image/png MARK"),
            block(42, b"MARK"),
            block(0, b"MARK".ljust(34)),
            block(1, bytes(8), last=True),
        ),
    )
    yield "only a table for jumping", flac(noise, jumps)
    yield (
        "a table that leads nowhere",
        flac(noise, block(3, point(576, 900) + b"MARKMARKMARKMARKMA" + point(0, 0), last=True)),
    )
    yield "tags on both sides", TAG + flac(noise) + ape((b"Title", b"MARK")) + old_tag()
    yield "a number of samples that is not known", _uncounted(noise)
    first = noise[noise.index(b"\xff\xf8", 42) :]
    yield (
        "a frame behind the last one that does not follow",
        flac(noise) + first[: first.index(b"\xff\xf8", 20)],
    )


def _uncounted(seed: bytes) -> bytes:
    return flac(seed[:21] + bytes((seed[21] & 0xF0,)) + bytes(4) + seed[26:])


def bad_flacs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    noise = flac(SEEDS["noise"])
    frames = noise[42:]
    second = frames.index(b"\xff\xf8", 20)
    yield "cut in the last frame", noise[:-30]
    yield "cut in a block", noise[:20]
    yield "no frames", noise[:42]
    yield "no description", b"fLaC" + block(4, COMMENTS, last=True) + frames
    yield "a description that is too short", b"fLaC" + block(0, b"MARK", last=True) + frames
    yield "blocks without end", b"fLaC" + block(0, noise[8:42])
    yield "bytes between frames", noise[: 42 + second] + b"MARK" + frames[second:]
    yield "bytes in front of the frames", noise[:42] + b"MARK" + frames
    yield "a false checksum in the last frame", noise[:-1] + bytes((noise[-1] ^ 1,))
    yield (
        "a false checksum in the first frame",
        noise[:100] + bytes((noise[100] ^ 1,)) + noise[101:],
    )


def ogg_with(seed: bytes, *headers: bytes, serial: int = 0x4B52414D) -> bytes:
    """Return an Ogg file with other packets behind its first page, and MARK as its number."""
    pages, at = [], 0
    while at < len(seed):
        page, at = read_page(seed, at)
        pages.append(page)
    kept = [page for page in pages[1:] if any(page.position)]
    written = [pages[0], *(page for packet in headers for page in paged(packet)), *kept]
    return b"".join(page.write(serial, number) for number, page in enumerate(written))


def skeleton(number: int) -> bytes:
    """Return the first page of a stream that tells about the others."""
    page = next(paged(b"fishead\0\3\0\0\0".ljust(64, b"\0"), 2))
    return page.write(77, number)


def good_oggs() -> Iterator[tuple[str, bytes]]:
    """Yield Ogg files of which every page of sound must stay."""
    opus, vorbis, free = SEEDS["opus"], SEEDS["vorbis"], SEEDS["oggflac"]
    tags = b"OpusTags" + COMMENTS
    setup = _setup(vorbis)
    bone = Page(0, bytes(8), 0, b"\x20", b"fisbone\0 MARK Name: MARK".ljust(32))
    yield "Opus", opus
    yield "Vorbis", vorbis
    yield "FLAC", free
    yield "Opus with comments", ogg_with(opus, tags)
    yield "Vorbis with comments", ogg_with(vorbis, b"\3vorbis" + COMMENTS + b"\1", setup)
    yield (
        "FLAC with blocks",
        ogg_with(
            free, block(4, COMMENTS), block(6, b"MARK picture"), block(1, bytes(9), last=True)
        ),
    )
    yield "a long picture among the comments", ogg_with(opus, tags + b"MARK" * 17_000)
    yield "a first packet with free values", _with_rate(opus, b"MARK")
    yield "a stream that tells about others", skeleton(0) + opus + bone.write(77, 1)
    yield "sounds behind each other", ogg_with(opus, tags) + vorbis
    yield "bytes behind the last page", ogg_with(opus, tags) + b"MARK"


def _setup(vorbis: bytes) -> bytes:
    """Return the packet with the codebooks."""
    page, _ = read_page(vorbis, read_page(vorbis, 0)[1])
    return list(page.packets())[1][0]


def _with_rate(opus: bytes, rate: bytes) -> bytes:
    """Return Opus whose first packet tells of another rate of what was recorded."""
    first, at = read_page(opus, 0)
    body = first.body[:12] + rate + first.body[16:]
    return Page(2, bytes(8), 0, first.segments, body).write(first.serial, 0) + opus[at:]


def bad_oggs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    opus, vorbis = SEEDS["opus"], SEEDS["vorbis"]
    tags = b"OpusTags" + COMMENTS
    first, at = read_page(opus, 0)
    theora = next(paged(b"\x80theora MARK".ljust(42), 2)).write(78, 0)
    yield "cut in a page", opus[:-9]
    yield "cut in the head of a page", opus[: at + 20]
    yield "headers only", opus[:at]
    yield "a false checksum", opus[:-1] + bytes((opus[-1] ^ 1,))
    yield "bytes between pages", opus[:at] + b"MARK" + opus[at:]
    yield "a film", theora + opus
    yield "two sounds at once", first.write(9, 0) + opus
    yield (
        "pages of a stream that never began",
        opus + Page(0, bytes(8), 0, b"\4", b"MARK").write(5, 0),
    )
    yield "comments of another codec", ogg_with(opus, b"\3vorbis" + COMMENTS)
    yield "comments and sound in one page", _joined(opus, tags)
    yield "headers in the midst of sound", _behind(vorbis, b"\3vorbis" + COMMENTS + b"\1")
    yield (
        "a first packet that is too short",
        next(paged(b"OpusHead\1MARK", 2)).write(1, 0) + opus[at:],
    )


def _joined(opus: bytes, tags: bytes) -> bytes:
    first, _ = read_page(opus, 0)
    body = Page(0, bytes(8), 0, bytes((len(tags), 4)), tags + b"MARK")
    return first.write(1, 0) + body.write(1, 1)


def _behind(vorbis: bytes, packet: bytes) -> bytes:
    """Return Vorbis without its last mark, and *packet* behind it."""
    pages, at = [], 0
    while at < len(vorbis):
        page, at = read_page(vorbis, at)
        pages.append(page)
    pages[-1] = Page(0, pages[-1].position, 0, pages[-1].segments, pages[-1].body)
    return b"".join(page.write(1, n) for n, page in enumerate([*pages, *paged(packet)]))


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names, extension in (
        (good_mp3s(), "mp3"),
        (bad_mp3s(), "mp3"),
        (good_aacs(), "aac"),
        (bad_aacs(), "aac"),
        (good_amrs(), "amr"),
        (bad_amrs(), "amr"),
        (good_wavs(), "wav"),
        (bad_wavs(), "wav"),
        (good_aiffs(), "aiff"),
        (bad_aiffs(), "aiff"),
        (good_flacs(), "flac"),
        (bad_flacs(), "flac"),
        (good_oggs(), "ogg"),
        (bad_oggs(), "ogg"),
    ):
        for name, file in names:
            yield f"{extension}: {name}", f"recording.{extension}", file
