"""Clean OpenDocument files: texts, tables, slides and drawings (ODF 1.3 part 2).

Contents and styles are written anew from the vocabulary in `rules.json`; pictures, sound and
film that they show go through their own cleaners; documents in the document (charts,
formulas) are written anew like the document itself. Properties, previews, macros, settings
of printers and programs, forms, signatures and everything that nothing refers to do not come
along. Of the settings only those stay that decide how lines break.

Out of reach: names of styles, fonts and sheets, the look of a template.
"""

from collections.abc import Iterable, Mapping
from posixpath import normpath
from typing import Final

from redaction.files.documents.archive import Archive
from redaction.files.documents.opendocument.markup import (
    VERSION,
    Mentions,
    OpenMarkup,
    shared,
)
from redaction.files.documents.opendocument.rules import (
    KINDS,
    PICTURES,
    SETTINGS,
    SOUND_AND_FILM,
    TOLD_BY_PROPERTY,
    VOCABULARY,
)
from redaction.files.documents.opendocument.verify import verify_opendocument
from redaction.files.documents.package import Package
from redaction.files.documents.rewriter import DECLARATION
from redaction.files.documents.xml import Kind, XmlReader, escape_value
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import TYPES
from redaction.files.registry import clean_inner

MIMETYPE: Final = "mimetype"
MANIFEST: Final = "META-INF/manifest.xml"
_WHOLE: Final = ("text", "spreadsheet", "presentation", "drawing")
_ROOTS: Final = {
    "content.xml": ("office:document-content", "math:math"),
    "styles.xml": ("office:document-styles",),
}
# What is dropped, by the beginning of its name, and what it tells.
_TOLD_BY_NAME: Final = {
    "Thumbnails/": "thumbnail",
    "Basic/": "script",
    "Scripts/": "script",
    "Dialogs/": "script",
    "META-INF/": "identifier",
    "Configurations2/": "software",
    "Versions/": "history",
    "VersionList.xml": "history",
    "Pictures/": "attachment",
    "media/": "attachment",
    "ObjectReplacements/": "thumbnail",
    "layout-cache": "",
    "manifest.rdf": "",
}


class OpenDocumentCleaner(Package):
    """Cleans one file; `exact_media` says which of the four kinds it is."""

    media = "application/vnd.oasis.opendocument.text"
    stored = frozenset({MIMETYPE})

    def _repack(self, archive: Archive) -> Iterable[tuple[str, bytes]]:
        self._archive = archive
        self.exact_media = archive.read(MIMETYPE).decode("latin-1").strip(" \t\r\n")
        kind = KINDS.get(self.exact_media)
        if kind not in _WHOLE:
            raise UnreadableFileError("document-kind")
        self._types = self._read_manifest()
        self._met = {MIMETYPE, MANIFEST}
        self._inner: dict[str, tuple[bytes, str] | None] = {}
        self._shown = 0
        self._files: list[tuple[str, bytes, str]] = []
        self._folders: list[tuple[str, str]] = []
        parts = _Document(self, "", "", kind).parts()
        parts += self._settings()
        self._properties()
        self._report_the_rest()
        listed = [("/", self.exact_media), *((name, "text/xml") for name, _ in parts)]
        listed += [*self._folders, *((name, media) for name, _, media in self._files)]
        return [
            (MIMETYPE, self.exact_media.encode()),
            *parts,
            *((name, data) for name, data, _ in self._files),
            (MANIFEST, _manifest(listed)),
        ]

    def _check(self, members: Mapping[str, bytes]) -> None:
        verify_opendocument(members)

    # For the documents inside

    def read(self, name: str) -> bytes | None:
        """Return a member, remembering that it was of use."""
        if name not in self._archive:
            return None
        self._met.add(name)
        return self._archive.read(name)

    def type_of(self, folder: str) -> str:
        """Return the kind of a document in the document."""
        return KINDS.get(self._types.get(f"{folder}/", ""), "")

    def note(self, removed: Iterable[str], warnings: Iterable[str]) -> None:
        """Report what a part was cleaned of."""
        self._note(*removed)
        self._warn(*warnings)

    def add_file(self, source: str, folder: str, film: bool) -> str | None:
        """Clean a picture, or sound or film; return its new name in *folder*."""
        if source not in self._inner:
            self._inner[source] = self._clean_file(source)
        inner = self._inner[source]
        if inner is None or inner[1] not in (SOUND_AND_FILM if film else PICTURES):
            return None
        extension = next(known.extension for known in TYPES if known.media == inner[1])
        self._shown += 1
        name = f"{'media' if film else 'Pictures'}/{self._shown}.{extension}"
        self._files.append((folder + name, *inner))
        return name

    def add_document(self, source: str, folder: str, kind: str) -> None:
        """Clean a document in the document, of which the folder is known."""
        document = _Document(self, f"{source}/", f"{folder}/", kind)
        media = next(media for media, known in KINDS.items() if known == kind)
        self._folders.append((f"{folder}/", media))
        self._files += [(name, data, "text/xml") for name, data in document.parts()]

    def _clean_file(self, name: str) -> tuple[bytes, str] | None:
        data = self.read(name)
        try:
            if data is None:
                return None
            written, report = clean_inner(data, "", self.depth)
        except UnreadableFileError:
            report = None
        if report is None or report.media not in PICTURES | SOUND_AND_FILM:
            self._note("attachment")
            self._warn("files-dropped")
            return None
        self.note(report.removed, report.warnings)
        return written, report.media

    # What only the package knows

    def _read_manifest(self) -> dict[str, str]:
        """Return the types of folders and members; refuse what is locked."""
        types: dict[str, str] = {}
        if MANIFEST not in self._archive:
            return types
        for tag, _ in XmlReader(self._archive.read(MANIFEST), VOCABULARY.prefixes, doctype=True):
            if tag.name == "manifest:encryption-data":
                raise UnreadableFileError("archive-encrypted")
            if tag.name == "manifest:file-entry" and tag.kind is not Kind.END:
                name = tag.attributes.get("manifest:full-path", "")
                types[name] = tag.attributes.get("manifest:media-type", "")
        return types

    def _settings(self) -> list[tuple[str, bytes]]:
        """Return the settings that decide how lines break, if there are any."""
        data = self.read("settings.xml")
        kept: dict[str, str] = {}
        for tag, text in XmlReader(data, VOCABULARY.prefixes) if data else ():
            name = tag.attributes.get("config:name", "")
            if name in SETTINGS and text in ("true", "false"):
                kept[name] = text
            elif name.startswith("Printer") and text not in ("", "false", "true"):
                self._note("device")
            elif name.startswith("Rsid"):
                self._note("history")
        return [("settings.xml", _settings(kept))] if kept else []

    def _properties(self) -> None:
        """Read the properties for what they tell; none of them stays."""
        data = self.read("meta.xml")
        for tag, text in XmlReader(data, VOCABULARY.prefixes) if data else ():
            if tag.name in TOLD_BY_PROPERTY and (text.strip(" \t\n") or tag.attributes):
                self._note(TOLD_BY_PROPERTY[tag.name])

    def _report_the_rest(self) -> None:
        """Tell of what does not come along."""
        for name in self._archive.names:
            if name in self._met:
                continue
            told = (told for start, told in _TOLD_BY_NAME.items() if name.startswith(start))
            category = next(told, "unknown")
            self._note(*([category] if category else []))


class _Document:
    """A document and, for its parts, the way to the other files of the package."""

    def __init__(self, package: OpenDocumentCleaner, source: str, folder: str, kind: str) -> None:
        self._package = package
        self._source = source
        self._folder = folder
        self._kind = kind
        self._pictures: dict[tuple[str, bool], str | None] = {}
        self._documents: dict[str, str | None] = {}

    def parts(self) -> list[tuple[str, bytes]]:
        """Return contents and styles; raise `UnreadableFileError`."""
        content = self._package.read(f"{self._source}content.xml")
        if content is None:
            raise UnreadableFileError("document-malformed")
        mentions, names = Mentions(content), shared()
        parts: list[tuple[str, bytes]] = []
        for name, roots in _ROOTS.items():
            data = self._package.read(self._source + name)
            if data is None:
                continue
            markup = OpenMarkup(self._kind, self, names, mentions)
            text = markup.rewrite(data)
            if markup.root not in roots:
                raise UnreadableFileError("document-malformed")
            self._package.note(markup.removed, markup.warnings)
            parts.append((self._folder + name, text.encode()))
        return parts

    def picture(self, href: str, film: bool) -> str | None:
        """Return the new address of a picture, or of sound and film; None if it goes."""
        key = (href, film)
        if key not in self._pictures:
            self._pictures[key] = self._add_picture(href, film)
        return self._pictures[key]

    def _add_picture(self, href: str, film: bool) -> str | None:
        source = self._inside(href)
        if source is None:
            self._package.note(["link"], ())
            return None
        shown = source.removeprefix(f"{self._source}ObjectReplacements/")
        if shown != source and self._documents.get(f"./{shown}"):
            return None
        return self._package.add_file(source, self._folder, film)

    def document(self, href: str) -> str | None:
        """Return the new address of a document in the document; None if it goes."""
        if href not in self._documents:
            self._documents[href] = self._add_document(href)
        return self._documents[href]

    def _add_document(self, href: str) -> str | None:
        source = self._inside(href)
        kind = self._package.type_of(source) if source and not self._folder else ""
        if not source or not kind:
            self._package.note(["attachment"], ["files-dropped"])
            return None
        name = f"Object {len([one for one in self._documents.values() if one]) + 1}"
        self._package.add_document(source, name, kind)
        return f"./{name}"

    def _inside(self, href: str) -> str | None:
        """Return the member or folder that an address within the package means."""
        if ":" in href or href.startswith(("/", "#")):
            return None
        path = normpath(self._source + href)
        return None if path.startswith("..") else path


def _settings(kept: Mapping[str, str]) -> bytes:
    office, config = (VOCABULARY.uris[prefix] for prefix in ("office", "config"))
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="boolean">{kept[name]}'
        "</config:config-item>"
        for name in sorted(kept)
    )
    text = (
        f'{DECLARATION}<office:document-settings xmlns:office="{office}" xmlns:config="{config}"'
        f' office:version="{VERSION}"><office:settings>'
        f'<config:config-item-set config:name="ooo:configuration-settings">{items}'
        "</config:config-item-set></office:settings></office:document-settings>"
    )
    return text.encode()


def _manifest(listed: Iterable[tuple[str, str]]) -> bytes:
    uri = VOCABULARY.uris["manifest"]
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{escape_value(name)}"'
        f' manifest:media-type="{media}"/>'
        for name, media in listed
    )
    attributes = f'xmlns:manifest="{uri}" manifest:version="{VERSION}"'
    return f"{DECLARATION}<manifest:manifest {attributes}>{rows}</manifest:manifest>".encode()
