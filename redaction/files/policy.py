"""The rules both languages share, read from `policy.json`: types, limits, what a tag tells."""

import json
from base64 import b64decode
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_POLICY: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("policy.json").read_text("utf-8")
)


@dataclass(frozen=True)
class FileType:
    """A media type, the extension its neutral name gets, and the bytes that give it away.

    No bytes are listed for types that only a closer look can tell.
    """

    media: str
    extension: str
    magic: tuple[tuple[int, bytes], ...] | None


@dataclass(frozen=True)
class Profile:
    """A colour profile we recognise by its colorants and by its curve's middle.

    `replacement` is what we write instead; empty where screens assume the profile anyway.
    """

    colorants: tuple[int, ...]
    middle: float
    replacement: bytes


TYPES: Final = tuple(
    FileType(
        entry["media"],
        entry["extension"],
        entry["magic"] and tuple((at, bytes.fromhex(magic)) for at, magic in entry["magic"]),
    )
    for entry in _POLICY["types"]
)
MEDIA_TYPES: Final = frozenset(known.media for known in TYPES)
# Texts by how they begin: [type, pattern], in the order in which they are tried.
MARKUP: Final[list[tuple[str, str]]] = _POLICY["markup"]
# What the name says of a text that begins like any other: {extension: type}.
PLAIN_TEXTS: Final[dict[str, str]] = _POLICY["plain_texts"]
# `characters`: a class; `needed`: what stays, as [run, before it, after it]; `line_ends`;
# `blanks`: what is as good as nothing before a line's end.
INVISIBLE: Final[dict[str, Any]] = _POLICY["invisible"]
# Parameters of links that tell who opened, sent or shared them: a pattern of names.
TRACKING: Final[str] = _POLICY["tracking"]
# Known types that we do not clean: {type: code of the error that says what to do}.
REFUSED: Final[dict[str, str]] = _POLICY["refused"]
LIMITS: Final[dict[str, int]] = _POLICY["limits"]
EXIF_CATEGORIES: Final[dict[int, str]] = {
    tag: category for category, tags in _POLICY["exif"].items() for tag in tags
}
SIGNS: Final = {
    category: tuple(sign.encode("latin-1") for sign in signs)
    for category, signs in _POLICY["signs"].items()
}
# What names of fields tell in tags of sound: {category: pattern, letters of any case}.
SOUND_SIGNS: Final[dict[str, str]] = _POLICY["sound_signs"]
PROFILES: Final = tuple(
    Profile(tuple(entry["colorants"]), entry["middle"], b64decode(entry["replacement"]))
    for entry in _POLICY["profiles"]
)


def categories_of(untrusted: bytes, otherwise: str) -> set[str]:
    """Return the categories whose signs stand in *untrusted*, or {*otherwise*}."""
    found = {
        category for category, signs in SIGNS.items() if any(sign in untrusted for sign in signs)
    }
    return found or {otherwise}
