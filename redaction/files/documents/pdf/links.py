"""Where links and bookmarks lead (ISO 32000-1 §12.3.2, §12.3.3, §12.5.6.5 and §12.6.4): to a
page of the same file, or to the public web.

Places have names in many files, after people's own words; links lead to the places
themselves.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from redaction.files.documents.pdf.copier import KINDS, LISTS, Copier
from redaction.files.documents.pdf.syntax import (
    Name,
    Ref,
    Value,
    is_number,
    is_whole,
    name_text,
    number_text,
    string_text,
)
from redaction.files.documents.pdf.values import array, integer, number_list
from redaction.files.links import clean_link
from redaction.files.policy import LIMITS

ACTIONS: Final = {
    "JavaScript": "script",
    "Launch": "file-name",
    "GoToR": "file-name",
    "GoToE": "attachment",
    "SubmitForm": "link",
    "ImportData": "file-name",
    "URI": "link",
}
MAX_CHAIN: Final = 32
MAX_PLACE: Final = 6
_OUTLINE_KEYS: Final = (
    *("Title", "Dest", "A", "F", "C", "SE"),
    *("First", "Last", "Next", "Prev", "Count"),
)


class Links:
    """The places of one document that links may lead to."""

    def __init__(self, copier: Copier, catalog: Mapping[str, Value]) -> None:
        self._copier = copier
        self._catalog = catalog
        self._pages: dict[Ref, bytes] = {}
        self._order: list[bytes] = []
        self._named: dict[bytes, Value] | None = None

    def add_page(self, untrusted: Value, ref: bytes) -> None:
        """Tell the next page's old and new reference."""
        self._order.append(ref)
        if isinstance(untrusted, Ref):
            self._pages.setdefault(untrusted, ref)

    def target(self, entries: Mapping[str, Value]) -> bytes | None:
        """Return the entry of a link or bookmark that says where it leads, if it may stay."""
        source = self._copier.source
        if "Dest" in entries:
            place = self._place(entries["Dest"])
            return place and b"/Dest " + place
        action = source.entries(entries.get("A"))
        kind = source.value(action.get("S"))
        if "Next" in action:
            self._copier.note("script")
        if kind == "GoTo":
            place = self._place(action.get("D"))
            return place and b"/Dest " + place
        if kind == "URI":
            return self._web(source.value(action.get("URI")))
        if isinstance(kind, Name) and kind != "Named":
            self._copier.note(ACTIONS.get(kind, "script"))
        return None

    def link(self, entries: Mapping[str, Value]) -> bytes | None:
        """Return a new link's reference, or None for one that leads nowhere."""
        target = self.target(entries)
        if target is None or number_list(self._copier, entries.get("Rect")) is None:
            return None
        shown = {key: entries[key] for key in KINDS["link"] if key in entries}
        return self._copier.add(lambda: self._copier.dictionary("link", shown, target))

    def _web(self, untrusted: Value) -> bytes | None:
        """Return an action that opens a page of the web or a letter."""
        if not isinstance(untrusted, bytes):
            return None
        clean = clean_link(_text(untrusted))
        if clean is None or clean.encode() != untrusted:
            self._copier.note("link")
        if clean is None:
            return None
        return b"/A << /S /URI /URI %s >>" % string_text(clean.encode())

    def _place(self, untrusted: Value) -> bytes | None:
        """Return a place on a page: which one, what is seen of it, where."""
        source = self._copier.source
        value = source.value(untrusted)
        for _ in range(MAX_CHAIN):
            if isinstance(value, dict):
                value = source.value(value.get("D"))
            elif isinstance(value, Name):
                value = source.value(source.entries(self._catalog.get("Dests")).get(value))
            elif isinstance(value, bytes):
                value = source.value(self._names().get(value))
            else:
                break
        if not isinstance(value, list) or len(value) < 2:
            return None
        page, view = self._page(value[0]), source.value(value[1])
        if page is None or view not in LISTS["places"]:
            return None
        rest = [source.value(item) for item in value[2:MAX_PLACE]]
        numbers = (number_text(item) if is_number(item) else b"null" for item in rest)
        return array((page, name_text(view), *numbers))

    def _page(self, untrusted: Value) -> bytes | None:
        if isinstance(untrusted, Ref):
            return self._pages.get(untrusted)
        whole = is_whole(untrusted) and 0 <= untrusted < len(self._order)
        return self._order[int(untrusted)] if whole else None

    def _names(self) -> dict[bytes, Value]:
        """Return the places that have names, from the tree of names (§7.9.6)."""
        if self._named is None:
            source = self._copier.source
            self._named = {}
            waiting, seen = [source.entries(self._catalog.get("Names")).get("Dests")], set[Ref]()
            while waiting and len(self._named) < LIMITS["pdf_objects"]:
                node = waiting.pop()
                if isinstance(node, Ref):
                    if node in seen:
                        continue
                    seen.add(node)
                items = source.items(source.entries(node).get("Names"))
                for name, place in zip(map(source.value, items[::2]), items[1::2], strict=False):
                    if isinstance(name, bytes):
                        self._named.setdefault(name, place)
                waiting += source.items(source.entries(node).get("Kids"))
        return self._named


class Outline:
    """The bookmarks beside a document: their titles are kept, where they lead is cleaned."""

    def __init__(self, copier: Copier, links: Links) -> None:
        self._copier = copier
        self._links = links
        self._left = LIMITS["pdf_objects"]
        self._seen = set[Ref]()

    def write(self, untrusted: Value) -> bytes | None:
        """Return the reference of the new outline; None for an empty one."""
        entries = self._copier.source.entries(untrusted)
        marks = self._children(entries)
        if not marks:
            return None
        self._copier.leave(entries, ("First", "Last", "Count"))
        ref = self._copier.add(lambda: b"<< /Type /Outlines %s >>" % b" ".join(_ends(marks)))
        _settle(self._copier, marks, ref)
        return ref

    def _children(self, parent: Mapping[str, Value], depth: int = 0) -> "list[_Mark]":
        """Return the bookmarks under *parent*, each with those under it."""
        source, marks = self._copier.source, []
        following = parent.get("First") if depth < MAX_CHAIN else None
        while isinstance(following, Ref) and following not in self._seen and self._left:
            self._seen.add(following)
            self._left -= 1
            entries = source.entries(following)
            count = source.value(entries.get("Count"))
            is_open = is_number(count) and count > 0
            children = self._children(entries, depth + 1)
            marks.append(_Mark(self._words(entries), children, is_open=is_open))
            following = entries.get("Next")
        return marks

    def _words(self, entries: Mapping[str, Value]) -> list[bytes]:
        """Return what is seen of a bookmark and where it leads."""
        title = self._copier.source.value(entries.get("Title"))
        words = [b"/Title " + string_text(title if isinstance(title, bytes) else b"")]
        target = self._links.target(entries)
        words += [target] if target else []
        style = integer(self._copier, entries.get("F"))
        words += [b"/F " + style] if style in (b"1", b"2", b"3") else []
        colour = number_list(self._copier, entries.get("C"))
        words += [b"/C " + array(map(number_text, colour))] if colour and len(colour) == 3 else []
        self._copier.leave(entries, _OUTLINE_KEYS)
        return words


class _Mark:
    """A bookmark, the ones under it, and its neighbours among the objects."""

    def __init__(self, words: list[bytes], children: "list[_Mark]", *, is_open: bool) -> None:
        self.words = words
        self.children = children
        self.is_open = is_open
        self.ref = b""
        self.beside: list[bytes] = []

    def shown(self) -> int:
        """Return how many bookmarks this one adds to those that are seen."""
        return 1 + (sum(child.shown() for child in self.children) if self.is_open else 0)

    def text(self) -> bytes:
        """Return the object; bookmarks that are closed count those under them below zero."""
        below = _ends(self.children, is_open=self.is_open) if self.children else []
        return b"<< %s >>" % b" ".join((*self.words, *self.beside, *below))


def _ends(marks: list[_Mark], *, is_open: bool = True) -> list[bytes]:
    count = sum(mark.shown() for mark in marks)
    return [
        b"/First " + marks[0].ref,
        b"/Last " + marks[-1].ref,
        b"/Count %d" % (count if is_open else -count),
    ]


def _settle(copier: Copier, marks: list[_Mark], parent: bytes) -> None:
    """Give each bookmark its object and its neighbours."""
    for mark in marks:
        mark.ref = copier.add(mark.text)
        mark.beside.append(b"/Parent " + parent)
    for before, after in pairwise(marks):
        after.beside.append(b"/Prev " + before.ref)
        before.beside.append(b"/Next " + after.ref)
    for mark in marks:
        _settle(copier, mark.children, mark.ref)


def _text(untrusted: bytes) -> str:
    try:
        return untrusted.decode()
    except UnicodeDecodeError:
        return untrusted.decode("latin-1")
