"""Read a cleaned drawing a second time, with the parser of Python's own library (expat)."""

import re
from typing import Final
from xml.parsers import expat

from redaction.files.documents.verify_plain import verify_text
from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("svg-malformed")

_TEXTS: Final = ("text", "tspan", "textPath")
# Not the cleaner's list: what a drawing may never have, and how everything else looks.
_ELEMENT: Final = re.compile(
    "svg|g|a|defs|symbol|use|switch|image|path|rect|circle|ellipse|line|polyline|polygon|marker"
    "|(?:linear|radial)Gradient|stop|pattern|clipPath|mask|style|filter|fe[A-Z][A-Za-z]{3,20}"
    "|text|tspan|textPath"
)
_ATTRIBUTE: Final = re.compile(
    "(?!on|data)(?:xlink:href|xmlns(?::xlink)?|xml:space|[a-z][A-Za-z0-9-]{0,30})"
)
_NAMES: Final = {
    "xmlns": re.compile(r"http://www\.w3\.org/2000/svg"),
    "xmlns:xlink": re.compile(r"http://www\.w3\.org/1999/xlink"),
    "id": re.compile("i[1-9][0-9]{0,6}"),
    "class": re.compile("c[1-9][0-9]{0,6}(?: c[1-9][0-9]{0,6})*"),
    "result": re.compile("r[1-9][0-9]{0,6}|[A-Z][A-Za-z]{5,16}"),
    "xlink:href": re.compile(
        r"#i[1-9][0-9]{0,6}|data:image/[a-z+]{3,10};base64,[A-Za-z0-9+/]+={0,2}"
    ),
    "d": re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE.,+\- \t\n]*"),
}
# Any other value and every style: words, numbers, signs; no way out of the file.
_WAY_OUT: Final = re.compile(
    r"[\\<@]|&(?!gt;)|url\((?!#i[1-9])|javascript|https?:|data:|expression|image\(|//|/\*"
)


def verify_svg(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    reader = _Reader()
    try:
        reader.parser.Parse(written, True)
    except expat.ExpatError as exc:
        raise UnreadableFileError("svg-malformed") from exc
    reader.text()


class _Reader:
    def __init__(self) -> None:
        self._open: list[str] = []
        self._text: list[str] = []
        self.parser = parser = expat.ParserCreate("UTF-8")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        for handler in ("Comment", "ProcessingInstruction", "StartDoctypeDecl", "XmlDecl"):
            setattr(parser, f"{handler}Handler", self._refuse)
        parser.StartCdataSectionHandler = self._refuse

    def text(self) -> None:
        """Look at the text that stood before this place."""
        text = "".join(self._text)
        self._text.clear()
        in_style = self._open[-1:] == ["style"]
        _demand(not text or in_style or any(name in _TEXTS for name in self._open))
        _demand(not in_style or not _WAY_OUT.search(text))
        verify_text(text)

    def _start(self, name: str, attributes: list[str]) -> None:
        self.text()
        _demand(_ELEMENT.fullmatch(name) and (self._open or name == "svg"))
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            _demand(_ATTRIBUTE.fullmatch(key))
            known = _NAMES.get(key)
            _demand(known.fullmatch(value) if known else not _WAY_OUT.search(value))
        self._open.append(name)

    def _end(self, _name: str) -> None:
        self.text()
        self._open.pop()

    def _refuse(self, *_: object) -> None:
        raise UnreadableFileError("svg-malformed")
