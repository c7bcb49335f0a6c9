"""Letters: written in Word, Google Docs and LibreOffice, and packed by hand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import archive
from tests.corpus.writers.archive import STORED, Member
from tests.corpus.writers.package import Package, members_of

TEMPLATES = (
    "word",
    "changes",
    "template",
    "controls",
    "embedded",
    "stray",
    "google",
    "strict",
    "graphics",
)


def entries() -> Iterator[Entry]:
    yield from (_from_template(name) for name in TEMPLATES)
    yield libreoffice()
    yield told_by_the_archive()
    yield odd_archive()


def _from_template(name: str) -> Entry:
    plant = Planter("docx", name)
    package = Package(plant)
    package.load(f"docx-{name}")
    return plant.entry("docx", package.write(), Same.OFFICE)


def libreoffice() -> Entry:
    """A real file of LibreOffice; its properties are filled in as its dialog does."""
    plant = Planter("docx", "libreoffice")
    plant.keeps("KEEPwriterone", "KEEPwritertwo", "KEEPwriterthree")
    plant.found("LibreOffice/7.4.7.2", "docProps/app.xml <Application>")
    members = members_of(seed("writer.docx"))
    for member in members:
        if member.name == "docProps/core.xml":
            told = "<dc:creator>{mark}</dc:creator><dc:description>{mark}</dc:description>"
            member.data = _before(member.data, "</cp:coreProperties>", plant, told)
        if member.name == "docProps/app.xml":
            told = "<Manager>{mark}</Manager><Company>{mark}</Company>"
            member.data = _before(member.data, "</Properties>", plant, told)
        if member.name == "word/settings.xml":
            told = '<w:docVars><w:docVar w:name="{mark}" w:val="{mark}"/></w:docVars>'
            member.data = _before(member.data, "</w:settings>", plant, told)
    archive.telling(members, plant)
    return plant.entry("docx", archive.write(members), Same.OFFICE)


def told_by_the_archive() -> Entry:
    """Owners, times and comments stand in the archive, not in its parts."""
    plant = Planter("docx", "archive")
    package = Package(plant)
    package.load("docx-google")
    members = archive.telling(package.members(), plant)
    return plant.entry("docx", archive.write(members, plant.raw("archive comment")), Same.OFFICE)


def odd_archive() -> Entry:
    """Stored and streamed members, and bytes and members that the directory does not name."""
    plant = Planter("docx", "odd-archive")
    package = Package(plant)
    package.load("docx-google")
    members = package.members()
    forgotten = Member("word/comments-old.xml", plant.raw("member without a directory entry") * 9)
    orphan = archive.write([forgotten])
    members[1].before = plant.raw("between members")
    members[2].before = orphan[: orphan.index(b"PK\1\2")]
    members[3].method = STORED
    members[4].streamed = True
    folder = Member("word/", b"", STORED)
    data = archive.write([*members, folder], plant.raw("archive comment"))
    return plant.entry("docx", data, Same.OFFICE)


def _before(part: bytes, end: str, plant: Planter, template: str) -> bytes:
    return part.replace(end.encode(), plant.fill(template, "LibreOffice").encode() + end.encode())
