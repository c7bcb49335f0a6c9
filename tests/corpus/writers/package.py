"""Packages of Office Open XML (ECMA-376 part 2), read from templates.

A template is a text of sections. `=== NAME [TYPE]` begins a part, and its type is written into
the content types; `=== NAME !KIND` is a part that `BLOBS` makes. Lines that begin with `>>` are
relationships of that part, `>> ID TYPE TARGET`, with `>>!` for external ones; those before
the first section belong to the package. `+++ NAME` includes another template.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Final

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import archive, movie, photo, png, sound, tiff
from tests.corpus.writers.archive import Member

TEMPLATES: Final = files("tests.corpus.templates")
XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT: Final = "application/vnd.openxmlformats-officedocument"
DEFAULTS: Final = {
    "rels": "application/vnd.openxmlformats-package.relationships+xml",
    "xml": "application/xml",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "bin": f"{DOCUMENT}.oleObject",
    "vml": f"{DOCUMENT}.vmlDrawing",
    "xlsx": f"{DOCUMENT}.spreadsheetml.sheet",
    "docx": f"{DOCUMENT}.wordprocessingml.document",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "htm": "text/html",
    "odttf": f"{DOCUMENT}.obfuscatedFont",
    "fntdata": "application/x-fontdata",
    "emf": "image/x-emf",
    "tiff": "image/tiff",
    "data": "application/vnd.openxmlformats-officedocument.model+data",
}

Blob = Callable[[Planter, str], bytes]
BLOBS: Final[dict[str, Blob]] = {
    "photo": lambda plant, where: photo.photo(plant, f"{where} "),
    "snapshot": lambda plant, where: photo.snapshot(plant, f"{where} "),
    "png": lambda plant, where: png.screenshot(plant, f"{where} "),
    "gif": lambda plant, where: (
        seed("still.gif")[:-1] + b"!\xfe\x0b" + plant.raw(f"{where} comment") + b"\0;"
    ),
    "svg": lambda plant, where: _drawing(plant, where),
    "emf": lambda plant, where: emf(plant, f"{where} "),
    "tiff": lambda plant, where: tiff.small(plant, f"{where} "),
    "mp4": lambda plant, where: movie.tagged(plant, f"{where} "),
    "mp3": lambda plant, where: sound.tagged(plant, f"{where} "),
    "xlsx": lambda plant, where: nested(plant, "xlsx-embedded", where),
    "printer": lambda plant, where: _devmode(plant, where),
    "ole": lambda plant, where: bytes.fromhex("D0CF11E0A1B11AE1") + plant.raw(where) * 40,
    "random": lambda plant, where: zlib.compress(plant.raw(where) * 20),
}


@dataclass
class Package:
    """Parts by name without the leading slash, content types and relationships."""

    plant: Planter
    parts: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    where: str = ""

    def load(self, template: str) -> None:
        """Add everything a template names."""
        name, lines = "", list[str]()
        for line in TEMPLATES.joinpath(f"{template}.txt").read_text("utf-8").splitlines():
            if line.startswith("=== "):
                self._finish(name, lines)
                name, lines = line[4:], []
            elif line.startswith(">>"):
                self._link(name.partition(" ")[0], line)
            elif line.startswith("+++ "):
                self.load(line[4:])
            elif not line.startswith("### "):
                lines.append(line)
        self._finish(name, lines)

    def members(self) -> list[Member]:
        """Return everything that goes into the archive, content types first."""
        parts = {"[Content_Types].xml": self._content_types()} | self._relations() | self.parts
        return [Member(name, data) for name, data in parts.items()]

    def write(self) -> bytes:
        return archive.write(self.members())

    def _finish(self, header: str, lines: list[str]) -> None:
        name, _, kind = header.partition(" ")
        if not name:
            return
        assert name not in self.parts, name
        if kind.startswith("!"):
            self.parts[name] = BLOBS[kind[1:]](self.plant, self.where + name)
            return
        head = "" if lines and lines[0].startswith("<?xml") else XML
        self.parts[name] = (head + self.plant.fill("\n".join(lines), self.where + name)).encode()
        if kind:
            self.types[name] = kind if "/" in kind else f"{DOCUMENT}.{kind}+xml"

    def _link(self, source: str, line: str) -> None:
        how, number, kind, target = line.split(" ", 3)
        kind = kind if kind.startswith("http") else f"{OFFICE}/relationships/{kind}"
        mode = ' TargetMode="External"' if how == ">>!" else ""
        target = self.plant.fill(target, f"{self.where}{source} relationship {number}")
        self.links.setdefault(source, []).append(
            f'<Relationship Id="{number}" Type="{kind}" Target="{_escape(target)}"{mode}/>'
        )

    def _relations(self) -> dict[str, bytes]:
        return {_relations_of(source): _relations(links) for source, links in self.links.items()}

    def _content_types(self) -> bytes:
        used = {name.rpartition(".")[2] for name in self.parts} | {"rels", "xml"}
        body = "".join(
            f'<Default Extension="{each}" ContentType="{DEFAULTS[each]}"/>'
            for each in sorted(used & set(DEFAULTS))
        )
        body += "".join(
            f'<Override PartName="/{name}" ContentType="{kind}"/>'
            for name, kind in self.types.items()
        )
        return f'{XML}<Types xmlns="{PACKAGE}/content-types">{body}</Types>'.encode()


def members_of(package: bytes) -> list[Member]:
    """Return the members of an archive that a program wrote."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return [Member(info.filename, opened.read(info)) for info in opened.infolist()]


def nested(plant: Planter, template: str, where: str) -> bytes:
    """Return a package that stands inside another file."""
    package = Package(plant, where=f"{where} > ")
    package.load(template)
    return package.write()


def _relations_of(source: str) -> str:
    path = PurePosixPath(source)
    return str(path.parent / "_rels" / f"{path.name}.rels")


def _relations(links: list[str]) -> bytes:
    body = f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}</Relationships>'
    return (XML + body).encode()


def _escape(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def _drawing(plant: Planter, where: str) -> bytes:
    body = (
        '<metadata>{mark}</metadata><title>{mark}</title><rect id="{mark}" width="9" height="9"/>'
    )
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 16" data-name="{mark}">'
    return plant.fill(f"<!-- {{mark}} -->{head}{body}</svg>", where).encode()


def emf(plant: Planter, where: str) -> bytes:
    """A metafile with a rectangle, a comment, and a description in its header (MS-EMF 2.3.4)."""
    told = f"Editor {plant.mark(f'{where}program')}\0{plant.mark(f'{where}title')}\0\0"
    described = told.encode("utf-16-le").ljust(80, b"\0")
    comment = b"note" + plant.raw(f"{where}comment") + b"\0"
    body = struct.pack("<III", 70, 12 + len(comment), len(comment)) + comment
    body += struct.pack("<IIiiii", 43, 24, 1, 1, 90, 60)
    body += struct.pack("<IIIII", 14, 20, 0, 16, 20)
    size = 108 + len(described)
    head = struct.pack("<II8i", 1, size, 0, 0, 100, 70, 0, 0, 2646, 1852)
    head += struct.pack("<4sIIIHH", b" EMF", 0x10000, size + len(body), 4, 1, 0)
    head += struct.pack("<IIIii", len(told), 108, 0, 1024, 768)
    head += struct.pack("<iiIIIii", 320, 240, 0, 0, 0, 320000, 240000)
    return head + described + body


def _devmode(plant: Planter, where: str) -> bytes:
    """The name of a printer and what its driver keeps, as Excel stores them."""
    name = f"\\\\{plant.mark(f'{where} server')}\\{plant.mark(f'{where} printer')}"
    return name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) + plant.raw(f"{where} driver")
