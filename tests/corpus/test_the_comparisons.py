"""The comparisons see what they are there for: lost turns, other samples, dangling parts."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest

from tests.corpus.entry import Entry, seed
from tests.corpus.make import corpus
from tests.corpus.same import differences
from tests.corpus.writers import archive
from tests.corpus.writers.archive import STORED
from tests.corpus.writers.package import members_of

CORPUS = {entry.name: entry for entry in corpus()}
Harm = Callable[[bytes], bytes]


def swapped(old: bytes, new: bytes) -> Harm:
    """Replace some bytes, all at once."""

    def harm(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new)

    return harm


def without(member: str) -> Harm:
    return lambda data: _packed(data, lambda name, part: None if name == member else part)


def in_part(member: str, old: bytes, new: bytes) -> Harm:
    def change(name: str, part: bytes) -> bytes:
        assert name != member or old in part
        return part.replace(old, new) if name == member else part

    return lambda data: _packed(data, change)


def _packed(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    members = members_of(data)
    for member in members:
        member.method = STORED if member.name == "mimetype" else member.method
    changed = [(member, change(member.name, member.data)) for member in members]
    return archive.write([replace(m, data=part) for m, part in changed if part is not None])


def one_page_less(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.pages[1]
        return _saved(pdf)


def other_words(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.pages[1].Contents = pdf.make_stream(b"BT /F1 14 Tf 20 360 Td (Other) Tj ET")
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def other_sample(data: bytes) -> bytes:
    at = data.index(b"data") + 200
    return data[:at] + b"\1\2\3" + data[at + 3 :]


def turned_back(_data: bytes) -> bytes:
    """A photo that lost its orientation."""
    return seed("photo.jpg")


REFERENCE = b'<w:p><w:r><w:footnoteReference w:id="99"/></w:r></w:p><w:sectPr'
RELATION = b'<w:p><w:hyperlink xmlns:r="%s" r:id="rIdX"/></w:p><w:sectPr' % (
    b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
)
DOCUMENT = "word/document.xml"
HARMS: dict[str, tuple[str, Harm]] = {
    "a lost turn": ("jpeg-turned-6", turned_back),
    "another frame": ("gif-anim", lambda data: data[: len(data) // 2] + b";"),
    "another sample": ("wav-phone", other_sample),
    "no sound at all": ("mp3-player", lambda data: data[:2000]),
    "a film cut short": ("mp4-editor", lambda data: data[:-2500]),
    "a page less": ("pdf-office", one_page_less),
    "other words": ("pdf-office", other_words),
    "a part without a type": ("docx-google", in_part("[Content_Types].xml", b"png", b"gif")),
    "a part that is gone": ("docx-google", without("word/media/image1.png")),
    "XML that does not close": ("docx-google", in_part(DOCUMENT, b"</w:body>", b"")),
    "a prefix nobody declares": ("docx-word", in_part(DOCUMENT, b'="w14 w15', b'="w99 w15')),
    "a footnote that is gone": ("docx-google", in_part(DOCUMENT, b"<w:sectPr", REFERENCE)),
    "a relationship that is gone": ("docx-google", in_part(DOCUMENT, b"<w:sectPr", RELATION)),
    "a cell without a paragraph": (
        "docx-word",
        in_part(DOCUMENT, b"</w:p></w:tc>", b"</w:p><w:r/></w:tc>"),
    ),
    "half a bookmark": ("docx-google", in_part(DOCUMENT, b'<w:bookmarkEnd w:id="0"/>', b"")),
    "a string that is gone": (
        "xlsx-excel",
        in_part("xl/worksheets/sheet2.xml", b"<v>3</v>", b"<v>9</v>"),
    ),
    "a sheet that is gone": ("xlsx-excel", without("xl/worksheets/sheet2.xml")),
    "an unlisted part": (
        "odt-letter",
        in_part("META-INF/manifest.xml", b"Pictures/photo.jpg", b"Pictures/x.jpg"),
    ),
    "a picture that is gone": ("odt-letter", without("Pictures/photo.jpg")),
    "no mimetype": ("odt-letter", without("mimetype")),
    "no manifest": ("odt-letter", without("META-INF/manifest.xml")),
    "a book without a name": ("epub-book", in_part("OEBPS/content.opf", b"dc:title", b"dc:titel")),
    "a chapter that is gone": ("epub-book", without("OEBPS/one.xhtml")),
    "another photo": ("zip-pictures", in_part("1.jpg", b"\xff\xda\0\x0c", b"\xff\xda\0\x0d")),
    "a member less": ("zip-pictures", without("2.png")),
    "another shape": ("svg-inkscape", swapped(b"M 50,10", b"M 51,10")),
    "another word of a page": (
        "html-page",
        swapped(b"The bus is late KEP", b"The bus was late KEP"),
    ),
    "another cell": ("csv-table", swapped(b"12,7", b"12,8")),
    "another word": ("txt-utf16", swapped("ثابتا".encode("utf-16-le"), "آخر".encode("utf-16-le"))),
}


@pytest.mark.parametrize("harm", HARMS)
def test_harm_is_seen(harm: str) -> None:
    name, change = HARMS[harm]
    entry = CORPUS[name]
    assert differs(entry, change(entry.data))


def differs(entry: Entry, data: bytes) -> bool:
    """Whether the harm shows, as a difference or as a file that cannot be decoded."""
    try:
        return differences(entry, data) != []
    except (OSError, SyntaxError, ValueError, IndexError, KeyError):
        return True


WHOLE = [
    name for name in CORPUS if name.endswith(("-google", "-excel", "-phone", "-letter", "-page"))
]


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_is_equal_to_itself(name: str) -> None:
    assert differences(CORPUS[name], CORPUS[name].data) == []
