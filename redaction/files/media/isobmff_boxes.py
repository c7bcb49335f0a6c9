"""Boxes of an ISO base media file, emptied where they stand (ISO/IEC 14496-12 §4.2).

A box that has no right to stay becomes a `free` box of the same size, full of zeros.
"""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

from redaction.files.images import icc
from redaction.files.media.inplace import InPlace

TABLES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("isobmff.json").read_text("utf-8")
)
NUMBERS: Final[dict[str, int]] = TABLES["numbers"]
_FREE: Final = ("free", "skip", "wide")
# Boxes of numbers that players can do without: nobody needs to hear that they went.
_SILENT: Final = frozenset(TABLES["silent"])
# Colours by numbers: how long such a box is. ISO/IEC 14496-12 §12.1.5, QuickTime "nclc".
_COLOURS: Final = {"nclx": 11, "nclc": 10}
_PROFILES: Final = ("prof", "rICC")


class Box(NamedTuple):
    """`start` is where its size stands, `body` what follows its type, `end` what follows it."""

    kind: str
    start: int
    body: int
    end: int


Treat = Callable[[Box], object]


def as_is(_box: Box) -> None:
    """Treat a box that stays as it is, or is cleaned elsewhere."""


class Boxes(InPlace):
    """A file of boxes; `orphans` tells that bytes lost the track or item they belonged to."""

    orphans = False

    def box(self, start: int, end: int) -> Box | None:
        """Return the box at *start*; None if what stands there does not fit before *end*."""
        if end - start < 8:
            return None
        self.spend(3)
        size, body = self.number(start, 4), start + 8
        if size == 1 and end - start >= 16:
            size, body = self.number(body, 8), start + 16
        kind = self.word(start + 4)
        if start + size > end or start + size < body:
            return None
        return Box(kind, start, body, start + size)

    def children(self, start: int, end: int) -> list[Box]:
        """Return the boxes of a container; up to seven bytes behind them are emptied."""
        found = []
        while end - start >= 8:
            box = self.box(start, end)
            if box is None:
                raise self.refusal("malformed")
            found.append(box)
            start = box.end
        self.zero(start, end, "unknown")
        return found

    def inside(self, start: int, end: int, treat: Mapping[str, Treat]) -> None:
        """Give each child to its entry in *treat*, and remove the others."""
        for box in self.children(start, end):
            if box.kind in treat:
                treat[box.kind](box)
            elif box.kind in NUMBERS and treat.get("numbers"):
                treat["numbers"](box)
            else:
                self.remove(box)

    def remove(self, box: Box, *categories: str) -> None:
        """Turn *box* into a free one."""
        if box.kind not in _SILENT:
            self.removed.update(categories or self.kinds(box.start + 4, box.end))
        elif box.kind in _FREE:
            self.zero(box.body, box.end)
        self.wipe(box.body, box.end)
        self.data[box.start + 4 : box.start + 8] = b"free"

    def only(self, box: Box, size: int) -> None:
        """Demand *size* bytes of content, and empty what stands behind them."""
        self.demand(box.body + size <= box.end)
        self.zero(box.body + size, box.end, "unknown")

    def numbers(self, box: Box) -> None:
        """Keep as many bytes as the table says."""
        self.zero(min(box.body + NUMBERS[box.kind], box.end), box.end, "unknown")

    def version(self, box: Box, *known: int) -> int:
        """Return the version of a full box; raise `UnreadableFileError` for an unknown one."""
        version = self.number(box.body, 1)
        if version not in known:
            raise self.refusal("unsupported")
        return version

    def table(self, box: Box, entry: int, count_at: int = 4) -> int:
        """Return how many entries of *entry* bytes follow the count, and nothing else."""
        count = self.number(box.body + count_at, 4)
        self.only(box, count_at + 4 + count * entry)
        return count

    def colour(self, box: Box) -> None:
        """Keep colours that are numbers; a profile becomes one of ours, or goes."""
        self.demand(box.body + 4 <= box.end)
        kind = self.word(box.body)
        if kind in _COLOURS:
            self.only(box, _COLOURS[kind])
        elif kind in _PROFILES:
            self._profile(box)
        else:
            self.remove(box)

    def _profile(self, box: Box) -> None:
        at = box.body + 4
        ours = icc.replacement(bytes(self.data[at : box.end]))
        if ours is None or len(ours) > box.end - at:
            self.warnings.add("colours-may-change")
        if ours and len(ours) <= box.end - at:
            self.put(at, ours, "colour-profile")
            self.zero(at + len(ours), box.end, "colour-profile")
        else:
            self.remove(box, "colour-profile")

    def self_contained(self, box: Box) -> int:
        """Return how many entries a `dref` has; 0 if one of them leads to another file."""
        count = self.number(box.body + 4, 4)
        entries = self.children(box.body + 8, box.end)
        self.demand(len(entries) == count)
        for entry in entries:
            if self.number(entry.body, 4) != 1:
                return 0
            self.only(entry, 4)
        return count

    def handler(self, box: Box) -> None:
        """Keep what a `hdlr` handles and QuickTime's kind of component; empty maker and name."""
        self.demand(box.body + 12 <= box.end)
        if self.word(box.body + 4) not in {"mhlr", "dhlr"}:
            self.zero(box.body + 4, box.body + 8, "software")
        self.zero(box.body + 12, box.end, "software")
