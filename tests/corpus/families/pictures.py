"""WebP, GIF, HEIC, AVIF and TIFF."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import heif, photo, riff, tiff
from tests.corpus.writers.tiff import Directory, long, pointer, short, text

ANIMATION, XMP, EXIF, ALPHA, ICC = 2, 4, 8, 16, 32


def entries() -> Iterator[Entry]:
    yield from (_webp("lossy", (160, 112)), _webp("lossless", (64, 48)))
    yield from (_webp("alpha", (160, 112)), webp_animation())
    yield webp_profile()
    yield from (_gif("still"), _gif("anim"), gif_odd())
    yield from (
        _heif("heic", "photo.heic"),
        _heif("heic", "thumb.heic"),
        _heif("heic", "alpha.heic"),
    )
    yield from (_heif("avif", "photo.avif"), _heif("avif", "libheif.avif"))
    yield heic_profile()
    yield from (heic_live(), avif_animation(), heic_loose())
    yield from (
        tiff_camera(),
        tiff_pages(),
        tiff_scanner(),
        tiff_big_endian(),
        tiff_fax(),
        tiff_jpeg(),
    )


def _webp(name: str, size: tuple[int, int]) -> Entry:
    plant = Planter("webp", name)
    base = [c for c in riff.parse(seed(f"{name}.webp")) if c[0] != b"VP8X"]
    alpha = ALPHA if any(kind == b"ALPH" for kind, _ in base) else 0
    told = [(b"EXIF", photo.exif(plant)), (b"XMP ", photo.xmp(plant))]
    chunks = [_extended(EXIF | XMP | alpha, size), *base, *told]
    chunks += [(b"note", plant.raw("unknown chunk")), (b"EXIF", photo.exif_small(plant, "second "))]
    data = riff.riff(b"WEBP", chunks) + plant.raw("behind the RIFF chunk")
    return plant.entry("webp", data, Same.PICTURE)


def _extended(flags: int, size: tuple[int, int]) -> riff.Chunk:
    width, height = (side - 1 for side in size)
    return b"VP8X", bytes([flags, 0, 0, 0]) + struct.pack("<I", width)[:3] + struct.pack(
        "<I", height
    )[:3]


def webp_animation() -> Entry:
    """Unknown chunks also stand inside the frames of an animation."""
    plant = Planter("webp", "animation")
    chunks = []
    for number, (kind, data) in enumerate(riff.parse(seed("anim.webp"))):
        if kind == b"VP8X":
            kind, data = kind, bytes([data[0] | EXIF | XMP]) + data[1:]
        if kind == b"ANMF":
            data += riff.chunks([(b"mine", plant.raw(f"chunk in frame {number}"))])
        chunks.append((kind, data))
    chunks[2:2] = [(b"XYZW", plant.raw("chunk before the frames"))]
    chunks += [(b"EXIF", b"Exif\0\0" + photo.exif(plant)), (b"XMP ", photo.xmp(plant))]
    return plant.entry("webp", riff.riff(b"WEBP", chunks), Same.PICTURE)


def webp_profile() -> Entry:
    plant = Planter("webp", "profile")
    base = [c for c in riff.parse(seed("lossy.webp")) if c[0] == b"VP8 "]
    chunks = [_extended(ICC, (160, 112)), (b"ICCP", photo.profile(plant)), *base]
    chunks += [(b"C2PA", photo.c2pa(plant))]
    chunks += [(b"JUNK", plant.raw(f"junk {number}")) for number in range(8)]
    return plant.entry("webp", riff.riff(b"WEBP", chunks), Same.PICTURE)


def _gif(name: str) -> Entry:
    """Comments, XMP, plain text and extensions of programs."""
    plant = Planter("gif", name)
    data = seed(f"{name}.gif")
    start = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    told = _extension(0xFE, plant.raw("comment"))
    told += b"!\xff\x0bXMP DataXMP" + photo.xmp(plant) + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    told += b"!\xff\x0bICCRGBG1012" + _blocks(photo.profile(plant))
    told += b"!\xff\x0bMGK8BIM0000" + _blocks(photo.iptc(plant))
    told += b"!\xff\x0b" + plant.raw("name of an extension") + _blocks(plant.raw("its data"))
    told += b"!\x01\x0c" + bytes(12) + _blocks(plant.raw("plain text"))
    told += _extension(0x77, plant.raw("unknown extension"))
    late = _extension(0xFE, plant.raw("late comment"))
    whole = data[:start] + told + data[start:-1] + late + b";" + plant.raw("after the end")
    return plant.entry("gif", whole, Same.PICTURE)


def _extension(label: int, data: bytes) -> bytes:
    return b"!" + bytes([label]) + _blocks(data)


def _blocks(data: bytes) -> bytes:
    pieces = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"


def gif_odd() -> Entry:
    """Between the frames, and a whole photo behind the end."""
    plant = Planter("gif", "between-frames")
    data = seed("anim.gif")
    at = data.index(b"!\xf9\x04", 800)
    between = _extension(0xFE, b"/home/" + plant.raw("comment between frames"))
    whole = data[:at] + between + data[at:] + photo.photo(plant, "photo after the end ")
    return plant.entry("gif", whole, Same.PICTURE)


def _heif(family: str, base: str) -> Entry:
    """Exif, XMP and a text as items, and boxes that tell something."""
    plant = Planter(family, base.partition(".")[0])
    image = heif.Image(seed(base))
    image.add(b"Exif", bytes(4) + photo.exif(plant), name=plant.raw("name of the Exif item"))
    image.add(b"mime", photo.xmp(plant), content=b"application/rdf+xml")
    image.add(
        b"mime", plant.raw("text item"), content=b"text/" + plant.raw("type of the text item")
    )
    image.add(b"uri ", plant.raw("uri item"), content=b"urn:" + plant.raw("type of the uri item"))
    image.describe(plant)
    tail = heif.telling_boxes(plant)
    return plant.entry(family, image.write() + tail, Same.PICTURE)


def heic_live() -> Entry:
    """Names of every item, a maker's boxes, and a film appended as Samsung does."""
    plant = Planter("heic", "phone")
    image = heif.Image(seed("photo.heic"))
    image.add(b"Exif", bytes(4) + photo.exif(plant), name=b"")
    image.rename(plant)
    film = heif.samsung_tail(plant)
    return plant.entry("heic", image.write() + heif.telling_boxes(plant) + film, Same.PICTURE)


def heic_profile() -> Entry:
    plant = Planter("heic", "profile")
    image = heif.Image(seed("photo.heic"))
    image.add(b"Exif", bytes(4) + photo.exif_small(plant, ""), name=b"")
    image.colour(photo.profile(plant))
    return plant.entry("heic", image.write() + heif.telling_boxes(plant), Same.PICTURE)


def heic_loose() -> Entry:
    """Bytes of the media data that no item uses."""
    plant = Planter("heic", "gaps")
    image = heif.Image(seed("photo.heic"))
    image.add(b"Exif", bytes(4) + photo.exif_small(plant, ""), name=b"")
    image.loose = photo.photo(plant, "photo in the media data ")
    return plant.entry("heic", image.write(), Same.PICTURE)


def avif_animation() -> Entry:
    """A sequence has tracks with times and names, like a film."""
    plant = Planter("avif", "animation")
    return plant.entry("avif", heif.sequence(seed("anim.avif"), plant), Same.PICTURE)


def tiff_camera() -> Entry:
    """A camera's picture with Exif, GPS, XMP, IPTC, Photoshop data and a small picture."""
    plant = Planter("tiff", "camera")
    tags = photo.image_tags(plant, "") | _pixels(seed_rows(96, 64))
    tags |= _telling_tags(plant)
    small = Directory(_pixels(seed_rows(16, 8), 16, 8) | {0x00FE: long(1)})
    small[0x0131] = text(plant.mark("SubIFD Software"))
    tags[0x014A] = pointer(small)
    return plant.entry("tiff", tiff.write([Directory(tags)]) + plant.raw("tail"), Same.PICTURE)


def seed_rows(width: int, height: int, shift: int = 0) -> bytes:
    return bytes(
        (x * 3 + y * 5 + c * 40 + shift) % 256
        for y in range(height)
        for x in range(width)
        for c in range(3)
    )


def _pixels(rows: bytes, width: int = 96, height: int = 64) -> dict[int, tiff.Field]:
    return {
        0x0100: long(width),
        0x0101: long(height),
        0x0102: short(8, 8, 8),
        0x0103: short(1),
        0x0106: short(2),
        0x0111: tiff.stored(rows[: len(rows) // 2], rows[len(rows) // 2 :]),
        0x0115: short(3),
        0x0116: long(height // 2),
        0x0117: long(len(rows) // 2, len(rows) - len(rows) // 2),
        0x011C: short(1),
    }


def _telling_tags(plant: Planter, prefix: str = "") -> dict[int, tiff.Field]:
    return {
        0x010D: text(plant.mark(f"{prefix}DocumentName")),
        0x011D: text(plant.mark(f"{prefix}PageName")),
        0x02BC: tiff.blob(photo.xmp(plant, prefix), tiff.BYTE),
        0x83BB: tiff.blob(photo.iptc_records(plant, f"{prefix}RichTIFF ")),
        0x8649: tiff.blob(photo.resource(0x040B, plant.raw(f"{prefix}Photoshop")), tiff.BYTE),
        0x8773: tiff.blob(photo.profile(plant, prefix)),
        0x935C: tiff.blob(plant.raw(f"{prefix}ImageSourceData")),
        0x8480: text(plant.mark(f"{prefix}GeoAscii")),
        0xC614: text(plant.mark(f"{prefix}UniqueCameraModel")),
        0xC634: tiff.blob(plant.raw(f"{prefix}DNGPrivateData"), tiff.BYTE),
        0xFDE8: text(plant.mark(f"{prefix}tag of no list")),
    }


def tiff_pages() -> Entry:
    """Three pages, each with a name."""
    plant = Planter("tiff", "pages")
    pages = []
    for number in range(3):
        tags = _pixels(seed_rows(96, 64, 30 * number))
        tags |= {
            0x010D: text(plant.mark(f"page {number} DocumentName")),
            0x011D: text(plant.mark(f"page {number} PageName")),
            0x013B: text(plant.mark(f"page {number} Artist")),
            0x0132: text(plant.when(f"page {number} DateTime", photo.EXIF_TIME)),
            0x0129: short(number, 3),
            0x02BC: tiff.blob(photo.xmp(plant, f"page {number} "), tiff.BYTE),
        }
        pages.append(Directory(tags))
    return plant.entry("tiff", tiff.write(pages), Same.PICTURE)


def tiff_scanner() -> Entry:
    """Compressed by a real encoder; the scanner's tags stand in a new directory."""
    plant = Planter("tiff", "scanner")
    return plant.entry("tif", _retold(seed("lzw.tif"), plant), Same.PICTURE)


def tiff_fax() -> Entry:
    plant = Planter("tiff", "fax")
    return plant.entry("tif", _retold(seed("fax.tif"), plant), Same.PICTURE)


def tiff_jpeg() -> Entry:
    """The strips are JPEGs, which may hold segments of their own."""
    plant = Planter("tiff", "jpeg")
    jpeg = photo.commented(seed("gray.jpg"), plant.raw("comment in the strip"))
    told = photo.segment(0xE1, b"Exif\0\0" + photo.exif_small(plant, "strip "))
    strip = jpeg[:2] + told + jpeg[2:]
    tags = _telling_tags(plant) | {
        0x0100: long(160),
        0x0101: long(112),
        0x0102: short(8),
        0x0103: short(7),
        0x0106: short(1),
        0x0111: tiff.stored(strip),
        0x0115: short(1),
        0x0116: long(112),
        0x0117: long(len(strip)),
    }
    return plant.entry("tiff", tiff.write([Directory(tags)]), Same.PICTURE)


def _retold(data: bytes, plant: Planter) -> bytes:
    """Append a directory that has the old one's tags and telling ones."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    rows = [data[start + 2 + 12 * n :][:12] for n in range(count)]
    names = (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x013C, 0x8298, 0x010D, 0x011D)
    body, new = bytearray(data + bytes(len(data) % 2)), {}
    told = [(tag, plant.raw(f"tag {tag:#06x}") + b"\0") for tag in names]
    told += [(0x0132, plant.when("DateTime", photo.EXIF_TIME).encode() + b"\0")]
    told += [(0x02BC, photo.xmp(plant))]
    for tag, value in told:
        kind = tiff.BYTE if tag == 0x02BC else tiff.ASCII
        new[tag] = struct.pack("<HHII", tag, kind, len(value), len(body))
        body += value + bytes(len(value) % 2)
    for row in rows:
        new.setdefault(struct.unpack_from("<H", row)[0], row)
    body[4:8] = struct.pack("<I", len(body))
    body += struct.pack("<H", len(new)) + b"".join(new[tag] for tag in sorted(new)) + bytes(4)
    return bytes(body)


def tiff_big_endian() -> Entry:
    plant = Planter("tiff", "big-endian")
    tags = photo.image_tags(plant, "") | _pixels(seed_rows(96, 64)) | _telling_tags(plant)
    return plant.entry("tiff", tiff.write([Directory(tags)], ">"), Same.PICTURE)
