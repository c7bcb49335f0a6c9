"""Read a cleaned OpenDocument file a second time, with expat, knowing nothing of how it was made.

Every member has its place and stands in the manifest; every element and attribute is one of
`rules.json`; names that hold things together are numbers; every address leads to a member,
to a place in the document or to a public page; text stands only where text may stand.
"""

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import Any, Final
from xml.parsers import expat

from redaction.files.documents.verify_plain import verify_text
from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("document-malformed")

_RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
_PREFIX: Final = {uri: prefix for prefix, uris in _RULES["namespaces"].items() for uri in uris}
_ELEMENTS: Final = {
    f"{prefix}:{local}" for prefix, names in _RULES["elements"].items() for local in names.split()
}
_ATTRIBUTES: Final = {prefix: {*names.split()} for prefix, names in _RULES["attributes"].items()}
_TEXTS: Final = set(_RULES["texts"].split())
_MANIFEST: Final = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_PART: Final = re.compile(r"(?:(?:Object [0-9]+/)?(?:content|styles)|settings)\.xml")
_FILE: Final = re.compile(r"(?:Object [0-9]+/)?(?:Pictures|media)/[0-9]+\.[a-z0-9]{2,4}")
_FOLDER: Final = re.compile("Object [0-9]+/")
_ADDRESS: Final = re.compile(r"https?://[^/]*\.|mailto:|#|\.{0,2}\Z")
_NUMBERED: Final = {
    "xml:id": re.compile("id[0-9]+"),
    "draw:id": re.compile("id[0-9]+"),
    "smil:targetElement": re.compile("id[0-9]+"),
    "text:name": re.compile("(?:mark|Part)[0-9]+"),
    "presentation:name": re.compile("decl[0-9]+"),
    "office:version": re.compile(r"1\.3"),
    "config:type": re.compile("boolean"),
    "config:name": re.compile("ooo:configuration-settings|[A-Z][A-Za-z0-9]{5,60}"),
}
_OUT_OF_FILE: Final = re.compile(r"://|\\|'#|file:|DDE|WEBSERVICE")


def verify_opendocument(members: Mapping[str, bytes]) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    left = dict(members)
    kind = left.pop("mimetype", b"").decode("latin-1")
    _demand(next(iter(members)) == "mimetype" and kind in _RULES["kinds"].values())
    listed = _listed(left.pop("META-INF/manifest.xml", b""))
    _demand(listed.pop("/", "") == kind)
    for folder in [name for name in listed if name.endswith("/")]:
        _demand(_FOLDER.fullmatch(folder) and listed.pop(folder) in _RULES["kinds"].values())
    _demand(set(listed) == set(left) and "content.xml" in left)
    for name, data in left.items():
        if _PART.fullmatch(name):
            _demand(listed[name] == "text/xml")
            _Reader(name, members).read(data)
        else:
            allowed = "media" if "media/" in name else "pictures"
            _demand(_FILE.fullmatch(name) and listed[name] in _RULES[allowed].split())


def _listed(written: bytes) -> dict[str, str]:
    """Return what the manifest lists."""
    listed: dict[str, str] = {}

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == f"{_MANIFEST} manifest":
            _demand(attributes == {f"{_MANIFEST} version": "1.3"})
            return
        path, media = (attributes.pop(f"{_MANIFEST} {key}", None) for key in _ENTRY)
        _demand(name == f"{_MANIFEST} file-entry" and not attributes)
        if path is None or media is None or path in listed:
            raise UnreadableFileError("document-malformed")
        listed[path] = media

    parser = _parser()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = _refuse
    _parse(parser, written)
    return listed


_ENTRY: Final = ("full-path", "media-type")


class _Reader:
    """Reads one part."""

    def __init__(self, name: str, members: Mapping[str, bytes]) -> None:
        self._folder = dirname(name)
        self._members = members
        self._open: list[str] = []
        self._text = ""

    def read(self, written: bytes) -> None:
        """Raise `UnreadableFileError` unless all of it is allowed."""
        parser = _parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        _parse(parser, written)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._end_of_text()
        short = _short(name)
        _demand(short in _ELEMENTS)
        allowed = _ATTRIBUTES.get(short.partition(":")[0], set())
        for key, value in attributes.items():
            attribute = _short(key) if " " in key else key
            _demand(attribute in allowed)
            self._value(attribute, value)
        self._open.append(short)

    def _value(self, attribute: str, value: str) -> None:
        if attribute == "xlink:href":
            path = normpath(join(self._folder, value))
            inside = path in self._members or f"{path}/content.xml" in self._members
            _demand(inside or _ADDRESS.match(value))
        elif attribute in _NUMBERED:
            _demand(_NUMBERED[attribute].fullmatch(value))
        elif attribute == "table:formula":
            _demand(not _OUT_OF_FILE.search(value))

    def _add(self, text: str) -> None:
        self._text += text

    def _end_of_text(self) -> None:
        if self._text:
            _demand(self._open[-1] in _TEXTS)
            verify_text(self._text)
            self._text = ""

    def _end(self, _: str) -> None:
        self._end_of_text()
        self._open.pop()


def _short(name: str) -> str:
    uri, _, local = name.rpartition(" ")
    if uri == "http://www.w3.org/XML/1998/namespace":
        return f"xml:{local}"
    return f"{_PREFIX.get(uri, '?')}:{local}"


def _parser() -> expat.XMLParserType:
    """Return a parser that refuses all that is neither element nor text."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.CommentHandler = parser.StartCdataSectionHandler = _refuse
    parser.ProcessingInstructionHandler = parser.StartDoctypeDeclHandler = _refuse
    return parser


def _parse(parser: expat.XMLParserType, written: bytes) -> None:
    try:
        parser.Parse(written, True)
    except expat.ExpatError as exc:
        raise UnreadableFileError("document-malformed") from exc


def _refuse(*_: object) -> None:
    raise UnreadableFileError("document-malformed")
