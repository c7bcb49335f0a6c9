"""Books (EPUB 2 and 3): the same pages, pictures and contents in a package without an owner.

The list of what the book holds is written anew, with constants for title, identifier and
date; pages are written anew as pages of the web are (see `page`); pictures, drawings, sound
and film go through their own cleaners; names of files and of places in them become numbers.
Styles, fonts, commands and notes of programs go. Books that a shop has locked are refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Final
from urllib.parse import unquote

from redaction.files.documents.archive import Archive
from redaction.files.documents.invisible import unified, visible
from redaction.files.documents.package import Package
from redaction.files.documents.page import TITLE, PageWriter
from redaction.files.documents.plain import decoded
from redaction.files.documents.verify_epub import verify_epub
from redaction.files.documents.xml import Kind, XmlReader, escape_text, escape_value
from redaction.files.errors import UnreadableFileError
from redaction.files.links import clean_link
from redaction.files.policy import TYPES
from redaction.files.registry import clean_inner

NAMES: Final = {
    "urn:oasis:names:tc:opendocument:xmlns:container": "c",
    "http://www.idpf.org/2007/opf": "opf",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.daisy.org/z3986/2005/ncx/": "ncx",
    "http://www.w3.org/2001/04/xmlenc#": "enc",
}
_PAGES: Final = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_CONTENTS: Final = "application/x-dtbncx+xml"
_SILENT: Final = ("text/css", "application/vnd.ms-opentype", "application/x-font-ttf")
_FONTS: Final = (".otf", ".ttf", ".woff", ".woff2")
_RIGHT_TO_LEFT: Final = ("ar", "fa", "he", "ur", "ps", "ckb", "sd", "ug", "yi")
_IDENTIFIER: Final = "urn:uuid:00000000-0000-0000-0000-000000000000"
_MODIFIED: Final = "1980-01-01T00:00:00Z"
_NEUTRAL: Final = ("", TITLE, _IDENTIFIER, _MODIFIED)
_TOLD: Final = {
    **dict.fromkeys(("dc:creator", "dc:contributor", "dc:publisher", "dc:rights"), "author"),
    **dict.fromkeys(("dc:title", "dc:description", "dc:subject", "dc:source"), "comment"),
    "dc:date": "time",
    "dc:identifier": "identifier",
    "ncx:docAuthor": "author",
}
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CONTAINER: Final = (
    f'{_DECLARATION}<container version="1.0" '
    'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
    'full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>\n"
)


@dataclass(eq=False)
class Item:
    """What the book lists: where it was, what it is, where it is now."""

    source: str
    media: str
    properties: tuple[str, ...]
    name: str = ""
    data: bytes = b""


class EpubCleaner(Package):
    """The cleaner of application/epub+zip."""

    media = "application/epub+zip"
    stored = frozenset({"mimetype"})

    def _repack(self, archive: Archive) -> Iterable[tuple[str, bytes]]:
        self._archive = archive
        self._refuse_locked()
        self._places: dict[str, dict[str, str]] = {}
        self._language = "und"
        self._direction = ""
        self._items: dict[str, Item] = {}
        self._counts: dict[str, int] = {}
        self._cover = ""
        self._spine: list[tuple[str, bool]] = []
        self._met = {"mimetype", "META-INF/container.xml"}
        self._read_package(self._package_path())
        self._name_pages()
        for item in self._items.values():
            self._clean(item)
        self._report_the_rest()
        kept = {number: item for number, item in self._items.items() if item.data}
        if not any(number in kept for number, _ in self._spine):
            raise UnreadableFileError("document-malformed")
        return [
            ("mimetype", self.media.encode()),
            ("META-INF/container.xml", _CONTAINER.encode()),
            ("EPUB/package.opf", self._package(kept).encode()),
            *((f"EPUB/{item.name}", item.data) for item in kept.values()),
        ]

    def _check(self, members: Mapping[str, bytes]) -> None:
        verify_epub(members)

    # What the book says of itself

    def _refuse_locked(self) -> None:
        """Fonts may be locked, for they go; pages may not."""
        name = "META-INF/encryption.xml"
        for tag, _ in self._read(name) if name in self._archive else ():
            target = tag.attributes.get("URI", "")
            if tag.name == "enc:CipherReference" and not target.lower().endswith(_FONTS):
                raise UnreadableFileError("archive-encrypted")

    def _read(self, name: str) -> XmlReader:
        if name not in self._archive:
            raise UnreadableFileError("document-malformed")
        return XmlReader(self._archive.read(name), NAMES, doctype=True)

    def _package_path(self) -> str:
        for tag, _ in self._read("META-INF/container.xml"):
            if tag.name == "c:rootfile" and "full-path" in tag.attributes:
                return normpath(tag.attributes["full-path"])
        raise UnreadableFileError("document-malformed")

    def _read_package(self, path: str) -> None:
        self._met.add(path)
        reader = self._read(path)
        for tag, text in reader:
            if tag.kind is Kind.END or tag.kind is Kind.NOTHING:
                continue
            if tag.name == "opf:item":
                self._add_item(path, tag.attributes)
            elif tag.name == "opf:itemref":
                linear = tag.attributes.get("linear") != "no"
                self._spine.append((tag.attributes.get("idref", ""), linear))
            elif tag.name == "opf:spine":
                self._direction = tag.attributes.get("page-progression-direction", "")
            elif tag.name == "opf:meta" and tag.attributes.get("name") == "cover":
                self._cover = tag.attributes.get("content", "")
            elif tag.name == "dc:language":
                self._language = text.strip(" \t\n").partition("-")[0].lower()
            else:
                self._told(tag.name, tag.attributes, text)
        self._note(*reader.passed)
        if not (self._language.isascii() and self._language.isalpha() and len(self._language) < 4):
            self._language = "und"

    def _add_item(self, path: str, attributes: Mapping[str, str]) -> None:
        source = normpath(join(dirname(path), unquote(attributes.get("href", ""))))
        properties = tuple(attributes.get("properties", "").split())
        item = Item(source, attributes.get("media-type", ""), properties)
        number = attributes.get("id", "")
        if number in self._items:
            raise UnreadableFileError("document-malformed")
        self._items[number] = item

    def _told(self, name: str, attributes: Mapping[str, str], text: str) -> None:
        """Note what a property of the book would tell."""
        value = text.strip(" \t\n")
        if name in _TOLD and value not in _NEUTRAL:
            self._note(_TOLD[name])
        elif name == "opf:meta":
            key = attributes.get("name", attributes.get("property", ""))
            telling = attributes.get("content", value) not in _NEUTRAL
            words = {"timestamp": "time", "modified": "time", "generator": "software"}
            told = next((words[word] for word in words if word in key.lower()), "unknown")
            self._note(*([told] if telling else []))
        elif name == "opf:link":
            self._note("link")
        elif name == "opf:reference":
            self._note("comment")

    # What it holds

    def _name_pages(self) -> None:
        """Give every page its new place before any is written, for they lead to each other."""
        for item in self._items.values():
            if item.media in _PAGES and item.source in self._archive:
                kind = "nav" if "nav" in item.properties else "text"
                item.name = f"{self._numbered(kind)}.xhtml"

    def _numbered(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{self._counts[kind]}"

    def _clean(self, item: Item) -> None:
        """Clean one item, unless it was; one that goes has no data afterwards."""
        if item.data:
            return
        if item.source not in self._archive:
            self._note("link" if ":" in item.source else "file-name")
            return
        self._met.add(item.source)
        data = self._archive.read(item.source)
        if item.media in _PAGES:
            item.data = self._page(item, data)
        elif item.media == _CONTENTS:
            item.name = f"{self._numbered('contents')}.ncx"
            item.data = self._contents(item, data)
        elif "script" in item.media:
            self._note("script")
        elif item.media not in _SILENT and "font" not in item.media:
            self._clean_file(item, data)

    def _clean_file(self, item: Item, data: bytes) -> None:
        try:
            clean, report = clean_inner(data, "", self.depth)
        except UnreadableFileError:
            report = None
        if report is None or not report.media.startswith(("image/", "audio/", "video/")):
            self._note("attachment")
            self._warn("files-dropped")
            return
        self._note(*report.removed)
        self._warn(*report.warnings)
        extension = next(known.extension for known in TYPES if known.media == report.media)
        kind = "picture" if report.media.startswith("image/") else "file"
        item.name = f"{self._numbered(kind)}.{extension}"
        item.media, item.data = report.media, clean

    def _page(self, item: Item, data: bytes) -> bytes:
        writer = PageWriter(
            lambda href: self._link(item, href),
            lambda href: self._picture(item, href),
            lambda name: self._place(item.source, name),
            xml=True,
        )
        body = writer.read(unified(decoded(data)))
        self._note(*writer.removed)
        self._warn(*(["hidden-content"] if writer.hidden else []))
        self._warn(*(["files-dropped"] if writer.lost else []))
        language = writer.language or self._language
        right = "rtl" if language in _RIGHT_TO_LEFT else ""
        direction = writer.direction or right
        attributes = f' xml:lang="{language}" lang="{language}"' if language != "und" else ""
        attributes += f' dir="{direction}"' if direction else ""
        return (
            f'{_DECLARATION}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
            f'xmlns:epub="http://www.idpf.org/2007/ops"{attributes}><head><title>{TITLE}</title>'
            f"</head><body>{body}</body></html>\n"
        ).encode()

    def _contents(self, item: Item, data: bytes) -> bytes:
        """Write the table of contents of EPUB 2 anew: labels and places."""
        pages = (one.name for one in self._items.values() if one.media in _PAGES and one.name)
        first = next(pages, "#")
        out: list[str] = []
        depth = order = 0
        inside = ""
        for tag, text in XmlReader(data, NAMES, doctype=True):
            if tag.name == "ncx:navPoint" and tag.kind is Kind.START:
                depth, order = depth + 1, order + 1
                out.append(f'<navPoint id="n{order}" playOrder="{order}">')
            elif tag.name == "ncx:navPoint" and tag.kind is Kind.END:
                depth -= 1
                out.append("</navPoint>")
            elif tag.name == "ncx:text" and tag.kind is Kind.START and depth:
                label = visible(text)
                self._note(*(["invisible-text"] if label != text else []))
                out.append(f"<navLabel><text>{escape_text(label)}</text></navLabel>")
            elif tag.name == "ncx:content" and tag.kind is not Kind.END and depth:
                address = self._link(item, tag.attributes.get("src", "")) or first
                out.append(f'<content src="{escape_value(address)}"/>')
            inside = tag.name if tag.name.startswith("ncx:doc") else inside
            if tag.name == "ncx:text" and inside and not depth and text.strip() not in _NEUTRAL:
                self._note(_TOLD.get(inside, "comment"))
        return (
            f'{_DECLARATION}<ncx xmlns="{next(u for u, p in NAMES.items() if p == "ncx")}" '
            f'version="2005-1"><head><meta name="dtb:uid" content="{_IDENTIFIER}"/></head>'
            f"<docTitle><text>{TITLE}</text></docTitle><navMap>{''.join(out)}</navMap></ncx>\n"
        ).encode()

    # Where things lead

    def _link(self, item: Item, href: str) -> str | None:
        """Return the address of a page of the book, or of a public page."""
        path, _, place = href.strip(" \t\n").partition("#")
        target = self._target(item, path) if path else item
        if target is None or not (target.name and target.media in _PAGES):
            return clean_link(href)
        anchor = self._place(target.source, unquote(place)) if place else ""
        return f"{target.name if path else ''}{'#' if anchor else ''}{anchor}"

    def _picture(self, item: Item, href: str) -> str | None:
        target = self._target(item, href.strip(" \t\n"))
        if target is None:
            return None
        if target.media.startswith("image/"):
            self._clean(target)
        return target.name if target.media.startswith("image/") and target.data else None

    def _target(self, item: Item, path: str) -> Item | None:
        if ":" in path or path.startswith("/"):
            return None
        source = normpath(join(dirname(item.source), unquote(path)))
        return next((one for one in self._items.values() if one.source == source), None)

    def _place(self, source: str, name: str) -> str:
        """Return the new name of a place in a page; numbers in the order of mention."""
        places = self._places.setdefault(source, {})
        return places.setdefault(name, f"p{len(places) + 1}")

    # Writing

    def _package(self, kept: Mapping[str, Item]) -> str:
        ids = {number: f"i{n}" for n, number in enumerate(kept, 1)}
        # Without a page of contents it is a book of EPUB 2, which knows no properties.
        new = any("nav" in item.properties for item in kept.values())
        items, spine = "", ""
        cover = ids.get(self._cover, "")
        for number, item in kept.items():
            shown = "cover-image" in item.properties or number == self._cover
            cover = ids[number] if shown and not cover else cover
            properties = "nav" if "nav" in item.properties else "cover-image" if shown else ""
            media = _PAGES[0] if item.media in _PAGES else item.media
            items += f'<item id="{ids[number]}" href="{item.name}" media-type="{media}"'
            items += f' properties="{properties}"/>' if new and properties else "/>"
        for number, linear in self._spine:
            if number in kept:
                spine += f'<itemref idref="{ids[number]}"'
                spine += "/>" if linear else ' linear="no"/>'
        contents = next((ids[n] for n, item in kept.items() if item.media == _CONTENTS), "")
        direction = self._direction if new and self._direction in ("rtl", "ltr") else ""
        modified = f'<meta property="dcterms:modified">{_MODIFIED}</meta>' if new else ""
        return (
            f'{_DECLARATION}<package xmlns="http://www.idpf.org/2007/opf" version="{2 + new}.0" '
            'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<dc:identifier id="id">{_IDENTIFIER}</dc:identifier><dc:title>{TITLE}</dc:title>'
            f"<dc:language>{self._language}</dc:language>"
            + (f'<meta name="cover" content="{cover}"/>' if cover else "")
            + f"{modified}</metadata><manifest>{items}</manifest><spine"
            + (f' toc="{contents}"' if contents else "")
            + (f' page-progression-direction="{direction}"' if direction else "")
            + f">{spine}</spine></package>\n"
        )

    def _report_the_rest(self) -> None:
        for name in self._archive.names:
            if name in self._met:
                continue
            shop = name.startswith(("META-INF/rights", "iTunes", "META-INF/encryption"))
            self._note("identifier" if shop else "unknown")
