"""One file of the corpus, and the planter that remembers where each marker went.

A marker is a word that occurs nowhere else. Its letters come from the names of the file
and of the place, so every build plants the same words and no two places share one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from typing import Literal

SEEDS = files("tests.corpus.seeds")
TOKEN = re.compile(r"\{(mark|keep|hex|guid|digits|when|path)(?::([^{}:]*))?(?::([^{}]*))?\}")
LAST_TAG = re.compile(r"<([A-Za-z][\w:.-]*)[^<>]*$|<([A-Za-z][\w:.-]*)[^<>]*>[^<>]*$")
LAST_KEY = re.compile(r"/([A-Za-z][\w.:-]*)[^/]*$")
LAST_ATTRIBUTE = re.compile(r"([\w:.-]+)\s*=\s*[\"'][^\"'<>]*$")
FIRST_DAY = datetime(2001, 1, 1, tzinfo=UTC)
DAYS = 8000


class Same(StrEnum):
    """What must be equal before and after; the comparisons stand in `same`."""

    PICTURE = "picture"
    MEDIA = "media"
    PDF = "pdf"
    OFFICE = "office"
    ODF = "odf"
    EPUB = "epub"
    ZIP = "zip"
    SVG = "svg"
    HTML = "html"
    TABLE = "table"
    TEXT = "text"


@dataclass(frozen=True)
class Marker:
    """*needle* is text to find in any encoding, or bytes to find in both orders."""

    needle: str | bytes
    place: str


@dataclass(frozen=True)
class Entry:
    """*declared* is the name a citizen's file would have; *content* must survive.

    What may be cleaned or refused is so rare or broken that a refusal is no loss.
    """

    family: str
    name: str
    declared: str
    data: bytes = field(repr=False)
    markers: tuple[Marker, ...] = field(repr=False)
    content: tuple[str, ...] = field(repr=False)
    same: Same
    expect: Literal["clean", "refuse", "either"] = "clean"
    reference: bytes = field(default=b"", repr=False)
    """What decoded content is compared with, where the tags of the file disturb decoders."""


def seed(name: str) -> bytes:
    """Return a seed file's bytes."""
    return SEEDS.joinpath(name).read_bytes()


class Planter:
    """Hands out markers for one file: `Planter("mp3", "mp3-tags")`."""

    def __init__(self, family: str, name: str) -> None:
        self.family, self.name = family, f"{family}-{name}"
        self.markers: list[Marker] = []
        self.content: list[str] = []
        self._places: dict[str, int] = {}

    def mark(self, place: str) -> str:
        """Return a word of 11 letters that must be gone afterwards."""
        return self._remember("MRK" + self._letters(place, 8), place)

    def raw(self, place: str) -> bytes:
        """Return the same as bytes."""
        return self.mark(place).encode()

    def keep(self, what: str) -> str:
        """Return a word of 11 letters that people see, and that must stay."""
        word = "KEP" + self._letters(what, 8)
        self.content.append(word)
        return word

    def keeps(self, *words: str) -> None:
        """Record visible words that the seed already has."""
        self.content += words

    def hex(self, place: str, digits: int = 8) -> str:
        """Return hexadecimal digits in capitals, the first of them below 8."""
        drawn = self._digest(place).hex().upper()[:digits]
        return self._remember(str(int(drawn[0], 16) % 7 + 1) + drawn[1:], place)

    def guid(self, place: str) -> str:
        """Return a GUID of version 4 without braces, in capitals."""
        h = self._digest(place).hex().upper()
        return self._remember(f"{h[:8]}-{h[8:12]}-4{h[13:16]}-A{h[17:20]}-{h[20:32]}", place)

    def digits(self, place: str, length: int = 10) -> str:
        """Return decimal digits, such as a serial number or a phone."""
        number = int.from_bytes(self._digest(place)) % 10**length
        return self._remember(f"{number:0{length}d}", place)

    def number(self, place: str, size: int = 4) -> int:
        """Return an unsigned number of *size* bytes, looked for in both byte orders."""
        drawn = bytes(b % 255 + 1 for b in self._digest(place)[:size])
        drawn = bytes([drawn[0] & 0x7F | 1]) + drawn[1:]
        self.markers.append(Marker(drawn, place))
        return int.from_bytes(drawn)

    def blob(self, place: str, size: int = 16) -> bytes:
        """Return bytes that stand for an identifier."""
        drawn = self._digest(place)[:size]
        self.markers.append(Marker(drawn, place))
        return drawn

    def when(self, place: str, spelling: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
        """Return a moment as text in the given spelling."""
        return self._remember(self._moment(place).strftime(spelling), place)

    def seconds(self, place: str, since: datetime, size: int = 4) -> int:
        """Return a moment as whole seconds since an epoch, looked for in both byte orders."""
        moment = int((self._moment(place) - since).total_seconds())
        self.markers.append(Marker(moment.to_bytes(size), place))
        return moment

    def found(self, needle: str | bytes, place: str) -> None:
        """Record what the program behind the seed, or the writer itself, left in *place*."""
        self.markers.append(Marker(needle, place))

    def path(self, place: str, ending: str) -> str:
        """Return a Windows path through somebody's home."""
        return rf"C:\Users\{self.mark(place)}\Documents\{ending}"

    def fill(self, template: str, where: str) -> str:
        """Fill in a text: `{mark}`, `{keep}`, `{hex}`, `{guid}`, `{digits}`, `{when}`, `{path}`.

        A place is named by *where*, the tag and the attribute it stands in, or by what follows
        a colon. A second colon gives a number of digits or the spelling of a moment.
        """
        out, end = "", 0
        for match in TOKEN.finditer(template):
            out += template[end : match.start()]
            end = match.end()
            named = match[2] or _standing_in(template[: match.start()][-4000:])
            out += self._token(match[1], self._free(f"{where} {named}"), match[3])
        return out + template[end:]

    def _token(self, kind: str, place: str, detail: str | None) -> str:
        match kind:
            case "hex":
                return self.hex(place, int(detail or 8))
            case "digits":
                return self.digits(place, int(detail or 10))
            case "when":
                return self.when(place, detail) if detail else self.when(place)
            case "path":
                return self.path(place, detail or "report.docx")
            case _:
                return str(getattr(self, kind)(place))

    def _free(self, place: str) -> str:
        """A name for a place that none has had so far."""
        self._places[place] = count = self._places.get(place, 0) + 1
        return place if count == 1 else f"{place} {count}"

    def entry(
        self,
        extension: str,
        data: bytes,
        same: Same,
        expect: Literal["clean", "refuse", "either"] = "clean",
        *,
        reference: bytes = b"",
    ) -> Entry:
        """Return the finished file; its declared name says nothing."""
        for marker in self.markers:
            assert marker.needle, marker.place
        return Entry(
            self.family,
            self.name,
            f"file.{extension}",
            data,
            tuple(self.markers),
            tuple(self.content),
            same,
            expect,
            reference,
        )

    def _remember(self, needle: str, place: str) -> str:
        assert all(needle != known.needle for known in self.markers), f"twice: {place}"
        self.markers.append(Marker(needle, place))
        return needle

    def _digest(self, place: str) -> bytes:
        return hashlib.sha256(f"{self.name}\n{place}".encode()).digest()

    def _letters(self, place: str, count: int) -> str:
        return "".join(chr(97 + byte % 26) for byte in self._digest(place)[:count])

    def _moment(self, place: str) -> datetime:
        drawn = int.from_bytes(self._digest(place))
        return FIRST_DAY + timedelta(days=drawn % DAYS, seconds=drawn // DAYS % 86400)


def _standing_in(before: str) -> str:
    """The tag and the attribute that the end of *before* stands in."""
    tag, attribute = LAST_TAG.search(before), LAST_ATTRIBUTE.search(before)
    if tag and tag[1] and attribute:
        return f"<{tag[1]} {attribute[1]}>"
    if tag:
        return f"<{tag[1] or tag[2]}>"
    key = LAST_KEY.search(before)
    return f"/{key[1]}" if key else "text"
