"""PDFs written object by object, and what four programs and pikepdf made of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pikepdf

from tests.corpus.check import leaks
from tests.corpus.entry import Entry, Planter, Same, seed
from tests.corpus.writers import photo
from tests.corpus.writers.pdffile import HEADER, PdfWriter

TEMPLATES = (
    *("office", "annotations", "revisions", "form", "script", "layers", "tagged", "pictures"),
    *("junk", "scan", "fonts"),
)
PROGRAMS = {
    "libreoffice": ("LibreOffice 7.4",),
    "chromium": ("HeadlessChrome", "Skia/PDF"),
    "ghostscript": ("GPL Ghostscript",),
    "cairo": ("cairo 1.16.0",),
}


def entries() -> Iterator[Entry]:
    yield from (_from_template(name) for name in TEMPLATES)
    yield before_and_after()
    yield from (by_program(name) for name in PROGRAMS)
    yield packed("object-streams", object_streams=True)
    yield packed("linearized", object_streams=False)


def _from_template(name: str) -> Entry:
    plant = Planter("pdf", name)
    return plant.entry("pdf", PdfWriter(plant).load(f"pdf-{name}"), Same.PDF)


def before_and_after() -> Entry:
    """A mail's headers before the file and something after its end."""
    plant = Planter("pdf", "before-and-after")
    head = f"From: {plant.mark('header before the file')}@example.org\r\n\r\n".encode()
    body = PdfWriter(plant).load("pdf-layers")
    tail = b"\n" + photo.snapshot(plant, "picture after the end ")[:900]
    return plant.entry("pdf", head + body + tail, Same.PDF, "either")


def by_program(name: str) -> Entry:
    """A program's own file with everything filled in that its dialogs offer."""
    plant = Planter("pdf", name)
    for needle in PROGRAMS[name]:
        plant.found(needle, "Info of the program")
    with pikepdf.open(io.BytesIO(seed(f"{name}.pdf"))) as pdf:
        tell(pdf, plant)
        return plant.entry("pdf", _saved(pdf), Same.PDF)


def packed(name: str, object_streams: bool) -> Entry:
    """The same objects in object streams, or in the order of a file for the web."""
    plant = Planter("pdf", name)
    source = PdfWriter(plant, HEADER).load("pdf-office")
    with pikepdf.open(io.BytesIO(source)) as pdf:
        mode = pikepdf.ObjectStreamMode
        chosen = mode.generate if object_streams else mode.disable
        data = _saved(pdf, object_stream_mode=chosen, linearize=not object_streams)
    entry = plant.entry("pdf", data, Same.PDF)
    kept = {leak.place for leak in leaks(entry, data)}
    return replace(entry, markers=tuple(m for m in entry.markers if m.place in kept))


def tell(pdf: pikepdf.Pdf, plant: Planter) -> None:
    """Fill in properties, attach a file and describe a page."""
    for key in ("/Title", "/Author", "/Subject", "/Keywords", "/Company"):
        pdf.docinfo[key] = plant.mark(f"Info {key}")
    pdf.docinfo["/ModDate"] = plant.when("Info /ModDate", "D:%Y%m%d%H%M%S+03'00'")
    packet = pikepdf.Stream(pdf, photo.xmp(plant, "catalog "))
    packet.Type, packet.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = pdf.make_indirect(packet)
    attached = pikepdf.AttachedFileSpec(
        pdf,
        plant.raw("attachment"),
        filename=plant.mark("attachment name") + ".txt",
        description=plant.mark("attachment description"),
    )
    pdf.attachments["note"] = attached
    page = pdf.pages[0].obj
    page.LastModified = plant.when("page /LastModified", "D:%Y%m%d%H%M%S")
    page.PieceInfo = pikepdf.Dictionary({f"/{plant.mark('page /PieceInfo')}": 1})
    said = {"/T": plant.mark("annotation /T"), "/Contents": plant.mark("annotation /Contents")}
    note = pikepdf.Dictionary({"/Type": pikepdf.Name.Annot, "/Subtype": pikepdf.Name.Text, **said})
    note.Rect = pikepdf.Array([1, 1, 20, 20])
    page.Annots = pikepdf.Array([*page.get("/Annots", []), pdf.make_indirect(note)])


def _saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    file = io.BytesIO()
    pdf.save(file, deterministic_id=True, **options)  # type: ignore[arg-type]
    return file.getvalue()
