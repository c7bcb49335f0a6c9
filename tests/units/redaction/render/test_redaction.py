"""Under a box there is nothing: not in the pixels, not in the file, not in what surrounds it."""

from io import BytesIO

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageStat

from redaction.render import Box, Page, Rendering, flatten, redact, redact_pages, render
from redaction.render.boxes import PADDING_PIXELS
from tests.corpus.check import views
from tests.units.redaction.render.samples import SECRET, coded, image_of, pdf, writing

# Around the name that `photograph` and `letter` show.
BOX = Box(0, 0.25, 0.40, 0.75, 0.55)


def photograph(name: str, kind: str = "JPEG") -> bytes:
    """Return a picture of 800 × 600 with *name* painted within `BOX`."""
    image = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, 800, 600), "red", 9)
    draw.text((220, 250), name, "navy", ImageFont.load_default(60))
    return coded(image, kind, **({"quality": 75} if kind == "JPEG" else {}))


def letter(name: str) -> bytes:
    """Return a page with *name* in text within `BOX`, and text that stays."""
    content = writing(name, 170, 440) + b" " + writing("This stays.", 72, 720)
    return pdf(content, writing("The second page."))


def inside(page: Page, box: Box) -> Image.Image:
    image = image_of(page)
    width, height = image.size
    return image.crop(
        (
            int(box.left * width),
            int(box.top * height),
            int(box.right * width) + 1,
            int(box.bottom * height) + 1,
        )
    )


def is_solid(image: Image.Image) -> bool:
    """Return whether every pixel is black."""
    return image.getextrema() == ((0, 0), (0, 0), (0, 0))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_a_box_is_solid_black(kind: str) -> None:
    rendering = redact(render(photograph("somebody", kind)), [BOX])
    seen = inside(rendering.pages[0], BOX)

    assert is_solid(seen)
    assert ImageStat.Stat(seen).stddev == [0, 0, 0]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_file_is_the_same_whatever_stood_under_the_box(kind: str) -> None:
    """Compression spreads pixels to their neighbours; the padding takes those away, too."""
    one, other = (
        redact(render(photograph(name, kind)), [BOX]).pages
        for name in ("Mohammad", "Somebody.....")
    )
    assert one == other


def test_drawing_on_the_original_is_the_same_promise() -> None:
    one, other = (
        render(photograph(name), boxes=[BOX]).pages for name in ("Mohammad", "Somebody.....")
    )

    assert one == other
    assert is_solid(inside(one[0], BOX))


def test_nothing_of_a_name_is_left_in_a_redacted_document() -> None:
    redacted = redact_pages(letter(SECRET), [BOX])

    for how, view in views(redacted):
        for spelled in (SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode("utf-16-be"),
                        SECRET.encode().hex().encode()):  # fmt: skip
            assert spelled.lower() not in view.lower(), how


def test_a_redacted_document_has_no_text_fonts_notes_or_layers() -> None:
    redacted = redact_pages(letter(SECRET), [BOX])

    for page in pypdfium2.PdfDocument(redacted):
        assert page.get_textpage().get_text_bounded() == ""
    with pikepdf.open(BytesIO(redacted)) as document:
        assert not {"/OCProperties", "/AcroForm", "/Names", "/Outlines"} & set(document.Root.keys())
        for number in range(len(document.pages)):
            page_object = document.pages[number].obj
            assert "/Annots" not in page_object
            assert "/Font" not in page_object.Resources
            content = pikepdf.parse_content_stream(document.pages[number])
            assert [str(instruction.operator) for instruction in content] == ["cm", "Do"]


def test_a_redacted_document_has_one_revision_and_one_picture_a_page() -> None:
    redacted = redact_pages(letter(SECRET), [BOX])

    assert redacted.count(b"%%EOF") == redacted.count(b"startxref") == 1
    assert b"/Prev" not in redacted
    with pikepdf.open(BytesIO(redacted)) as document:
        assert [len(page.get_images()) for page in document.pages] == [1, 1]
        sizes = [
            (int(page.resources.XObject.Page.Width), int(page.resources.XObject.Page.Height))
            for page in document.pages
        ]
    assert sizes == [(1240, 1755)] * 2


def test_pixels_of_a_redacted_page_are_black_and_the_rest_stays() -> None:
    pages = render(letter(SECRET), boxes=[BOX]).pages
    plain = render(letter(SECRET)).pages

    assert is_solid(inside(pages[0], BOX))
    heading = (0, 0, 1240, 400)
    assert image_of(pages[0]).crop(heading) == image_of(plain[0]).crop(heading)
    assert pages[1] == plain[1]


def test_the_width_of_a_name_cannot_be_told() -> None:
    assert redact_pages(letter("ab"), [BOX]) == redact_pages(letter("MMMMMMMMMMMM"), [BOX])


def test_a_box_is_padded_so_that_blocks_of_pixels_keep_nothing() -> None:
    white = render(coded(Image.new("RGB", (400, 400), "white"), "PNG"))
    page = redact(white, [Box(0, 0.5, 0.5, 0.51, 0.51)]).pages[0]
    dark = image_of(page).convert("L").point(lambda value: 255 - value).getbbox()

    assert dark is not None
    assert dark[0] <= 200 - PADDING_PIXELS
    assert dark[2] >= 204 + PADDING_PIXELS


def test_a_box_at_the_edge_stays_within_the_picture() -> None:
    rendering = redact(render(photograph("x")), [Box(0, 0, 0, 1, 1)])

    assert is_solid(image_of(rendering.pages[0]))


def test_several_boxes_on_several_pages() -> None:
    rendering = render(letter(SECRET))
    boxes = [BOX, Box(1, 0, 0, 0.5, 0.5), Box(1, 0.5, 0.5, 1, 1)]

    redacted = redact(rendering, boxes)

    assert all(is_solid(inside(redacted.pages[box.page], box)) for box in boxes)
    assert redacted.kind == rendering.kind


def test_redacting_again_adds_to_what_is_gone() -> None:
    once = redact(render(letter(SECRET)), [BOX])
    twice = redact(once, [Box(0, 0, 0, 0.1, 0.1)])

    assert is_solid(inside(twice.pages[0], BOX))
    assert redact(once, []) == once


@pytest.mark.parametrize(
    "sides",
    [(0.5, 0, 0.5, 1), (0.6, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0, 0.5, 1, 0.4),
     (0, 0, 1, float("nan"))],
)  # fmt: skip
def test_a_box_that_is_none_is_refused(sides: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="within its page"):
        Box(0, *sides)


def test_a_box_on_a_page_that_is_not_there_is_refused() -> None:
    """Or somebody would believe that something had been blackened."""
    missing = [Box(2, 0, 0, 1, 1)]
    for attempt in (
        lambda: redact(render(letter(SECRET)), missing),
        lambda: render(letter(SECRET), boxes=missing),
        lambda: redact_pages(letter(SECRET), missing),
        lambda: redact(Rendering("text", "text/plain"), missing),
    ):
        with pytest.raises(ValueError, match="a page that is there"):
            attempt()


def test_boxes_on_what_has_no_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="a page that is there"):
        render(b"only words", boxes=[BOX])


def test_a_redacted_drawing_can_be_relayed_as_a_document() -> None:
    pages = redact(render(photograph("x", "PNG")), [BOX]).pages

    assert pypdfium2.PdfDocument(flatten(pages))[0].get_size() == pytest.approx((384, 288), abs=0.1)
