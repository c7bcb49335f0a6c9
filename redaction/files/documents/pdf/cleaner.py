"""Clean PDFs by copying what the pages show into a new file (ISO 32000-1).

Kept: pages with their text, pictures and fonts, what annotations and filled forms show,
bookmarks, links to pages and to the public web, layers. Everything else goes: properties,
identifiers, older revisions and whatever no page needs, scripts, attached files, remarks,
form fields, signatures, tags, thumbnails, private data. No name, date or number in the new
file comes from the program that wrote the old one.

Out of reach: text that the page itself hides, behind or outside what is seen or in the
colour of the paper; names of fonts, inks and glyphs; traces in the coded pictures.
"""

import re
from collections.abc import Mapping
from typing import Final

from redaction.files.documents.pdf import colours, content, fonts, pictures, values
from redaction.files.documents.pdf.copier import Copier
from redaction.files.documents.pdf.layers import Layers
from redaction.files.documents.pdf.links import ACTIONS, Outline
from redaction.files.documents.pdf.pages import Pages
from redaction.files.documents.pdf.source import Source
from redaction.files.documents.pdf.syntax import Name, Value
from redaction.files.documents.pdf.verify import verify_pdf
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS
from redaction.files.whole import WholeFile

HEAD: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
INFO: Final = {
    "Author": "author",
    "Creator": "software",
    "Producer": "software",
    "CreationDate": "time",
    "ModDate": "time",
    "Title": "comment",
    "Subject": "comment",
    "Keywords": "comment",
}
TRAILER: Final = frozenset(
    (
        *("Size", "Root", "Info", "ID", "DocChecksum", "Prev", "XRefStm"),
        *("Type", "W", "Index", "Filter", "DecodeParms", "Length"),
    )
)
_REVISION: Final = re.compile(rb"startxref[\0\t\n\f\r ]+[0-9]+[\0\t\n\f\r ]+%%EOF")
_RULES: Final[dict[str, values.Rule]] = {
    **values.RULES,
    **colours.RULES,
    **pictures.RULES,
    **fonts.RULES,
}
_KINDS: Final[dict[str, values.Rule]] = {
    **colours.KINDS,
    **pictures.KINDS,
    **content.KINDS,
    **fonts.KINDS,
}


class PdfCleaner(WholeFile):
    """Give it a PDF, get the same pages without their history."""

    media = "application/pdf"

    def _rewrite(self, untrusted: bytes) -> bytes:
        if len(untrusted) > LIMITS["pdf_bytes"]:
            raise UnreadableFileError("file-too-large")
        source = Source(untrusted)
        catalog = source.entries(source.trailer.get("Root"))
        self._refuse_shells(source, catalog)
        self._tell(untrusted, source)
        rules = dict(_RULES)
        copier = Copier(source, rules, _KINDS, self._note, self._warn)
        copier.put(b"")
        layers = Layers(copier, catalog.get("OCProperties"))
        pages = Pages(copier, catalog.get("Pages"))
        rules |= layers.rules() | {"parent": lambda *_: pages.ref}
        links = pages.add(catalog)
        outline = Outline(copier, links).write(catalog.get("Outlines"))
        self._leave(copier, catalog)
        objects = copier.finish()
        words = [b"/Type /Catalog /Pages " + pages.ref]
        words += [b"/Outlines " + outline] if outline else []
        properties = layers.properties()
        words += [b"/OCProperties " + properties] if properties else []
        objects[0] = b"<< %s >>" % b" ".join(words)
        return _file(objects)

    def _verify(self, written: bytes) -> None:
        verify_pdf(written)

    def _refuse_shells(self, source: Source, catalog: Mapping[str, Value]) -> None:
        """Refuse files whose pages only say that another program is needed."""
        form = source.entries(catalog.get("AcroForm"))
        dynamic = "XFA" in form and source.value(catalog.get("NeedsRendering")) is True
        files = "EmbeddedFiles" in source.entries(catalog.get("Names"))
        if dynamic or (files and "Collection" in catalog):
            raise UnreadableFileError("pdf-portfolio")

    def _tell(self, untrusted: bytes, source: Source) -> None:
        """Note what the file tells outside its pages."""
        for key in source.entries(source.trailer.get("Info")):
            self._note(INFO.get(key, "unknown"))
        if source.trailer.keys() & {"ID", "DocChecksum"}:
            self._note("identifier")
        if source.trailer.keys() - TRAILER:
            self._note("unknown")
        ends = [match.end() for match in _REVISION.finditer(untrusted)]
        if len(ends) > (2 if b"/Linearized" in untrusted[:1024] else 1):
            self._note("history")
        if not untrusted.startswith(b"%PDF-"):
            self._note("unknown")
        if ends and untrusted[ends[-1] :].strip(b"\0\t\n\f\r "):
            self._note("trailer")

    def _leave(self, copier: Copier, catalog: Mapping[str, Value]) -> None:
        """Note what the catalog tells beside the pages (§7.7.2)."""
        source = copier.source
        copier.leave(catalog, ("AcroForm", "OpenAction", "StructTreeRoot"))
        names = source.entries(catalog.get("Names"))
        copier.leave(names, ("Dests",))
        if "EmbeddedFiles" in names or "AF" in catalog:
            self._warn("files-dropped")
        kind = source.value(source.entries(catalog.get("OpenAction")).get("S"))
        if isinstance(kind, Name) and kind != "GoTo":
            self._note(ACTIONS.get(kind, "script"))
        if "StructTreeRoot" in catalog:
            self._note("unknown")
        form = source.entries(catalog.get("AcroForm"))
        copier.leave(form, ("Fields", "DR", "DA", "Q", "NeedAppearances", "SigFlags", "CO"))
        if form:
            self._warn("forms-flattened")


def _file(objects: list[bytes]) -> bytes:
    """Return a file of *objects*, with one table of where they are (§7.5)."""
    parts, places, at = [HEAD], [], len(HEAD)
    for number, text in enumerate(objects, 1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, text)
        parts.append(part)
        places.append(b"%010d 00000 n \n" % at)
        at += len(part)
    size = len(objects) + 1
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    parts += places
    parts.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, at))
    return b"".join(parts)
