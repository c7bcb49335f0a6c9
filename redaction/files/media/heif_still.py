"""A still picture's `meta` box, cleaned where it stands (ISO/IEC 23008-12)."""

from collections.abc import Iterator
from typing import Final

from redaction.files.images.exif import read_exif
from redaction.files.media.codec_config import clean_av1c, clean_hvcc
from redaction.files.media.coded import Coding
from redaction.files.media.heif_items import IN_BOX, IN_FILE, Item, ItemReader
from redaction.files.media.isobmff_boxes import TABLES, Box, Boxes, Treat, as_is
from redaction.files.media.isobmff_entries import auxiliary
from redaction.files.media.isobmff_samples import Run

_ITEMS: Final[dict[str, str]] = TABLES["items"]
_REFERENCES: Final = frozenset(TABLES["references"])
_TABLES: Final = ("hdlr", "pitm", "iloc", "iinf", "iref", "iprp", "idat", "dinf", "grpl")
_CONFIGS: Final = {"hvcC": clean_hvcc, "av1C": clean_av1c}
# How long the data of pictures that are made of others may be, without their parts.
_DERIVED: Final = {"grid": 12, "iovl": 18, "tmap": 256}
_MAP: Final = "tmap"
_GONE: Final = b"free"
_EXIF_BYTES: Final = 65_536


class Still:
    """What stays of a `meta` box that holds pictures."""

    def __init__(self, file: Boxes, box: Box) -> None:
        self._file = file
        self._box = box
        self._boxes: dict[str, Box] = {}
        for one in file.children(box.body + 4, box.end):
            if one.kind in _TABLES:
                file.demand(one.kind not in self._boxes)
                self._boxes[one.kind] = one
        self._reader = ItemReader(file, self._boxes)
        self._codings: dict[int, Coding] = {}
        self._helpful: set[int] = set()
        self.kinds: set[str] = set()

    @property
    def spaces(self) -> list[Box]:
        """Return the box of item data inside the `meta`, if there is one."""
        return [self._boxes["idat"]] if "idat" in self._boxes else []

    def clean(self) -> list[Run]:
        """Clean all but the data of the items; return where those lie that stay."""
        file = self._file
        primary = self._reader.read()
        treat: dict[str, Treat] = dict.fromkeys(("pitm", "iloc", "iinf", "idat"), as_is)
        treat |= {"hdlr": self._handler, "iref": self._references, "iprp": self._properties}
        treat |= {
            "dinf": lambda box: file.inside(box.body, box.end, {"dref": file.self_contained}),
            "grpl": lambda box: file.inside(box.body, box.end, {"altr": self._alternatives}),
        }
        file.inside(self._box.body + 4, self._box.end, treat)
        kept = self._kept(primary)
        for identity, item in self._reader.items.items():
            if identity in kept:
                file.zero(item.kind_at + 4, item.box.end, "file-name")
            else:
                self._forget(item)
        return [run for identity in sorted(kept) for run in self._runs(self._reader.item(identity))]

    def _handler(self, box: Box) -> None:
        if self._file.word(box.body + 8) != "pict":
            raise self._file.refusal("unsupported")
        self._file.handler(box)

    def _references(self, _box: Box) -> None:
        for one, _, _ in self._reader.references():
            if one.kind not in _REFERENCES:
                self._file.put(one.start + 4, _GONE, "unknown")

    def _properties(self, box: Box) -> None:
        file = self._file
        treat: dict[str, Treat] = {"ipco": self._container, "ipma": as_is}
        file.inside(box.body, box.end, treat)

    def _container(self, box: Box) -> None:
        """Clean each property; one that goes leaves a free box, so that numbers stay true."""
        file, gone = self._file, set()
        for number, one in enumerate(file.children(box.body, box.end), 1):
            if one.kind in _CONFIGS:
                self._codings[number] = _CONFIGS[one.kind](file, one.body, one.end)
            elif one.kind == "auxC":
                if auxiliary(file, one):
                    self._helpful.add(number)
            elif one.kind == "colr":
                file.colour(one)
            else:
                file.inside(one.start, one.end, {"numbers": file.numbers})
            if file.word(one.start + 4) == "free":
                gone.add(number)
        self._reader.not_essential(gone)

    def _alternatives(self, box: Box) -> None:
        self._file.table(box, 4, count_at=8)

    def _kept(self, primary: int) -> set[int]:
        """Return the items that are shown, and those they need."""
        items = self._reader.items
        shown = {identity for identity, item in items.items() if _is_shown(item)} | {primary}
        if sum(items[one].kind != _MAP for one in shown if one in items) > 1:
            self._file.warnings.add("hidden-content")
        helpers: dict[int, list[int]] = {}
        for identity, item in items.items():
            if self._helpful.intersection(item.properties):
                for served in item.serves:
                    helpers.setdefault(served, []).append(identity)
        kept: set[int] = set()
        new = list(shown)
        while new:
            identity = new.pop()
            if identity not in kept:
                kept.add(identity)
                new += self._reader.item(identity).parts + helpers.get(identity, [])
        return kept

    def _forget(self, item: Item) -> None:
        """Take an item's type and name away; its bytes go with all that nobody needs."""
        file = self._file
        if item.kind != "free":
            file.removed |= self._told_by(item)
            file.orphans = True
        file.put(item.kind_at, _GONE)
        file.wipe(item.kind_at + 4, item.box.end)

    def _told_by(self, item: Item) -> set[str]:
        """Return the categories of what an item tells."""
        if item.is_thumbnail or item.kind in _ITEMS:
            return {"thumbnail"}
        start, end = item.extents[0] if item.extents else (0, 0)
        if (
            item.kind == "Exif"
            and item.method == IN_FILE
            and start + 4 <= end <= len(self._file.data)
        ):
            tiff = start + 4 + self._file.number(start, 4)
            return read_exif(bytes(self._file.data[tiff : min(end, tiff + _EXIF_BYTES)]))[1]
        return self._file.kinds(start, end)

    def _runs(self, item: Item) -> Iterator[Run]:
        """Yield where an item that stays lies; raise `UnreadableFileError` for unknown kinds."""
        file = self._file
        if item.kind not in _ITEMS or item.method not in {IN_FILE, IN_BOX}:
            raise file.refusal("unsupported")
        self.kinds.add(item.kind)
        name = _ITEMS[item.kind]
        known = [self._codings[one] for one in item.properties if one in self._codings]
        coding = next((one for one in known if one.name == name), Coding(""))
        file.demand(coding.name == name)
        file.demand(item.method == IN_FILE or "idat" in self._boxes)
        base = self._boxes["idat"].body if item.method == IN_BOX else 0
        for start, end in item.extents:
            file.demand(start < end)
            yield Run(base + start, base + end, coding, (end - start,))
        most = _DERIVED.get(item.kind, 0) + 8 * len(item.parts)
        size = sum(end - start for start, end in item.extents)
        file.demand(bool(name) or size <= most)


def _is_shown(item: Item) -> bool:
    if item.kind not in _ITEMS or item.is_thumbnail or item.serves:
        return False
    return item.kind == _MAP or not item.hidden
