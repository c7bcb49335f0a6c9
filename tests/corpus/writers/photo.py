"""What cameras, phones and photo programs write about a picture: Exif, XMP, IPTC, ICC.

Every function takes the planter and a prefix for the names of places, so that a picture
inside a document has markers of its own.
"""

from __future__ import annotations

import struct
import uuid

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import tiff
from tests.corpus.writers.tiff import Directory, blob, long, pointer, rational, short, text, wide

EXIF_TIME = "%Y:%m:%d %H:%M:%S"
X = "http://ns.adobe.com/"


def exif(
    plant: Planter,
    prefix: str = "",
    *,
    order: str = "<",
    orientation: int = 1,
    thumbnail: bool = True,
) -> bytes:
    """Return a TIFF block without the `Exif` signature, with a place or more in every directory."""
    directories = [image_tags(plant, f"{prefix}Exif ", orientation)]
    if thumbnail:
        directories.append(_thumbnail_tags(plant, f"{prefix}Exif IFD1 "))
    return tiff.write(directories, order)


def image_tags(plant: Planter, prefix: str, orientation: int = 1) -> Directory:
    """Return the zeroth directory, with Exif, GPS and interoperability below it."""
    return Directory(
        {
            0x010E: text(plant.mark(f"{prefix}ImageDescription")),
            0x010F: text(plant.mark(f"{prefix}Make")),
            0x0110: text(plant.mark(f"{prefix}Model")),
            0x0112: short(orientation),
            0x0131: text(plant.mark(f"{prefix}Software")),
            0x0132: text(plant.when(f"{prefix}DateTime", EXIF_TIME)),
            0x013B: text(plant.mark(f"{prefix}Artist")),
            0x013C: text(plant.mark(f"{prefix}HostComputer")),
            0x8298: text(f"© {plant.mark(f'{prefix}Copyright')}"),
            0x9C9B: wide(plant.mark(f"{prefix}XPTitle")),
            0x9C9C: wide(plant.mark(f"{prefix}XPComment")),
            0x9C9D: wide(f"سمير {plant.mark(f'{prefix}XPAuthor')}"),
            0x9C9E: wide(plant.mark(f"{prefix}XPKeywords")),
            0xC4A5: blob(b"PrintIM\0" + plant.raw(f"{prefix}PrintImageMatching")),
            0xC62F: text(plant.mark(f"{prefix}CameraSerialNumber")),
            0xEA1C: blob(plant.raw(f"{prefix}padding")),
            0x8769: pointer(_exif_tags(plant, f"{prefix}")),
            0x8825: pointer(_gps_tags(plant, f"{prefix}GPS ")),
        }
    )


def _exif_tags(plant: Planter, prefix: str) -> Directory:
    comment = b"UNICODE\0" + plant.mark(f"{prefix}UserComment").encode("utf-16-le")
    return Directory(
        {
            0x9000: blob(b"0232"),
            0x9003: text(plant.when(f"{prefix}DateTimeOriginal", EXIF_TIME)),
            0x9004: text(plant.when(f"{prefix}DateTimeDigitized", EXIF_TIME)),
            0x9291: text(plant.digits(f"{prefix}SubSecTimeOriginal", 9)),
            0x927C: blob(maker_note(plant, f"{prefix}MakerNote ")),
            0x9286: blob(comment),
            0xA004: text(plant.mark(f"{prefix}RelatedSoundFile")),
            0xA420: text(plant.hex(f"{prefix}ImageUniqueID", 32)),
            0xA430: text(plant.mark(f"{prefix}CameraOwnerName")),
            0xA431: text(plant.digits(f"{prefix}BodySerialNumber", 12)),
            0xA433: text(plant.mark(f"{prefix}LensMake")),
            0xA434: text(plant.mark(f"{prefix}LensModel")),
            0xA435: text(plant.digits(f"{prefix}LensSerialNumber", 12)),
            0x882A: short(3),
            0xA005: pointer(
                Directory({0x0001: text("R98"), 0x1000: text(plant.mark(f"{prefix}Interop"))})
            ),
        }
    )


def _gps_tags(plant: Planter, prefix: str) -> Directory:
    area = b"ASCII\0\0\0" + plant.raw(f"{prefix}AreaInformation")
    method = b"ASCII\0\0\0" + plant.raw(f"{prefix}ProcessingMethod")
    return Directory(
        {
            0x0000: blob(bytes([2, 3, 0, 0]), tiff.BYTE),
            0x0001: text("N"),
            0x0002: rational(31, 1, 57, 1, plant.number(f"{prefix}Latitude"), 100000000),
            0x0003: text("E"),
            0x0004: rational(35, 1, 56, 1, plant.number(f"{prefix}Longitude"), 100000000),
            0x0006: rational(plant.number(f"{prefix}Altitude"), 1000000),
            0x0007: rational(9, 1, 41, 1, plant.number(f"{prefix}TimeStamp"), 100000000),
            0x0008: text(plant.mark(f"{prefix}Satellites")),
            0x0012: text(plant.mark(f"{prefix}MapDatum")),
            0x001B: blob(method),
            0x001C: blob(area),
            0x001D: text(plant.when(f"{prefix}DateStamp", "%Y:%m:%d")),
        }
    )


def _thumbnail_tags(plant: Planter, prefix: str) -> Directory:
    small = commented(seed("thumb.jpg"), plant.raw(f"{prefix}comment in the thumbnail"))
    return Directory(
        {
            0x0103: short(6),
            0x0131: text(plant.mark(f"{prefix}Software")),
            0x0201: tiff.stored(small),
            0x0202: long(len(small)),
        }
    )


def maker_note(plant: Planter, prefix: str) -> bytes:
    """Apple's shape: a signature and a big-endian directory."""
    inner = tiff.write(
        [
            Directory(
                {
                    0x0011: text(plant.guid(f"{prefix}burst identifier")),
                    0x0015: text(plant.mark(f"{prefix}image identifier")),
                    0x0017: long(plant.number(f"{prefix}request")),
                }
            )
        ],
        ">",
    )
    return b"Apple iOS\0\0\x01MM" + inner[8:] + plant.raw(f"{prefix}after the directory")


def xmp(plant: Planter, prefix: str = "", *, extended: str = "") -> bytes:
    """Return an XMP packet with its wrapper; *extended* is the GUID of an extension."""
    note = f' xmpNote:HasExtendedXMP="{extended}"' if extended else ""
    p = f"{prefix}XMP "
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{plant.mark(p + "toolkit")}">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="{X}xap/1.0/" xmlns:xmpMM="{X}xap/1.0/mm/"
 xmlns:photoshop="{X}photoshop/1.0/" xmlns:exif="{X}exif/1.0/" xmlns:aux="{X}exif/1.0/aux/"
 xmlns:xmpNote="{X}xmp/note/" xmlns:stEvt="{X}xap/1.0/sType/ResourceEvent#"
 xmp:CreatorTool="{plant.mark(p + "CreatorTool")}" xmp:CreateDate="{plant.when(p + "CreateDate")}"
 photoshop:City="{plant.mark(p + "City")}" exif:GPSLatitude="31,{plant.digits(p + "GPS", 9)}N"
 aux:SerialNumber="{plant.digits(p + "SerialNumber", 12)}"
 xmpMM:DocumentID="xmp.did:{plant.guid(p + "DocumentID")}"{note}>
<dc:creator><rdf:Seq><rdf:li>{plant.mark(p + "creator")}</rdf:li></rdf:Seq></dc:creator>
<dc:title><rdf:Alt><rdf:li xml:lang="ar">{plant.mark(p + "title")}</rdf:li></rdf:Alt></dc:title>
<xmpMM:History><rdf:Seq><rdf:li stEvt:softwareAgent="{plant.mark(p + "history agent")}"
 stEvt:instanceID="xmp.iid:{plant.guid(p + "history")}"/></rdf:Seq></xmpMM:History>
</rdf:Description></rdf:RDF></x:xmpmeta>
{" " * 80}
<?xpacket end="w"?>""".encode()


def iptc_records(plant: Planter, prefix: str = "") -> bytes:
    """Return IPTC-IIM datasets of the second record."""
    p = f"{prefix}IPTC "
    told = (
        (5, plant.raw(p + "ObjectName")),
        (55, plant.when(p + "DateCreated", "%Y%m%d").encode()),
        (80, plant.raw(p + "By-line")),
        (90, plant.raw(p + "City")),
        (116, plant.raw(p + "Copyright")),
        (120, plant.raw(p + "Caption")),
    )
    return b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(value)) + value for number, value in told
    )


def iptc(plant: Planter, prefix: str = "") -> bytes:
    """Return Photoshop's image resources with IPTC-IIM and a thumbnail inside."""
    small = commented(seed("thumb.jpg"), plant.raw(f"{prefix}Photoshop comment in the thumbnail"))
    head = struct.pack(">IIIIIIHH", 1, 48, 32, 144, 4608, len(small), 24, 1)
    return (
        resource(0x0404, iptc_records(plant, prefix))
        + resource(0x040C, head + small)
        + resource(0x040B, plant.raw(f"{prefix}Photoshop URL"))
        + resource(0x07D0, bytes(26), plant.raw(f"{prefix}Photoshop path name"))
    )


def resource(number: int, data: bytes, name: bytes = b"") -> bytes:
    """Return one Photoshop image resource block."""
    named = bytes([len(name)]) + name
    named += bytes(len(named) % 2)
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + named
        + struct.pack(">I", len(data))
        + data
        + bytes(len(data) % 2)
    )


def profile(plant: Planter, prefix: str = "") -> bytes:
    """Return an ICC profile of a display, whose texts and identifier name a device (ICC.1:2010)."""
    p = f"{prefix}ICC "
    described = b"desc\0\0\0\0" + struct.pack(">I", 12) + plant.raw(p + "description") + bytes(79)
    tags = {
        b"desc": described,
        b"cprt": b"text\0\0\0\0" + plant.raw(p + "copyright") + b"\0",
        b"dmnd": b"desc\0\0\0\0"
        + struct.pack(">I", 12)
        + plant.raw(p + "manufacturer")
        + bytes(79),
        b"vcgt": b"vcgt\0\0\0\0" + plant.raw(p + "calibration"),
        b"wtpt": _xyz(0xF6D6, 0x10000, 0xD32D),
        b"rXYZ": _xyz(0x83DF, 0x3DBF, 0xFFFFFFBB),
        b"gXYZ": _xyz(0x4ABF, 0xB137, 0x0AB9),
        b"bXYZ": _xyz(0x2838, 0x110B, 0xC8B9),
        b"rTRC": b"curv\0\0\0\0" + struct.pack(">IH2x", 1, 0x0233),
        b"gTRC": b"curv\0\0\0\0" + struct.pack(">IH2x", 1, 0x0233),
        b"bTRC": b"curv\0\0\0\0" + struct.pack(">IH2x", 1, 0x0233),
    }
    at, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += name + struct.pack(">II", at + len(body), len(value))
        body += padded
    size = at + len(body)
    device = struct.pack(">II", plant.number(p + "model"), plant.number(p + "maker"))
    head = struct.pack(">I4sI", size, b"appl", 0x02400000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 2019, 7, 21, 13, 45, 59) + b"acspAPPL" + bytes(4) + device
    head = head.ljust(68, b"\0") + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    head = (head + b"appl" + plant.blob(p + "profile identifier")).ljust(128, b"\0")
    return head + table + body


def _xyz(*values: int) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">III", *values)


def c2pa(plant: Planter, prefix: str = "") -> bytes:
    """Return a JUMBF superbox as content credentials use it (ISO 19566-5)."""
    p = f"{prefix}C2PA "
    kind = uuid.UUID("63327061-0011-0010-8000-00AA00389B71").bytes
    label = f"urn:uuid:{plant.guid(p + 'manifest')}".encode()
    claim = f'{{"claim_generator":"{plant.mark(p + "claim generator")}"}}'.encode()
    described = _jumbf(b"jumd", kind + b"\x03" + label + b"\0")
    return _jumbf(b"jumb", described + _jumbf(b"json", claim))


def _jumbf(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), kind) + data


def segment(marker: int, data: bytes) -> bytes:
    """Return a JPEG segment with its length."""
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def commented(jpeg: bytes, comment: bytes) -> bytes:
    """Return *jpeg* with a comment right after its start."""
    return jpeg[:2] + segment(0xFE, comment) + jpeg[2:]


def photo(plant: Planter, prefix: str, base: str = "photo.jpg") -> bytes:
    """Return a JPEG as a phone would have put it into a document: some 40 places."""
    jpeg = seed(base)
    head = segment(0xE1, b"Exif\0\0" + exif(plant, prefix))
    head += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(plant, prefix))
    head += segment(0xED, b"Photoshop 3.0\0" + iptc(plant, prefix))
    head += segment(0xFE, plant.raw(f"{prefix}comment"))
    return jpeg[:2] + head + jpeg[2:] + plant.raw(f"{prefix}after the end")


def exif_small(plant: Planter, prefix: str) -> bytes:
    """Return the least that tells who and where."""
    place = Directory(
        {
            0x0001: text("N"),
            0x0002: rational(31, 1, 57, 1, plant.number(f"{prefix}Exif GPS"), 10000000),
        }
    )
    return tiff.write(
        [
            Directory(
                {
                    0x010F: text(plant.mark(f"{prefix}Exif Make")),
                    0x013B: text(plant.mark(f"{prefix}Exif Artist")),
                    0x8825: pointer(place),
                }
            )
        ]
    )


def snapshot(plant: Planter, prefix: str, base: str = "thumb.jpg") -> bytes:
    """Return a small JPEG with a comment and the least of Exif, where size matters."""
    jpeg = commented(seed(base), plant.raw(f"{prefix}comment"))
    return jpeg[:2] + segment(0xE1, b"Exif\0\0" + exif_small(plant, prefix)) + jpeg[2:]
