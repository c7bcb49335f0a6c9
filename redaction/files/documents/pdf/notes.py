"""What lies on a page and is not part of it (annotations, ISO 32000-1 §12.5): links stay
links, what is seen becomes part of the page, and what only programs show goes.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from redaction.files.documents.pdf.content import form
from redaction.files.documents.pdf.copier import RULES, Copier
from redaction.files.documents.pdf.links import Links
from redaction.files.documents.pdf.resources import NO_RESOURCES, Names
from redaction.files.documents.pdf.source import Stream
from redaction.files.documents.pdf.syntax import Name, Value, is_whole, number_text
from redaction.files.documents.pdf.values import number_list
from redaction.files.errors import UnreadableFileError

TOLD: Final[dict[str, str]] = {
    key: category for category, keys in RULES["notes"].items() for key in keys
}
FILES: Final = frozenset({"FileAttachment", "Sound", "Movie", "Screen", "RichMedia", "3D"})
HIDDEN: Final = 1 << 1 | 1 << 5
MAX_PARENTS: Final = 16


class Seen(NamedTuple):
    """A form that stands for an annotation, where it is put, and the layer it is on."""

    form: bytes
    matrix: bytes
    layer: bytes | None

    def draw(self, names: Names) -> bytes:
        """Return the instructions that draw it."""
        layer = names.use("Properties", self.layer) if self.layer else b""
        drawing = b"q\n%s cm\n%s Do\nQ\n" % (self.matrix, names.use("XObject", self.form))
        return b"/OC %s BDC\n%sEMC\n" % (layer, drawing) if layer else drawing


class Notes:
    """The annotations of one page: `links` to write, and what is `seen` on the page."""

    def __init__(self, copier: Copier, links: Links, page: Mapping[str, Value]) -> None:
        self.links: list[bytes] = []
        self.seen: list[Seen] = []
        self._copier = copier
        notes = [copier.source.entries(note) for note in copier.source.items(page.get("Annots"))]
        kinds = [copier.source.value(entries.get("Subtype")) for entries in notes]
        for entries, kind in zip(notes, kinds, strict=True):
            if kind == "Widget":
                self._field(entries)
            elif isinstance(kind, Name) and kind not in ("Link", "Popup"):
                self._tell(entries)
                self._remark(entries, kind)
        for entries, kind in zip(notes, kinds, strict=True):
            if kind == "Link":
                self._tell(entries)
                link = links.link(entries)
                self.links += [link] if link else []

    def _remark(self, entries: Mapping[str, Value], subtype: str) -> None:
        """Keep what is seen of a remark, warn that what was written to it goes."""
        source = self._copier.source
        if subtype in FILES:
            self._copier.note("attachment")
            self._copier.warn("files-dropped")
        drawn = subtype != "Text" and subtype not in FILES and self._draw(entries)
        said = source.value(entries.get("Contents")) and subtype != "FreeText"
        if not drawn or said:
            self._copier.warn("notes-dropped")

    def _field(self, entries: Mapping[str, Value]) -> None:
        """Keep what a field of a form shows (§12.7)."""
        self._copier.warn("forms-flattened")
        self._copier.leave(entries, _FIELD_KEYS)
        self._copier.leave(self._copier.source.entries(entries.get("A")), ("S", "D", "Type", "N"))
        if self._draw(entries):
            return
        kind, value = (self._inherited(entries, key) for key in ("FT", "V"))
        if kind in ("Tx", "Ch") and value and not self._is_hidden(entries):
            # Only programs would show it, each in its own way.
            raise UnreadableFileError("pdf-form")

    def _inherited(self, entries: Mapping[str, Value], key: str) -> Value:
        for _ in range(MAX_PARENTS):
            if key in entries or "Parent" not in entries:
                break
            entries = self._copier.source.entries(entries["Parent"])
        return self._copier.source.value(entries.get(key))

    def _draw(self, entries: Mapping[str, Value]) -> bool:
        """Put an annotation's appearance on the page (§12.5.5); tell whether it has one."""
        untrusted = self._appearance(entries)
        stream = self._copier.source.value(untrusted)
        if not isinstance(stream, Stream):
            return False
        if self._is_hidden(entries):
            return True
        matrix = self._matrix(entries, stream)
        ref = form(self._copier, untrusted, NO_RESOURCES) if matrix else None
        if matrix and ref:
            layer = self._copier.value("layer", entries["OC"]) if "OC" in entries else None
            self.seen.append(Seen(ref, matrix, layer))
        return True

    def _appearance(self, entries: Mapping[str, Value]) -> Value:
        """Return the normal appearance, of several the one of the present state."""
        source = self._copier.source
        normal = source.entries(entries.get("AP")).get("N")
        states = source.value(normal)
        if not isinstance(states, dict):
            return normal
        state = source.value(entries.get("AS"))
        return states.get(state) if isinstance(state, Name) else None

    def _is_hidden(self, entries: Mapping[str, Value]) -> bool:
        flags = self._copier.source.value(entries.get("F"))
        return is_whole(flags) and bool(int(flags) & HIDDEN)

    def _matrix(self, entries: Mapping[str, Value], stream: Stream) -> bytes | None:
        """Return what brings a form into its rectangle (§12.5.5, algorithm 8.1)."""
        rectangle = number_list(self._copier, entries.get("Rect"))
        box = number_list(self._copier, stream.entries.get("BBox"))
        turn = number_list(self._copier, stream.entries.get("Matrix")) or [1, 0, 0, 1, 0, 0]
        if not rectangle or not box or (len(rectangle), len(box), len(turn)) != (4, 4, 6):
            return None
        corners = [(x, y) for x in box[::2] for y in box[1::2]]
        across = [turn[0] * x + turn[2] * y + turn[4] for x, y in corners]
        upward = [turn[1] * x + turn[3] * y + turn[5] for x, y in corners]
        wide, high = max(across) - min(across), max(upward) - min(upward)
        if not wide or not high:
            return None
        scale_x = abs(rectangle[2] - rectangle[0]) / wide
        scale_y = abs(rectangle[3] - rectangle[1]) / high
        left = min(rectangle[0], rectangle[2]) - min(across) * scale_x
        low = min(rectangle[1], rectangle[3]) - min(upward) * scale_y
        return b"%s 0 0 %s %s %s" % tuple(map(number_text, (scale_x, scale_y, left, low)))

    def _tell(self, entries: Mapping[str, Value]) -> None:
        self._copier.note(*(TOLD[key] for key in entries if key in TOLD))


_FIELD_KEYS: Final = (
    *("FT", "T", "TU", "TM", "V", "DV", "RV", "Ff", "F", "DA", "DS", "Q", "MK", "Opt", "I", "TI"),
    *("MaxLen", "AP", "AS", "H", "BS", "Rect", "P", "A", "Lock", "SV", "Border"),
)
