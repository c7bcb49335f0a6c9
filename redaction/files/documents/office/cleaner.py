"""Clean Word, Excel and PowerPoint files (ECMA-376, transitional and strict).

Starting from the main part, every part that may stay is written anew from the vocabulary in
`rules.json`; pictures, sound and film go through their own cleaners. Properties, previews,
comments, custom data, settings of printers and programs, embedded files and everything that
nothing refers to do not come along. Files with macros are refused.

Out of reach: names of styles and fonts, the look of a template.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from redaction.files.documents.archive import Archive
from redaction.files.documents.office.markup import Markup, Shared
from redaction.files.documents.office.parts import (
    FAMILIES,
    PACKAGE,
    RULES,
    VOCABULARY,
    Links,
    Relation,
    Rule,
    read_relations,
    relations_name,
    relative,
    write_content_types,
    write_relations,
)
from redaction.files.documents.office.sheet import SheetMarkup, used_strings, without_unused
from redaction.files.documents.office.slide import SlideMarkup
from redaction.files.documents.office.verify import verify_office
from redaction.files.documents.office.word import WordMarkup, settle_bookmarks
from redaction.files.documents.package import Package
from redaction.files.documents.xml import Kind, XmlReader
from redaction.files.errors import UnreadableFileError
from redaction.files.links import clean_link
from redaction.files.policy import TYPES
from redaction.files.registry import clean_inner

CONTENT_TYPES: Final = "[Content_Types].xml"
MEDIA: Final = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MARKUPS: Final[dict[str, type[Markup]]] = {
    "word": WordMarkup,
    "xl": SheetMarkup,
    "ppt": SlideMarkup,
}
_PICTURES: Final = frozenset(RULES["pictures"].split())
_SOUND_AND_FILM: Final = frozenset(RULES["media"].split())
_MACROS: Final = ("macroEnabled", "vbaProject", "macrosheet", "intlMacrosheet")
# One transparent pixel, in the place of a picture that cannot be cleaned.
_PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c02"
    "0000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


@dataclass(eq=False)
class Part:
    """A part that stays: where it was, what it is, what it is called, what refers to it."""

    source: str
    kind: str
    name: str
    outer: Links | None
    links: Links
    text: str = ""
    data: bytes = b""
    media: str = ""


class OfficeCleaner(Package):
    """Cleans one file; `exact_media` says which of the three it is."""

    media = MEDIA["word"]

    def _repack(self, archive: Archive) -> Iterable[tuple[str, bytes]]:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.names}
        if len(self._names) != len(archive.names):
            raise UnreadableFileError("document-malformed")
        self._refuse_macros()
        root = self._read_relations("")
        main = self._main_of(root)
        self._family = self._family_of(main.target)
        self._rules = FAMILIES[self._family]
        self._parts: dict[str, Part] = {}
        self._waiting: deque[Part] = deque()
        self._numbers: dict[str, int] = {}
        self._shared = Shared()
        self._inner: dict[str, tuple[bytes, str] | None] = {}
        self._met = {CONTENT_TYPES, relations_name("")}
        self.exact_media = MEDIA[self._family]
        links = Links(root, self._judge)
        links.add(main)
        self._part(main, None)
        while self._waiting:
            self._clean(self._waiting.popleft())
        self._report_the_rest(root)
        return self._members(main)

    def _check(self, members: Mapping[str, bytes]) -> None:
        verify_office(members)

    # Finding parts

    def _refuse_macros(self) -> None:
        types = self._archive.read(CONTENT_TYPES)
        for tag, _ in XmlReader(types, {f"{PACKAGE}content-types": "ct"}):
            content = tag.attributes.get("ContentType", "")
            if any(sign in content for sign in _MACROS):
                raise UnreadableFileError("document-macros")

    def _read_relations(self, source: str) -> dict[str, Relation]:
        name = self._find(relations_name(source))
        return read_relations(self._archive.read(name), source) if name else {}

    def _find(self, name: str) -> str | None:
        """Return a member by a name that may be in other letters."""
        return self._names.get(name.lower())

    def _main_of(self, root: Mapping[str, Relation]) -> Relation:
        mains = [one for one in root.values() if one.kind == "officeDocument" and one.known]
        if len(mains) != 1 or mains[0].external or not self._find(mains[0].target):
            raise UnreadableFileError("document-malformed")
        return mains[0]

    def _family_of(self, target: str) -> str:
        reader = XmlReader(self._archive.read(self._find(target) or ""), VOCABULARY.prefixes)
        root = next((tag.name for tag, _ in reader if tag.kind is not Kind.NOTHING), "")
        families = (name for name in FAMILIES if FAMILIES[name]["officeDocument"].root == root)
        family = next(families, None)
        if family is None:
            raise UnreadableFileError("document-kind")
        return family

    def _judge(self, relation: Relation) -> str | None:
        """Return the target of a relationship that may stay: an address or a member's name."""
        if relation.external:
            return self._judge_address(relation)
        rule = self._rules.get(relation.kind)
        name = self._find(relation.target)
        if rule is None or not relation.known or not name:
            self._note(*relation.tells())
            return None
        if not rule.root and relation.kind != "image" and self._inner_file(name) is None:
            return None
        return name

    def _judge_address(self, relation: Relation) -> str | None:
        place = relation.target.startswith("#") and self._family == "xl"
        link = clean_link(relation.target) if relation.kind == "hyperlink" else None
        if relation.kind == "hyperlink" and place:
            return relation.target
        if link != relation.target:
            self._note("link")
        return link

    def _part(self, relation: Relation, outer: Links | None) -> Part:
        """Return the part that a relationship leads to, making it known if it is new."""
        source = self._find(relation.target) or ""
        part = self._parts.get(source)
        if part is None:
            relations = self._read_relations(source)
            name = self._new_name(self._rules[relation.kind])
            links = Links(relations, self._judge)
            part = Part(source, relation.kind, name, outer, links)
            self._parts[source] = part
            self._waiting.append(part)
        if self._rules[part.kind].name != self._rules[relation.kind].name:
            raise UnreadableFileError("document-malformed")
        return part

    def _new_name(self, rule: Rule) -> str:
        number = self._numbers[rule.name] = self._numbers.get(rule.name, 0) + 1
        if "#" in rule.name:
            return rule.name.replace("#", str(number))
        return rule.name if number == 1 else f"{rule.name}{number}"

    # Cleaning parts

    def _clean(self, part: Part) -> None:
        self._met |= {part.source, self._find(relations_name(part.source)) or ""}
        rule = self._rules[part.kind]
        if not rule.root:
            self._clean_media(part)
            return
        for relation in part.links.relations.values():
            known = self._rules.get(relation.kind)
            if known and part.kind in known.implicit and not relation.external:
                part.links.add(relation, implicit=True)
        markup = _MARKUPS[self._family](part.links, part.outer, self._shared)
        text = markup.rewrite(self._archive.read(part.source))
        if markup.root != rule.root:
            raise UnreadableFileError("document-malformed")
        self._note(*markup.removed)
        self._warn(*markup.warnings)
        part.name += ".xml"
        part.text = part.links.settle(text)
        for link in part.links.links:
            if not link.relation.external:
                self._part(link.relation, part.links)

    def _clean_media(self, part: Part) -> None:
        inner = self._inner_file(part.source)
        part.data, part.media = inner or (_PIXEL, "image/png")
        allowed = _PICTURES if part.kind == "image" else _SOUND_AND_FILM
        if part.media not in allowed:
            part.data, part.media = _PIXEL, "image/png"
        extension = next(known.extension for known in TYPES if known.media == part.media)
        part.name += f".{extension}"

    def _inner_file(self, name: str) -> tuple[bytes, str] | None:
        """Return a picture, sound or film clean, with its type; None if that cannot be."""
        if name not in self._inner:
            self._inner[name] = self._clean_inner_file(name)
        return self._inner[name]

    def _clean_inner_file(self, name: str) -> tuple[bytes, str] | None:
        data = self._archive.read(name)
        if data == _PIXEL:
            return data, "image/png"
        try:
            written, report = clean_inner(data, "", self.depth)
        except UnreadableFileError:
            self._warn("files-dropped")
            self._note("attachment")
            return None
        if report.media not in _PICTURES | _SOUND_AND_FILM:
            self._warn("files-dropped")
            self._note("attachment")
            return None
        self._note(*report.removed)
        self._warn(*report.warnings)
        return written, report.media

    # Writing

    def _report_the_rest(self, root: Mapping[str, Relation]) -> None:
        """Tell of what does not come along."""
        relations = list(root.values())
        kept: set[Relation] = set()
        for part in self._parts.values():
            relations += part.links.relations.values()
            kept |= {link.relation for link in part.links.links}
        for relation in relations:
            if relation.external and relation not in kept:
                self._note(*relation.tells())
            name = None if relation.external else self._find(relation.target)
            if name and name not in self._met:
                self._note(*relation.tells())
                self._met |= {name, self._find(relations_name(name)) or ""}
        if not self._met.issuperset(self._archive.names):
            self._note("unknown")

    def _members(self, main: Relation) -> list[tuple[str, bytes]]:
        parts = list(self._parts.values())
        if self._family == "word":
            texts = settle_bookmarks(part.text for part in parts)
            for part, text in zip(parts, texts, strict=True):
                self._note(*({"identifier"} if text != part.text else ()))
                part.text = text
        if self._family == "xl":
            self._empty_unused_strings(parts)
        types = [(part.name, self._rules[part.kind].content) for part in parts if not part.media]
        media = [(part.name.rpartition(".")[2], part.media) for part in parts if part.media]
        root = [("rId1", main.type, parts[0].name, False)]
        members = [
            (CONTENT_TYPES, write_content_types(types, media)),
            (relations_name(""), write_relations(root)),
        ]
        for part in parts:
            members.append((part.name, part.data or part.text.encode()))
            if part.links.links:
                members.append((relations_name(part.name), self._relations(part)))
        return members

    def _empty_unused_strings(self, parts: Iterable[Part]) -> None:
        used = used_strings(part.text for part in parts if part.kind == "worksheet")
        for part in parts:
            if part.kind == "sharedStrings":
                text = without_unused(part.text, used)
                self._note(*({"history"} if text != part.text else ()))
                part.text = text

    def _relations(self, part: Part) -> bytes:
        written = []
        for link in part.links.links:
            external = link.relation.external
            target = link.target if external else relative(part.name, self._parts[link.target].name)
            written.append((link.id, link.relation.type, target, external))
        return write_relations(written)
