"""Workbooks and presentations of Excel, PowerPoint and LibreOffice."""

from __future__ import annotations

from collections.abc import Iterator

from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import archive
from tests.corpus.writers.package import Package, members_of

WORKBOOKS = ("excel", "shared", "chart", "modern")
PRESENTATIONS = ("powerpoint", "media", "notes")


def entries() -> Iterator[Entry]:
    for family, names in (("xlsx", WORKBOOKS), ("pptx", PRESENTATIONS)):
        for name in names:
            plant = Planter(family, name)
            package = Package(plant)
            package.load(f"{family}-{name}")
            yield plant.entry(family, package.write(), Same.OFFICE)
        yield told_by_the_archive(family, names[0])
    yield libreoffice("xlsx", "calc.xlsx", ("KEEPcalcone", "KEEPcalctwo"))
    yield libreoffice("pptx", "impress.pptx", ("KEEPslideone", "KEEPslidetwo", "KEEPslidethree"))


def told_by_the_archive(family: str, template: str) -> Entry:
    """Owners and times in the archive, and a document inside its own file system's leavings."""
    plant = Planter(family, "archive")
    package = Package(plant)
    package.load(f"{family}-{template}")
    package.parts["__MACOSX/._workbook.xml"] = plant.raw("leavings of a Mac") * 8
    members = archive.telling(package.members(), plant)
    return plant.entry(family, archive.write(members, plant.raw("archive comment")), Same.OFFICE)


def libreoffice(family: str, base: str, visible: tuple[str, ...]) -> Entry:
    """A real file of LibreOffice with its properties filled in."""
    plant = Planter(family, "libreoffice")
    plant.keeps(*visible)
    plant.found("LibreOffice/7.4.7.2", "docProps/app.xml <Application>")
    members = members_of(seed(base))
    for member in members:
        if member.name == "docProps/core.xml":
            told = "<dc:creator>{mark}</dc:creator><cp:lastModifiedBy>{mark}</cp:lastModifiedBy>"
            end = b"</cp:coreProperties>"
            member.data = member.data.replace(end, plant.fill(told, "core").encode() + end)
        if member.name == "docProps/app.xml":
            told = "<Manager>{mark}</Manager><Company>{mark}</Company>"
            end = b"</Properties>"
            member.data = member.data.replace(end, plant.fill(told, "app").encode() + end)
    archive.telling(members, plant)
    return plant.entry(family, archive.write(members), Same.OFFICE)
