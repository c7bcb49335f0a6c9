"""Pages become pictures: what is read stays, what is only stored goes."""

import re
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops

from redaction.errors import UnreadableFileError
from redaction.render import Rendering, flatten, render
from redaction.render.encode import as_png
from redaction.render.rendering import Bitmap
from tests.corpus.entry import seed
from tests.units.redaction.render.samples import (
    A4,
    SECRET,
    coded,
    image_of,
    ink,
    pdf,
    saved,
    writing,
)

PROGRAMS = ["libreoffice.pdf", "cairo.pdf", "chromium.pdf", "ghostscript.pdf"]


def test_a_page_is_shown_at_150_dots_per_inch() -> None:
    rendering = render(pdf(writing("hello"), writing("again")))

    assert rendering.kind == "pages"
    assert rendering.media == "application/pdf"
    assert [(page.width, page.height) for page in rendering.pages] == [(1240, 1755)] * 2
    assert all(ink(page) > 0.0005 for page in rendering.pages)


@pytest.mark.parametrize("name", PROGRAMS)
def test_documents_of_many_programs_are_shown(name: str) -> None:
    assert ink(render(seed(name)).pages[0]) > 0.001


def test_what_stands_before_the_header_is_passed_over() -> None:
    assert render(b"\0\1 junk\n" + pdf(writing("hello"))).kind == "pages"


def test_filled_forms_are_shown() -> None:
    def page_with_a_field(value: str) -> Rendering:
        document = pikepdf.open(BytesIO(pdf(b"")))
        text = document.make_stream(writing(value, 2, 8), BBox=[0, 0, 300, 40])
        text.Type, text.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        text.Resources = document.pages[0].obj.Resources
        field = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="name",
                V=value,
                F=4,
                Rect=[72, 600, 372, 640],
                AP=pikepdf.Dictionary(N=text),
            )
        )
        document.pages[0].obj.Annots = pikepdf.Array([field])
        document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
        return render(saved(document))

    empty, filled = page_with_a_field(""), page_with_a_field("a name in a form")

    assert ink(filled.pages[0]) > ink(empty.pages[0])


def test_a_page_larger_than_a_wall_is_made_smaller() -> None:
    (page,) = render(pdf(b"", size=(14_000, 2_000))).pages

    assert page.width == 10_000
    assert 1_400 < page.height < 1_450


def test_five_hundred_pages_are_shown_and_the_reader_is_told_of_more() -> None:
    tiny = pdf(*[b""] * 501, size=(8, 8))

    rendering = render(tiny)

    assert len(rendering.pages) == 500
    assert rendering.warnings == ("pages-left-out",)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (saved(pikepdf.open(BytesIO(pdf(b""))), encryption=pikepdf.Encryption(user="a", owner="b")),
         "pdf-encrypted"),
        (b"%PDF-1.7\nnothing", "pdf-malformed"),
        (saved(pikepdf.new()), "pdf-malformed"),
    ],
    ids=["locked", "damaged", "without pages"],
)  # fmt: skip
def test_what_cannot_be_shown_says_why(file: bytes, code: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        render(file)

    assert caught.value.code == code


def test_an_owners_lock_alone_hides_nothing() -> None:
    locked = pikepdf.open(BytesIO(pdf(writing("hello"))))

    rendering = render(saved(locked, encryption=pikepdf.Encryption(user="", owner="b")))

    assert ink(rendering.pages[0]) > 0.0005


@pytest.fixture(scope="module")
def flattened() -> bytes:
    document = pikepdf.open(BytesIO(pdf(writing(SECRET), writing("two"))))
    with document.open_metadata() as metadata:
        metadata["dc:creator"] = [SECRET]
    document.docinfo["/Author"] = SECRET
    document.attachments["a"] = pikepdf.AttachedFileSpec(document, SECRET.encode())
    return flatten(render(saved(document)).pages)


def test_a_flattened_document_holds_pictures_only(flattened: bytes) -> None:
    with pikepdf.open(BytesIO(flattened)) as document:
        assert document.check_pdf_syntax() == []
        assert set(document.trailer.keys()) == {"/Size", "/Root"}
        assert set(document.Root.keys()) == {"/Type", "/Pages"}
        assert len(document.pages) == 2
        assert len(document.objects) == 2 + 2 * 3
        for page in document.pages:
            assert set(page.obj.keys()) == {
                "/Type", "/Parent", "/MediaBox", "/Contents", "/Resources",
            }  # fmt: skip
            assert set(page.resources.keys()) == {"/XObject"}
            assert len(page.get_images()) == 1
            (image,) = page.resources.XObject.as_dict().values()
            assert set(image.keys()) == {
                "/Type", "/Subtype", "/Width", "/Height", "/BitsPerComponent", "/ColorSpace",
                "/Filter", "/Length",
            }  # fmt: skip
            assert re.fullmatch(rb"[\d. ]+ cm /Page Do", page.Contents.read_bytes())
    assert SECRET.encode() not in flattened
    assert pypdfium2.PdfDocument(flattened)[0].get_textpage().get_text_bounded() == ""


def test_a_flattened_document_keeps_the_size_of_its_pages(flattened: bytes) -> None:
    with pikepdf.open(BytesIO(flattened)) as document:
        size = [float(side) for side in document.pages[0].mediabox[2:]]

    assert size == pytest.approx(A4, abs=0.5)


def test_flattening_twice_gives_the_same_bytes() -> None:
    file = pdf(writing("hello"))

    assert flatten(render(file).pages) == flatten(render(file).pages)


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_drawings_stand_in_a_document_to_the_pixel(mode: str) -> None:
    noise = Image.effect_noise((150, 75), 90).convert(mode)
    if mode == "RGB":
        (page,) = render(coded(noise, "PNG")).pages
    else:
        (page,) = render(coded(noise, "PNG"), document=True).pages

    shown = pypdfium2.PdfDocument(flatten([page]))[0].render(scale=150 / 72).to_pil()

    assert shown.size == (150, 75)
    assert ImageChops.difference(shown.convert("RGB"), image_of(page)).getbbox() is None


def test_a_large_drawing_has_several_rows_of_data_and_all_are_kept() -> None:
    noise = Image.effect_noise((900, 900), 90).convert("RGB")
    page = as_png(Bitmap(900, 900, noise.tobytes()))
    assert page.data.count(b"IDAT") > 1

    with pikepdf.open(BytesIO(flatten([page]))) as document:
        (stream,) = document.pages[0].resources.XObject.as_dict().values()
        assert isinstance(stream, pikepdf.Stream)
        shown = pikepdf.PdfImage(stream).as_pil_image()

    assert ImageChops.difference(shown.convert("RGB"), noise).getbbox() is None
