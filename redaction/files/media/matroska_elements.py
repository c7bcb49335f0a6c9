"""Elements of a Matroska file, emptied where they stand (RFC 8794).

An element that has no right to stay becomes a Void of the same size, full of zeros.
"""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

from redaction.files.media.inplace import InPlace

TABLES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("matroska.json").read_text("utf-8")
)
CHILDREN: Final = {
    int(parent, 16): frozenset(int(child, 16) for child in children)
    for parent, children in TABLES["children"].items()
}
_CATEGORIES: Final = {
    int(identity, 16): category for identity, category in TABLES["categories"].items()
}
VOID: Final = 0xEC
CHECKSUM: Final = 0xBF
_VALUE_BYTES: Final = 8
_SHORT_VOID: Final = 128


class Element(NamedTuple):
    """`start` is where its identifier stands, `body` its content; *sized* says it told its end."""

    identity: int
    start: int
    body: int
    end: int
    sized: bool


Treat = Callable[[Element], object]


class Elements(InPlace):
    """A file of elements."""

    def vint(self, at: int, end: int) -> tuple[int, int]:
        """Return a number of 1 to 8 bytes with its marker, and what follows; (0, 0) for none."""
        if at >= end or self.data[at] == 0:
            return 0, 0
        after = at + 9 - self.data[at].bit_length()
        if after > end:
            return 0, 0
        return int.from_bytes(self.data[at:after]), after

    def element(self, start: int, end: int) -> Element | None:
        """Return the element at *start*; None if what stands there does not fit before *end*."""
        self.spend(4)
        identity, at = self.vint(start, end)
        size, body = self.vint(at, end)
        if not identity or not size or at - start > 4:
            return None
        marker = 1 << 7 * (body - at)
        size -= marker
        if size == marker - 1:
            return Element(identity, start, body, end, False)
        if size > end - body:
            return None
        return Element(identity, start, body, body + size, True)

    def children(self, start: int, end: int) -> list[Element]:
        """Return the elements of one whose end is known."""
        found = []
        while start < end:
            element = self.element(start, end)
            if element is None or not element.sized:
                raise self.refusal("malformed")
            found.append(element)
            start = element.end
        return found

    def inside(self, element: Element, treat: Mapping[int, Treat]) -> None:
        """Clean the children: by their entry in *treat*, as masters or as numbers."""
        for child in self.children(element.body, element.end):
            self.child(element.identity, child, treat)

    def child(self, parent: int, child: Element, treat: Mapping[int, Treat]) -> None:
        """Clean one child of *parent*, or remove it."""
        if child.identity not in CHILDREN[parent]:
            self.remove(child)
        elif child.identity in treat:
            treat[child.identity](child)
        elif child.identity in CHILDREN:
            self.inside(child, treat)
        elif child.end - child.body > _VALUE_BYTES:
            self.remove(child)

    def remove(self, element: Element, *categories: str) -> None:
        """Note what *element* told and let it vanish."""
        if element.identity == VOID:
            self.zero(element.body, element.end)
            return
        if element.identity != CHECKSUM:
            known = _CATEGORIES.get(element.identity)
            own = {known} if known else set()
            told = set(categories) or self.kinds(element.start, element.end)
            self.removed |= own | (told - {"unknown"} if own else told)
        self.vanish(element)

    def vanish(self, element: Element) -> None:
        """Turn *element* into a Void (RFC 8794 §11.3.2)."""
        start, end = element.start, element.end
        size = end - start - 2
        if size < _SHORT_VOID - 1:
            head = bytes((VOID, _SHORT_VOID | size))
        else:
            head = bytes((VOID, 1)) + (size - 7).to_bytes(7)
        self.data[start : start + len(head)] = head
        self.wipe(start + len(head), end)

    def value(self, element: Element) -> int:
        """Return a number of up to eight bytes."""
        self.demand(element.end - element.body <= _VALUE_BYTES)
        return self.number(element.body, element.end - element.body)

    def text(self, element: Element) -> str:
        """Return up to 64 characters, without the zeros behind them."""
        self.demand(element.end - element.body <= 64)
        return self.word(element.body, element.end - element.body).rstrip("\0")
