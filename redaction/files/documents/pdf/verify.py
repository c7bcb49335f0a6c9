"""Read a written PDF a second time, knowing nothing of how it was made.

Objects must follow one another without a byte between them, each in its place of the one
table, and each named by another; dictionaries hold keys that `rules.json` names, and values
without free words; each stream is of a kind that its entries or the key that leads to it
tell, and holds what its kind may hold. A program's name, a date or a comment would be a
word that no rule here knows.
"""

import re
from importlib.resources import files
from json import loads
from typing import Final, NamedTuple

from redaction.files.documents.pdf.verify_streams import verify_stream
from redaction.files.errors import UnreadableFileError, demanding

_demand: Final = demanding("pdf-malformed")

_RULES: Final = loads(files(__package__).joinpath("rules.json").read_text("utf-8"))
_HEAD: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_TABLE: Final = re.compile(
    rb"xref\n0 ([0-9]+)\n0000000000 65535 f \n((?:[0-9]{10} 00000 n \n)+)"
    rb"trailer\n<< /Size ([0-9]+) /Root 1 0 R >>\nstartxref\n([0-9]+)\n%%EOF\n"
)
_ENTRY_BYTES: Final = 20
_OBJECT: Final = re.compile(rb"([0-9]+) 0 obj\n(<< (?>[!-~]++ )*+>>)\n(stream\n|endobj\n)")
_STREAM_END: Final = b"\nendstream\nendobj\n"
_KEYS: Final = frozenset(
    (
        *(key for kind in _RULES["kinds"].values() for key in kind),
        *("Pages", "Kids", "Count", "Outlines", "OCProperties", "D", "OFF", "OCGs", "Name"),
        *("Title", "Dest", "A", "S", "URI", "First", "Last", "Next", "Prev", "C", "F", "Parent"),
        *("Resources", "Contents", "Annots", "Filter", "DecodeParms", "Length", "Length1"),
        *("Length2", "Length3", "JBIG2Globals", "N", "Alternate", "CMapName", "WMode", "UseCMap"),
        *("CharProcs", "CIDSystemInfo", "Type", "Subtype"),
    )
)
_CATEGORIES: Final = frozenset(
    ("ColorSpace", "ExtGState", "Font", "Pattern", "Properties", "Shading", "XObject")
)
_NAMES: Final = frozenset(
    (
        *(name for names in _RULES["lists"].values() for name in names),
        *(rule[1:] for kind in _RULES["kinds"].values() for rule in kind.values() if "=" in rule),
        *("Catalog", "Pages", "Outlines", "OCG", "CMap", "R", "None", "Identity", "Default"),
        *("FlateDecode", "DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode", "URI"),
        *("ICCBased", "Indexed", "Separation", "DeviceN", "CalGray", "CalRGB", "Lab"),
        *("And", "Or", "Not", "Type1C", "CIDFontType0C", "OpenType"),
    )
)
_FREE: Final = frozenset(
    ("BaseFont", "FontName", "Encoding", "ToUnicode", "UseCMap", "Differences", "CharProcs")
)
"""Keys whose names say how a text looks and reads."""
_INKS: Final = ("Separation", "DeviceN")
_STRINGS: Final = frozenset(("Title", "URI", "Registry", "Ordering", "Indexed"))
_LAYER: Final = b"<4c61796572>"
_NUMBER: Final = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
_CONSTANTS: Final = (b"true", b"false", b"null")
_STRING: Final = re.compile(rb"<(?:[0-9a-f]{2})*>")
_RESOURCE: Final = re.compile(rb"/(?:R[1-9][0-9]*|Default(?:Gray|RGB|CMYK))")
_MAX_DEPTH: Final = 40


class _Object(NamedTuple):
    """An object's dictionary, word by word, and the data behind it, if it is a stream."""

    words: list[bytes]
    data: bytes | None


def verify_pdf(written: bytes) -> None:
    """Raise `UnreadableFileError` unless every byte has its right to be there."""
    _demand(written.startswith(_HEAD))
    start = written.rfind(b"xref\n0 ")
    table = _TABLE.fullmatch(written, start) if start > 0 else None
    if table is None:
        raise UnreadableFileError("pdf-malformed")
    count, entries, size, place = table.groups()
    _demand(count == size and int(count) == 1 + len(entries) // _ENTRY_BYTES)
    _demand(int(place) == start)
    objects, at = [], len(_HEAD)
    for number in range(1, int(count)):
        entry = entries[(number - 1) * _ENTRY_BYTES :][:10]
        _demand(int(entry) == at)
        found, at = _object(written, at, number)
        objects.append(found)
    _demand(at == start)
    _judge(objects)


def _object(written: bytes, at: int, number: int) -> tuple[_Object, int]:
    """Return the object that begins at *at*, and where it ends."""
    match = _OBJECT.match(written, at)
    if match is None or int(match[1]) != number:
        raise UnreadableFileError("pdf-malformed")
    words, at = match[2].split(b" "), match.end()
    if match[3] == b"endobj\n":
        return _Object(words, None), at
    _demand(words[-3] == b"/Length" and words[-2].isdigit())
    end = at + int(words[-2])
    _demand(written[end : end + len(_STREAM_END)] == _STREAM_END)
    return _Object(words, written[at:end]), end + len(_STREAM_END)


def _judge(objects: list[_Object]) -> None:
    """Look at every word and at all data; each object but the first must be named."""
    named: dict[int, set[str]] = {1: {"Root"}}
    told = [_Words(one.words, named).read() for one in objects]
    _demand(named.keys() == set(range(1, len(objects) + 1)))
    for number, (one, entries) in enumerate(zip(objects, told, strict=True), 1):
        if one.data is not None:
            verify_stream(entries, one.data, named[number])


class _Words:
    """Reads the words of one object; *named* gets the keys that lead to others."""

    def __init__(self, words: list[bytes], named: dict[int, set[str]]) -> None:
        self._at = 0
        self._words = words
        self._named = named
        self._told: dict[str, bytes] = {}

    def read(self) -> dict[str, bytes]:
        """Return the first word of each entry of the outermost dictionary."""
        self._value("", 0)
        _demand(self._at == len(self._words))
        return self._told

    def _value(self, key: str, depth: int) -> None:
        """Read one value of *key*; raise `UnreadableFileError` for a word without right."""
        _demand(depth < _MAX_DEPTH)
        word = self._next()
        if word == b"<<":
            self._dictionary(key, depth)
        elif word == b"[":
            self._array(key, depth)
        elif word[:1] == b"/":
            name = word[1:].decode()
            _demand(name in _NAMES or key in _FREE or key in _INKS)
        elif word[:1] == b"<":
            _demand(_STRING.fullmatch(word) is not None)
            _demand(key in _STRINGS or (key == "Name" and word == _LAYER))
        elif self._words[self._at : self._at + 2] == [b"0", b"R"]:
            _demand(word.isdigit())
            self._at += 2
            self._named.setdefault(int(word), set()).add(key)
        else:
            _demand(word in _CONSTANTS or _NUMBER.fullmatch(word) is not None)

    def _dictionary(self, key: str, depth: int) -> None:
        seen = set[bytes]()
        while (word := self._next()) != b">>":
            _demand(word[:1] == b"/" and word not in seen)
            seen.add(word)
            inner = word[1:].decode()
            if depth == 0:
                self._told[inner] = self._words[self._at]
            if key == "Resources":
                _demand(inner in _CATEGORIES)
            elif key == "CharProcs" or (key in _CATEGORIES and _RESOURCE.fullmatch(word)):
                inner = key
            else:
                _demand(inner in _KEYS)
            self._value(inner, depth + 1)

    def _array(self, key: str, depth: int) -> None:
        first = self._words[self._at][1:].decode("latin-1")
        if first in (*_INKS, "ICCBased", "Indexed") and key not in _FREE:
            key = first
        while self._words[self._at : self._at + 1] != [b"]"]:
            self._value(key, depth + 1)
        self._next()

    def _next(self) -> bytes:
        _demand(self._at < len(self._words))
        self._at += 1
        return self._words[self._at - 1]
