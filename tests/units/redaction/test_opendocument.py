"""OpenDocument files say what they said; what held them together has numbers for names."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from lxml import etree  # type: ignore[import-untyped]

from redaction.cases.make import flipped
from redaction.cases.markup import svg
from redaction.cases.opendocument import (
    LEAVINGS,
    LETTER,
    PICTURES,
    SLIDES,
    STYLES,
    TABLE,
    content,
    document,
    frame,
    image,
    paragraph,
)
from redaction.files import UnreadableFileError
from redaction.files.documents.opendocument.cleaner import OpenDocumentCleaner
from redaction.files.documents.opendocument.verify import verify_opendocument

FILES = {"styles.xml": STYLES, **PICTURES, **LEAVINGS}
WHOLE = {
    "odt": document("text", LETTER, FILES),
    "ods": document("spreadsheet", TABLE, FILES),
    "odp": document("presentation", SLIDES, FILES),
}


def cleaned(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(OpenDocumentCleaner().clean(file))) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def words(body: str, kind: str = "text") -> str:
    """What is left of a text."""
    tree = etree.fromstring(cleaned(document(kind, content(kind, body)))["content.xml"])
    return "".join(tree.itertext())


def test_the_first_member_is_a_plain_mimetype() -> None:
    clean = OpenDocumentCleaner().clean(WHOLE["odt"])

    assert clean[30:].startswith(b"mimetypeapplication/vnd.oasis.opendocument.text")


def test_the_manifest_lists_what_is_there() -> None:
    members = cleaned(WHOLE["odt"])
    manifest = etree.fromstring(members["META-INF/manifest.xml"])
    listed = {value for each in manifest for key, value in each.items() if key.endswith("path")}

    assert listed == {"/", *members} - {"mimetype", "META-INF/manifest.xml"}


def test_what_was_inserted_stays_and_what_was_deleted_goes() -> None:
    text = b"".join(cleaned(WHOLE["odt"]).values())

    assert b" inserted" in text
    assert b"deleted" not in text


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("<text:placeholder>asked</text:placeholder>", "asked"),
        ("<text:user-defined>shown</text:user-defined>", "shown"),
        ("<text:page-number>4</text:page-number>", "4"),
        ("<text:author-name>MARK</text:author-name>", ""),
        ("<text:file-name>MARK</text:file-name>", ""),
        ("<text:hidden-text>MARK</text:hidden-text>", ""),
        ('<text:variable-set text:display="none">MARK</text:variable-set>', ""),
        ("<text:unheard-of>MARK</text:unheard-of>", ""),
    ],
)
def test_of_a_field_stays_what_it_shows(field: str, shown: str) -> None:
    assert words(paragraph(f"a{field}b")) == f"a{shown}b"


def test_a_drawing_stays_where_python_can_clean_it() -> None:
    """Browsers clean no SVG: they drop it and show the picture that programs put beside it."""
    shown = content("text", paragraph(frame(image("Pictures/a.svg") + image("Pictures/b.png"))))
    files = {
        "Pictures/a.svg": svg("<title>MARK</title>"),
        "Pictures/b.png": PICTURES["Pictures/logo.png"],
    }
    clean = cleaned(document("text", shown, files))

    assert {"Pictures/1.svg", "Pictures/2.png"} < set(clean)
    assert b"MARK" not in clean["Pictures/1.svg"]


def test_cells_keep_what_they_show_and_formulas_that_stay_in_the_file() -> None:
    sheet = cleaned(WHOLE["ods"])["content.xml"].decode()

    assert 'table:formula="of:=SUM([.B1:.B1])*Rate"' in sheet
    assert sheet.count("table:formula") == 1
    assert "<text:p>12</text:p>" in sheet
    assert 'table:name="Rate"' in sheet


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("content.xml", lambda data: data.replace(b"<text:h", b"<text:author-name/><text:h", 1)),
        ("content.xml", lambda data: data.replace(b"<text:p>", b"<text:p text:id='x'>", 1)),
        ("content.xml", lambda data: data.replace(b'"mark1"', b'"mine"', 1)),
        ("content.xml", lambda data: data.replace(b"Pictures/1", b"Pictures/9", 1)),
        ("content.xml", lambda data: data.replace(b"https://example.org/?v=1", b"file:///x", 1)),
        ("content.xml", lambda data: data.replace(b"<office:body>", b"<office:body>x", 1)),
        ("content.xml", lambda data: data.replace(b"<office:body>", b"<!--x--><office:body>", 1)),
        ("content.xml", lambda data: data.replace(b"last", "la\u200bst".encode(), 1)),
        ("content.xml", lambda data: data.replace(b'"1.3"', b'"1.2"', 1)),
        ("content.xml", lambda data: data[:-5]),
        ("settings.xml", lambda data: data.replace(b"boolean", b"string", 1)),
        ("META-INF/manifest.xml", lambda data: data.replace(b"image/jpeg", b"text/html", 1)),
        ("META-INF/manifest.xml", lambda data: data.replace(b"styles.xml", b"other.xml", 1)),
        ("Thumbnails/thumbnail.png", lambda _: b"x"),
        ("mimetype", lambda _: b"application/zip"),
    ],
)
def test_the_second_reading_accepts_only_what_we_write(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    clean = cleaned(WHOLE["odt"])
    verify_opendocument(clean)

    with pytest.raises(UnreadableFileError):
        verify_opendocument({**clean, name: change(clean.get(name, b""))})


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_anywhere_lets_no_secret_through(kind: str) -> None:
    """Members are stored in these files, so most damage changes what a part says."""
    chance = random.Random(8)  # noqa: S311 - repeatable
    parts = {"odt": LETTER, "ods": TABLE, "odp": SLIDES}
    whole = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}
    passed = 0
    for _ in range(150):
        part = parts[kind]
        damaged = flipped(part, chance.randrange(len(part)), chance.randrange(8))
        try:
            clean = cleaned(document(whole[kind], damaged, FILES))
        except UnreadableFileError:
            continue
        passed += 1
        assert b"MARK" not in b"".join(clean.values())
    assert passed > 10
