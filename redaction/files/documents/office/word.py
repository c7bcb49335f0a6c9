"""Texts: revisions are accepted, fields and bookmarks judged, bound controls dissolved."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from redaction.files.documents.office.markup import DOOMED, Markup, Shared
from redaction.files.documents.office.parts import RULES, Links
from redaction.files.documents.rewriter import DROPPED, Element
from redaction.files.documents.xml import Tag, escape_text
from redaction.files.links import clean_link

_KEPT_FIELDS: Final = frozenset(RULES["fields"]["kept"].split())
_EMPTIED_FIELDS: Final = frozenset(RULES["fields"]["emptied"].split())
_WORD: Final = re.compile('"[^"]*"|[^ \t\n"]+')
_SEEN: Final = re.compile(
    "<(?:w:(?:t|drawing|pict|tab|br|sym|fldChar|footnoteReference|sectPr)|m:t)[ />]"
)
_PASSED: Final = re.compile("$|<w:bookmark")
_OFF: Final = frozenset({"0", "false", "off"})
_BOOKMARK_ATTRIBUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "w:bookmarkStart": ("w:id", "w:name", "w:colFirst", "w:colLast"),
    "w:bookmarkEnd": ("w:id",),
}
_BOOKMARK: Final = re.compile(
    '(<w:bookmark(?:Start|End) w:id="([^"]*)")(?: w:name="([^"]*)")?([^>]*/>)'
)
_ANCHOR: Final = re.compile('(<w:hyperlink[^>]*?) w:anchor="([^"]*)"')
_INSTRUCTION: Final = re.compile(
    '(<w:instrText[^>]*>)([^<]*)|(<w:fldSimple[^>]*? w:instr=")([^"]*)'
)
_NOTE: Final = re.compile(r"<w:(footnote|endnote)( [^>]*)?>.*?</w:\1>", re.DOTALL)
_NOTE_ID: Final = re.compile(' w:id="([^"]*)"')
_NOTE_REFERENCE: Final = re.compile('<w:(footnote|endnote)Reference[^>]* w:id="([^"]*)"')
_NAMING: Final = frozenset({"\\L", "REF", "PAGEREF", "NOTEREF"})
_NAME: Final = re.compile('[^ \t\n"&;]+')


@dataclass(slots=True)
class Field:
    """A field while it is read: first its instruction, then its result."""

    instruction: str = ""
    fate: str = ""
    simple: bool = False
    start: int = -1
    pieces: list[int] = field(default_factory=list)
    texts: list[int] = field(default_factory=list)


class WordMarkup(Markup):
    """A part of a text document."""

    def __init__(self, links: Links, outer: Links | None, shared: Shared) -> None:
        super().__init__(links, outer, shared)
        self._fields: list[Field] = []
        for name in ("w:del", "w:moveFrom"):
            self.hooks[name] = self._deleted
        for name in ("w:drawing", "w:pict"):
            self.hooks[name] = self._shown_here
        self.hooks |= {
            "w:p": self._paragraph,
            "w:tbl": self._table,
            "w:tr": self._row,
            "w:tc": self._cell,
            "w:txbxContent": self._cell,
            "w:footnote": self._cell,
            "w:endnote": self._cell,
            "w:cellDel": self._deleted_cell,
            "w:object": self._object,
            "w:hyperlink": self._hyperlink,
            "w:fldChar": self._field_mark,
            "w:instrText": self._instruction,
            "w:fldSimple": self._simple_field,
            "w:t": self._words,
            "w:vanish": self._vanish,
            "w:name": self._name,
            "w:sdtPr": self._control,
            "w:bookmarkStart": self._bookmark,
            "w:bookmarkEnd": self._bookmark,
        }

    def take_back(self, start: int) -> None:
        """Forget what was written from *start* on, with the fields that began there."""
        super().take_back(start)
        self._fields = [one for one in self._fields if one.start < start]
        for one in self._fields:
            one.pieces = [at for at in one.pieces if at < start]
            one.texts = [at for at in one.texts if at < start]

    def finish(self) -> None:
        """Judge the fields that never end by what was read of them, and notes by the text."""
        while self._fields:
            self._abandon(self._fields.pop())
        if self.root == "w:document":
            self.shared.notes = set(_NOTE_REFERENCE.findall("".join(self.pieces)))
        elif self.root in ("w:footnotes", "w:endnotes"):
            self.pieces = [_NOTE.sub(self._note, "".join(self.pieces))]

    def _note(self, match: re.Match[str]) -> str:
        """Return a note unless what led to it was deleted."""
        kind, attributes, id_ = match[1], match[2] or "", _NOTE_ID.search(match[2] or "")
        wanted = id_ is not None and (kind, id_[1]) in self.shared.notes
        return match[0] if wanted or " w:type=" in attributes else ""

    # Revisions

    def _deleted(self, tag: Tag) -> Element:
        """Drop a deletion; the mark of a paragraph or row takes that with it."""
        names = [element.name for element in self.open[-2:]]
        if names == ["w:pPr", "w:rPr"]:
            self.doom("w:p")
        elif names[-1:] == ["w:trPr"]:
            self.doom("w:tr")
        return self.dropped(tag)

    def _deleted_cell(self, tag: Tag) -> Element:
        self.doom("w:tc")
        return self.dropped(tag)

    def _paragraph(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._paragraph_end)

    def _paragraph_end(self, element: Element) -> bool:
        """Take back a deleted paragraph, unless something in it is left.

        No instruction goes on in the next paragraph, and no result that goes.
        """
        for one in self._fields:
            self._abandon(one)
        if element.state != DOOMED:
            return True
        return _SEEN.search("".join(self.pieces[element.start :])) is not None

    def _table(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._table_end)

    def _table_end(self, element: Element) -> bool:
        return "</w:tr>" in self.pieces[element.start :]

    def _row(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._row_end)

    def _row_end(self, element: Element) -> bool:
        return element.state != DOOMED and "</w:tc>" in self.pieces[element.start :]

    def _cell(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._cell_end)

    def _cell_end(self, element: Element) -> bool:
        """Cells and the like end with a paragraph, also where the last one was deleted."""
        at = len(self.pieces) - 1
        while at > element.start and _PASSED.match(self.pieces[at]):
            at -= 1
        if self.pieces[at] != "</w:p>":
            self.pieces += ("<w:p>", "</w:p>")
        return element.state != DOOMED

    # Fields

    def _field_mark(self, tag: Tag) -> Element:
        kind = tag.attributes.get("w:fldCharType")
        if kind == "begin":
            self._fields.append(Field(start=len(self.pieces)))
            return self.copied(tag, leave=self._mark_end)
        if not self._fields or self._fields[-1].simple:
            return DROPPED
        one = self._fields[-1]
        if not one.fate:
            self._decide(one)
        kept = one.fate == "kept"
        if kind == "end":
            self._close(self._fields.pop())
        return self.copied(tag, leave=self._mark_end) if kept else DROPPED

    def _mark_end(self, element: Element) -> bool:
        self._remember(element)
        return True

    def _remember(self, element: Element) -> None:
        """Know the pieces of a field, should they have to go."""
        if self._fields:
            self._fields[-1].pieces += range(element.start, len(self.pieces) + 1)

    def _close(self, one: Field) -> None:
        """A field inside another one's instruction shares its fate."""
        if self._fields and not self._fields[-1].fate:
            self._fields[-1].pieces += one.pieces

    def _instruction(self, tag: Tag) -> Element:
        return self.copied(tag, leave=self._instruction_end, collects=True)

    def _instruction_end(self, element: Element) -> bool:
        if not self._fields or self._fields[-1].fate:
            return False
        one = self._fields[-1]
        one.instruction += element.text
        one.texts.append(len(self.pieces))
        self.write_text(element.text)
        self._remember(element)
        return True

    def _decide(self, one: Field) -> None:
        """Keep a field, leave only its result, or not even that."""
        one.fate, instruction = self._judged(one.instruction)
        if one.fate != "kept":
            for at in one.pieces:
                if at < len(self.pieces):
                    self.pieces[at] = ""
        elif instruction != one.instruction and one.texts:
            for at in one.texts:
                self.pieces[at] = ""
            self.pieces[one.texts[0]] = escape_text(instruction)

    def _abandon(self, one: Field) -> None:
        """Leave of a field what is there if its instruction or its fate has no end."""
        if not one.fate:
            one.instruction = ""
            self._decide(one)
        one.fate = "kept" if one.fate == "kept" else "unlinked"

    def _judged(self, instruction: str) -> tuple[str, str]:
        """Return the fate of a field, and its instruction as it may stay."""
        words = _WORD.findall(instruction)
        name = words[0].upper() if words else ""
        if name in _EMPTIED_FIELDS:
            self.removed.add("author")
            return "emptied", ""
        if name == "HYPERLINK":
            return self._judged_link(words)
        if name in _KEPT_FIELDS:
            return "kept", instruction
        self.removed.add("unknown")
        return "unlinked", ""

    def _judged_link(self, words: list[str]) -> tuple[str, str]:
        """Keep the address and the place in it."""
        address = words[1].strip('"') if len(words) > 1 and not words[1].startswith("\\") else ""
        kept = ["HYPERLINK"]
        if address:
            link = clean_link(address)
            if link is None:
                self.removed.add("link")
                return "unlinked", ""
            self.removed |= {"link"} if link != address else set()
            kept.append(f'"{link}"')
        for switch, value in pairwise(words):
            if switch.lower() == "\\l":
                kept += ["\\l", value]
        return ("kept", f" {' '.join(kept)} ") if len(kept) > 1 else ("unlinked", "")

    def _simple_field(self, tag: Tag) -> Element:
        one = Field(simple=True)
        one.fate, instruction = self._judged(tag.attributes.get("w:instr", ""))
        self._fields.append(one)
        if one.fate != "kept":
            return Element(tag.name, leave=self._simple_field_end)
        kept = self.kept(tag) | {"w:instr": instruction}
        return self.copied(tag, kept, leave=self._simple_field_end)

    def _simple_field_end(self, _: Element) -> bool:
        """Fields that began inside and did not end there never will."""
        while not (one := self._fields.pop()).simple:
            self._abandon(one)
        return True

    def _hidden_by_field(self) -> bool:
        """Say whether this is part of an instruction, or of a result that goes."""
        return any(one.fate in ("", "emptied") for one in self._fields)

    def _words(self, tag: Tag) -> Element:
        return DROPPED if self._fields and self._hidden_by_field() else self.plain(tag)

    def _shown_here(self, tag: Tag) -> Element:
        if self._hidden_by_field():
            return DROPPED
        return self.copied(tag, leave=self.unless_doomed)

    # Other things

    def _object(self, tag: Tag) -> Element:
        """An object of another program stays as the picture that is seen of it."""
        return DROPPED if self._hidden_by_field() else self.copied(tag, {}, name="w:pict")

    def _hyperlink(self, tag: Tag) -> Element:
        kept = self.kept(tag)
        if "r:id" in kept:
            kept.pop("w:anchor", None)
        return self.copied(tag, kept)

    def _vanish(self, tag: Tag) -> Element:
        if self.root != "w:styles" and tag.attributes.get("w:val") not in _OFF:
            self.warnings.add("hidden-content")
        return self.plain(tag)

    def _name(self, tag: Tag) -> Element:
        return DROPPED if self.open[-1].name == "w:ffData" else self.plain(tag)

    def _bookmark(self, tag: Tag) -> Element:
        """Write a bookmark in one spelling, for `settle_bookmarks`."""
        kept = self.kept(tag)
        allowed = _BOOKMARK_ATTRIBUTES[tag.name]
        ordered = {name: kept[name] for name in allowed if name in kept}
        if not ordered.keys() >= set(allowed[:2]):
            return DROPPED
        return Element(tag.name, f"<{tag.name}{self.spelled(ordered)}/>")

    def _control(self, tag: Tag) -> Element:
        """What a control is bound to goes; it is read only for what it tells."""
        self.removed |= self.vocabulary.tells(tag.name)
        return Element(tag.name, leave=self._control_end)

    def _control_end(self, _: Element) -> bool:
        return False


def settle_bookmarks(texts: Iterable[str]) -> list[str]:
    """Return the parts of a document with the bookmarks that something refers to, numbered."""
    texts = list(texts)
    mentioned = {name for text in texts for name in _mentioned(text)} - _KEPT_FIELDS
    declared = [match[3] for text in texts for match in _BOOKMARK.finditer(text) if match[3]]
    wanted = [name for name in dict.fromkeys(declared) if name in mentioned]
    names = {name: f"_Ref{number}" for number, name in enumerate(wanted, 1)}
    return [_renamed(text, names) for text in texts]


def _mentioned(text: str) -> set[str]:
    found = {match[2] for match in _ANCHOR.finditer(text)}
    for match in _INSTRUCTION.finditer(text):
        found.update(_NAME.findall(match[2] or match[4] or ""))
    return found


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """Write bookmarks and what refers to them with new names; drop the others.

    A name that an instruction has for no bookmark goes too.
    """
    kept = {match[2] for match in _BOOKMARK.finditer(text) if match[3] in names}

    def bookmark(match: re.Match[str]) -> str:
        start, id_, name, rest = match.groups()
        if name is None:
            return match[0] if id_ in kept else ""
        return f'{start} w:name="{names[name]}"{rest}' if name in names else ""

    def anchor(match: re.Match[str]) -> str:
        start, name = match.groups()
        return f'{start} w:anchor="{names[name]}"' if name in names else start

    def instruction(match: re.Match[str]) -> str:
        before = ""

        def word(name: re.Match[str]) -> str:
            nonlocal before
            lost = before.upper() in _NAMING and not name[0].startswith("\\")
            before = before if name[0] == "quot" else name[0]
            return names.get(name[0], "" if lost and name[0] != "quot" else name[0])

        start = match[1] or match[3]
        return start + _NAME.sub(word, match[2] or match[4] or "")

    text = _BOOKMARK.sub(bookmark, text)
    return _INSTRUCTION.sub(instruction, _ANCHOR.sub(anchor, text))
