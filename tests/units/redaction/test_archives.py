"""Archives and books come out with everything in them clean, or not at all."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from lxml import etree  # type: ignore[import-untyped]

from redaction.cases import pictures
from redaction.cases.archives import BOOK, LETTER, PAGE, book, item, package, page
from redaction.cases.make import flipped
from redaction.cases.ooxml import SECRET_PICTURE
from redaction.cases.zips import packed
from redaction.files import UnreadableFileError
from redaction.files.documents.container import ContainerCleaner
from redaction.files.documents.verify_epub import verify_epub
from redaction.files.documents.zipped import ZipCleaner


def members(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def cleaned(archive: bytes) -> dict[str, bytes]:
    return members(ContainerCleaner().clean(archive))


def test_every_file_of_an_archive_is_cleaned_as_if_it_had_come_alone() -> None:
    alone = ContainerCleaner().clean(LETTER)
    clean = cleaned(packed({"MARK/a.jpg": SECRET_PICTURE, "MARK/b.odt": LETTER}))

    assert list(clean) == ["folder-1/file-1.jpg", "folder-1/file-2.odt"]
    assert members(clean["folder-1/file-2.odt"]) == members(alone)
    assert clean["folder-1/file-1.jpg"] == pictures.BASELINE


def test_folders_keep_their_order_and_lose_their_names() -> None:
    names = ("b/x.jpg", "a/y/1.jpg", "b/z.jpg", "a/2.jpg")
    clean = cleaned(packed(dict.fromkeys(names, pictures.BASELINE)))

    assert list(clean) == [
        "folder-1/file-1.jpg",
        "folder-2/folder-3/file-2.jpg",
        "folder-1/file-3.jpg",
        "folder-2/file-4.jpg",
    ]


@pytest.mark.parametrize("name", ["file.jpg", "file-1.exe", "file-1.png", "../file-1.jpg"])
def test_the_second_reading_of_an_archive_wants_our_names_and_their_content(name: str) -> None:
    with pytest.raises(UnreadableFileError, match="archive-malformed"):
        ZipCleaner()._check({name: pictures.BASELINE})


def test_a_book_can_be_read_from_its_contents_on() -> None:
    """Every place that something leads to is there."""
    clean = cleaned(BOOK)
    pages = {
        name.removeprefix("EPUB/"): etree.fromstring(data)
        for name, data in clean.items()
        if name.endswith(".xhtml")
    }
    places = {
        f"{name}#{element.get('id')}"
        for name, tree in pages.items()
        for element in tree.iter(etree.Element)
        if element.get("id")
    }
    links = [
        (name, element.get("href"))
        for name, tree in pages.items()
        for element in tree.iter("{http://www.w3.org/1999/xhtml}a")
    ]
    inside = [link if link[0] != "#" else name + link for name, link in links if ":" not in link]

    assert len(inside) == 4
    assert all(link in places or link in pages for link in inside)


def test_an_arabic_book_runs_from_right_to_left_without_its_styles() -> None:
    pages = {
        "a.opf": package(
            "<dc:language>ar</dc:language>", item("a", "a.xhtml", PAGE), '<itemref idref="a"/>'
        ),
        "a.xhtml": page("<p>فصل</p>"),
    }

    assert b'lang="ar" dir="rtl"' in cleaned(book(pages, "a.opf"))["EPUB/text-1.xhtml"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("EPUB/text-1.xhtml", lambda data: data.replace(b"<h1", b"<script/><h1")),
        ("EPUB/text-1.xhtml", lambda data: data.replace(b"<h1", b'<h1 class="x"')),
        ("EPUB/text-1.xhtml", lambda data: data.replace(b'id="p1"', b'id="mine"')),
        ("EPUB/text-1.xhtml", lambda data: data.replace(b"<h1", b"<!-- x --><h1")),
        ("EPUB/text-1.xhtml", lambda data: data.replace(b"picture-1", b"other")),
        ("EPUB/text-1.xhtml", lambda data: data.replace(b"</body>", "\u200b</body>".encode())),
        ("EPUB/package.opf", lambda data: data.replace(b">Page<", b">Mine<")),
        ("EPUB/package.opf", lambda data: data.replace(b"0000-", b"0001-")),
        ("EPUB/package.opf", lambda data: data.replace(b"1980", b"2024")),
        ("EPUB/contents-1.ncx", lambda data: data[:-9]),
        ("EPUB/notes.txt", lambda _: b"x"),
        ("EPUB/text-9.xhtml", lambda _: b"<html/>"),
        ("mimetype", lambda _: b"application/zip"),
    ],
)
def test_the_second_reading_of_a_book_accepts_only_what_we_write(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    clean = cleaned(BOOK)
    verify_epub(clean)

    with pytest.raises(UnreadableFileError):
        verify_epub({**clean, name: change(clean.get(name, b""))})


@pytest.mark.parametrize("whole", [BOOK, packed({"a.jpg": SECRET_PICTURE, "b.odt": LETTER})])
def test_damage_anywhere_lets_no_secret_through(whole: bytes) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable
    for _ in range(300):
        damaged = flipped(whole, chance.randrange(len(whole)), chance.randrange(8))
        try:
            clean = cleaned(damaged)
        except UnreadableFileError:
            continue
        assert not any(b"MARK" in name.encode() + data for name, data in clean.items())
