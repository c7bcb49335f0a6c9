"""Drawings: shapes, texts and pictures come out as they were; nothing else comes out.

Two readings of the same file: the first finds which parts and classes are used, the second
writes. Parts get numbers for names, unused names go. Pictures inside are cleaned as files;
those that cannot be cleaned go. Links lead nowhere. Animations, fonts and HTML inside
the drawing go. Width, height and viewBox stay to the letter.

Out of reach: what is drawn and written; names of fonts; how a program draws a curve.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from typing import ClassVar, Final

from redaction.files.documents.css import LOCAL_URL, Styles, names
from redaction.files.documents.invisible import visible
from redaction.files.documents.svg_rules import (
    AS_PROPERTY,
    EDITORS,
    ELEMENTS,
    LEADING,
    NAMESPACES,
    PROPERTIES,
    SILENT,
    SOURCES,
    TEXTS,
    TOLD_BY_ATTRIBUTE,
    TOLD_BY_ELEMENT,
    VALUES,
)
from redaction.files.documents.verify_svg import verify_svg
from redaction.files.documents.xml import Kind, Tag, XmlReader, escape_text, escape_value
from redaction.files.errors import UnreadableFileError
from redaction.files.registry import clean_inner
from redaction.files.whole import WholeFile

_DATA: Final = re.compile(r"[ \t\n]*data:[^,;]{0,60}(?:;[^,;]{0,60}){0,4};base64,", re.IGNORECASE)
_HEAD: Final = {
    "xmlns": "http://www.w3.org/2000/svg",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
}
_STYLE: Final = "style"
# What only something led to that is gone itself goes in the next round; real drawings need two.
_ROUNDS: Final = 6
_FILTER_NAMES: Final = ("in", "in2", "result")


class SvgCleaner(WholeFile):
    """The cleaner of image/svg+xml."""

    media: ClassVar[str] = "image/svg+xml"

    def _rewrite(self, untrusted: bytes) -> bytes:
        for _ in range(_ROUNDS):
            written = self._copy(untrusted)
            if written == untrusted:
                return written
            untrusted = written
        raise UnreadableFileError("file-too-complex")

    def _copy(self, untrusted: bytes) -> bytes:
        names_ = _Names(untrusted)
        self._parts, self._results = names_.parts, names_.results
        self._styles = Styles(PROPERTIES, names_.classes, names_.parts)
        self._classes = names_.classes
        self._out: list[str] = []
        self._text: list[str] = []
        # The element written for each one that is open; "" where none is.
        self._open: list[str] = []
        self._skipped = 0
        reader = XmlReader(untrusted, NAMESPACES, doctype=True)
        for tag, text in reader:
            self._tag(tag)
            if text and not self._skipped:
                self._text.append(text)
        self._note(*reader.passed)
        self._note(*(["unknown"] if self._styles.lost else []))
        self._warn(*(["hidden-content"] if self._styles.hides else []))
        return "".join(self._out).encode()

    def _verify(self, written: bytes) -> None:
        verify_svg(written)

    @property
    def _inner(self) -> str:
        return self._open[-1] if self._open else ""

    def _tag(self, tag: Tag) -> None:
        if tag.kind is Kind.NOTHING:
            return
        if self._skipped:
            self._told(tag)
            self._skipped += (tag.kind is Kind.START) - (tag.kind is Kind.END)
        elif tag.kind is Kind.END:
            self._end()
        elif self._stays(tag):
            self._start(tag)
        else:
            self._told(tag)
            self._skipped = int(tag.kind is Kind.START)

    def _stays(self, tag: Tag) -> bool:
        """Tell whether an element or at least what is in it is written."""
        prefix, _, local = tag.name.partition(":")
        if not self._open and tag.name != "svg:svg":
            raise UnreadableFileError("svg-malformed")
        if prefix != "svg" or local not in ELEMENTS:
            return False
        # Inside a text there is only text, inside a style nothing.
        in_text = any(name in TEXTS for name in self._open)
        return self._inner != _STYLE and (not in_text or local in {*TEXTS, "a"})

    def _start(self, tag: Tag) -> None:
        self._flush()
        name = tag.name[4:]
        written = dict(_HEAD) if not self._open else {}
        for key, value in tag.attributes.items() if name != _STYLE else ():
            self._attribute(name, key, value, written)
        if name in ("image", "use") and "xlink:href" not in written:
            self._skipped = int(tag.kind is Kind.START)
            return
        attributes = "".join(f' {key}="{escape_value(value)}"' for key, value in written.items())
        empty = tag.kind is Kind.EMPTY
        self._out.append(f"<{name}{attributes}{'/' if empty else ''}>")
        if not empty:
            self._open.append(name)

    def _end(self) -> None:
        self._flush()
        self._out.append(f"</{self._open.pop()}>")

    def _flush(self) -> None:
        """Write the text that was waiting for its end."""
        text = "".join(self._text)
        self._text.clear()
        if self._inner == _STYLE:
            self._out.append(escape_text(self._styles.sheet(text)))
        elif not any(name in TEXTS for name in self._open):
            self._note(*(["unknown"] if text.strip(" \t\n") else []))
        else:
            clean = visible(text)
            self._note(*(["invisible-text"] if clean != text else []))
            self._out.append(escape_text(clean))

    def _attribute(self, element: str, key: str, value: str, written: dict[str, str]) -> None:
        name, clean = self._clean(element, key, value)
        if clean is not None and name not in written:
            written[name] = clean
        elif clean is None and not value.lstrip().startswith("data:"):
            self._told_by_attribute(key)

    def _clean(self, element: str, key: str, value: str) -> tuple[str, str | None]:
        """Return the name and the value that an attribute gets; None if it goes."""
        if key == "id":
            return key, self._number(key, value, self._parts.get(value))
        if key == "class":
            kept = [self._classes[one] for one in value.split() if one in self._classes]
            return key, self._number(key, value, " ".join(kept) or None)
        if key in _FILTER_NAMES:
            return key, value if value in SOURCES else self._results[value]
        if key in ("href", "xlink:href"):
            return "xlink:href", self._reference(element, value) if element in LEADING else None
        if key == _STYLE:
            return key, self._styles.declarations(value) or None
        if key in AS_PROPERTY:
            return key, self._styles.value(key, value.strip(" \t\n"))
        pattern = VALUES.get(key)
        return key, value if pattern and pattern.fullmatch(value) else None

    def _number(self, key: str, value: str, number: str | None) -> str | None:
        if number is not None and number != value:
            self._note(TOLD_BY_ATTRIBUTE[key])
        return number

    def _reference(self, element: str, value: str) -> str | None:
        """Return where a reference leads now: to a numbered part, or to a clean picture."""
        value = value.strip(" \t\n")
        if value.startswith("#"):
            part = self._parts.get(value[1:])
            return part and f"#{part}"
        data = _DATA.match(value)
        return self._picture(value[data.end() :]) if data and element in LEADING else None

    def _picture(self, encoded: str) -> str | None:
        try:
            untrusted = b64decode("".join(encoded.split()), validate=True)
            clean, report = clean_inner(untrusted, "", self.depth)
        except (Error, ValueError, UnreadableFileError):
            report = None
        if report is None or not report.media.startswith("image/"):
            self._warn("files-dropped")
            return None
        self._note(*report.removed)
        self._warn(*report.warnings)
        return f"data:{report.media};base64,{b64encode(clean).decode()}"

    def _told(self, tag: Tag) -> None:
        """Note what an element that goes would have told."""
        if tag.kind is Kind.END:
            return
        known = TOLD_BY_ELEMENT.get(tag.name)
        if known or tag.name not in ("svg:metadata", "?:RDF", "cc:Work"):
            self._note(known or ("software" if tag.name.startswith(EDITORS) else "unknown"))
        for key in tag.attributes:
            self._told_by_attribute(key)

    def _told_by_attribute(self, key: str) -> None:
        if key.startswith("on"):
            self._note("script")
        elif key not in SILENT:
            otherwise = "software" if key.startswith(EDITORS) else "unknown"
            self._note(TOLD_BY_ATTRIBUTE.get(key, otherwise))


class _Names:
    """The names by which a drawing's parts, classes and filters' results will be known.

    In the order in which they stand in the drawing, so a second cleaning gives the same.
    """

    def __init__(self, untrusted: bytes) -> None:
        defined: dict[str, None] = {}
        results: dict[str, None] = {}
        used: set[str] = set()
        sheets: list[str] = []
        inside = False
        for tag, text in XmlReader(untrusted, NAMESPACES, doctype=True):
            inside = tag.name == "svg:style" if tag.kind is Kind.START else inside
            inside = inside and tag.kind is not Kind.END
            if inside:
                sheets.append(text)
            for key, value in tag.attributes.items():
                if key == "id":
                    defined[value] = None
                elif key in _FILTER_NAMES and value not in SOURCES:
                    results[value] = None
                elif value.lstrip(" \t\n").startswith("#"):
                    used.add(value.strip(" \t\n")[1:])
                else:
                    used.update(next(filter(None, one)) for one in LOCAL_URL.findall(value))
        classes, parts = names("".join(sheets))
        used |= parts
        self.classes = {name: f"c{n}" for n, name in enumerate(classes, 1)}
        self.parts = {name: f"i{n}" for n, name in enumerate((d for d in defined if d in used), 1)}
        self.results = {name: f"r{n}" for n, name in enumerate(results, 1)}
