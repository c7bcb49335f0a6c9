"""The items of a `meta` box: what they are and how they belong together.

Read here, cleaned in `heif_still.py` (ISO/IEC 14496-12 §8.11, ISO/IEC 23008-12 §6 and §9.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.files.media.isobmff_boxes import Box, Boxes

IN_FILE: Final = 0
IN_BOX: Final = 1
_ESSENTIAL: Final = 0x80


@dataclass
class Item:
    """A piece of the file with a type; *box* is its `infe`, *kind_at* where the type stands.

    `parts` is what it is made of, `serves` what it adds something to.
    """

    kind: str
    kind_at: int
    box: Box
    hidden: bool
    method: int = IN_FILE
    extents: list[tuple[int, int]] = field(default_factory=list)
    properties: list[int] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    serves: list[int] = field(default_factory=list)
    is_thumbnail: bool = False


@dataclass(frozen=True)
class Use:
    """An item's use of a property: its number, from 1, and where the essential bit stands."""

    number: int
    at: int


class ItemReader:
    """Reads the tables of one `meta` box; raises `UnreadableFileError` for broken ones."""

    def __init__(self, file: Boxes, boxes: dict[str, Box]) -> None:
        self._file = file
        self._boxes = boxes
        self.items: dict[int, Item] = {}
        self.uses: list[Use] = []
        self.properties: Box | None = None

    def read(self) -> int:
        """Read everything; return the number of the picture that is shown."""
        file = self._file
        file.demand({"hdlr", "pitm", "iloc", "iinf", "iprp"} <= self._boxes.keys())
        self._information(self._boxes["iinf"])
        self._locations(self._boxes["iloc"])
        for box in file.children(self._boxes["iprp"].body, self._boxes["iprp"].end):
            if box.kind == "ipco":
                file.demand(self.properties is None)
                self.properties = box
            elif box.kind == "ipma":
                self._associations(box)
        if "iref" in self._boxes:
            for box, source, targets in self.references():
                self._relate(box.kind, source, targets)
        primary = self._boxes["pitm"]
        width = 4 if file.version(primary, 0, 1) else 2
        file.only(primary, 4 + width)
        return file.number(primary.body + 4, width)

    def item(self, identity: int) -> Item:
        """Return an item that must exist."""
        self._file.demand(identity in self.items)
        return self.items[identity]

    def _information(self, box: Box) -> None:
        file = self._file
        width = 4 if file.version(box, 0, 1) else 2
        entries = file.children(box.body + 4 + width, box.end)
        file.demand(len(entries) == file.number(box.body + 4, width))
        for entry in entries:
            file.demand(entry.kind == "infe")
            wide = 4 if file.version(entry, 2, 3) == 3 else 2
            identity, at = file.number(entry.body + 4, wide), entry.body + 4 + wide
            file.demand(at + 6 <= entry.end and identity not in self.items)
            if file.number(at, 2):
                raise file.refusal("encrypted")
            kind = file.word(at + 2)
            hidden = file.number(entry.body + 3, 1) & 1 == 1
            self.items[identity] = Item(kind, at + 2, entry, hidden)

    def _locations(self, box: Box) -> None:
        file, version = self._file, self._file.version(box, 0, 1, 2)
        sizes = file.number(box.body + 4, 2)
        offset, length, base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index = sizes & 15 if version else 0
        file.demand({offset, length, base, index} <= {0, 4, 8})
        wide = 4 if version == 2 else 2
        at = box.body + 6 + wide
        for _ in range(file.number(box.body + 6, wide)):
            file.spend()
            item = self.item(file.number(at, wide))
            at += wide
            if version:
                item.method = file.number(at, 2) & 15
                at += 2
            file.demand(file.number(at, 2) <= self._references_to_files())
            start = file.exact(at + 2, base)
            count = file.number(at + 2 + base, 2)
            at += 4 + base
            file.demand(offset + length > 0 or count <= 1)
            for _ in range(count):
                file.spend()
                at += index
                place = start + file.exact(at, offset)
                item.extents.append((place, place + file.exact(at + offset, length)))
                at += offset + length
        file.demand(at <= box.end)
        file.zero(at, box.end, "unknown")

    def _references_to_files(self) -> int:
        """Return how many entries say "this file"; others are refused."""
        if "dinf" not in self._boxes:
            return 0
        boxes = self._file.children(self._boxes["dinf"].body, self._boxes["dinf"].end)
        return sum(self._file.self_contained(box) for box in boxes if box.kind == "dref")

    def _associations(self, box: Box) -> None:
        file, version = self._file, self._file.version(box, 0, 1)
        wide, width = (4 if version else 2), 1 + (file.number(box.body + 3, 1) & 1)
        at = box.body + 8
        for _ in range(file.number(box.body + 4, 4)):
            item, count = self.item(file.number(at, wide)), file.number(at + wide, 1)
            at += wide + 1
            for _ in range(count):
                file.spend()
                number = file.number(at, width) & (0x7FFF if width == 2 else 0x7F)
                item.properties.append(number)
                self.uses.append(Use(number, at))
                at += width
        file.demand(at <= box.end)
        file.zero(at, box.end, "unknown")

    def not_essential(self, gone: set[int]) -> None:
        """Say of every use of the properties that went that decoders may leave it."""
        for use in self.uses:
            if use.number in gone:
                first = self._file.data[use.at] & ~_ESSENTIAL
                self._file.put(use.at, bytes((first,)))

    def references(self) -> Iterator[tuple[Box, int, list[int]]]:
        """Yield each reference: its box, the item it leads from, those it leads to."""
        file, box = self._file, self._boxes["iref"]
        wide = 4 if file.version(box, 0, 1) else 2
        for one in file.children(box.body + 4, box.end):
            count = file.number(one.body + wide, 2)
            file.demand(one.body + wide + 2 + count * wide == one.end)
            file.spend(count)
            places = range(one.body + wide + 2, one.end, wide)
            yield one, file.number(one.body, wide), [file.number(at, wide) for at in places]

    def _relate(self, kind: str, source: int, targets: list[int]) -> None:
        item = self.item(source)
        for target in targets:
            self.item(target)
        if kind == "dimg":
            item.parts += targets
        elif kind == "auxl":
            item.serves += targets
        elif kind == "thmb":
            item.is_thumbnail = True
