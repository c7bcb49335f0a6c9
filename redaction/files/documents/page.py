"""Pages: headings, paragraphs, lists, tables, links and pictures are written anew.

What has no place in a text goes: commands, styles, forms, frames, everything that would be
fetched, and whatever says something about the page instead of on it. Unknown elements become
plain spans around their words. Colours, sizes and positions go, so nothing stays hidden: what
was hidden before can be seen afterwards, and a warning says so.

`PageWriter` is HTML's and EPUB's: only links, pictures and names of parts differ.
"""

import json
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from redaction.files.documents.css import Styles
from redaction.files.documents.invisible import visible
from redaction.files.documents.tags import Aside, End, Start, Text, tokens
from redaction.files.errors import UnreadableFileError

_DATA: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("page.json").read_text("utf-8")
)
_KEPT: Final = frozenset(_DATA["kept"].split())
_VOID: Final = frozenset(_DATA["void"].split())
_RENAMED: Final[dict[str, str]] = _DATA["renamed"]
_DROPPED: Final = frozenset(_DATA["dropped"].split())
_NOTHING: Final = frozenset(_DATA["nothing"].split())
_CLOSES: Final = {name: frozenset(closed.split()) for name, closed in _DATA["closes"].items()}
_PROPERTIES: Final = frozenset(_DATA["properties"].split())
_TOLD_BY_ELEMENT: Final[dict[str, str]] = _DATA["told_by_element"]
_TOLD_BY_META: Final[dict[str, str]] = _DATA["told_by_meta"]
_TOLD_BY_ATTRIBUTE: Final[dict[str, str]] = _DATA["told_by_attribute"]
_NUMBER: Final = re.compile("[0-9]{1,4}%?")
_SIDE: Final = re.compile("left|right|center|justify|top|middle|bottom|baseline")
_VALUES: Final = {
    "dir": re.compile("ltr|rtl|auto"),
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "span", "start", "value"), _NUMBER),
    **dict.fromkeys(("border", "cellpadding", "cellspacing"), _NUMBER),
    **dict.fromkeys(("align", "valign"), _SIDE),
    "type": re.compile("[1aAiI]|disc|circle|square"),
    "scope": re.compile("row|col|rowgroup|colgroup"),
    "reversed": re.compile("|reversed"),
    "open": re.compile("|open"),
}
# EPUB 3.3 §D.1: what a part of a book is for.
_PURPOSE: Final = re.compile(
    "toc|landmarks|page-list|cover|titlepage|frontmatter|bodymatter|backmatter|part|chapter"
    "|footnotes?|endnotes?|noteref|pagebreak"
)
_NO_XML: Final = {ord(char): None for char in "\f\ufffe\uffff"}
_SIZED: Final = frozenset("img table td th col hr".split())  # noqa: SIM905 - as in page.json
_LANGUAGE: Final = re.compile("[A-Za-z]{2,3}(?![A-Za-z0-9])")
_HIDING: Final = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    r"|(?:opacity|font-size|max-height)\s*:\s*0(?:\.0+)?(?![.0-9]))",
    re.IGNORECASE,
)
_DATA_PICTURE: Final = re.compile(
    r"\s*data:[^,;]{0,60}(?:;[^,;]{0,60}){0,4};base64,", re.IGNORECASE
)
_MAX_DEPTH: Final = 200
TITLE: Final = "Page"

Change = Callable[[str], str | None]


def data_picture(untrusted: str) -> bytes | None:
    """Return the bytes of a `data:` address, or None for any other one."""
    data = _DATA_PICTURE.match(untrusted)
    if data is None:
        return None
    try:
        return b64decode("".join(untrusted[data.end() :].split()), validate=True)
    except (Error, ValueError):
        return None


class PageWriter:
    """Reads a page once and writes its body.

    *link* and *picture* return the address that stays instead of the one given, or None;
    *part* the name that an element gets instead of its own. With *xml*, elements without
    content are closed as XML wants it, and what EPUB says of a part's purpose stays.
    `language` and `direction` are the whole page's.
    """

    def __init__(self, link: Change, picture: Change, part: Change, xml: bool = False) -> None:
        self._link = link
        self._picture = picture
        self._part = part
        self._xml = xml
        self._styles = Styles(_PROPERTIES, {}, {})
        self._out: list[str] = []
        self._text: list[str] = []
        # As it was read and as it was written; both in step.
        self._open: list[tuple[str, str]] = []
        self._dropping: list[str] = []
        self._after_body = False
        self._title = ""
        self.language = ""
        self.direction = ""
        self.removed: set[str] = set()
        self.hidden = False
        self.lost = False

    def read(self, page: str) -> str:
        """Return the body of *page*; raise `UnreadableFileError`."""
        xml = self._xml or page.startswith("<?xml")
        for token in tokens(page, xml):
            if isinstance(token, Text):
                self._data(token.text)
            elif isinstance(token, Start):
                self._start(token.name, token.attributes, token.closed and xml)
            elif isinstance(token, End):
                self._end(token.name)
            else:
                self._aside(token)
        self._flush()
        while self._open:
            self._close_top()
        if self._title.strip() not in ("", TITLE):
            self.removed.add("comment")
        return "".join(self._out)

    def _end(self, tag: str) -> None:
        """Close an element, with everything that is open inside it."""
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
            return
        self._after_body |= tag in ("body", "html")
        if any(read == tag for read, _ in self._open):
            self._flush()
            while self._close_top() != tag:
                pass

    def _data(self, text: str) -> None:
        """Keep text that is shown."""
        if self._dropping:
            self._title += text if self._dropping == ["title"] else ""
        elif self._open or text.strip() or (self._out and not self._after_body):
            self._text.append(text)

    def _aside(self, aside: Aside) -> None:
        """Note comments and instructions, but not the declarations that pages begin with."""
        if aside.text.lower().startswith(("?xml ", "!doctype")):
            if "[" in aside.text:
                raise UnreadableFileError("xml-dtd")
        else:
            self.removed.add("unknown" if aside.text.startswith("?") else "comment")

    def _start(self, tag: str, attributes: dict[str, str], closed: bool) -> None:
        if self._dropping or tag in _DROPPED:
            if tag in _DROPPED and not closed:
                self._dropping.append(tag)
            self._told(tag)
            return
        if tag in _NOTHING:
            self._nothing(tag, attributes)
            return
        name = tag if tag in _KEPT else _RENAMED.get(tag, "span")
        self._told(tag)
        written = self._attributes(name, attributes)
        if name == "a" and "href" not in written:
            name = "span"
        if name == "img" and "src" not in written:
            return
        self._flush()
        while self._open and self._open[-1][0] in _CLOSES.get(tag, ()):
            self._close_top()
        self._write(tag, name, written, closed)

    def _write(self, tag: str, name: str, written: dict[str, str], closed: bool) -> None:
        empty = "/" if self._xml and name in _VOID else ""
        attributes = "".join(f' {key}="{_escaped(value)}"' for key, value in written.items())
        self._out.append(f"<{name}{attributes}{empty}>")
        if name in _VOID:
            return
        self._open.append((tag, name))
        if len(self._open) > _MAX_DEPTH:
            raise UnreadableFileError("file-too-complex")
        if closed:
            self._close_top()

    def _close_top(self) -> str:
        read, written = self._open.pop()
        self._out.append(f"</{written}>")
        return read

    def _flush(self) -> None:
        """Write the text that was waiting for its end."""
        text = "".join(self._text)
        self._text.clear()
        clean = visible(text.translate(_NO_XML) if self._xml else text)
        if clean != text:
            self.removed.add("invisible-text")
        self._out.append(_escaped(clean, "\n"))

    def _nothing(self, tag: str, attributes: dict[str, str]) -> None:
        """Read an element that is not written."""
        if tag in ("html", "body"):
            self._hides(attributes)
            self.language = self.language or _language(attributes)
            direction = attributes.get("dir", "").lower()
            if _VALUES["dir"].fullmatch(direction):
                self.direction = direction
        elif tag == "meta":
            keys = ("name", "property", "http-equiv", "itemprop")
            name = next((attributes[key].lower() for key in keys if key in attributes), "charset")
            words = re.split("[.:]", name)
            told = next((_TOLD_BY_META[one] for one in words if one in _TOLD_BY_META), "unknown")
            self.removed.update({told} - {""})
        elif attributes.get("type") == "hidden":
            self.removed.add("identifier")
        self._told(tag)

    def _attributes(self, name: str, attributes: dict[str, str]) -> dict[str, str]:
        """Return what an element keeps, in one order."""
        self._hides(attributes)
        written: dict[str, str] = {}
        for key, value in sorted(attributes.items()):
            clean = self._value(name, key, value)
            if clean is not None:
                written.setdefault(*clean)
            elif value:
                self._told_by_attribute(key)
        if "src" in written:
            written["alt"] = ""
        if "href" in written and not self._xml:
            written["rel"] = "noreferrer"
        return written

    def _value(self, name: str, key: str, value: str) -> tuple[str, str] | None:
        """Return the name and the value that an attribute gets; None if it goes."""
        clean: str | None = None
        if name == "a" and key in ("href", "xlink:href"):
            key, clean = "href", self._changed(self._link(value), value)
        elif name == "img" and key in ("src", "xlink:href", "href"):
            key, clean = "src", self._changed(self._picture(value), value)
        elif key == "id":
            clean = self._part(value)
        elif key == "style":
            clean = self._styles.declarations(value) or None
        elif key in ("lang", "xml:lang"):
            key, clean = "xml:lang" if self._xml else "lang", _language({"lang": value}) or None
        elif key == "epub:type":
            clean = value if self._xml and _PURPOSE.fullmatch(value) else None
        elif key in ("width", "height") and name not in _SIZED:
            clean = None
        elif key in _VALUES:
            clean = value.strip().lower() if key != "type" else value.strip()
            clean = clean if _VALUES[key].fullmatch(clean) else None
        return None if clean is None else (key, clean)

    def _changed(self, clean: str | None, value: str) -> str | None:
        """Note what an address would have told that is not *clean*."""
        if clean != value and ":" in value and not value.lstrip().startswith("data:"):
            self.removed.add("link")
        elif clean != value and clean is None and not value.startswith("#"):
            self.removed.add("file-name")
        return clean

    def _hides(self, attributes: dict[str, str]) -> None:
        style = attributes.get("style", "")
        self.hidden |= "hidden" in attributes or bool(_HIDING.search(style))

    def _told(self, tag: str) -> None:
        category = _TOLD_BY_ELEMENT.get(tag)
        if category:
            self.removed.add(category)
        self.lost |= tag in ("svg", "math", "object", "embed", "video", "audio", "canvas")

    def _told_by_attribute(self, key: str) -> None:
        if key.startswith("on"):
            self.removed.add("script")
        elif key.startswith("data-"):
            self.removed.add("identifier")
        elif key in _TOLD_BY_ATTRIBUTE:
            self.removed.add(_TOLD_BY_ATTRIBUTE[key])


def _language(attributes: dict[str, str]) -> str:
    """Return the language without the country."""
    match = _LANGUAGE.match(attributes.get("lang") or attributes.get("xml:lang") or "")
    return match[0].lower() if match else ""


def _escaped(text: str, kept: str = "") -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text if kept else text.replace('"', "&quot;").replace("\n", " ")
