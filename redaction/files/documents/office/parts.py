"""The parts of an Office file and what holds them together (ECMA-376-2, Open Packaging).

A part stays when its relationship's type is one of `rules.json` for its family (`word`,
`xl`, `ppt`) and something that stays refers to it. Names and relationship numbers are ours.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from redaction.files.documents.rewriter import DECLARATION, Vocabulary
from redaction.files.documents.xml import Kind, XmlReader, escape_value
from redaction.files.errors import UnreadableFileError

RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
VOCABULARY: Final = Vocabulary(RULES)
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_STRICT: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
_MICROSOFT: Final = "http://schemas.microsoft.com/office/2007/relationships/"
_BASES: Final = (_OFFICE, _STRICT, _MICROSOFT)
_TAG: Final = re.compile("<[^>]+>")
_REFERENCE: Final = re.compile(r'( r:[a-z]+=")(rId[0-9]+)(?=")')


@dataclass(frozen=True)
class Rule:
    """What a part of a kind is called, what its root is and which kinds it belongs to unasked.

    `name` has a "#" where parts of the kind are numbered; `root` is empty for media.
    """

    name: str
    root: str
    content: str
    implicit: frozenset[str]


FAMILIES: Final[dict[str, dict[str, Rule]]] = {
    family: {
        kind: Rule(
            f"{family}/{rule['name']}",
            rule["root"],
            rule["content"],
            frozenset(rule.get("implicit", "").split()),
        )
        for kind, rule in kinds.items()
    }
    for family, kinds in RULES["parts"].items()
}
_RELATION_TELLS: Final[dict[str, str]] = RULES["relations"]


@dataclass(frozen=True)
class Relation:
    """A relationship as it was read; `kind` is the last word of its type."""

    id: str
    type: str
    kind: str
    target: str
    external: bool

    @property
    def known(self) -> bool:
        """Whether the type is one of Office's own."""
        return self.type in {base + self.kind for base in _BASES}

    def tells(self) -> set[str]:
        """Return the categories of what it tells."""
        told = {tells for tells, kinds in _RELATION_TELLS.items() if self.kind in kinds.split()}
        return (told or {"unknown"}) - {"nothing"}


@dataclass(eq=False)
class Link:
    """A relationship as it will be written; `target` is a part's old name or an address."""

    id: str
    relation: Relation
    target: str
    implicit: bool = False


@dataclass(eq=False)
class Links:
    """The relationships of one part; `judge` gives the target of those that may stay."""

    relations: Mapping[str, Relation]
    judge: Callable[[Relation], str | None]
    links: list[Link] = field(default_factory=list)
    _known: dict[str, Link | None] = field(default_factory=dict)

    def add(self, relation: Relation, implicit: bool = False) -> Link | None:
        """Keep a relationship if it may stay."""
        target = self.judge(relation)
        link = None
        if target is not None:
            link = Link(f"rId{len(self.links) + 1}", relation, target, implicit)
            self.links.append(link)
        self._known[relation.id] = link
        return link

    def new_id(self, old_id: str) -> str | None:
        """Return the new number of a relationship that is referred to, None if it goes."""
        if old_id not in self._known:
            if old_id not in self.relations:
                return None
            self.add(self.relations[old_id])
        link = self._known[old_id]
        return link.id if link else None

    def settle(self, text: str) -> str:
        """Drop what *text* does not refer to any more; return it with numbers in order."""
        places = {link.id: text.find(f'="{link.id}"') for link in self.links if not link.implicit}
        used = [link for link in self.links if places.get(link.id, 0) >= 0]
        used.sort(key=lambda link: places.get(link.id, -1))
        if used == self.links:
            return text
        numbers = {link.id: f"rId{number}" for number, link in enumerate(used, 1)}
        for link in used:
            link.id = numbers[link.id]
        self.links = used

        def renumbered(tag: re.Match[str]) -> str:
            return _REFERENCE.sub(lambda one: one[1] + numbers.get(one[2], one[2]), tag[0])

        return _TAG.sub(renumbered, text)


def read_relations(untrusted: bytes, base: str) -> dict[str, Relation]:
    """Return the relationships of the part *base* by number; raise `UnreadableFileError`."""
    relations: dict[str, Relation] = {}
    for tag, _ in XmlReader(untrusted, {f"{PACKAGE}relationships": "rel"}):
        if tag.name != "rel:Relationship" or tag.kind is Kind.END:
            continue
        values = [tag.attributes.get(name, "") for name in ("Id", "Type", "Target", "TargetMode")]
        id_, type_, target, mode = values
        if id_ in relations or not (id_ and type_):
            raise UnreadableFileError("document-malformed")
        external = mode == "External"
        target = target if external else resolve(base, target)
        relations[id_] = Relation(id_, type_, type_.rpartition("/")[2], target, external)
    return relations


def write_relations(links: Iterable[tuple[str, str, str, bool]]) -> bytes:
    """Return the relationships given as number, type, target and whether it is external."""
    text = f'{DECLARATION}<Relationships xmlns="{PACKAGE}relationships">'
    for id_, type_, target, external in links:
        mode = ' TargetMode="External"' if external else ""
        text += f'<Relationship Id="{id_}" Type="{type_}" Target="{escape_value(target)}"{mode}/>'
    return f"{text}</Relationships>".encode()


def write_content_types(
    types: Iterable[tuple[str, str]], media: Iterable[tuple[str, str]]
) -> bytes:
    """Return `[Content_Types].xml`: *types* by part name, *media* types by extension."""
    text = f'{DECLARATION}<Types xmlns="{PACKAGE}content-types">'
    relations = ("rels", "application/vnd.openxmlformats-package.relationships+xml")
    for extension, content in (relations, ("xml", "application/xml"), *sorted(set(media))):
        text += f'<Default Extension="{extension}" ContentType="{content}"/>'
    for name, content in types:
        text += f'<Override PartName="/{name}" ContentType="{content}"/>'
    return f"{text}</Types>".encode()


def relations_name(part: str) -> str:
    """Return the name of the part that holds the relationships of *part*."""
    folder, slash, name = part.rpartition("/")
    return f"{folder}{slash}_rels/{name}.rels"


def resolve(base: str, target: str) -> str:
    """Return the name of the part that *target* means in the part *base*."""
    path = target if target.startswith("/") else f"{base.rpartition('/')[0]}/{target}"
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def relative(base: str, target: str) -> str:
    """Return how the part *base* points to the part *target*."""
    here, there = base.split("/")[:-1], target.split("/")
    while here and here[0] == there[0]:
        del here[0], there[0]
    return "../" * len(here) + "/".join(there)
