"""Archives and books with planted secrets. Every secret carries the word MARK.

Browsers refuse all of them for what they are, so these are cases for Python alone.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from redaction.cases import pictures
from redaction.cases.markup import svg
from redaction.cases.ooxml import SECRET_PICTURE
from redaction.cases.opendocument import PICTURES, content, document, frame, image, paragraph
from redaction.cases.texts import HIDDEN
from redaction.cases.zips import packed

DAMAGED: Final = ("epub: a book with every kind of secret",)
LETTER: Final = document(
    "text", content("text", paragraph("kept" + frame(image("Pictures/photo.jpg")))), PICTURES
)
XHTML: Final = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'


def page(body: str, head: str = "", root: str = "") -> bytes:
    """Return a page of a book."""
    start = f'<?xml version="1.0" encoding="utf-8"?><!-- MARK --><html {XHTML}{root}>'
    return f"{start}<head><title>MARK</title>{head}</head><body>{body}</body></html>".encode()


def package(metadata: str, items: str, spine: str, more: str = "") -> bytes:
    """Return the list of what a book holds."""
    return (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="MARK">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:opf="http://www.idpf.org/2007/opf">{metadata}</metadata>'
        f"<manifest>{items}</manifest><spine{more}>{spine}</spine></package>"
    ).encode()


def item(number: str, href: str, media: str, properties: str = "") -> str:
    """Return one line of the list."""
    more = f' properties="{properties}"' if properties else ""
    return f'<item id="{number}" href="{href}" media-type="{media}"{more}/>'


def book(members: Mapping[str, bytes], path: str = "OEBPS/content.opf") -> bytes:
    """Return an EPUB."""
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">'
        f'<rootfiles><rootfile full-path="{path}" '
        'media-type="application/oebps-package+xml"/></rootfiles></container>'
    ).encode()
    first = {"mimetype": b"application/epub+zip", "META-INF/container.xml": container}
    return packed({**first, **members})


PAGE: Final = "application/xhtml+xml"
METADATA: Final = (
    '<dc:identifier id="MARK">urn:uuid:MARK</dc:identifier><dc:title>MARK</dc:title>'
    "<dc:language>ar-JO</dc:language><dc:creator>MARK</dc:creator><dc:date>MARK</dc:date>"
    '<dc:description>MARK</dc:description><meta name="cover" content="cover"/>'
    '<meta property="dcterms:modified">MARK</meta><meta name="calibre:timestamp" content="MARK"/>'
    '<meta name="generator" content="MARK"/><meta property="role" refines="#MARK">MARK</meta>'
    '<link rel="record" href="https://MARK.example"/>'
)
BOOK: Final = book(
    {
        "META-INF/rights.xml": b"MARK",
        "META-INF/encryption.xml": b'<encryption xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
        b'<enc:CipherReference URI="OEBPS/MARK.otf"/></encryption>',
        "iTunesMetadata.plist": b"MARK",
        "OEBPS/content.opf": package(
            METADATA,
            item("MARK1", "nav.xhtml", PAGE, "nav scripted")
            + item("one", "text/MARK%201.xhtml", PAGE)
            + item("two", "text/two.xhtml", PAGE)
            + item("cover", "MARK.jpg", "image/jpeg", "cover-image")
            + item("drawing", "MARK.svg", "image/svg+xml")
            + item("css", "MARK.css", "text/css")
            + item("font", "MARK.otf", "application/vnd.ms-opentype")
            + item("script", "MARK.js", "application/javascript")
            + item("ncx", "toc.ncx", "application/x-dtbncx+xml")
            + item("data", "MARK.dat", "application/octet-stream")
            + item("gone", "MARK-gone.xhtml", PAGE)
            + item("away", "https://MARK.example/a.mp3", "audio/mpeg"),
            '<itemref idref="one"/><itemref idref="two" linear="no"/><itemref idref="gone"/>'
            '<itemref idref="MARK"/>',
            ' toc="ncx" page-progression-direction="rtl"',
        ),
        "OEBPS/nav.xhtml": page(
            '<nav epub:type="toc" id="MARK"><ol><li><a href="text/MARK%201.xhtml#MARK">One</a>'
            '</li><li><a href="text/two.xhtml">Two</a></li></ol></nav><nav epub:type="MARK"/>'
        ),
        "OEBPS/text/MARK 1.xhtml": page(
            '<h1 id="MARK" epub:type="MARK" class="MARK">فصل</h1><p dir="rtl" onclick="MARK">'
            f'hid{HIDDEN}den<a id="MARK2"/><br/></p><img src="../MARK.jpg" alt="MARK"/>'
            '<svg xmlns:x="http://www.w3.org/1999/xlink"><image x:href="../none.jpg" '
            'xlink:href="../MARK.jpg"/></svg><img src="https://MARK.example/a.gif"/>'
            '<img src="../never.jpg"/><p>&nbsp;&#12;&#77;</p><p><a href="two.xhtml#MARK">on</a> '
            '<a href="#MARK2">back</a> <a href="MARK-gone.xhtml">x</a>'
            ' <a href="https://example.org/?gclid=MARK">out</a> <a href="file:///MARK">f</a></p>',
            '<meta name="author" content="MARK"/><link rel="stylesheet" href="../MARK.css"/>'
            '<script src="../MARK.js"/><style>p { color: MARK }</style>',
        ),
        "OEBPS/text/two.xhtml": page(
            "<p id='MARK'>two<![CDATA[ & three]]></p>", root=" xml:lang='en-GB'"
        ),
        "OEBPS/MARK.jpg": SECRET_PICTURE,
        "OEBPS/MARK.svg": svg("<title>MARK</title><rect width='1'/>"),
        "OEBPS/MARK.css": b"p { background: url(MARK) }",
        "OEBPS/MARK.otf": b"MARK",
        "OEBPS/MARK.js": b"MARK",
        "OEBPS/MARK.dat": b"\0MARK",
        "OEBPS/never.jpg": SECRET_PICTURE,
        "OEBPS/toc.ncx": b'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">'
        b'<head><meta name="dtb:uid" content="MARK"/></head><docTitle><text>MARK</text></docTitle>'
        b"<docAuthor><text>MARK</text></docAuthor><navMap><navPoint id='MARK' playOrder='1'>"
        b"<navLabel><text>One</text></navLabel><content src='text/MARK%201.xhtml#MARK2'/>"
        b"<navPoint id='b'><navLabel><text>In it</text></navLabel><content src='MARK.xhtml'/>"
        b"</navPoint></navPoint></navMap></ncx>",
    }
)


def good_archives() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared name and bytes of what must come out whole."""
    photo = SECRET_PICTURE
    yield (
        "zip: files of every kind in folders",
        "all.zip",
        packed(
            {
                "MARK/photo.jpg": photo,
                "MARK/صورة MARK.png": pictures.SEEDS["screenshot"],
                "MARK/deeper/letter.odt": LETTER,
                "MARK/deeper/drawing.svg": svg("<title>MARK</title>"),
                "note.txt": f"a{HIDDEN}b".encode(),
                "table.csv": b"a,b\r\n1,2\r\n",
                "folder/": b"",
            },
            comment=b"MARK",
            telling=True,
        ),
    )
    yield (
        "zip: what systems leave in folders",
        "mac.zip",
        packed(
            {
                "photo.jpg": photo,
                "__MACOSX/._photo.jpg": b"\0MARK",
                "a/.DS_Store": b"MARK",
                "a/Thumbs.db": b"MARK",
                "desktop.ini": b"MARK",
                "MARK-empty.txt": b"",
            }
        ),
    )
    yield (
        "zip: an archive of pictures in an archive",
        "two.zip",
        packed({"MARK.zip": packed({"MARK.jpg": photo}, b"MARK"), "b.jpg": photo}),
    )
    yield (
        "zip: names that are right already",
        "own.zip",
        packed({"file-1.jpg": pictures.BASELINE, "folder-1/file-2.png": pictures.TRUECOLOUR}),
    )
    yield "epub: a book with every kind of secret", "book.epub", BOOK
    yield (
        "epub: a book of EPUB 2 without a page of contents",
        "old.epub",
        book(
            {
                "content.opf": package(
                    "<dc:language>he</dc:language>",
                    item("a", "./a.html", "text/html") + item("b", "b.png", "image/png"),
                    '<itemref idref="a"/>',
                ),
                "a.html": page("<p>one</p><img src='b.png'/><img src='b.png' width='5'/>"),
                "b.png": pictures.SEEDS["palette"],
            },
            "content.opf",
        ),
    )


def bad_archives() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared name and bytes of what may not pass."""
    good = pictures.BASELINE
    plain = {
        "a.opf": package("", item("a", "a.xhtml", PAGE), '<itemref idref="a"/>'),
        "a.xhtml": page("MARK"),
    }
    yield "zip: one file of many is cut", "a.zip", packed({"1.jpg": good, "2.jpg": good[:-9]})
    yield "zip: a program among files", "a.zip", packed({"1.jpg": good, "a.exe": b"MZ\0MARK"})
    yield (
        "zip: a document in an archive in an archive",
        "a.zip",
        packed({"1.zip": packed({"letter.odt": LETTER})}),
    )
    yield "zip: nothing but what systems leave", "a.zip", packed({".DS_Store": b"MARK"})
    yield (
        "epub: a locked book",
        "a.epub",
        book(
            {
                **plain,
                "META-INF/encryption.xml": b'<e xmlns:enc="http://www.w3.org/2001/04/xmlenc#">'
                b'<enc:CipherReference URI="a.xhtml"/></e>',
            },
            "a.opf",
        ),
    )
    yield "epub: nothing to read", "a.epub", book({"a.opf": package("", "", "")}, "a.opf")
    yield "epub: no list of what it holds", "a.epub", book({"a.xhtml": page("MARK")}, "a.opf")
    yield (
        "epub: the same number twice",
        "a.epub",
        book({**plain, "a.opf": package("", item("a", "a.xhtml", PAGE) * 2, "")}, "a.opf"),
    )
    yield (
        "epub: a page that declares something",
        "a.epub",
        book({**plain, "a.xhtml": b"<!DOCTYPE html [<!ENTITY x 'MARK'>]><html/>"}, "a.opf"),
    )


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    yield from good_archives()
    yield from bad_archives()
