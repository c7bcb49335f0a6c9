"""Whether packages of documents are valid: what Word, LibreOffice and readers insist on.

The rules are those whose breach makes a program call a file damaged: ECMA-376 part 2 for
packages, ECMA-376 part 3 for Ignorable, ODF 1.3 part 2, EPUB OCF 3.3.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from lxml import etree  # type: ignore[import-untyped]

PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
RELATIONSHIPS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}",
)
WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
XHTML = "{http://www.w3.org/1999/xhtml}"
CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
XLINK = "{http://www.w3.org/1999/xlink}href"


class Opened(NamedTuple):
    """Members by name, and the parsed root of those that are XML."""

    members: dict[str, bytes]
    trees: dict[str, etree._Element]


def archive_faults(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        if broken := opened.testzip():
            yield f"{broken} is damaged"
        yield from (f"{n} is there twice" for n, c in Counter(opened.namelist()).items() if c > 1)


def package_faults(data: bytes) -> Iterator[str]:
    """What would make Word, Excel or PowerPoint offer to repair the file."""
    yield from archive_faults(data)
    opened = _open(data, (".xml", ".rels", ".vml"))
    yield from _unparsed(opened, (".xml", ".rels", ".vml"))
    if "[Content_Types].xml" not in opened.trees:
        yield "no content types"
        return
    yield from _content_types(opened)
    yield from _relations(opened)
    yield from _ignorable(opened)
    yield from _word(opened)
    yield from _excel(opened)


def odf_faults(data: bytes) -> Iterator[str]:
    """What ODF 1.3 part 2 demands of a package, and pictures that are not there."""
    yield from archive_faults(data)
    yield from _mimetype_first(data)
    opened = _open(data, (".xml",))
    yield from _unparsed(opened, (".xml",))
    manifest = opened.trees.get("META-INF/manifest.xml")
    if manifest is None:
        yield "no manifest"
        return
    listed = {str(e.get(f"{MANIFEST}full-path")) for e in manifest.iter(f"{MANIFEST}file-entry")}
    unlisted = {n for n in opened.members if not n.startswith(("META-INF/", "mimetype"))}
    yield from (f"{n} is not in the manifest" for n in sorted(unlisted - listed) if n[-1] != "/")
    yield from (
        f"{n} is in the manifest only"
        for n in sorted(listed - set(opened.members))
        if not n.endswith("/")
    )
    yield from _odf_pictures(opened)


def epub_faults(data: bytes) -> Iterator[str]:
    """What a reading system insists on."""
    yield from archive_faults(data)
    yield from _mimetype_first(data)
    opened = _open(data, (".xml", ".opf", ".xhtml", ".ncx"))
    yield from _unparsed(opened, (".xml", ".opf", ".xhtml", ".ncx"))
    container = opened.trees["META-INF/container.xml"]
    for rootfile in container.iter(f"{CONTAINER}rootfile"):
        path = str(rootfile.get("full-path"))
        yield from _book(opened, path)


def _open(data: bytes, xml: tuple[str, ...]) -> Opened:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    trees = {}
    for name, content in members.items():
        if name.endswith(xml):
            try:
                trees[name] = etree.fromstring(content, PARSER)
            except etree.XMLSyntaxError:
                continue
    return Opened(members, trees)


def _unparsed(opened: Opened, xml: tuple[str, ...]) -> Iterator[str]:
    for name in opened.members:
        if name.endswith(xml) and name not in opened.trees:
            yield f"{name} is not well-formed"


def _content_types(opened: Opened) -> Iterator[str]:
    types = opened.trees["[Content_Types].xml"]
    defaults = {str(e.get("Extension")).lower() for e in types.iter(f"{TYPES}Default")}
    overrides = {str(e.get("PartName")).lstrip("/") for e in types.iter(f"{TYPES}Override")}
    yield from (f"a type for {n}, which is gone" for n in sorted(overrides - set(opened.members)))
    for name in opened.members:
        typed = name in overrides or name.rpartition(".")[2].lower() in defaults
        if not typed and name != "[Content_Types].xml" and not name.endswith("/"):
            yield f"{name} has no content type"


def _source_of(relations: str) -> str:
    folder, name = posixpath.split(relations)
    return posixpath.join(posixpath.dirname(folder), name.removesuffix(".rels"))


def _links(opened: Opened) -> dict[str, dict[str, etree._Element]]:
    """Relationships by source and identifier."""
    return {
        _source_of(name): {str(each.get("Id")): each for each in root}
        for name, root in opened.trees.items()
        if name.endswith(".rels")
    }


def _relations(opened: Opened) -> Iterator[str]:
    links = _links(opened)
    for source, known in links.items():
        if source and source not in opened.members:
            yield f"relationships of {source}, which is gone"
        for number, each in known.items():
            if each.get("TargetMode") != "External":
                target = _target(source, str(each.get("Target")))
                if target not in opened.members:
                    yield f"{source} {number} leads to {target}, which is gone"
    if not any(str(e.get("Type")).endswith("/officeDocument") for e in links[""].values()):
        yield "no main part"
    yield from _dangling(opened, links)


def _target(source: str, target: str) -> str:
    if target.startswith("/"):
        return unquote(target[1:])
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), unquote(target)))


def _dangling(opened: Opened, links: dict[str, dict[str, etree._Element]]) -> Iterator[str]:
    for name, root in opened.trees.items():
        for element in root.iter(etree.Element):
            for key, value in element.items():
                if str(key).startswith(RELATIONSHIPS) and value not in {"", *links.get(name, {})}:
                    yield f"{name} uses {value}, which has no relationship"


def _ignorable(opened: Opened) -> Iterator[str]:
    """Word refuses a file whose Ignorable or Requires names a prefix that is not declared."""
    for name, root in opened.trees.items():
        for element in root.iter(etree.Element):
            prefixes = (
                f"{element.get(f'{MC}Ignorable', '')} {element.get(f'{MC}MustUnderstand', '')}"
            )
            if element.tag == f"{MC}Choice":
                prefixes += f" {element.get('Requires', '')}"
            for prefix in prefixes.split():
                if prefix not in element.nsmap:
                    yield f"{name} names the prefix {prefix} without declaring it"


def _word(opened: Opened) -> Iterator[str]:
    document = opened.trees.get("word/document.xml")
    if document is None:
        return
    w = next(each for each in WORD if str(document.tag).startswith(each))
    for name, root in opened.trees.items():
        yield from (
            f"{name} has a cell that does not end with a paragraph"
            for cell in root.iter(f"{w}tc")
            if len(cell) == 0 or cell[-1].tag not in (f"{w}p", f"{w}sdt", f"{w}bookmarkEnd")
        )
        yield from _pairs(name, root, w, "bookmark")
        yield from _pairs(name, root, w, "perm")
    for kind in ("footnote", "endnote", "comment"):
        yield from _references(opened, document, w, kind)


def _pairs(name: str, root: etree._Element, w: str, kind: str) -> Iterator[str]:
    starts, ends = (
        Counter(str(each.get(f"{w}id")) for each in root.iter(f"{w}{kind}{which}"))
        for which in ("Start", "End")
    )
    if starts != ends:
        yield f"{name} has unpaired {kind} marks"


def _references(opened: Opened, document: etree._Element, w: str, kind: str) -> Iterator[str]:
    part = opened.trees.get(f"word/{kind}s.xml")
    known = {e.get(f"{w}id") for e in part.iter(f"{w}{kind}")} if part is not None else set()
    for each in document.iter(f"{w}{kind}Reference"):
        if each.get(f"{w}id") not in known:
            yield f"a {kind} is referred to that is gone"


def _excel(opened: Opened) -> Iterator[str]:
    shared = opened.trees.get("xl/sharedStrings.xml")
    count = len(list(shared.iter(f"{SHEET}si"))) if shared is not None else 0
    for name, root in opened.trees.items():
        for cell in root.iter(f"{SHEET}c"):
            if cell.get("t") == "s" and int(cell.findtext(f"{SHEET}v", "0")) >= count:
                yield f"{name} uses a shared string that is gone"


def _mimetype_first(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        first = opened.infolist()[0]
    if first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED or first.extra:
        yield "the first member is not a plain mimetype"


def _odf_pictures(opened: Opened) -> Iterator[str]:
    for name, root in opened.trees.items():
        for element in root.iter(etree.Element):
            target = str(element.get(XLINK, ""))
            if target.startswith(("Pictures/", "./Pictures/", "media/")):
                path = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
                if path not in opened.members:
                    yield f"{name} shows {target}, which is gone"


def _book(opened: Opened, path: str) -> Iterator[str]:
    book, folder = opened.trees[path], posixpath.dirname(path)
    for needed in ("identifier", "title", "language"):
        if not (book.findtext(f".//{DC}{needed}") or "").strip():
            yield f"the book has no {needed}"
    identifiers = {e.get("id") for e in book.iter(f"{DC}identifier")}
    if book.get("unique-identifier") not in identifiers:
        yield "the unique identifier is missing"
    items = {str(e.get("id")): str(e.get("href")) for e in book.iter(f"{OPF}item")}
    for href in items.values():
        if posixpath.normpath(posixpath.join(folder, unquote(href))) not in opened.members:
            yield f"{href} is in the manifest only"
    yield from (
        f"the spine names {e.get('idref')}, which is gone"
        for e in book.iter(f"{OPF}itemref")
        if e.get("idref") not in items
    )
