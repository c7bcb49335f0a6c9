"""OpenDocument files, books and archives."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import archive, movie, photo, png, sound, zipped
from tests.corpus.writers.archive import STORED, Member
from tests.corpus.writers.package import members_of, nested
from tests.corpus.writers.pdffile import PdfWriter

KINDS = {
    "odt": ("text", "odt-letter"),
    "ods": ("spreadsheet", "ods-table"),
    "odp": ("presentation", "odp-slides"),
}
SEEDS = {
    "odt": ("writer.odt", ("KEEPwriterone", "KEEPwritertwo", "KEEPwriterthree")),
    "ods": ("calc.ods", ("KEEPcalcone", "KEEPcalctwo")),
    "odp": ("impress.odp", ("KEEPslideone", "KEEPslidetwo", "KEEPslidethree")),
}


def entries() -> Iterator[Entry]:
    for family, (kind, template) in KINDS.items():
        plant = Planter(family, template.partition("-")[2])
        yield plant.entry(family, zipped.opendocument(plant, kind, template), Same.ODF)
        yield libreoffice(family)
    plant = Planter("odt", "versions")
    data = zipped.opendocument(plant, "text", "odt-versions")
    yield plant.entry("odt", data, Same.ODF)
    plant = Planter("epub", "book")
    yield plant.entry("epub", zipped.book(plant, "epub-book"), Same.EPUB)
    yield from (zip_of_pictures(), zip_of_documents(), zip_of_a_mac(), zip_in_a_zip(), zip_odd())


def libreoffice(family: str) -> Entry:
    """A real file; its properties are filled in as the program's dialog does."""
    base, visible = SEEDS[family]
    plant = Planter(family, "libreoffice")
    plant.keeps(*visible)
    plant.found("LibreOffice/7.4.7.2", "meta.xml <meta:generator>")
    told = "<dc:title>{mark}</dc:title><meta:initial-creator>{mark}</meta:initial-creator>"
    told += "<meta:user-defined meta:name='{mark}'>{mark}</meta:user-defined>"
    members = members_of(seed(base))
    for member in members:
        if member.name == "meta.xml":
            end = b"</office:meta>"
            member.data = member.data.replace(end, plant.fill(told, "meta.xml").encode() + end)
    members[0].method = STORED
    archive.telling(members[1:], plant)
    return plant.entry(family, archive.write(members), Same.ODF)


def zip_of_pictures() -> Entry:
    plant = Planter("zip", "pictures")
    members = [
        Member("1.jpg", photo.photo(plant, "1.jpg "), STORED),
        Member("2.png", png.screenshot(plant, "2.png ")),
        Member("folder/", b"", STORED),
        Member("folder/3.jpg", photo.photo(plant, "3.jpg ", "progressive.jpg")),
    ]
    data = archive.write(archive.telling(members, plant, 4), plant.raw("archive comment"))
    return plant.entry("zip", data, Same.ZIP)


def zip_of_documents() -> Entry:
    plant = Planter("zip", "documents")
    members = [
        Member("letter.docx", nested(plant, "docx-google", "letter.docx")),
        Member("letter.pdf", PdfWriter(plant).load("pdf-layers"), STORED),
        Member("song.mp3", sound.tagged(plant, "song.mp3 ")),
        Member("film.mp4", movie.tagged(plant, "film.mp4 "), STORED),
        Member("note.txt", f"{plant.keep('note')}\n".encode()),
    ]
    return plant.entry("zip", archive.write(archive.telling(members, plant)), Same.ZIP)


def zip_of_a_mac() -> Entry:
    """Finder's leavings stand beside every file; they may go."""
    plant = Planter("zip", "mac")
    shadow = b"\0\5\x16\7\0\2\0\0Mac OS X        " + plant.raw("AppleDouble file") + bytes(20)
    members = [
        Member("photo.jpg", photo.photo(plant, "photo.jpg ")),
        Member("صورة.png", png.screenshot(plant, "Arabic name ")),
        Member("__MACOSX/._photo.jpg", shadow),
        Member(".DS_Store", b"\0\0\0\1Bud1" + plant.raw(".DS_Store")),
        Member("Thumbs.db", plant.raw("Thumbs.db") * 3),
        Member("desktop.ini", plant.raw("desktop.ini")),
    ]
    return plant.entry("zip", archive.write(archive.telling(members, plant)), Same.ZIP)


def zip_in_a_zip() -> Entry:
    plant = Planter("zip", "nested")
    inner = archive.write(
        [Member("a.jpg", photo.photo(plant, "inner a.jpg "))], plant.raw("inner comment")
    )
    members = [Member("inner.zip", inner, STORED), Member("b.jpg", photo.snapshot(plant, "b.jpg "))]
    return plant.entry("zip", archive.write(archive.telling(members, plant)), Same.ZIP)


def zip_odd() -> Entry:
    """Bytes before, between and behind members; streamed members; a forgotten one."""
    plant = Planter("zip", "odd")
    forgotten = archive.write([Member("old.txt", plant.raw("forgotten member") * 9)])
    members = [
        Member("a.jpg", photo.photo(plant, "a.jpg "), streamed=True),
        Member("b.txt", f"{plant.keep('b.txt')}\n".encode() * 20, before=plant.raw("between")),
        Member("c.txt", f"{plant.keep('c.txt')}\n".encode()),
    ]
    members[2].before = forgotten[: forgotten.index(b"PK\1\2")]
    data = archive.write(members, plant.raw("archive comment"), plant.raw("before the archive"))
    return plant.entry("zip", data, Same.ZIP, "either")
