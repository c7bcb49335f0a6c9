"""Pages (ISO 32000-1 §7.7.3): one content stream each, one level of pages.

A page tells nothing of how the file was made: names, thumbnails, article threads, print
marks, transitions and private data go.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from redaction.files.documents.pdf.content import Content
from redaction.files.documents.pdf.copier import Copier
from redaction.files.documents.pdf.links import Links
from redaction.files.documents.pdf.notes import Notes
from redaction.files.documents.pdf.resources import NO_RESOURCES, resources_of
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import Ref, Value
from redaction.files.documents.pdf.values import array, box, number_list
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

INHERITED: Final = ("Resources", "MediaBox", "CropBox", "Rotate")
LETTER: Final[list[float]] = [0, 0, 612, 792]
SEEN_SHARE: Final = 0.9
"""Less of the page's area than this being seen is worth a warning."""


class Pages:
    """The pages of one document; *untrusted* is the catalog's entry for them."""

    def __init__(self, copier: Copier, untrusted: Value) -> None:
        self._copier = copier
        self._pages = list(self._collect(untrusted))
        self._kids: list[bytes] = []
        self.ref = copier.add(self._tree)

    def add(self, catalog: Mapping[str, Value]) -> Links:
        """Give every page its object; return the places that links may lead to."""
        links = Links(self._copier, catalog)
        for page, entries in self._pages:
            ref = self._copier.add(partial(self._page, page, entries, links))
            self._kids.append(ref)
            links.add_page(page, ref)
        return links

    def _collect(self, root: Value) -> Iterator[tuple[Value, dict[str, Value]]]:
        """Yield each page and its entries, the inherited ones too."""
        waiting: list[tuple[Value, dict[str, Value]]] = [(root, {})]
        seen, found = set[Ref](), 0
        while waiting:
            untrusted, inherited = waiting.pop()
            entries = self._copier.source.value(untrusted)
            if not isinstance(entries, dict) or found == LIMITS["pdf_objects"]:
                raise UnreadableFileError("pdf-malformed")
            if "Kids" not in entries:
                found += 1
                yield untrusted, inherited | entries
                continue
            if isinstance(untrusted, Ref):
                if untrusted in seen:
                    raise UnreadableFileError("pdf-malformed")
                seen.add(untrusted)
            self._copier.leave(entries, INHERITED)
            below = {key: entries[key] for key in INHERITED if key in entries}
            kids = self._copier.source.items(entries["Kids"])
            waiting += [(kid, inherited | below) for kid in reversed(kids)]
        if not found:
            raise UnreadableFileError("pdf-malformed")

    def _tree(self) -> bytes:
        kids = array(self._kids)
        return b"<< /Type /Pages /Kids %s /Count %d >>" % (kids, len(self._kids))

    def _page(self, page: Value, entries: dict[str, Value], links: Links) -> bytes:
        copier = self._copier
        resources = resources_of(copier, entries, page) or NO_RESOURCES
        content = Content(copier, resources)
        data = content.write(self._contents(entries))
        notes = Notes(copier, links, entries)
        if notes.seen:
            data = b"q\n%sQ\n" % data + b"".join(seen.draw(content.names) for seen in notes.seen)
        words = copier.words("page", self._framed(entries))
        words.append(b"/Resources " + content.names.text())
        if data:
            words.append(b"/Contents " + copier.put(copier.stream([], data)))
        if notes.links:
            words.append(b"/Annots " + array(notes.links))
        return b"<< %s >>" % b" ".join(words)

    def _contents(self, entries: Mapping[str, Value]) -> bytes:
        """Return the page's content streams as one (§7.8.2)."""
        value = self._copier.source.value(entries.get("Contents"))
        streams = value if isinstance(value, list) else [] if value is None else [value]
        content = bytearray()
        for stream in map(self._copier.source.value, streams):
            content += b"" if stream is None else self._plain(stream) + b"\n"
            if len(content) > LIMITS["pdf_stream"]:
                raise UnreadableFileError("file-too-complex")
        return bytes(content)

    def _plain(self, stream: Value) -> bytes:
        if not isinstance(stream, Stream):
            raise UnreadableFileError("pdf-malformed")
        self._copier.leave(stream.entries)
        return self._copier.plain(stream)

    def _framed(self, entries: dict[str, Value]) -> dict[str, Value]:
        """Return the entries with a size that is told; warn if much lies outside what is seen."""
        whole = entries.get("MediaBox")
        if box(self._copier, whole) is None:
            whole = list(LETTER)
        seen = number_list(self._copier, entries.get("CropBox"))
        if (
            seen
            and len(seen) == 4
            and _area(seen) < SEEN_SHARE * _area(number_list(self._copier, whole) or LETTER)
        ):
            self._copier.warn("hidden-content")
        return entries | {"MediaBox": whole, "Parent": None}


def _area(corners: list[float]) -> float:
    return abs((corners[2] - corners[0]) * (corners[3] - corners[1]))
