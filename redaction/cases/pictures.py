"""Pictures with planted secrets, whole and broken. Every secret carries the word MARK."""

import json
import struct
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import compress, crc32

from redaction.cases import profiles
from redaction.files.images.exif import orientation_segment
from redaction.files.images.icc import segment as icc_segment

HERE: Final = Path(__file__).parent
SEEDS: Final = {
    name: b64decode(text)
    for name, text in json.loads((HERE / "seeds.json").read_text()).items()
    if name != "about"
}
BASELINE: Final = SEEDS["baseline"]
TRUECOLOUR: Final = SEEDS["truecolour"]
EOI: Final = b"\xff\xd9"
DAMAGED: Final = (
    "jpg: a photograph with every kind of secret",
    "jpg: secrets between two scans",
    "jpg: an Adobe segment with a tail",
    "jpg: an orientation in Intel order",
    "jpg: our own Display P3 profile",
    "png: a screenshot with texts, Exif, XMP and profile",
    "png: an animation",
)
DISPLAY_P3: Final = profiles.build("Display P3", profiles.DISPLAY_P3, profiles.SRGB_CURVE)


def segment(marker: int, body: bytes) -> bytes:
    """Return one JPEG segment."""
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))


def marker_at(jpeg: bytes, marker: int) -> int:
    """Return where the first segment with *marker* begins."""
    return jpeg.index(bytes((0xFF, marker)))


def put(file: bytes, at: int, *pieces: bytes) -> bytes:
    """Return *file* with *pieces* inserted before *at*."""
    return file[:at] + b"".join(pieces) + file[at:]


def after_start(jpeg: bytes, *segments: bytes) -> bytes:
    """Return *jpeg* with *segments* right behind its SOI."""
    return put(jpeg, 2, *segments)


def exif(*entries: bytes, order: str = "<") -> bytes:
    """Return an Exif APP1 segment with one directory."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    directory = struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return segment(0xE1, b"Exif\0\0" + magic + struct.pack(order + "I", 8) + directory)


def short(tag: int, value: int, order: str = "<") -> bytes:
    """Return a directory entry with one 16-bit number."""
    return struct.pack(order + "HHIHH", tag, 3, 1, value, 0)


def ascii4(tag: int, order: str = "<") -> bytes:
    """Return a directory entry that holds the word MARK."""
    return struct.pack(order + "HHI4s", tag, 2, 4, b"MARK")


def good_jpegs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    progressive = SEEDS["progressive"]
    second_scan = progressive.index(b"\xff\xda", marker_at(progressive, 0xDA) + 2)
    comment = segment(0xFE, b"MARK comment")
    late_exif = exif(short(0x0112, 3), ascii4(0x010F))
    display = profiles.build("MARK", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
    adobe = profiles.build("MARK", profiles.ADOBE_RGB, profiles.ADOBE_CURVE)
    odd = profiles.build("MARK", profiles.DISPLAY_P3, (0, (65536 * 2 + 39322,)))
    wide = profiles.build("MARK", (*profiles.DISPLAY_P3[:8], 40000), profiles.SRGB_CURVE)
    srgb = (28578, 14581, 912, 25241, 46981, 6362, 9376, 3972, 46799)
    yield "a picture without secrets stays as it is", BASELINE
    yield "a photograph with every kind of secret", SEEDS["photograph"]
    yield "a progressive picture", progressive
    yield "a grey picture with restart markers", SEEDS["restarts"]
    yield "a print picture in four inks", SEEDS["cmyk"]
    yield "secrets between two scans", put(progressive, second_scan, comment, late_exif)
    yield "a second picture behind the first", BASELINE + SEEDS["photograph"]
    yield "a film behind the picture", BASELINE + b"MotionPhoto_Data\0\0\0\x18ftypmp42 MARK"
    yield "zeros behind the picture", BASELINE + bytes(64)
    yield (
        "a thumbnail in JFIF",
        b"".join(
            (
                b"\xff\xd8",
                segment(0xE0, b"JFIF\0\1\2\1\0\x48\0\x48\2\2" + b"MARK" * 3),
                BASELINE[20:],
            )
        ),
    )
    yield "a thumbnail in JFXX", put(BASELINE, 20, segment(0xE0, b"JFXX\0\x10MARK"))
    yield (
        "an application's own segments",
        after_start(
            BASELINE,
            segment(0xEF, b"MARK private"),
            segment(0xEC, b"Ducky\0 MARK"),
            segment(0xF5, b"MARK"),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x tiff:Model='MARK'/>"),
            segment(0xE2, b"MPF\0II*\0MARK"),
        ),
    )
    yield (
        "an Adobe segment with a tail",
        after_start(BASELINE[:2] + BASELINE[20:], segment(0xEE, b"Adobe\0\x65\x80\0\0\0\1MARK")),
    )
    yield (
        "filling before markers",
        put(BASELINE, marker_at(BASELINE, 0xDB), b"\xff\xff\xff")[:-2] + b"\xff\xff\xff" + EOI,
    )
    yield (
        "an orientation in Intel order",
        after_start(BASELINE, exif(short(0x0112, 8), ascii4(0x0110))),
    )
    yield (
        "an orientation in Motorola order",
        after_start(BASELINE, exif(short(0x0112, 3, ">"), ascii4(0x013B, ">"), order=">")),
    )
    yield "only our own orientation", after_start(BASELINE, orientation_segment(6))
    yield "two orientations", after_start(BASELINE, exif(short(0x0112, 8)), exif(short(0x0112, 3)))
    yield "an orientation nobody defined", after_start(BASELINE, exif(short(0x0112, 9)))
    yield "an Exif block that is none", after_start(BASELINE, segment(0xE1, b"Exif\0\0MARK"))
    yield (
        "an Exif block cut in its directory",
        after_start(
            BASELINE, segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + short(0x0112, 6) + b"MARK")
        ),
    )
    yield (
        "a directory that points at itself",
        after_start(BASELINE, exif(struct.pack("<HHII", 0x8769, 4, 1, 8), ascii4(0x9003))),
    )
    yield "a Display P3 profile with a name", after_start(BASELINE, icc_segment(display))
    yield "our own Display P3 profile", after_start(BASELINE, icc_segment(DISPLAY_P3))
    yield "an Adobe RGB profile with a name", after_start(BASELINE, icc_segment(adobe))
    yield (
        "an sRGB profile",
        after_start(BASELINE, icc_segment(profiles.build("MARK", srgb, profiles.SRGB_CURVE))),
    )
    yield "Display P3 with a cinema's curve", after_start(BASELINE, icc_segment(odd))
    yield "a screen's own profile", after_start(BASELINE, icc_segment(wide))
    yield (
        "a profile in two pieces",
        after_start(
            BASELINE,
            segment(0xE2, b"ICC_PROFILE\0\1\2" + display),
            segment(0xE2, b"ICC_PROFILE\0\2\2MARK"),
        ),
    )
    yield (
        "our own profile, said to be in two pieces",
        after_start(BASELINE, segment(0xE2, b"ICC_PROFILE\0\1\2" + DISPLAY_P3)),
    )
    yield "a profile cut short", after_start(BASELINE, icc_segment(display[:140]))


def bad_jpegs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    frame, scan = marker_at(BASELINE, 0xC0), marker_at(BASELINE, 0xDA)
    tables = marker_at(BASELINE, 0xDB)
    frame_end = frame + 2 + int.from_bytes(BASELINE[frame + 2 : frame + 4])
    quantised = BASELINE[tables + 4 : tables + 4 + 65]
    yield "no end of image", BASELINE[:-2]
    yield "cut in the coded data", BASELINE[: scan + 20]
    yield "cut in a segment", BASELINE[: tables + 9]
    yield "cut in a marker", BASELINE[:3]
    yield "only start and end", b"\xff\xd8" + EOI + b"MARK"
    yield "a segment shorter than its length", after_start(BASELINE, b"\xff\xfe\0\1MARK")
    yield "bytes between segments", after_start(BASELINE, segment(0xFE, b"MARK"), b"MARK")
    yield "a table with a tail", put(BASELINE, tables, segment(0xDB, quantised + b"MARK"))
    yield (
        "a Huffman table with a tail",
        put(BASELINE, frame, segment(0xC4, bytes(17) + b"MARK" * 4)),
    )
    yield "a restart interval with a tail", put(BASELINE, frame, segment(0xDD, b"\0\4MARK"))
    yield "a table shorter than it should be", put(BASELINE, frame, segment(0xDB, quantised[:-4]))
    yield (
        "a restart nobody announced",
        put(BASELINE, len(BASELINE) - 2, b"\xff\xd0\0\4MARK"),
    )
    yield "too many scans", put(BASELINE, len(BASELINE) - 2, BASELINE[scan:-2] * 100)
    yield "an empty table", put(BASELINE, frame, segment(0xDB, b""))
    yield "a scan before its frame", BASELINE[:frame] + BASELINE[frame_end:]
    yield "two frames", put(BASELINE, frame, BASELINE[frame:frame_end])
    yield "a frame without height", put(BASELINE[: frame + 5] + b"\0\0" + BASELINE[frame + 7 :], 2)
    yield (
        "a frame with a tail",
        b"".join(
            (
                BASELINE[:frame],
                segment(0xC0, BASELINE[frame + 4 : frame_end] + b"MARK"),
                BASELINE[frame_end:],
            )
        ),
    )
    yield "a hierarchical frame", BASELINE.replace(b"\xff\xc0", b"\xff\xc5")
    yield "a height that comes later", put(BASELINE, len(BASELINE) - 2, segment(0xDC, b"\0\x10"))
    yield "a second start", after_start(BASELINE, BASELINE)
    yield "a reserved marker", put(BASELINE, frame, segment(0x42, b"MARK"))
    yield "a broken code in the data", put(BASELINE, len(BASELINE) - 2, b"\xff\x42")
    yield "endless filling", put(BASELINE, frame, b"\xff" * 200)
    yield "too many segments", after_start(BASELINE, segment(0xFE, b"") * 10_000)
    yield (
        "an absurdly large picture",
        b"".join((BASELINE[: frame + 5], b"\xff\xff\xff\xff", BASELINE[frame + 9 :])),
    )
    yield (
        "an unknown colour transform",
        after_start(BASELINE, segment(0xEE, b"Adobe\0\x64\0\0\0\0\x77")),
    )


def good_pngs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    after_header, before_end = 33, len(TRUECOLOUR) - 12
    tiff = exif(ascii4(0x010F), struct.pack("<HHII", 0x8825, 4, 1, 8))[10:]
    xmp = b"XML:com.adobe.xmp\0\0\0\0\0<x dc:creator='MARK' GPSLatitude='MARK'/>"
    yield "a picture without secrets stays as it is", TRUECOLOUR
    yield "a screenshot with texts, Exif, XMP and profile", SEEDS["screenshot"]
    yield "a palette with transparency", SEEDS["palette"]
    yield "an animation", SEEDS["animated"]
    yield "sixteen bits of grey", SEEDS["grey16"]
    yield (
        "every text chunk",
        put(
            TRUECOLOUR,
            before_end,
            chunk(b"tEXt", b"Author\0MARK"),
            chunk(b"tEXt", b"Anything\0MARK"),
            chunk(b"zTXt", b"Software\0\0" + compress(b"MARK")),
            chunk(b"iTXt", xmp),
        ),
    )
    yield (
        "Exif and time",
        put(
            TRUECOLOUR,
            after_header,
            chunk(b"eXIf", tiff),
            chunk(b"tIME", b"\x07\xe8\5\6\7\x08\x09"),
        ),
    )
    yield (
        "print size, background and private chunks",
        put(
            TRUECOLOUR,
            after_header,
            chunk(b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x13\1"),
            chunk(b"bKGD", bytes(6)),
            chunk(b"maRk", b"MARK"),
            chunk(b"iDOT", b"MARK" * 7),
        ),
    )
    yield (
        "colours by number stay",
        put(
            TRUECOLOUR,
            after_header,
            chunk(b"gAMA", struct.pack(">I", 45455)),
            chunk(
                b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
            ),
            chunk(b"sRGB", b"\0"),
            chunk(b"sBIT", b"\x08\x08\x08"),
            chunk(b"cICP", b"\1\x0d\0\1"),
        ),
    )
    yield (
        "an sRGB profile with a name",
        put(TRUECOLOUR, after_header, chunk(b"iCCP", b"sRGB IEC61966-2.1\0\0" + compress(b"MARK"))),
    )
    yield (
        "a screen's own profile",
        put(TRUECOLOUR, after_header, chunk(b"iCCP", b"MARK display\0\0" + compress(b"MARK"))),
    )
    yield (
        "a second copy of a chunk",
        put(TRUECOLOUR, after_header, chunk(b"gAMA", b"\0\0\xb1\x8f"), chunk(b"gAMA", b"MARK")),
    )
    yield "a picture behind the picture", TRUECOLOUR + SEEDS["screenshot"]
    yield (
        "an uncompressed text of 70,000 bytes",
        put(TRUECOLOUR, after_header, chunk(b"tEXt", b"Comment\0" + b"MARK" * 17_500)),
    )


def bad_pngs() -> Iterator[tuple[str, bytes]]:
    """Yield files of which nothing may pass."""
    after_header, before_end = 33, len(TRUECOLOUR) - 12
    header = TRUECOLOUR[16:29]
    data_at = TRUECOLOUR.index(b"IDAT") - 4
    data = TRUECOLOUR[data_at:before_end]

    def with_header(changed: bytes) -> bytes:
        return TRUECOLOUR[:8] + chunk(b"IHDR", changed) + TRUECOLOUR[33:]

    yield "no end", TRUECOLOUR[:-12]
    yield "cut in the data", TRUECOLOUR[: data_at + 30]
    yield "cut in the last checksum", TRUECOLOUR[:-1]
    yield (
        "a flipped bit in the data",
        TRUECOLOUR[: data_at + 30]
        + bytes((TRUECOLOUR[data_at + 30] ^ 4,))
        + TRUECOLOUR[data_at + 31 :],
    )
    yield (
        "a false checksum on a chunk that goes",
        put(TRUECOLOUR, after_header, chunk(b"tEXt", b"Comment\0MARK")[:-1] + b"!"),
    )
    yield (
        "a chunk longer than the standard allows",
        put(TRUECOLOUR, after_header, b"\x80\0\0\0tEXtMARK"),
    )
    yield "a chunk longer than the file", put(TRUECOLOUR, after_header, b"\x7f\xff\xff\xfftEXtMARK")
    yield "a critical chunk we do not know", put(TRUECOLOUR, after_header, chunk(b"MARK", b"MARK"))
    yield "a phone's own variant of PNG", put(TRUECOLOUR, 8, chunk(b"CgBI", b"MARK"))
    yield "a chunk before the header", put(TRUECOLOUR, 8, chunk(b"gAMA", b"\0\0\xb1\x8f"))
    yield "a chunk type that is no word", put(TRUECOLOUR, after_header, chunk(b"te\0t", b"MARK"))
    yield "no picture data", TRUECOLOUR[:data_at] + TRUECOLOUR[before_end:]
    yield (
        "picture data in two places",
        put(TRUECOLOUR, before_end, chunk(b"gAMA", b"\0\0\xb1\x8f"), data),
    )
    yield "a palette behind the data", put(TRUECOLOUR, before_end, chunk(b"PLTE", bytes(3)))
    yield "a header with a tail", with_header(header + b"MARK")
    yield "a header without width", with_header(bytes(4) + header[4:])
    yield "a colour type nobody defined", with_header(header[:9] + b"\5" + header[10:])
    yield "an absurdly large picture", with_header(b"\0\0\x75\x30\0\0\x75\x30" + header[8:])
    yield "a gamma with a tail", put(TRUECOLOUR, after_header, chunk(b"gAMA", b"\0\0\xb1\x8fMARK"))
    yield "an end with a tail", TRUECOLOUR[:-12] + chunk(b"IEND", b"MARK")
    yield "too many frames", put(TRUECOLOUR, after_header, chunk(b"fcTL", bytes(26)) * 501)


def others() -> Iterator[tuple[str, str, bytes]]:
    """Yield name of the case, declared name and bytes of everything else."""
    yield "a JPEG called PNG is read as JPEG", "a.png", SEEDS["photograph"]
    yield "a PNG called text is read as PNG", "a.txt", SEEDS["screenshot"]
    yield "a name without extension", "photo", SEEDS["photograph"]
    yield "a program", "thing.exe", b"MZ" + bytes(30)
    yield "an old office file", "report.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(20)
    yield "rich text", "report.rtf", b"{\\rtf1 MARK}"
    yield "an archive of another kind", "all.rar", b"Rar!\x1a\7\0" + bytes(20)
    yield "a broken beginning under a picture's name", "photo.JPEG", b"\0" + BASELINE
    yield "an empty file", "photo.jpg", b""
    yield "two bytes of a picture", "photo.jpg", b"\xff\xd8"


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names, extension in (
        (good_jpegs(), "jpg"),
        (bad_jpegs(), "jpg"),
        (good_pngs(), "png"),
        (bad_pngs(), "png"),
    ):
        for name, file in names:
            yield f"{extension}: {name}", f"photo.{extension}", file
    yield from others()
