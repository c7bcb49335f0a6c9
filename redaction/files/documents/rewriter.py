"""Write an XML document anew, copying only what a vocabulary names.

A `Vocabulary` is data, shared with TypeScript. Elements it does not name go with all they
hold, unless it says that they are unwrapped: then what they hold stays. Attributes go one by
one. Text stays only inside elements that are there to hold text.

What depends on more than a name is decided by a subclass of `Rewriter`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from redaction.files.documents.xml import UNKNOWN, Kind, Tag, XmlReader, escape_text, escape_value
from redaction.files.errors import UnreadableFileError

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_REQUIRES: Final = re.compile('<mc:Choice Requires="([^"]*)"')


class Vocabulary:
    """The names that may stay in a family of XML formats, from a JSON file's object.

    namespaces   {prefix: [URI, …]}; several URIs are spellings of the same names
    default      the prefix that is not written, if there is one
    ignorable    "prefix …" that a reader may pass over (mc:Ignorable)
    elements     {prefix: "local …"}
    texts        "prefix:local …" of the elements whose text stays
    unwrapped    "prefix:local …" of the elements that vanish around what they hold
    attributes   {prefix of the element: "name …"}
    tells        {category: "name …"}: what it tells when an element or "@attribute" goes;
                 the category "nothing" is not reported, other names are "unknown"
    warns        {warning: "prefix:local …"}: what to know when an element goes
    """

    def __init__(self, rules: Mapping[str, Any]) -> None:
        namespaces: Mapping[str, list[str]] = rules["namespaces"]
        self.prefixes = {uri: prefix for prefix, uris in namespaces.items() for uri in uris}
        self.uris = {prefix: uris[0] for prefix, uris in namespaces.items()}
        self.default: str = rules.get("default", "")
        self.ignorable = _names(rules.get("ignorable", ""))
        self.elements = frozenset(
            f"{prefix}:{name}"
            for prefix, names in rules["elements"].items()
            for name in names.split()
        )
        self.texts = _names(rules["texts"])
        self.unwrapped = _names(rules.get("unwrapped", ""))
        self.attributes = {prefix: _names(names) for prefix, names in rules["attributes"].items()}
        self._tells = _by_name(rules["tells"])
        self._warns = _by_name(rules.get("warns", {}))

    def tells(self, name: str) -> set[str]:
        """Return the category of a dropped element, or of a dropped "@attribute"."""
        category = self._tells.get(name, "unknown")
        return set() if category == "nothing" else {category}

    def warns(self, name: str) -> set[str]:
        """Return the warning that a dropped or unwrapped element deserves, if any."""
        return {self._warns[name]} if name in self._warns else set()

    def written(self, name: str) -> str:
        """Return how a name is written."""
        prefix = _prefix(name)
        return name[len(prefix) + 1 :] if prefix and prefix == self.default else name


@dataclass(slots=True, eq=False)
class Element:
    """An element that is being copied; shared between equal tags unless it has a `leave`.

    With `collects`, its text is gathered in `text` instead of being written. `leave` is
    called before the end is written, with `start`, where the element began in `pieces`; it
    writes what was collected, and returns false to take the whole element back. `state` is
    what a subclass wants to remember of the element.
    """

    name: str
    opening: str = ""
    closing: str = ""
    holds_text: bool = False
    collects: bool = False
    leave: "Callable[[Element], bool] | None" = None
    start: int = 0
    text: str = ""
    state: str = ""


DROPPED: Final = Element("")
"""What stands for an element that goes with everything in it."""


class Rewriter:
    """One document, rewritten once.

    `hooks` decide about the elements they name, with `dropped`, `unwrapped` or `copied`.
    `values` decide about the values of the attributes they name: what is written instead,
    or None for an attribute that goes; they must always give the same answer.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.hooks: dict[str, Callable[[Tag], Element]] = {}
        self.values: dict[str, Callable[[str], str | None]] = {}
        self.removed: set[str] = set()
        self.warnings: set[str] = set()
        self.pieces: list[str] = []
        self.open: list[Element] = []
        self.root = ""
        self.meaning: Callable[[str], str] = lambda _: UNKNOWN
        self._root_attributes = ""
        self.used: set[str] = set()

    def rewrite(self, untrusted: bytes) -> str:
        """Return the document; raise `UnreadableFileError`.

        `xml-malformed` also for a root that the vocabulary does not name.
        """
        reader = XmlReader(untrusted, self.vocabulary.prefixes)
        self.meaning = reader.meaning
        self._copy(reader)
        self.finish()
        self.removed |= reader.passed
        return self._declared("".join(self.pieces), reader.uris)

    def finish(self) -> None:
        """Change `pieces` once everything was read; nothing by default."""

    def dropped(self, tag: Tag) -> Element:
        """Let an element go with everything in it."""
        self.removed |= self.vocabulary.tells(tag.name)
        self.warnings |= self.vocabulary.warns(tag.name)
        return DROPPED

    def unwrapped(self, tag: Tag) -> Element:
        """Let an element go, but not what it holds."""
        self.removed |= self.vocabulary.tells(tag.name)
        self.warnings |= self.vocabulary.warns(tag.name)
        return Element(tag.name)

    def copied(
        self,
        tag: Tag,
        attributes: Mapping[str, str] | None = None,
        name: str = "",
        leave: Callable[[Element], bool] | None = None,
        collects: bool = False,
    ) -> Element:
        """Copy an element, with other attributes or another name if they are given."""
        name = name or tag.name
        written = self.vocabulary.written(name)
        if attributes is None:
            attributes = self.kept(tag)
        self.used.add(_prefix(name))
        start = f"<{written}{self.spelled(attributes)}"
        if tag.kind is Kind.EMPTY and leave is None:
            return Element(name, f"{start}/>")
        texts = name in self.vocabulary.texts
        return Element(name, f"{start}>", f"</{written}>", texts, collects, leave)

    def kept(self, tag: Tag) -> dict[str, str]:
        """Return the attributes of an element that may stay."""
        allowed = self.vocabulary.attributes.get(_prefix(tag.name), frozenset())
        kept: dict[str, str] = {}
        for name, value in tag.attributes.items():
            if name not in allowed:
                self.removed |= self.vocabulary.tells(f"@{name}")
                continue
            judge = self.values.get(name)
            written = value if judge is None else judge(value)
            if written is not None:
                kept[name] = written
        return kept

    def root_attributes(self, tag: Tag) -> dict[str, str]:
        """Return the attributes of the root that may stay."""
        return self.kept(tag)

    def within(self, *names: str) -> bool:
        """Say whether an open element has one of these names."""
        return any(element.name in names for element in self.open)

    def _copy(self, reader: XmlReader) -> None:
        skipped = 0
        pieces, open_ = self.pieces, self.open
        for tag, text in reader:
            kind = tag.kind
            if skipped:
                skipped += (kind is Kind.START) - (kind is Kind.END)
                if skipped:
                    continue
            elif kind is Kind.END:
                self._leave(open_.pop())
            elif kind is not Kind.NOTHING:
                known = tag.memo
                element = known if isinstance(known, Element) else self._judge(tag)
                if element is DROPPED:
                    skipped = int(kind is Kind.START)
                    if skipped:
                        continue
                else:
                    element.start = len(pieces)
                    pieces.append(element.opening)
                    if kind is Kind.START:
                        open_.append(element)
                    else:
                        self._leave(element)
            if text and open_:
                self._text(open_[-1], text)

    def _judge(self, tag: Tag) -> Element:
        """Decide about an element; what does not depend on its place is decided once."""
        if not self.root:
            return self._judge_root(tag)
        hook = self.hooks.get(tag.name)
        if hook is not None:
            return hook(tag)
        tag.memo = self.plain(tag)
        return tag.memo

    def plain(self, tag: Tag) -> Element:
        """Decide about an element by its name alone."""
        if tag.name in self.vocabulary.unwrapped:
            return self.unwrapped(tag)
        if tag.name not in self.vocabulary.elements:
            return self.dropped(tag)
        return self.copied(tag)

    def _judge_root(self, tag: Tag) -> Element:
        if tag.name not in self.vocabulary.elements:
            raise UnreadableFileError("xml-malformed")
        self.root = tag.name
        self.used.add(_prefix(tag.name))
        self._root_attributes = self.spelled(self.root_attributes(tag))
        written = self.vocabulary.written(tag.name)
        if tag.kind is Kind.EMPTY:
            return Element(tag.name, "/>")
        return Element(tag.name, ">", f"</{written}>", tag.name in self.vocabulary.texts)

    def _leave(self, element: Element) -> None:
        if element.leave is not None and not element.leave(element):
            self.take_back(element.start)
        elif element.closing:
            self.pieces.append(element.closing)

    def write_text(self, text: str) -> None:
        """Write text into the element that is open."""
        self.pieces.append(escape_text(text))

    def take_back(self, start: int) -> None:
        """Forget what was written from *start* on."""
        del self.pieces[start:]

    def _text(self, element: Element, text: str) -> None:
        if element.collects:
            element.text += text
        elif element.holds_text:
            self.write_text(text)

    def spelled(self, attributes: Mapping[str, str]) -> str:
        """Return attributes as they are written."""
        spelled = ""
        for name, value in attributes.items():
            if ":" in name:
                self.used.add(_prefix(name))
            spelled += f' {name}="{escape_value(value)}"'
        return spelled

    def _declared(self, body: str, uris: Mapping[str, str]) -> str:
        """Return the document with the namespaces declared that are in use."""
        vocabulary = self.vocabulary
        required = {name for names in _REQUIRES.findall(body) for name in names.split()}
        used = [name for name in vocabulary.uris if name in required or self._is_used(name, body)]
        ignorable = " ".join(prefix for prefix in used if prefix in vocabulary.ignorable)
        if ignorable and "mc" not in used:
            used.append("mc")
        root = f"<{vocabulary.written(self.root)}"
        for prefix in used:
            name = "xmlns" if prefix == vocabulary.default else f"xmlns:{prefix}"
            root += f' {name}="{escape_value(uris.get(prefix, vocabulary.uris[prefix]))}"'
        root += f' mc:Ignorable="{ignorable}"' if ignorable else ""
        return f"{DECLARATION}{root}{self._root_attributes}{body}"

    def _is_used(self, prefix: str, body: str) -> bool:
        """Say whether *prefix* occurs; elements may have been taken back since."""
        if prefix not in self.used:
            return False
        if self.root.startswith(f"{prefix}:") or prefix == self.vocabulary.default:
            return True
        mark = f" {prefix}:"
        return f"<{prefix}:" in body or mark in body or mark in self._root_attributes


def _by_name(groups: Mapping[str, str]) -> dict[str, str]:
    return {name: group for group, names in groups.items() for name in names.split()}


@lru_cache(4096)
def _prefix(name: str) -> str:
    return name[: max(name.find(":"), 0)]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())
