"""OpenDocument files and books: packages whose first member is a plain `mimetype`."""

from __future__ import annotations

from tests.corpus.entry import Planter
from tests.corpus.writers.archive import STORED, Member, telling, write
from tests.corpus.writers.package import XML, Package

MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


def opendocument(plant: Planter, kind: str, template: str) -> bytes:
    """Return a package of OASIS ODF 1.3 part 2 of type *kind*."""
    package = Package(plant)
    package.load(template)
    parts = package.parts | {"META-INF/manifest.xml": _manifest(package, kind)}
    return _written(plant, f"application/vnd.oasis.opendocument.{kind}", parts)


def book(plant: Planter, template: str) -> bytes:
    """Return an EPUB."""
    package = Package(plant)
    package.load(template)
    return _written(plant, "application/epub+zip", package.parts)


def _written(plant: Planter, kind: str, parts: dict[str, bytes]) -> bytes:
    members = telling([Member(name, data) for name, data in parts.items()], plant)
    first = Member("mimetype", kind.encode(), STORED)
    return write([first, *members], plant.raw("archive comment"))


def _manifest(package: Package, kind: str) -> bytes:
    media = {"jpg": "image/jpeg", "png": "image/png", "mp4": "video/mp4"}
    listed = {
        name: package.types.get(name) or media.get(name.rpartition(".")[2], "")
        for name in package.parts
        if not name.startswith("META-INF/")
    }
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{each}"/>'
        for name, each in {"/": f"application/vnd.oasis.opendocument.{kind}", **listed}.items()
    )
    attributes = f'xmlns:manifest="{MANIFEST}" manifest:version="1.3"'
    return f"{XML}<manifest:manifest {attributes}>{rows}</manifest:manifest>".encode()
