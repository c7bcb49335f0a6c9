"""JPEG and PNG: phones, cameras, messengers, editors, screenshots."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import movie, photo, png
from tests.corpus.writers.photo import segment
from tests.corpus.writers.png import chunk, header, packed_text, pixels, text, wide_text

XMP_NAME = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_NAME = b"http://ns.adobe.com/xmp/extension/\0"


def entries() -> Iterator[Entry]:
    yield from (jpeg_phone(), jpeg_camera(), jpeg_editor(), jpeg_progressive(), jpeg_restart())
    yield from (jpeg_gray(), jpeg_cmyk(), jpeg_motion(), jpeg_stereo(), jpeg_messenger())
    yield from (jpeg_jfif(), jpeg_credentials(), jpeg_wrong_name())
    yield from (jpeg_turned(orientation) for orientation in (3, 6, 8))
    yield from (png_editor(), png_screenshot(), png_palette(), png_deep(), png_interlaced())
    yield from (png_animation(), png_fireworks(), png_stable_diffusion(), png_wrong_name())


def limits() -> Iterator[Entry]:
    """What the README says is not found; no program that people use writes such files."""
    yield from (png_hidden_rows(), jpeg_idle_tables())


def _jpeg(plant: Planter, head: bytes, tail: bytes = b"", base: str = "photo.jpg") -> Entry:
    data = seed(base)
    return plant.entry("jpg", data[:2] + head + data[2:] + tail, Same.PICTURE)


def _exif(plant: Planter, **options: object) -> bytes:
    return segment(0xE1, b"Exif\0\0" + photo.exif(plant, **options))  # type: ignore[arg-type]


def jpeg_phone() -> Entry:
    plant = Planter("jpeg", "phone")
    head = _exif(plant) + segment(0xE1, XMP_NAME + photo.xmp(plant))
    return _jpeg(plant, head + segment(0xE2, b"ICC_PROFILE\0\1\1" + photo.profile(plant)))


def jpeg_camera() -> Entry:
    """Big-endian, with a preview behind the picture that a second directory points to."""
    plant = Planter("jpeg", "camera")
    preview = photo.photo(plant, "preview ")
    head = _exif(plant, order=">") + segment(0xE2, b"MPF\0" + _mpf(len(preview)))
    head += segment(0xE2, b"FPXR\0" + plant.raw("FlashPix"))
    return _jpeg(plant, head, preview)


def _mpf(size: int) -> bytes:
    """A multi-picture index of two (CIPA DC-007)."""
    rows = struct.pack(">IIIHH", 0x20030000, 3000, 0, 0, 0)
    rows += struct.pack(">IIIHH", 0x00010001, size, 3000, 0, 0)
    tags = struct.pack(">HHI4s", 0xB000, 7, 4, b"0100") + struct.pack(">HHII", 0xB001, 4, 1, 2)
    tags += struct.pack(">HHII", 0xB002, 7, len(rows), 50)
    return b"MM\0*" + struct.pack(">IH", 8, 3) + tags + bytes(4) + rows


def jpeg_editor() -> Entry:
    """Photoshop and Lightroom: IPTC, XMP in pieces, Ducky, a comment, an unknown segment."""
    plant = Planter("jpeg", "editor")
    guid = plant.hex("GUID of the extended XMP", 32)
    extension = photo.xmp(plant, "extended ")
    pieces = [extension[at : at + 900] for at in range(0, len(extension), 900)]
    head = segment(0xED, b"Photoshop 3.0\0" + photo.iptc(plant)) + _exif(plant)
    head += segment(0xE1, XMP_NAME + photo.xmp(plant, extended=guid))
    for number, piece in enumerate(pieces):
        place = struct.pack(">II", len(extension), 900 * number)
        head += segment(0xE1, EXTENSION_NAME + guid.encode() + place + piece)
    head += segment(0xEC, b"Ducky\0\1\0\4\0\0\0\x3c\0\2" + plant.raw("Ducky"))
    head += segment(0xFE, plant.raw("comment")) + segment(0xE3, plant.raw("APP3"))
    plant.markers = [m for m in plant.markers if _whole(m.needle, head)]
    return _jpeg(plant, head, base="photo.jpg")


def _whole(needle: str | bytes, data: bytes) -> bool:
    """Whether no border between two pieces cuts the marker."""
    spelled = (
        [needle] if isinstance(needle, bytes) else [needle.encode(), needle.encode("utf-16-le")]
    )
    return any(each in data or each[::-1] in data for each in spelled)


def jpeg_progressive() -> Entry:
    """Comments and Exif also between the scans."""
    plant = Planter("jpeg", "progressive")
    data = seed("progressive.jpg")
    scans = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    told = [
        segment(0xFE, plant.raw("comment between scans")),
        segment(0xE1, b"Exif\0\0" + photo.exif_small(plant, "between scans ")),
        segment(0xED, b"Photoshop 3.0\0" + photo.iptc(plant, "between scans ")),
    ]
    for at, piece in reversed(list(zip(scans[1:], told, strict=False))):
        tables = data.rfind(b"\xff\xc4", 0, at)
        at = tables if tables > 0 and at - tables < 60 else at
        data = data[:at] + piece + data[at:]
    return plant.entry("jpg", data[:2] + _exif(plant) + data[2:], Same.PICTURE)


def jpeg_restart() -> Entry:
    """Every application segment there is, and fill bytes between them."""
    plant = Planter("jpeg", "segments")
    head = b"".join(
        b"\xff" * (number % 3) + segment(0xE0 + number, plant.raw(f"APP{number}"))
        for number in range(1, 16)
        if number != 14
    )
    return _jpeg(plant, head, plant.raw("tail"), "restart.jpg")


def jpeg_gray() -> Entry:
    plant = Planter("jpeg", "gray")
    head = segment(0xED, b"Photoshop 3.0\0" + photo.iptc(plant)) + segment(
        0xFE, plant.raw("comment")
    )
    return _jpeg(plant, head + _exif(plant, thumbnail=False), base="gray.jpg")


def jpeg_cmyk() -> Entry:
    """The Adobe segment says how colours are meant and stays; what is behind its flags goes."""
    plant = Planter("jpeg", "cmyk")
    data = seed("cmyk.jpg")
    at = data.index(b"\xff\xee\0\x0eAdobe")
    longer = segment(0xEE, data[at + 4 : at + 16] + plant.raw("behind the flags of APP14"))
    data = data[:at] + longer + data[at + 16 :]
    told = _exif(plant) + segment(0xE1, XMP_NAME + photo.xmp(plant))
    return plant.entry("jpg", data[:2] + told + data[2:], Same.PICTURE)


def jpeg_motion() -> Entry:
    """A phone's moment: a film behind the picture."""
    plant = Planter("jpeg", "motion")
    film = movie.tagged(plant, "film behind the picture ")
    tail = film + b"SEFH" + plant.raw("Samsung trailer") + b"SEFT"
    return _jpeg(plant, _exif(plant), tail)


def jpeg_stereo() -> Entry:
    """Depth maps and a second eye in XMP, as base64, and JPS and Meta segments."""
    plant = Planter("jpeg", "depth")
    inner = base64.b64encode(photo.snapshot(plant, "depth map in XMP ")).decode()
    body = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d Data="{inner}" Mime="image/jpeg"/></x:xmpmeta>'
    head = segment(0xE1, XMP_NAME + body.encode()) + _exif(plant)
    head += segment(0xE3, b"_JPSJPS_" + plant.raw("JPS")) + segment(
        0xE3, b"Meta\0\0" + plant.raw("Meta")
    )
    head += segment(0xE5, b"SamsungUniqueID\0" + plant.raw("SamsungUniqueID"))
    return _jpeg(plant, head)


def jpeg_messenger() -> Entry:
    """A messenger's identifiers in IPTC, and zeros and text behind the end."""
    plant = Planter("jpeg", "messenger")
    record = b"\x1c\x02\x28" + struct.pack(">H", 24) + b"FBMD23" + plant.hex("FBMD", 18).encode()
    record += b"\x1c\x02\x67" + struct.pack(">H", 11) + plant.raw("TransmissionReference")
    head = segment(0xED, b"Photoshop 3.0\0" + photo.resource(0x0404, record))
    tail = b"".join(bytes(64) + plant.raw(f"tail {number}") for number in range(14))
    return _jpeg(plant, head, tail)


def jpeg_jfif() -> Entry:
    """A small picture inside JFIF, its extension, and numbers for dots per inch."""
    plant = Planter("jpeg", "jfif")
    data = seed("photo.jpg")
    small = plant.raw("thumbnail of JFIF") + bytes(1)
    jfif = b"JFIF\0\1\1\1" + struct.pack(">HHBB", 173, 173, 2, 2) + small
    told = segment(0xE0, jfif) + segment(0xE0, b"JFXX\0\x10" + photo.snapshot(plant, "JFXX "))
    told += segment(0xE0, b"AVI1" + plant.raw("AVI1")) + segment(0xE0, plant.raw("APP0 of no kind"))
    told += _exif(plant, thumbnail=False)
    return plant.entry("jpg", data[:2] + told + data[20:], Same.PICTURE)


def jpeg_credentials() -> Entry:
    """Content credentials, signed, with a claim about who made the picture."""
    plant = Planter("jpeg", "credentials")
    boxes = photo.c2pa(plant)
    head = segment(0xEB, b"JP\0\1\0\0\0\1" + boxes)
    head += segment(0xE1, XMP_NAME + photo.xmp(plant)) + segment(
        0xE8, b"SPIFF\0" + plant.raw("SPIFF")
    )
    return _jpeg(plant, head)


def jpeg_turned(orientation: int) -> Entry:
    plant = Planter("jpeg", f"turned-{orientation}")
    return _jpeg(plant, _exif(plant, orientation=orientation))


def jpeg_wrong_name() -> Entry:
    """A photo that calls itself a PNG."""
    plant = Planter("jpeg", "named-png")
    return plant.entry("png", photo.photo(plant, ""), Same.PICTURE)


def _png(plant: Planter, head: bytes, chunks: list[bytes], tail: bytes = b"") -> Entry:
    data = png.SIGNATURE + head + b"".join(chunks) + chunk(b"IEND", b"") + tail
    return plant.entry("png", data, Same.PICTURE)


def png_editor() -> Entry:
    """Text of all three kinds, Exif, XMP, a profile, ImageMagick's raw profiles, private chunks."""
    plant = Planter("png", "editor")
    raw = photo.exif_small(plant, "raw profile ")
    profile = f"\nexif\n{len(raw):8}\n{raw.hex()}\n"
    icc = b"Photoshop ICC\0\0" + zlib.compress(photo.profile(plant))
    before = [
        chunk(b"iCCP", icc),
        chunk(b"eXIf", photo.exif(plant)),
        text("Author", plant.mark("tEXt Author")),
        text(plant.mark("tEXt keyword"), "x"),
        packed_text("Comment", plant.mark("zTXt Comment")),
        packed_text("Raw profile type exif", profile),
        wide_text("XML:com.adobe.xmp", photo.xmp(plant).decode()),
        wide_text("Title", f"سمير {plant.mark('iTXt Title')}", packed=True),
        chunk(b"tIME", struct.pack(">HBBBBB", 2019, 7, 21, 13, 45, 59)),
        chunk(b"pHYs", struct.pack(">IIB", plant.number("pHYs"), 2835, 1)),
        chunk(b"sPLT", plant.raw("sPLT name") + b"\0\x08"),
        chunk(b"prVt", plant.raw("private chunk")),
    ]
    picture = pixels(96, 64, 3)
    after = [chunk(b"tEXt", b"Late\0" + plant.raw("tEXt behind the picture"))]
    body = [*before, chunk(b"IDAT", picture[:100]), chunk(b"IDAT", picture[100:]), *after]
    return _png(plant, header(96, 64), body, plant.raw("behind the end"))


def png_screenshot() -> Entry:
    plant = Planter("png", "screenshot")
    data = png.screenshot(plant, "")
    tail = b"".join(plant.raw(f"old picture behind the end {number}") for number in range(12))
    return plant.entry("png", data + tail, Same.PICTURE)


def png_palette() -> Entry:
    """A palette with transparency, a background and a histogram, and a longer palette."""
    plant = Planter("png", "palette")
    rows = b"".join(b"\0" + bytes((x // 8 + y // 8) % 4 for x in range(64)) for y in range(48))
    body = [
        chunk(b"PLTE", bytes([255, 0, 0, 0, 90, 70, 20, 20, 20, 240, 240, 240])),
        chunk(b"tRNS", bytes([255, 255, 120, 255])),
        chunk(b"bKGD", b"\0"),
        *(text(f"Key{number}", plant.mark(f"tEXt {number}")) for number in range(12)),
        chunk(b"dSIG", plant.raw("dSIG")),
        chunk(b"gIFx", plant.raw("gIFx")),
        chunk(b"gIFt", plant.raw("gIFt")),
        chunk(b"pCAL", plant.raw("pCAL") + b"\0"),
        chunk(b"sCAL", b"\1" + plant.raw("sCAL")),
        chunk(b"oFFs", plant.number("oFFs").to_bytes(4) + bytes(5)),
        chunk(b"IDAT", zlib.compress(rows)),
    ]
    return _png(plant, header(64, 48, 8, 3), body)


def png_deep() -> Entry:
    """Sixteen bits a channel, with alpha and colour facts that stay."""
    plant = Planter("png", "deep")
    rows = b"".join(
        b"\0"
        + b"".join(struct.pack(">4H", x * 900, y * 1300, 30000, 65535 - x * 400) for x in range(64))
        for y in range(48)
    )
    body = [
        chunk(b"gAMA", struct.pack(">I", 45455)),
        chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        chunk(b"sBIT", bytes([12, 12, 12, 8])),
        *(
            wide_text(f"Key{number}", plant.mark(f"iTXt {number}"), number % 2 == 0)
            for number in range(14)
        ),
        chunk(b"caBX", photo.c2pa(plant)),
        chunk(b"IDAT", zlib.compress(rows)),
    ]
    return _png(plant, header(64, 48, 16, 6), body)


def png_interlaced() -> Entry:
    """Adam7, eight pixels square, and text before everything."""
    plant = Planter("png", "interlaced")
    passes = ((1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4))
    rows = b"".join(
        b"\0" + bytes((n * 31 + y * 7 + x) % 256 for x in range(width * 3))
        for n, (width, height) in enumerate(passes)
        for y in range(height)
    )
    body = [
        *(packed_text(f"Key{number}", plant.mark(f"zTXt {number}")) for number in range(14)),
        chunk(b"eXIf", photo.exif_small(plant, "")),
        chunk(b"IDAT", zlib.compress(rows)),
    ]
    return _png(plant, header(8, 8, interlace=1), body)


def png_hidden_rows() -> Entry:
    """Behind the last row, inside the compressed data and behind it, where no viewer looks."""
    plant = Planter("png", "hidden-rows")
    rows = png.rows(40, 30, 3) + plant.raw("behind the last row") * 3
    data = zlib.compress(rows, 9) + plant.raw("behind the compressed data")
    data = png.SIGNATURE + header(40, 30) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return plant.entry("png", data, Same.PICTURE, "either")


def jpeg_idle_tables() -> Entry:
    """Tables that no scan uses have room for letters."""
    plant = Planter("jpeg", "idle-tables")
    quantisation = b"\3" + b"".join(plant.raw(f"table {n}") for n in range(6))[:64]
    plant.markers.pop()
    codes = b"".join(plant.raw(f"codes {n}") for n in range(14))
    huffman = b"\x13" + bytes(7) + bytes([0, 0, 0, 0, 0, 0, 0, 0, len(codes)]) + codes
    head = segment(0xDB, quantisation) + segment(0xC4, huffman)
    data = seed("photo.jpg")
    return plant.entry("jpg", data[:2] + head + data[2:], Same.PICTURE, "either")


def png_animation() -> Entry:
    """Three frames, with text between them."""
    plant = Planter("png", "animation")
    frames, number = [], 0
    for index in range(3):
        control = struct.pack(">IIIIIHHBB", number, 48, 32, 0, 0, 1, 10, 0, 0)
        frames.append(chunk(b"fcTL", control))
        number += 1
        frames.append(text("Frame", plant.mark(f"tEXt in frame {index}")))
        data = pixels(48, 32, 3, 25 * index)
        if index == 0:
            frames.append(chunk(b"IDAT", data))
        else:
            frames.append(chunk(b"fdAT", struct.pack(">I", number) + data))
            number += 1
    told = [text(f"Key{n}", plant.mark(f"tEXt {n}")) for n in range(10)]
    body = [chunk(b"acTL", struct.pack(">II", 3, 0)), *told, *frames]
    body += [chunk(b"eXIf", photo.exif_small(plant, "")), chunk(b"meTa", plant.raw("meTa"))]
    return _png(plant, header(48, 32), body)


def png_fireworks() -> Entry:
    """An editor that keeps its own layers in private chunks."""
    plant = Planter("png", "layers")
    layers = [
        chunk(b"prVW", plant.raw("prVW") * 4),
        chunk(b"mkBF", plant.raw("mkBF")),
        chunk(b"mkTS", zlib.compress(plant.raw("mkTS") * 5)),
        chunk(b"mkBT", zlib.compress(photo.photo(plant, "mkBT layer "))),
        chunk(b"vpAg", plant.raw("vpAg")),
        chunk(b"iDOT", plant.raw("iDOT")),
    ]
    return _png(plant, header(40, 30, 8, 6), [*layers, chunk(b"IDAT", pixels(40, 30, 4))])


def png_stable_diffusion() -> Entry:
    """Generators of pictures write the request, the seed and the machine into text."""
    plant = Planter("png", "generated")
    names = (
        "parameters",
        "prompt",
        "workflow",
        "Software",
        "Source",
        "Disclaimer",
        "Warning",
        "Copyright",
    )
    told = [text(name, plant.mark(f"tEXt {name}")) for name in names]
    told += [text("date:create", plant.when("tEXt date:create"))]
    told += [text("date:modify", plant.when("tEXt date:modify"))]
    told += [text("Creation Time", plant.when("tEXt Creation Time"))]
    told += [text("Thumb::URI", f"file:///home/{plant.mark('tEXt Thumb::URI')}/a.png")]
    told += [text("Thumb::MTime", plant.digits("tEXt Thumb::MTime"))]
    told += [wide_text("XML:com.adobe.xmp", photo.xmp(plant).decode(), packed=True)]
    return _png(plant, header(40, 30), [*told, chunk(b"IDAT", pixels(40, 30, 3))])


def png_wrong_name() -> Entry:
    """A PNG that calls itself a photo."""
    plant = Planter("png", "named-jpg")
    data = png.screenshot(plant, "")
    more = b"".join(plant.raw(f"tail {number}") for number in range(10))
    return plant.entry("jpg", data + more, Same.PICTURE)
