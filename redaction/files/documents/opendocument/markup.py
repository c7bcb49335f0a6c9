"""The XML parts of an OpenDocument file, copied element by element.

Revisions are accepted and comments go with the vocabulary. Fields become the words they
show, except numbers of pages. Names and identifiers that only hold things together become
numbers; names of sheets, styles and fonts stay, because people see them.
"""

import re
from collections.abc import Callable
from typing import Final, Protocol

from redaction.files.documents.invisible import unseen, visible
from redaction.files.documents.opendocument.rules import NAMED, VOCABULARY, WORDS
from redaction.files.documents.rewriter import DROPPED, Element, Rewriter
from redaction.files.documents.xml import Tag, XmlReader
from redaction.files.links import clean_link

VERSION: Final = "1.3"
_IDENTIFIERS: Final = (
    *("xml:id", "draw:id", "draw:caption-id", "draw:start-shape", "draw:end-shape"),
    *("draw:shape-id", "smil:targetElement", "text:continue-list", "text:list-id"),
    "presentation:master-element",
)
_FORMULA: Final = re.compile("([A-Za-z]{1,10}):(=.*)", re.DOTALL)
_LANGUAGES: Final = frozenset({"of", "oooc", "msoxl"})
# What asks another file, another program or the network.
_ELSEWHERE: Final = re.compile(
    r"://|\\|'#|file:|(?:DDE|WEBSERVICE|FILTERXML|HYPERLINK|INFO|CELL)[ ]*\(", re.IGNORECASE
)
_WORD: Final = re.compile("[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_.\u0080-\U0010ffff]*")
_MOMENT: Final = re.compile("([^. ;()]+)(\\.[a-z]+(?:[+-][0-9.]+m?s)?)")
_CLOCK: Final = re.compile("[-+0-9.:a-z]{0,20}")
_DIGITS: Final = re.compile("[0-9]{1,9}")
_AXIS: Final = re.compile("(?:primary|secondary)-[xyz]")
_HERE: Final = re.compile("\\.{0,2}")
_HIDING: Final = {
    *(("table:display", "false"), ("table:visibility", "collapse"), ("draw:display", "none")),
    *(("table:visibility", "filter"), ("text:display", "none"), ("text:display", "condition")),
    ("presentation:visibility", "hidden"),
}
_MARKS: Final = (
    *("text:bookmark", "text:bookmark-start", "text:bookmark-end"),
    *("text:reference-mark", "text:reference-mark-start", "text:reference-mark-end"),
)
_DECLARATIONS: Final = (
    *("presentation:header-decl", "presentation:footer-decl", "presentation:date-time-decl"),
)
_USES: Final = (
    *("presentation:use-header-name", "presentation:use-footer-name"),
    *("presentation:use-date-time-name",),
)
_EXPRESSIONS: Final = ("table:named-range", "table:named-expression")
_PICTURES: Final = (
    *("draw:image", "draw:fill-image", "style:background-image", "text:list-level-style-image"),
    *("chart:symbol-image", "draw:plugin"),
)
_SPACE: Final = " \t\n"
_NUMBER_OF_PAGE: Final = "&lt;number&gt;"
_TEXT: Final = re.compile(">([^<]+)<")


class Files(Protocol):
    """Where a part finds the other files of its package."""

    def picture(self, href: str, film: bool) -> str | None:
        """Return the new address of a picture, or of sound and film; None if it goes."""

    def document(self, href: str) -> str | None:
        """Return the new address of a document in the document; None if it goes."""


class Numbers:
    """New names for old ones, in the order in which they are first met."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, str] = {}

    def __call__(self, old: str) -> str:
        """Return the new name of *old*."""
        return self._known.setdefault(old, f"{self._name}{len(self._known) + 1}")


class Mentions:
    """What a part mentions by name: words in formulas, headers and footers in use."""

    def __init__(self, untrusted: bytes) -> None:
        self.words: set[str] = set()
        self.uses: set[str] = set()
        reader = XmlReader(untrusted, VOCABULARY.prefixes)
        for tag, _ in reader:
            for name, value in tag.attributes.items():
                if name in ("table:formula", "table:expression"):
                    self.words.update(_WORD.findall(formula(value, reader.meaning) or ""))
                elif name in _USES:
                    self.uses.add(value)


def formula(value: str, meaning: Callable[[str], str]) -> str | None:
    """Return a formula in a language of ours, if it stays within the file."""
    match = _FORMULA.fullmatch(value)
    language = meaning(match[1]) if match else ""
    if _ELSEWHERE.search(value) or (match and language not in _LANGUAGES):
        return None
    return f"{language}:{match[2]}" if match else value


class OpenMarkup(Rewriter):
    """One part. *kind* is the document's, *names* are shared by its parts, see `shared`."""

    def __init__(
        self, kind: str, files: Files, names: dict[str, Numbers], mentions: Mentions
    ) -> None:
        super().__init__(VOCABULARY)
        self._kind = kind
        self._files = files
        self._names = names
        self._mentions = mentions
        self.values |= dict.fromkeys(_IDENTIFIERS, names["id"])
        self.values |= dict.fromkeys(_USES, names["decl"])
        self.values |= {
            "office:version": lambda _: VERSION,
            "table:formula": self._formula,
            "table:expression": self._formula,
            "style:condition": self._condition,
            "calcext:value": self._condition,
            "presentation:group-id": lambda value: value if _DIGITS.fullmatch(value) else None,
            "smil:begin": self._moment,
            "smil:end": self._moment,
            "chart:name": lambda value: value if _AXIS.fullmatch(value) else None,
        }
        hooks: dict[str, Callable[[Tag], Element]] = {
            **dict.fromkeys(WORDS, self._words),
            **dict.fromkeys(_PICTURES, self._picture),
            **dict.fromkeys(_DECLARATIONS, self._declaration),
            **dict.fromkeys(_EXPRESSIONS, self._expression),
            "draw:object": self._object,
            "text:a": self._link,
            "draw:a": self._link,
            "table:table": self._table,
            "presentation:notes": self._notes,
        }
        self.hooks |= hooks

    def kept(self, tag: Tag) -> dict[str, str]:
        """Return the attributes that stay; names depend on what is named."""
        kept = super().kept(tag)
        for name in ("draw:name", "table:name", "text:name", "presentation:name", "xlink:href"):
            if name in kept:
                clean = self._named(tag.name, name, kept[name])
                if clean is None:
                    del kept[name]
                else:
                    kept[name] = clean
        if any(pair in _HIDING for pair in kept.items()):
            self.warnings.add("hidden-content")
        return kept

    def rewrite(self, untrusted: bytes) -> str:
        """Return the document without what cannot be seen in its texts."""
        written = super().rewrite(untrusted)
        if not unseen(written):
            return written
        clean = _TEXT.sub(lambda match: f">{visible(match[1])}<", written)
        self.removed |= {"invisible-text"} if clean != written else set()
        return clean

    def _is_used(self, prefix: str, body: str) -> bool:
        """Formulas name a prefix too."""
        return super()._is_used(prefix, body) or (prefix in _LANGUAGES and f'="{prefix}:=' in body)

    # Names

    def _named(self, element: str, attribute: str, value: str) -> str | None:
        """Return the name that something gets, or None."""
        if attribute == "xlink:href":
            return value if _HERE.fullmatch(value) else None
        if element in NAMED or (attribute == "table:name" and element in _EXPRESSIONS):
            return value
        if attribute == "table:name":
            sheet = self._kind == "spreadsheet" or element != "table:table"
            return value if sheet or value == "local-table" else self._new("table", value)
        if element == "draw:page":
            return self._new("page", value)
        if attribute == "text:name":
            return self._new("mark" if element in _MARKS else "part", value)
        if attribute == "presentation:name":
            return self._names["decl"](value)
        self.removed.add("identifier")
        return None

    def _new(self, kind: str, value: str) -> str:
        name = self._names[kind](value)
        self.removed |= {"identifier"} if name != value else set()
        return name

    # Values

    def _formula(self, value: str) -> str | None:
        written = formula(value, self.meaning)
        self.removed |= {"link"} if written is None else set()
        self.used |= _LANGUAGES if written else set()
        return written

    def _condition(self, value: str) -> str | None:
        return None if _ELSEWHERE.search(value) else value

    def _moment(self, value: str) -> str | None:
        """Return when an animation begins; another one may be named."""
        match = _MOMENT.fullmatch(value)
        if match:
            return self._names["id"](match[1]) + match[2]
        return value if _CLOCK.fullmatch(value) else None

    # Elements

    def _words(self, tag: Tag) -> Element:
        """Leave the words that a field shows."""
        if tag.attributes.get("text:display") == "none":
            self.warnings.add("hidden-content")
            return DROPPED
        return Element(tag.name, holds_text=True)

    def _picture(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        href = tag.attributes.get("xlink:href")
        if href is not None:
            address = self._files.picture(href, tag.name == "draw:plugin")
            if address is None:
                return DROPPED
            kept |= {"xlink:href": address}
        elif tag.name != "style:background-image":
            return self._gone_with_file()
        return self.copied(tag, kept)

    def _object(self, tag: Tag) -> Element:
        href = tag.attributes.get("xlink:href")
        if href is None:
            return self._gone_with_file()
        address = self._files.document(href)
        if address is None:
            return DROPPED
        return self.copied(tag, self.kept(tag) | {"xlink:href": address})

    def _gone_with_file(self) -> Element:
        """Drop an element that holds a file in itself."""
        self.removed.add("attachment")
        self.warnings.add("files-dropped")
        return DROPPED

    def _link(self, tag: Tag) -> Element:
        old = tag.attributes.get("xlink:href", "")
        address = self._place(old[1:]) if old.startswith("#") else clean_link(old)
        if address != old and not old.startswith("#"):
            self.removed.add("link")
        if address is None:
            return Element(tag.name, holds_text=tag.name == "text:a")
        return self.copied(tag, self.kept(tag) | {"xlink:href": address})

    def _place(self, name: str) -> str | None:
        """Return the address of a place in the same document; its names are new."""
        if self._kind == "spreadsheet":
            return None if _ELSEWHERE.search(name) or "|" in name else f"#{name}"
        if self._kind in ("presentation", "drawing"):
            return f"#{self._names['page'](name)}"
        return None if "|" in name else f"#{self._names['mark'](name)}"

    def _table(self, tag: Tag) -> Element:
        """A sheet that is called like an address holds what came from there."""
        if _ELSEWHERE.search(tag.attributes.get("table:name", "")):
            self.removed.add("link")
            return DROPPED
        return self.copied(tag)

    def _declaration(self, tag: Tag) -> Element:
        used = tag.attributes.get("presentation:name") in self._mentions.uses
        return self.copied(tag) if used else self.dropped(tag)

    def _expression(self, tag: Tag) -> Element:
        used = tag.attributes.get("table:name") in self._mentions.words
        return self.copied(tag) if used else self.dropped(tag)

    def _notes(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._notes_end)

    def _notes_end(self, element: Element) -> bool:
        """Tell of notes with words in them: they are not on the slide."""
        texts = (piece for piece in self.pieces[element.start :] if piece[:1] != "<")
        if any(text.strip(_SPACE) and text != _NUMBER_OF_PAGE for text in texts):
            self.warnings.add("hidden-content")
        return True


def shared() -> dict[str, Numbers]:
    """Return the names that the parts of one document share."""
    kinds = {"id": "id", "decl": "decl", "table": "Table", "page": "page", "mark": "mark"}
    return {kind: Numbers(name) for kind, name in {**kinds, "part": "Part"}.items()}
