"""Read a cleaned Office file a second time, with expat, knowing nothing of how it was made.

Every member has its place, its content type and something that refers to it; every
reference leads to a member or to a public address; every element and attribute is one of
`rules.json`, in a namespace declared at the root; nothing but elements and text is there.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import Any, Final
from xml.parsers import expat

from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("document-malformed")

_RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
_PREFIX: Final = {uri: prefix for prefix, uris in _RULES["namespaces"].items() for uri in uris}
_ELEMENTS: Final = {
    f"{prefix}:{local}" for prefix, names in _RULES["elements"].items() for local in names.split()
}
_ATTRIBUTES: Final = {
    prefix: {*names.split(), "mc:Ignorable"} for prefix, names in _RULES["attributes"].items()
}
_TEXTS: Final = set(_RULES["texts"].split())
_RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_PART: Final = re.compile(r"(?:word|xl|ppt)/(?:[A-Za-z]+/)?([A-Za-z]+)[0-9]*\.([a-z0-9]{2,4})")
_RELATIONS_PART: Final = re.compile(r"((?:word|xl|ppt)/(?:[A-Za-z]+/)?)_rels/([A-Za-z0-9.]+)\.rels")
_ADDRESS: Final = re.compile(r"https?://|mailto:|#")
_KINDS: Final = {kind for kinds in _RULES["parts"].values() for kind in kinds} | {"hyperlink"}
_CONTENT: Final = {rule["content"] for kinds in _RULES["parts"].values() for rule in kinds.values()}
_MEDIA: Final = {*_RULES["pictures"].split(), *_RULES["media"].split()}
_DEFAULTS: Final = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
}


def verify_office(members: Mapping[str, bytes]) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    left = dict(members)
    types, defaults = _content_types(left.pop("[Content_Types].xml"))
    reached = set(_targets("", left.pop("_rels/.rels"), members).values())
    for name in [name for name in left if name.endswith(".rels")]:
        place = _RELATIONS_PART.fullmatch(name)
        _demand(place and place[1] + place[2] in left)
    parts = {name: data for name, data in left.items() if not name.endswith(".rels")}
    for name, data in parts.items():
        place = _PART.fullmatch(name)
        _demand(place)
        relations = left.get(f"{dirname(name)}/_rels/{name.rpartition('/')[2]}.rels", b"")
        targets = _targets(name, relations, members) if relations else {}
        reached |= set(targets.values())
        if name.endswith(".xml"):
            _demand(types.get(name) in _CONTENT)
            _Reader(targets).read(data)
        else:
            _demand(defaults.get(name.rpartition(".")[2]) in _MEDIA and "/media/" in name)
    _demand(reached >= set(parts) and set(types) <= set(parts))


def _content_types(written: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Return types by part and by extension."""
    types: dict[str, str] = {}
    defaults: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        match name.removeprefix(f"{_TYPES} "), attributes:
            case "Override", {"PartName": part, "ContentType": content, **rest}:
                _demand(not rest and part.startswith("/"))
                types[part[1:]] = content
            case "Default", {"Extension": extension, "ContentType": content, **rest}:
                _demand(not rest)
                defaults[extension] = content
            case other, found:
                _demand(other == "Types" and not found)

    _parse(written, start)
    _demand(defaults.items() >= _DEFAULTS.items())
    return types, defaults


def _targets(part: str, written: bytes, members: Mapping[str, bytes]) -> dict[str, str]:
    """Return what each relationship of a part leads to."""
    targets: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == f"{_RELATIONS} Relationships":
            _demand(not attributes)
            return
        _demand(name == f"{_RELATIONS} Relationship")
        _demand(attributes.keys() <= {"Id", "Type", "Target", "TargetMode"})
        _demand(attributes["Type"].rpartition("/")[2] in _KINDS)
        id_, target = attributes["Id"], attributes["Target"]
        _demand(re.fullmatch("rId[0-9]+", id_) and id_ not in targets)
        if "TargetMode" in attributes:
            _demand(attributes["TargetMode"] == "External" and _ADDRESS.match(target))
            targets[id_] = target
        else:
            targets[id_] = normpath(join(dirname(part), target))
            _demand(targets[id_] in members)

    _parse(written, start)
    return targets


class _Reader:
    """Reads one part whose relationships are known."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._open: list[str] = []

    def read(self, written: bytes) -> None:
        _parse(written, self._start, self._end, self._text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        short = _short(name)
        _demand(short in _ELEMENTS)
        allowed = _ATTRIBUTES[short.partition(":")[0]]
        for key, value in attributes.items():
            attribute = _short(key) if " " in key else key
            _demand(attribute in allowed)
            _demand(not attribute.startswith("r:") or value == "" or value in self._targets)
        self._open.append(short)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        _demand(self._open[-1] in _TEXTS or not text.strip())


@lru_cache(4096)
def _short(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    if uri == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{local}"
    return f"{_PREFIX.get(uri, '?')}:{local}"


def _parse(
    written: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] = lambda found: _demand(not found.strip()),
) -> None:
    """Call back for elements and text; refuse all that is neither."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.buffer_text = True
    parser.CommentHandler = parser.StartCdataSectionHandler = _refuse
    parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(written, True)
    except (expat.ExpatError, KeyError) as exc:
        raise UnreadableFileError("document-malformed") from exc


def _refuse(*_: object) -> None:
    raise UnreadableFileError("document-malformed")
