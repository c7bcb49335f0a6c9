"""What no cleaner may pass on: locked, cut, booby-trapped, or of a kind that nobody can clean."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import archive, photo, png
from tests.corpus.writers.archive import STORED, Member
from tests.corpus.writers.package import Package, members_of
from tests.corpus.writers.zipped import opendocument

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
LAUGHS = "<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'>"
MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"


def entries() -> Iterator[Entry]:
    for name, extension, make in KINDS:
        plant = Planter("refused", name)
        data = make(plant)
        plant.content.clear()
        yield plant.entry(extension, data, Same.TEXT, "refuse")


def _locked_pdf(_plant: Planter) -> bytes:
    return seed("locked.pdf")


def _cut_jpeg(plant: Planter) -> bytes:
    data = photo.commented(seed("photo.jpg"), plant.raw("comment"))
    return data[: len(data) * 2 // 3]


def _cut_png(plant: Planter) -> bytes:
    return png.screenshot(plant, "")[:-60]


def _cut_film(plant: Planter) -> bytes:
    plant.found("Lavf", "udta")
    return seed("faststart.mp4")[:-900]


def _cut_zip(plant: Planter) -> bytes:
    data = archive.write([Member("a.jpg", photo.snapshot(plant, "a.jpg "))])
    return data[: data.index(b"PK\1\2")]


def _with_macros(plant: Planter) -> bytes:
    package = Package(plant)
    package.load("docx-google")
    package.types["word/document.xml"] = MACRO
    package.parts["word/vbaProject.bin"] = OLE + plant.raw("vbaProject") * 30
    package.types["word/vbaProject.bin"] = "application/vnd.ms-office.vbaProject"
    link = 'Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject"'
    row = f'<Relationship Id="rIdM" {link} Target="vbaProject.bin"/>'
    package.links["word/document.xml"].append(row)
    return package.write()


def _with_entities(plant: Planter) -> bytes:
    package = Package(plant)
    package.load("docx-google")
    part = package.parts["word/document.xml"].decode()
    head, rest = part.split("?>", 1)
    package.parts["word/document.xml"] = f"{head}?><!DOCTYPE w [{LAUGHS}]>{rest}".encode()
    return package.write()


def _old_word(plant: Planter) -> bytes:
    return (OLE + plant.mark("WordDocument stream").encode("utf-16-le")).ljust(4608, b"\0")


def _locked_word(plant: Planter) -> bytes:
    name = "EncryptedPackage".encode("utf-16-le")
    return (OLE + bytes(504) + name + plant.blob("ciphertext", 32)).ljust(8192, b"\1")


def _drawing_with_entities(plant: Planter) -> bytes:
    head = f"<?xml version='1.0'?><!DOCTYPE svg [{LAUGHS}]>"
    return f"{head}{SVG}<text>&j;{plant.mark('text')}</text></svg>".encode()


def _drawing_with_files(plant: Planter) -> bytes:
    head = "<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
    return f"{head}{SVG}<text>&x;{plant.mark('text')}</text></svg>".encode()


def _rich_text(plant: Planter) -> bytes:
    return rb"{\rtf1\ansi{\info{\author " + plant.raw("author") + rb"}}The bus is late\par}"


def _locked_zip(plant: Planter) -> bytes:
    data = bytearray(archive.write([Member("a.txt", plant.raw("a.txt"), STORED)]))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _swollen_zip(plant: Planter) -> bytes:
    members = [Member(f"{n}.txt", plant.raw(f"{n}") + bytes(12 << 20)) for n in range(2)]
    return archive.write(members)


def _locked_odt(plant: Planter) -> bytes:
    data = opendocument(plant, "text", "odt-letter")
    row = b'full-path="content.xml" manifest:media-type="text/xml"'
    key = b'><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    members = members_of(data)
    for member in members:
        if member.name == "META-INF/manifest.xml":
            member.data = member.data.replace(row + b"/>", row + key)
        if member.name == "content.xml":
            member.data = plant.blob("ciphertext", 32) * 40
    members[0].method = STORED
    return archive.write(members)


def _seven_zip(plant: Planter) -> bytes:
    return b"7z\xbc\xaf\x27\x1c\0\4" + plant.raw("header") + bytes(80)


def _rar(plant: Planter) -> bytes:
    return b"Rar!\x1a\7\1\0" + plant.raw("header") + bytes(80)


def _program(plant: Planter) -> bytes:
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + plant.raw("program") + bytes(200)


def _windows_film(plant: Planter) -> bytes:
    guid = bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C")
    return guid + struct.pack("<QIBB", 60, 1, 1, 2) + plant.mark("author").encode("utf-16-le")


def _unknown(plant: Planter) -> bytes:
    return plant.blob("bytes", 32) * 8


def _empty(plant: Planter) -> bytes:
    assert not plant.markers
    return b""


Make = Callable[[Planter], bytes]
KINDS: tuple[tuple[str, str, Make], ...] = (
    ("locked-pdf", "pdf", _locked_pdf),
    ("cut-jpeg", "jpg", _cut_jpeg),
    ("cut-png", "png", _cut_png),
    ("cut-film", "mp4", _cut_film),
    ("cut-zip", "zip", _cut_zip),
    ("macros", "docm", _with_macros),
    ("macros-named-docx", "docx", _with_macros),
    ("entities", "docx", _with_entities),
    ("old-word", "doc", _old_word),
    ("locked-word", "docx", _locked_word),
    ("svg-entities", "svg", _drawing_with_entities),
    ("svg-files", "svg", _drawing_with_files),
    ("rich-text", "rtf", _rich_text),
    ("locked-zip", "zip", _locked_zip),
    ("swollen-zip", "zip", _swollen_zip),
    ("locked-odt", "odt", _locked_odt),
    ("seven-zip", "7z", _seven_zip),
    ("rar", "rar", _rar),
    ("program", "exe", _program),
    ("windows-film", "wmv", _windows_film),
    ("unknown", "bin", _unknown),
    ("empty", "jpg", _empty),
)
