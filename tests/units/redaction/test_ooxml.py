"""Office files lose what tells of their makers, and show what they showed."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from redaction.cases import ooxml
from redaction.cases.zips import packed
from redaction.files.documents.office.cleaner import OfficeCleaner
from redaction.files.documents.office.verify import verify_office
from redaction.files.errors import UnreadableFileError
from tests.units.redaction.stored import stored

CASES: list[dict[str, Any]] = stored("ooxml")
OUTPUTS = {case["name"]: b64decode(case["output"]) for case in CASES if "output" in case}
LETTER, TABLE, SLIDES = ooxml.DAMAGED
W = f"{{{ooxml.NAMES['w']}}}"


def members(file: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def cleaned(file: bytes) -> dict[str, bytes]:
    return members(OfficeCleaner().clean(file))


def words(part: bytes, *names: str) -> list[str]:
    """The texts of the elements of these names, of any namespace."""
    root = ET.fromstring(part)  # noqa: S314 - written by us
    return [one.text or "" for one in root.iter() if one.tag.rpartition("}")[2] in names]


def paragraphs(part: bytes) -> list[str]:
    root = ET.fromstring(part)  # noqa: S314 - written by us
    return ["".join(text.text or "" for text in one.iter(f"{W}t")) for one in root.iter(f"{W}p")]


def test_a_letter_says_what_it_said() -> None:
    parts = members(OUTPUTS[LETTER])
    seen = ["Kept & clean", " inserted", "1", "cited", "link", "3", "page", "folder", "above"]

    assert words(parts["word/document.xml"], "t") == [*seen, "chosen", "tagged", "not seen"]
    assert words(parts["word/header1.xml"], "t") == ["Head"]
    assert 'string="DRAFT"' in parts["word/header1.xml"].decode()
    assert [name for name in parts if "media" in name] == ["word/media/image1.jpg"]


def test_links_lose_what_follows_people_and_places_on_this_computer() -> None:
    parts = members(OUTPUTS[LETTER])
    relations = parts["word/_rels/document.xml.rels"].decode()
    text = parts["word/document.xml"].decode()

    assert re.findall(r'Target="(http[^"]*)"', relations) == ["https://example.org/page?page=2"]
    assert 'HYPERLINK "https://example.org/?q=1"' in text
    assert words(parts["word/document.xml"], "instrText")[0] == " PAGEREF _Ref1 \\h "
    assert 'w:anchor="_Ref1"' in text
    assert 'w:name="_Ref1"' in text


def test_pictures_keep_their_alternative_text_unless_it_is_a_file_name() -> None:
    text = members(OUTPUTS[LETTER])["word/document.xml"].decode()

    assert re.findall('descr="([^"]*)"', text) == ["A seal", "A seal"]
    assert set(re.findall('docPr id="7" name="([^"]*)"', text)) == {"Object 7"}


def test_tables_keep_values_whose_formulas_lead_elsewhere() -> None:
    parts = members(OUTPUTS[TABLE])
    sheet = parts["xl/worksheets/sheet1.xml"]

    assert words(sheet, "v") == ["0", "3", "4", "5", "6", "7", "8"]
    assert words(sheet, "f") == ["SUM(B1:B9)", 'HYPERLINK("https://example.org/","a ""quote""")']
    assert words(parts["xl/sharedStrings.xml"], "t") == ["shown", ""]
    assert words(parts["xl/workbook.xml"], "definedName") == ["Figures!$A$1"]
    assert words(parts["xl/charts/chart1.xml"], "f") == ["#REF!", "Figures!$A$1"]


def test_slides_keep_what_is_seen_and_said() -> None:
    parts = members(OUTPUTS[SLIDES])
    slide = parts["ppt/slides/slide1.xml"].decode()

    assert words(parts["ppt/slides/slide1.xml"], "t") == ["Title", "instead"]
    assert words(parts["ppt/notesSlides/notesSlide1.xml"], "t") == ["Say this"]
    assert re.findall('action="([^"]*)"', slide) == [
        "ppaction://hlinkshowjump?jump=nextslide",
        "ppaction://media",
    ]
    assert "p14:flash" in slide
    assert "p:timing" not in slide


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a deleted paragraph", ["before", "after"]),
        ("a paragraph of which only the end was deleted", ["rest"]),
        ("a deleted row", ["kept"]),
        ("a deleted cell", ["kept"]),
        ("a deleted table", []),
        ("a cell whose only paragraph was deleted", [""]),
        ("a deleted picture", ["after"]),
        ("a field inside the instruction of another", ["seen"]),
        ("a field inside the result of another", ["5"]),
        ("a field that never ends", ["", "after"]),
        ("a result that never ends", ["", "after"]),
        ("an end without a beginning", ["", "after"]),
        ("links as fields", ["text"] * 5),
        ("text in many spellings", ["1 < 2 & 3 م&>"]),
        ("with prefixes that mislead", ["named"]),
        ("in UTF-16", ["wide"]),
    ],
)
def test_changes_are_accepted_and_fields_judged(name: str, left: list[str]) -> None:
    assert paragraphs(members(OUTPUTS[f"docx: {name}"])["word/document.xml"]) == left


def test_a_deleted_picture_does_not_come_along() -> None:
    assert not [name for name in members(OUTPUTS["docx: a deleted picture"]) if "media" in name]


def test_a_deleted_footnote_goes_with_its_pictures() -> None:
    """The mark in the text was deleted; what it led to would still be in the file."""
    parts = members(OUTPUTS["docx: a footnote that was deleted"])

    assert words(parts["word/footnotes.xml"], "t") == ["kept"]
    assert not [name for name in parts if "media" in name or "footnotes.xml.rels" in name]


def test_a_diagram_holds_together_with_numbers_of_ours() -> None:
    parts = members(OUTPUTS["docx: a diagram"])
    data = parts["word/diagrams/data1.xml"].decode()
    first, second, plain = re.findall('modelId="([^"]*)"', data)

    assert {first[:35], second[:35], plain} == {"{00000000-0000-0000-0000-0000000000", "9"}
    assert first != second
    assert f'srcId="{first}" destId="{second}"' in data
    assert f'modelId="{second}"' in parts["word/diagrams/drawing1.xml"].decode()
    relations = parts["word/_rels/document.xml.rels"].decode()
    drawing = re.findall('Id="(rId[0-9])"[^>]*diagramDrawing', relations)
    assert re.findall('relId="([^"]*)"', data) == drawing


def test_an_object_on_a_slide_stays_as_its_picture() -> None:
    slide = members(OUTPUTS[SLIDES])["ppt/slides/slide1.xml"].decode()

    assert slide.count("<p:pic>") == 2
    assert "graphicFrame" not in slide


def test_a_strict_file_stays_one() -> None:
    parts = members(OUTPUTS["docx: strict"])

    assert b"http://purl.oclc.org/ooxml/wordprocessingml/main" in parts["word/document.xml"]
    assert b"openxmlformats.org/office" not in parts["_rels/.rels"]


def test_numbers_of_references_have_no_gaps() -> None:
    """What was taken back after it had been counted leaves no trace."""
    gone = '<w:p><w:pPr><w:rPr><w:moveFrom w:id="1"/></w:rPr></w:pPr></w:p>'
    inside = gone.replace("</w:p>", f"<w:r>{ooxml.picture('rId2', 'a', 'b')}</w:r></w:p>")
    row = ooxml.row(ooxml.cell(inside), "<w:del/>")
    body = f"<w:tbl><w:tblPr/>{row}</w:tbl><w:p>{ooxml.picture('rId1', 'a', 'b')}</w:p>"
    media = {"media/a.jpg": ooxml.SECRET_PICTURE, "media/b.jpg": ooxml.SECRET_PICTURE}
    linked = [("rId1", "image", "media/a.jpg"), ("rId2", "image", "media/b.jpg")]

    parts = cleaned(ooxml.document(body, media, linked))

    assert b'r:embed="rId1"' in parts["word/document.xml"]
    assert parts["word/_rels/document.xml.rels"].count(b"<Relationship ") == 1
    assert [name for name in parts if "media" in name] == ["word/media/image1.jpg"]


def test_a_picture_that_cannot_be_cleaned_becomes_one_clear_pixel() -> None:
    parts = members(OUTPUTS["docx: a picture that cannot be cleaned"])

    assert len(parts["word/media/image1.png"]) == 68


def test_a_file_inside_an_office_file_inside_an_archive_is_a_picture_at_most() -> None:
    """An Office file that lay in an archive keeps its pictures."""
    file = OfficeCleaner("", depth=1).clean(ooxml.letter())

    assert "word/media/image1.jpg" in members(file)


def tampered() -> Iterator[tuple[str, Mapping[str, bytes | None]]]:
    """Changes of a clean letter that no cleaner of ours would write."""
    document = members(OUTPUTS[LETTER])["word/document.xml"]
    relations = members(OUTPUTS[LETTER])["word/_rels/document.xml.rels"]
    types = members(OUTPUTS[LETTER])["[Content_Types].xml"]

    def text(old: bytes, new: bytes) -> Mapping[str, bytes]:
        assert old in document
        return {"word/document.xml": document.replace(old, new, 1)}

    def linked(old: bytes, new: bytes) -> Mapping[str, bytes]:
        assert old in relations
        return {"word/_rels/document.xml.rels": relations.replace(old, new, 1)}

    yield "a member more", {"word/secret.xml": document}
    yield "properties", {"docProps/core.xml": b"<a/>"}
    yield "relationships of nothing", {"word/_rels/nothing.xml.rels": relations}
    yield "a member less", {"word/header1.xml": None}
    yield "a comment", text(b"<w:body>", b"<w:body><!-- a -->")
    yield "an instruction", text(b"<w:body>", b"<w:body><?a?>")
    yield "an unknown element", text(b"<w:body>", b"<w:body><w:rsids/>")
    yield "an unknown attribute", text(b"<w:body>", b'<w:body w:rsidR="1">')
    yield "an unknown namespace", text(b"<w:body>", b'<w:body><a xmlns="urn:a"/>')
    yield "text where none is", text(b"<w:body>", b"<w:body>a")
    yield "a reference to nothing", text(b'r:embed="rId', b'r:embed="rId99')
    yield "an element that does not end", text(b"</w:body>", b"")
    yield "a plain section", text(b"Kept ", b"<![CDATA[Kept]]>")
    yield "a document type", text(b"<w:document", b"<!DOCTYPE a><w:document")
    yield "a script as a link", linked(b"https://example.org", b"javascript:x")
    yield "a number that is a name", linked(b'"rId1"', b'"name"')
    yield "another kind", linked(b"/header", b"/oleObject")
    yield "a target outside", linked(b"header1.xml", b"../../header1.xml")
    yield "another content type", {"[Content_Types].xml": types.replace(b"main+xml", b"macro")}
    yield (
        "no content type",
        {"[Content_Types].xml": types.replace(b"/word/header1", b"/word/other")},
    )


TAMPERED = dict(tampered())


@pytest.mark.parametrize("name", TAMPERED)
def test_the_verifier_refuses_what_the_cleaner_would_not_write(name: str) -> None:
    parts = {**members(OUTPUTS[LETTER]), **TAMPERED[name]}
    left = {key: data for key, data in parts.items() if data is not None}

    with pytest.raises(UnreadableFileError, match="document-malformed"):
        verify_office(left)


@pytest.mark.parametrize("name", ooxml.DAMAGED)
def test_the_verifier_alone_would_have_refused_the_original(name: str) -> None:
    original = next(b64decode(case["input"]) for case in CASES if case["name"] == name)

    with pytest.raises((UnreadableFileError, KeyError)):
        verify_office(members(original))


def test_members_of_one_name_in_other_letters_are_refused() -> None:
    parts = members(packed({"[Content_Types].xml": b"", "a": b"", "A": b""}))

    with pytest.raises(UnreadableFileError, match="document-malformed"):
        OfficeCleaner().clean(packed(parts))
