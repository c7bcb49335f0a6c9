"""Read a cleaned book a second time, with expat, knowing nothing of how it was made."""

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from redaction.files.documents.verify_plain import verify_text
from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("document-malformed")

_MEMBER: Final = re.compile(
    r"EPUB/(?:package\.opf|(?:text|nav)-[0-9]+\.xhtml|contents-[0-9]+\.ncx"
    r"|(?:picture|file)-[0-9]+\.[a-z0-9]{2,4})"
)
_NEVER: Final = re.compile(
    "script|style|iframe|frame|object|embed|form|input|link|base|svg|math|template|video|audio"
    "|noscript|textarea|select|button|image"
)
_ATTRIBUTES: Final = frozenset(
    (
        *("xmlns", "xmlns:dc", "xmlns:epub", "version", "id", "unique-identifier", "href"),
        *("media-type", "properties", "idref", "linear", "toc", "page-progression-direction"),
        *("name", "content", "property", "full-path", "playOrder", "src", "dir", "lang"),
        *("xml:lang", "alt", "width", "height", "colspan", "rowspan", "span", "start", "value"),
        *("border", "cellpadding", "cellspacing", "align", "valign", "type", "scope"),
        *("reversed", "open", "style", "epub:type"),
    )
)
_VALUES: Final = {
    "id": re.compile("id|[inp][0-9]+"),
    "idref": re.compile("i[0-9]+"),
    "toc": re.compile("i[0-9]+"),
    "alt": re.compile(""),
    "content": re.compile("i[0-9]+|urn:uuid:[0-]+"),
    "style": re.compile("(?!.*url)[^<>&@\\\\]*"),
    "lang": re.compile("[a-z]{2,3}"),
}
_WORDS: Final = re.compile("[A-Za-z0-9 %.:/+#?=&;,_~-]*")
_TEXTS: Final = {
    "dc:identifier": re.compile("urn:uuid:[0-]+"),
    "dc:title": re.compile("Page"),
    "title": re.compile("Page"),
    "dc:language": re.compile("[a-z]{2,3}"),
    "meta": re.compile("1980-01-01T00:00:00Z"),
}


def verify_epub(members: Mapping[str, bytes]) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    left = dict(members)
    _demand(next(iter(left)) == "mimetype" and left.pop("mimetype") == b"application/epub+zip")
    _Reader(left, "META-INF/container.xml").read(left.pop("META-INF/container.xml"))
    listed = _Reader(left, "EPUB/package.opf")
    listed.read(left.get("EPUB/package.opf", b""))
    _demand(listed.met | {"EPUB/package.opf"} == set(left))
    for name, data in left.items():
        _demand(_MEMBER.fullmatch(name))
        if name.endswith((".xhtml", ".ncx")):
            _Reader(left, name).read(data)


class _Reader:
    """Reads one part; `met` are the members that it leads to."""

    def __init__(self, members: Mapping[str, bytes], name: str) -> None:
        self._members = members
        self._page = name.endswith(".xhtml")
        self._open: list[str] = []
        self._text = ""
        self.met: set[str] = set()

    def read(self, written: bytes) -> None:
        """Raise `UnreadableFileError` unless all of it is allowed."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add
        parser.CommentHandler = parser.StartCdataSectionHandler = _refuse
        parser.ProcessingInstructionHandler = parser.EntityDeclHandler = _refuse
        try:
            parser.Parse(written, True)
        except expat.ExpatError as exc:
            raise UnreadableFileError("document-malformed") from exc

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._end_of_text()
        _demand(not (self._page and _NEVER.fullmatch(name)))
        for key, value in attributes.items():
            _demand(key in _ATTRIBUTES)
            if key in ("href", "src", "full-path"):
                self._address(key, value)
            else:
                _demand(_VALUES.get(key, _WORDS).fullmatch(value))
        self._open.append(name)

    def _address(self, key: str, value: str) -> None:
        path, _, place = value.partition("#")
        member = path if key == "full-path" else f"EPUB/{path}"
        if path and member in self._members:
            self.met.add(member)
            _demand(re.fullmatch("p[0-9]+|", place))
        else:
            public = re.match("https?://[^/]+[.]|mailto:", value)
            _demand(re.fullmatch("#(?:p[0-9]+)?", value) or (public and key == "href"))

    def _add(self, text: str) -> None:
        self._text += text

    def _end_of_text(self) -> None:
        name = self._open[-1] if self._open else ""
        known = _TEXTS.get(name)
        _demand(known.fullmatch(self._text) if known and self._text else True)
        verify_text(self._text)
        self._text = ""

    def _end(self, _: str) -> None:
        self._end_of_text()
        self._open.pop()


def _refuse(*_: object) -> None:
    raise UnreadableFileError("document-malformed")
