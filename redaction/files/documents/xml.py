"""Read XML without trust (XML 1.0, fifth edition; Namespaces in XML 1.0).

Not a general parser: no document type with declarations of its own, no entities but the
five and numbers, no names beyond the basic plane, UTF-8 and UTF-16 only. What is not
well-formed is refused. Comments and processing instructions are passed over.

Names come out with prefixes of the caller's choosing, so no file can dress an element up as
another one.
"""

import re
from codecs import utf_16_be_decode, utf_16_le_decode
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Final

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS

_demand: Final = demanding("xml-malformed")

XML: Final = "http://www.w3.org/XML/1998/namespace"
XMLNS: Final = "http://www.w3.org/2000/xmlns/"
UNKNOWN: Final = "?"
"""The prefix of all names whose namespace the caller did not name."""

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd"
)
_NC: Final = f"[{_START}][{_START}0-9.\u00b7\u0300-\u036f\u203f\u2040-]*"
_QNAME: Final = f"{_NC}(?::{_NC})?"
_HEAD: Final = re.compile(_QNAME)
_ATTRIBUTE: Final = re.compile(f"[ \t\n]+({_QNAME})[ \t\n]*=[ \t\n]*([\"'])")
# A start tag as nearly all programs write it, and its attributes.
_USUAL: Final = re.compile(f'({_QNAME})((?: {_QNAME}="[^<&"\t\n]*")*)(/?)>')
_USUAL_PAIR: Final = re.compile(' ([^=]+)="([^"]*)"')
_TAIL: Final = re.compile("[ \t\n]*(/?)>")
_END: Final = re.compile(f"/({_QNAME})[ \t\n]*>")
_DECLARATION: Final = re.compile(
    "<\\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:'1\\.0'|\"1\\.0\")"
    "(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*[\"']([A-Za-z][A-Za-z0-9._-]*)[\"'])?"
    "(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*[\"'](?:yes|no)[\"'])?[ \t\n]*\\?>"
)
# A document type that only names itself; one that declares anything is refused.
_LITERAL: Final = "(?:\"[^\"<>]*\"|'[^'<>]*')"
_DOCTYPE: Final = re.compile(
    f"!DOCTYPE[ \t\n]+{_QNAME}"
    f"(?:[ \t\n]+(?:SYSTEM|PUBLIC[ \t\n]+{_LITERAL})(?:[ \t\n]+{_LITERAL})?)?[ \t\n]*>",
    re.IGNORECASE,
)
_FORBIDDEN: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE: Final = re.compile("&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]*));")
ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_SPACE: Final = " \t\n"
_SPECIAL: Final = re.compile('[&<>"\t\n\r]')
_MAX_KNOWN: Final = 10_000
_MAX_SCOPES: Final = 100


class Kind(IntEnum):
    """What stands between "<" and ">"."""

    START = 0
    END = 1
    EMPTY = 2
    NOTHING = 3


class Tag:
    """A tag, the same object wherever the same tag is written in the same scope.

    `name` and the keys of `attributes` are "prefix:local" with the caller's prefixes, or
    "local" where there is no namespace. Values are decoded. Declarations of namespaces are
    no attributes. `memo` is for the caller, who may keep there what it thinks of the tag.
    """

    __slots__ = ("attributes", "kind", "memo", "name", "written")

    def __init__(self, kind: Kind, name: str, attributes: dict[str, str], written: str) -> None:
        self.kind = kind
        self.name = name
        self.attributes = attributes
        self.written = written
        self.memo: object = None


class _Scope:
    """What prefixes mean, and the tags that were read under this meaning."""

    def __init__(self, uris: dict[str, str]) -> None:
        self.uris = uris
        self.known: dict[str, Tag] = {}
        self.names: dict[str, str] = {}
        self.inner: dict[tuple[tuple[str, str], ...], _Scope] = {}


_NOTHING: Final = Tag(Kind.NOTHING, "", {}, "")


class XmlReader:
    """Iterate over it once to get every tag together with the decoded text behind it.

    Comments and the like come as `Kind.NOTHING`. *namespaces* gives a prefix for each URI,
    *entities* are the names of characters that may be used, *doctype* lets a document type
    pass that declares nothing. Raises `UnreadableFileError`: `xml-malformed`, `xml-dtd`,
    `xml-too-large`.

    `passed` are the categories of what was passed over, `uris` the URIs that the file has
    declared, by the caller's prefixes.
    """

    def __init__(
        self,
        untrusted: bytes,
        namespaces: Mapping[str, str],
        doctype: bool = False,
        entities: Mapping[str, str] = ENTITIES,
    ) -> None:
        self.passed: set[str] = set()
        self.uris: dict[str, str] = {}
        self._text = _decode(untrusted)
        self._prefixes = {XML: "xml", **namespaces}
        self._doctype = doctype
        self._entities = entities
        self._scope = _Scope({"": "", "xml": XML})
        self._outer: list[tuple[int, _Scope]] = []
        self._open: list[str] = []
        self._begun = False

    def __iter__(self) -> Iterator[tuple[Tag, str]]:
        text = self._text
        at = self._prolog()
        while at >= 0:
            close = text.find(">", at)
            tag = self._scope.known.get(text[at + 1 : close])
            inserted = ""
            if tag is None:
                tag, close, inserted = self._new(at)
            if tag.kind is Kind.END:
                self._leave(tag)
            elif tag.kind is not Kind.NOTHING:
                self._enter(tag)
            at = text.find("<", close)
            behind = text[close + 1 : at] if at >= 0 else text[close + 1 :]
            if behind and (not self._open or "&" in behind or "]]>" in behind):
                behind = self._behind(behind)
            yield tag, inserted + behind
        _demand(self._begun and not self._open)

    def meaning(self, prefix: str) -> str:
        """Return the caller's prefix for one that the file uses here, in a value."""
        return self._prefixes.get(self._scope.uris.get(prefix, ""), UNKNOWN)

    def _prolog(self) -> int:
        """Step over the declaration; return where the first "<" stands."""
        declared = _DECLARATION.match(self._text)
        at = declared.end() if declared else 0
        if declared and (declared[1] or "utf-8").lower() not in ("utf-8", "utf-16"):
            _demand(self._text.isascii())
        first = self._text.find("<", at)
        _demand(first >= 0 and not self._text[at:first].strip(_SPACE))
        return first

    def _enter(self, tag: Tag) -> None:
        _demand(self._open or not self._begun)
        self._begun = True
        if tag.kind is Kind.START:
            self._open.append(tag.written)
            if len(self._open) > LIMITS["xml_depth"]:
                raise UnreadableFileError("xml-too-large")

    def _leave(self, tag: Tag) -> None:
        _demand(self._open and self._open.pop() == tag.written)
        if self._outer and self._outer[-1][0] == len(self._open):
            self._scope = self._outer.pop()[1]

    def _behind(self, raw: str) -> str:
        """Return the text behind a tag, decoded."""
        _demand("]]>" not in raw)
        _demand(self._open or not raw.strip(_SPACE))
        return self._decoded(raw) if "&" in raw else raw

    def _new(self, at: int) -> tuple[Tag, int, str]:
        """Read the tag at *at*; return it, where its ">" stands, and text that it holds."""
        mark = self._text[at + 1 : at + 2]
        if mark in ("!", "?"):
            return self._passed_over(at, mark)
        if mark == "/":
            match = _END.match(self._text, at + 1)
            if match is None:
                raise UnreadableFileError("xml-malformed")
            tag = Tag(Kind.END, self._name(match[1]), {}, match[1])
            return self._remember(tag, at, match.end() - 1)
        return self._new_start(at)

    def _passed_over(self, at: int, mark: str) -> tuple[Tag, int, str]:
        text = self._text
        if text.startswith("<!--", at):
            end = text.find("--", at + 4)
            _demand(end >= 0 and text.startswith(">", end + 2))
            self.passed.add("comment")
            return _NOTHING, end + 2, ""
        if text.startswith("<![CDATA[", at):
            end = text.find("]]>", at)
            _demand(end >= 0 and self._open)
            return _NOTHING, end + 2, text[at + 9 : end]
        if mark == "?":
            end = text.find("?>", at)
            _demand(end >= 0 and _HEAD.match(text, at + 2))
            _demand(text[at + 2 : at + 5].lower() != "xml" or text[at + 5] not in " \t\n?")
            self.passed.add("unknown")
            return _NOTHING, end + 1, ""
        match = _DOCTYPE.match(text, at + 1)
        if match is None or not self._doctype or self._begun:
            raise UnreadableFileError("xml-dtd")
        return _NOTHING, match.end() - 1, ""

    def _new_start(self, at: int) -> tuple[Tag, int, str]:
        usual = _USUAL.match(self._text, at + 1)
        if usual is not None and "xmlns" not in usual[2]:
            pairs = _USUAL_PAIR.findall(usual[2])
            written = dict(pairs)
            _demand(len(pairs) == len(written))
            if len(pairs) > LIMITS["xml_attributes"]:
                raise UnreadableFileError("xml-too-large")
            kind = Kind.EMPTY if usual[3] else Kind.START
            tag = Tag(kind, self._name(usual[1]), self._resolved(written), usual[1])
            return self._remember(tag, at, usual.end() - 1)
        return self._rare_start(at)

    def _rare_start(self, at: int) -> tuple[Tag, int, str]:
        head = _HEAD.match(self._text, at + 1)
        if head is None:
            raise UnreadableFileError("xml-malformed")
        written, declared, position = self._attributes(head.end())
        tail = _TAIL.match(self._text, position)
        if tail is None:
            raise UnreadableFileError("xml-malformed")
        kind = Kind.EMPTY if tail[1] else Kind.START
        outer = self._scope
        if declared:
            self._scope = self._declare(declared)
            if kind is Kind.START:
                self._outer.append((len(self._open), outer))
        tag = Tag(kind, self._name(head[0]), self._resolved(written), head[0])
        if kind is Kind.EMPTY:
            self._scope = outer
        if declared:
            return tag, tail.end() - 1, ""
        return self._remember(tag, at, tail.end() - 1)

    def _attributes(self, at: int) -> tuple[dict[str, str], dict[str, str], int]:
        """Return attributes and declarations as they are written, and where they end."""
        written: dict[str, str] = {}
        declared: dict[str, str] = {}
        while match := _ATTRIBUTE.match(self._text, at):
            name, end = match[1], self._text.find(match[2], match.end())
            raw = self._text[match.end() : end]
            _demand(end >= 0 and "<" not in raw and name not in written)
            value = self._decoded(raw.replace("\t", " ").replace("\n", " "))
            if name == "xmlns" or name.startswith("xmlns:"):
                _demand(name not in declared)
                declared[name] = value
            else:
                written[name] = value
            if len(written) + len(declared) > LIMITS["xml_attributes"]:
                raise UnreadableFileError("xml-too-large")
            at = end + 1
        return written, declared, at

    def _declare(self, declared: dict[str, str]) -> _Scope:
        """Return the scope inside an element with these declarations."""
        key = tuple(declared.items())
        known = self._scope.inner.get(key)
        if known is not None:
            return known
        uris = dict(self._scope.uris)
        for name, uri in declared.items():
            prefix = name[6:]
            _demand(prefix not in ("xml", "xmlns") and uri not in (XML, XMLNS))
            _demand(uri or not prefix)
            uris[prefix] = uri
            canonical = self._prefixes.get(uri)
            if canonical is not None:
                _demand(self.uris.setdefault(canonical, uri) == uri)
        if len(self._scope.inner) < _MAX_SCOPES:
            self._scope.inner[key] = _Scope(uris)
        return self._scope.inner.get(key) or _Scope(uris)

    def _resolved(self, written: dict[str, str]) -> dict[str, str]:
        """Return attributes by canonical name; no two may have the same meaning."""
        resolved: dict[str, str] = {}
        meanings: set[tuple[str, str]] = set()
        for name, value in written.items():
            if ":" not in name:
                resolved[name] = value
                continue
            prefix, _, local = name.partition(":")
            uri = self._uri(prefix)
            _demand((uri, local) not in meanings)
            meanings.add((uri, local))
            resolved[f"{self._prefixes.get(uri, UNKNOWN)}:{local}"] = value
        return resolved

    def _name(self, written: str) -> str:
        """Return the canonical name of an element."""
        known = self._scope.names.get(written)
        if known is None:
            prefix, colon, local = written.partition(":")
            if not colon:
                prefix, local = "", written
            uri = self._uri(prefix)
            known = f"{self._prefixes.get(uri, UNKNOWN)}:{local}" if uri else local
            if len(self._scope.names) < _MAX_KNOWN:
                self._scope.names[written] = known
        return known

    def _uri(self, prefix: str) -> str:
        uri = self._scope.uris.get(prefix)
        if uri is None:
            raise UnreadableFileError("xml-malformed")
        return uri

    def _remember(self, tag: Tag, at: int, close: int) -> tuple[Tag, int, str]:
        """Keep a tag for the next time that the same letters come, if ">" ends them."""
        known = self._scope.known
        raw = self._text[at + 1 : close]
        if ">" not in raw:
            if len(known) >= _MAX_KNOWN:
                known.clear()
            known[raw] = tag
        return tag, close, ""

    def _decoded(self, raw: str) -> str:
        """Return *raw* with every reference replaced by its character."""
        if "&" not in raw:
            return raw
        _demand("&" not in _REFERENCE.sub("", raw))
        return _REFERENCE.sub(self._character, raw)

    def _character(self, match: re.Match[str]) -> str:
        decimal, hexadecimal, name = match.groups()
        if name is not None:
            if name not in self._entities:
                raise UnreadableFileError("xml-malformed")
            return self._entities[name]
        code = int(decimal) if decimal else int(hexadecimal, 16)
        surrogate = 0xD800 <= code <= 0xDFFF
        _demand(code <= 0x10FFFF and not surrogate and not _FORBIDDEN.match(chr(code)))
        return chr(code)


def escape_text(text: str) -> str:
    """Return character data that reads as *text* again."""
    if not _SPECIAL.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")


def escape_value(value: str) -> str:
    """Return what stands between double quotes and reads as *value* again."""
    if not _SPECIAL.search(value):
        return value
    text = escape_text(value).replace('"', "&quot;")
    return text.replace("\t", "&#9;").replace("\n", "&#10;")


def _decode(untrusted: bytes) -> str:
    """Return the text with its lines ended by "\n" alone."""
    if len(untrusted) > LIMITS["xml_bytes"]:
        raise UnreadableFileError("xml-too-large")
    try:
        text = _unicode(untrusted)
    except UnicodeDecodeError as exc:
        raise UnreadableFileError("xml-malformed") from exc
    _demand(not _FORBIDDEN.search(text))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _unicode(untrusted: bytes) -> str:
    if untrusted.startswith(b"\xff\xfe"):
        return utf_16_le_decode(untrusted[2:], "strict", True)[0]
    if untrusted.startswith(b"\xfe\xff"):
        return utf_16_be_decode(untrusted[2:], "strict", True)[0]
    return untrusted.decode().removeprefix("\ufeff")
