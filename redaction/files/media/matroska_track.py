"""What a Matroska file says of a track, cleaned where it stands (RFC 9559 §5.1.4)."""

from dataclasses import dataclass
from typing import Final

from redaction.files.media.coded import Coding
from redaction.files.media.matroska_elements import TABLES, Element, Elements, Treat
from redaction.files.media.matroska_private import clean_private

_NUMBER: Final = 0xD7
_TYPE: Final = 0x83
_CODEC: Final = 0x86
_IDENTIFIER: Final = 0x73C5
_PRIVATE: Final = 0x63A2
_LANGUAGE: Final = 0x22B59C
_VIDEO: Final = 0xE0
_ALPHA: Final = 0x53C0
_ENCODINGS: Final = 0x6D80
_ENCODING: Final = 0x6240
_SCOPE: Final = 0x5032
_COMPRESSION: Final = 0x5034
_ENCRYPTION: Final = 0x5035
_METHOD: Final = 0x4254
_STRIPPED: Final = 0x4255
_FRAMES: Final = 1
_HEADERS_STRIPPED: Final = 3
_SOUND: Final = 2
_KEPT_TYPES: Final = (1, _SOUND)
_MOST: Final = 1 << 28
_UNDETERMINED: Final = b"und"


@dataclass(frozen=True)
class Track:
    """A track that stays; *alpha* says that blocks carry transparency beside the picture."""

    number: int
    coding: Coding
    alpha: bool


def clean_track(file: Elements, entry: Element) -> Track | None:
    """Clean a TrackEntry and return its track; None for one that was removed."""
    file.spend(50)
    number = file.value(_only(file, entry, _NUMBER))
    file.demand(0 < number < _MOST)
    kind = file.value(_only(file, entry, _TYPE))
    if kind not in _KEPT_TYPES:
        file.remove(entry, "track", *(file.kinds(entry.body, entry.end) - {"unknown"}))
        return None
    if kind == _SOUND:
        file.warnings.add("voice")
    codec = _only(file, entry, _CODEC)
    name = file.text(codec)
    if name not in TABLES["codecs"]:
        raise file.refusal("codec")
    coding = Coding(TABLES["codecs"][name])
    privates = _found(file, entry, _PRIVATE)
    file.demand(len(privates) == 1 or coding.name not in {"h264", "hevc"})
    for private in privates:
        coding = clean_private(file, name, private)
    _check_encodings(file, entry, coding)
    alpha = [file.value(one) for one in _found(file, entry, _VIDEO, _ALPHA)] == [1]
    treat: dict[int, Treat] = {
        _CODEC: lambda _: None,
        _PRIVATE: lambda _: None,
        _IDENTIFIER: lambda one: _identify(file, one, number),
        _LANGUAGE: lambda one: _language(file, one),
        _ENCODINGS: lambda one: file.inside(one, {_STRIPPED: lambda _: None}),
    }
    file.inside(entry, treat)
    return Track(number, coding, alpha)


def _found(file: Elements, element: Element, *path: int) -> list[Element]:
    """Return the elements at the end of *path*."""
    found = [element]
    for identity in path:
        found = [
            child
            for one in found
            for child in file.children(one.body, one.end)
            if child.identity == identity
        ]
    return found


def _only(file: Elements, element: Element, identity: int) -> Element:
    found = _found(file, element, identity)
    file.demand(len(found) == 1)
    return found[0]


def _identify(file: Elements, element: Element, number: int) -> None:
    """Write the track's number instead of the random identifier."""
    size = element.end - element.body
    file.demand(size <= 8 and number < 1 << 8 * size)
    file.put(element.body, number.to_bytes(size), "identifier")


def _language(file: Elements, element: Element) -> None:
    """Say that the language is not known: leaving it out would say English."""
    size = element.end - element.body
    file.put(element.body, _UNDETERMINED.ljust(size, b"\0")[:size], "unknown")


def _check_encodings(file: Elements, entry: Element, coding: Coding) -> None:
    """Demand that frames are stored as they are, or without their first bytes."""
    for encoding in _found(file, entry, _ENCODINGS, _ENCODING):
        if _found(file, encoding, _ENCRYPTION):
            raise file.refusal("encrypted")
        scopes = [file.value(one) for one in _found(file, encoding, _SCOPE)]
        methods = [file.value(one) for one in _found(file, encoding, _COMPRESSION, _METHOD)]
        known = methods == [_HEADERS_STRIPPED] and scopes in ([], [_FRAMES])
        if not known or coding.name:
            raise file.refusal("unsupported")
