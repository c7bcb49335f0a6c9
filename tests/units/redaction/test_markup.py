"""Drawings keep their shapes and pages their words; both lead nowhere and tell nothing."""

import random
from time import perf_counter

import pytest
from lxml import etree  # type: ignore[import-untyped]

from redaction.cases.make import flipped
from redaction.cases.markup import INKSCAPE, JPEG, PNG, SAVED, page, svg
from redaction.files import UnreadableFileError
from redaction.files.documents.css import Styles, rules
from redaction.files.documents.html import HtmlCleaner
from redaction.files.documents.svg import SvgCleaner
from redaction.files.documents.verify_html import verify_html
from redaction.files.documents.verify_svg import verify_svg

SECONDS = 5


def shapes(drawing: bytes) -> list[tuple[str, dict[str, str]]]:
    """The shapes of a drawing with their geometry, read by another parser."""
    kept = ("d", "x", "y", "width", "height", "viewBox", "fill", "offset", "transform")
    names = {"svg", "path", "rect", "text", "tspan", "stop", "linearGradient", "g"}
    return [
        (name, {key: value for key, value in each.items() if key in kept})
        for each in etree.fromstring(drawing).iter(etree.Element)
        if (name := etree.QName(each).localname) in names
    ]


def test_a_drawing_keeps_its_shapes() -> None:
    assert shapes(SvgCleaner().clean(INKSCAPE.encode())) == shapes(INKSCAPE.encode())


def test_a_drawing_damaged_anywhere_lets_no_secret_through() -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable
    file = INKSCAPE.encode()
    passed = 0
    for _ in range(600):
        try:
            clean = SvgCleaner().clean(
                flipped(file, chance.randrange(len(file)), chance.randrange(8))
            )
        except UnreadableFileError:
            continue
        passed += 1
        assert b"MARK" not in clean
    assert passed > 100


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE svg [<!ENTITY x "MARK">]>',
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
    ],
)
def test_a_drawing_declares_nothing(declaration: str) -> None:
    with pytest.raises(UnreadableFileError, match="xml-dtd"):
        SvgCleaner().clean(declaration.encode() + svg("<text>&x;</text>"))


def test_a_picture_in_a_drawing_loses_its_secrets_and_nothing_else() -> None:
    clean = SvgCleaner().clean(svg(f'<image href="{JPEG}"/><image href="{PNG}"/>'))

    assert clean.count(b"data:image/jpeg;base64,") == clean.count(b"data:image/png;base64,") == 1
    assert len(clean) < len(JPEG) + len(PNG)


@pytest.mark.parametrize(
    "inside",
    [
        "<script/>",
        "<foreignObject/>",
        "<rect onclick='x'/>",
        "<rect id='mine'/>",
        "<rect class='mine'/>",
        "<a xlink:href='https://example.org'/>",
        "<image xlink:href='https://example.org/a.png'/>",
        "<use xlink:href='#mine'/>",
        "<rect fill='url(#mine)'/>",
        "<rect style='fill:url(x)'/>",
        "<style>@import 'x'</style>",
        "<g>text</g>",
        "<g data-x='1'/>",
        "<g><!-- x --></g>",
        "<g><?x y?></g>",
        "<text><![CDATA[x]]></text>",
        "<text>a\u200bb</text>",
        "<path d='x'/>",
        "<x:g xmlns:x='urn:x'/>",
    ],
)
def test_the_second_reading_of_a_drawing_accepts_only_what_we_write(inside: str) -> None:
    verify_svg(svg("<g/>"))
    with pytest.raises(UnreadableFileError, match=r"svg-malformed|text-malformed"):
        verify_svg(svg(inside))


@pytest.mark.parametrize(
    "inside",
    [
        "<script></script>",
        "<iframe></iframe>",
        "<p onclick='x'></p>",
        '<p id="x"></p>',
        '<p onclick="x"></p>',
        '<img src="https://example.org/a.png">',
        '<a href="javascript:x">x</a>',
        '<p style="background:url(x)"></p>',
        '<p style="color:red;@import">x</p>',
        "<p>",
        "</p>",
        "<p></b>",
        "a & b",
        "<!-- x -->",
        "a\u200bb",
        "<P></P>",
    ],
)
def test_the_second_reading_of_a_page_accepts_only_what_we_write(inside: str) -> None:
    frame = HtmlCleaner().clean(page("MIDDLE")).decode()
    with pytest.raises(UnreadableFileError, match=r"page-malformed|text-malformed"):
        verify_html(frame.replace("MIDDLE", inside).encode())


def test_a_page_damaged_anywhere_is_still_a_page_of_ours() -> None:
    """Whatever comes out has passed the second reading; nothing else escapes."""
    chance = random.Random(6)  # noqa: S311 - repeatable
    file = SAVED.encode()
    for _ in range(300):
        try:
            clean = HtmlCleaner().clean(
                flipped(file, chance.randrange(len(file)), chance.randrange(8))
            )
        except UnreadableFileError:
            continue
        assert HtmlCleaner().clean(clean) == clean


@pytest.mark.parametrize(
    "piece",
    [
        *("<!--", "<!", "<a ", '<a b="', "<a b='x' ", "&", "&a", "<p>", "</p>", "<?", "<script>"),
        *("<![CDATA[", '<a href="data:,', "<style>a{", "</script", '<p style="a:(((', "<a/"),
    ],
)
def test_a_long_hostile_page_ends_soon(piece: str) -> None:
    start = perf_counter()
    for file in (b"<html>" + piece.encode() * 20_000, page(piece * 20_000 + '">-->')):
        try:
            HtmlCleaner().clean(file)
        except UnreadableFileError:
            continue

    assert perf_counter() - start < SECONDS


@pytest.mark.parametrize(
    "piece", ["a{", "@", "@;", "a,", "/*", "url(", "((", "<!--", " ", "a:b;", "'", '"', "\\", ".a "]
)
def test_a_long_hostile_style_ends_soon(piece: str) -> None:
    start = perf_counter()
    styles = Styles(frozenset({"fill"}), {"a": "c1"}, {})
    for sheet in (piece * 50_000, "x{fill:" + piece * 50_000 + "}"):
        styles.sheet(sheet)
        styles.declarations(sheet)

    assert perf_counter() - start < SECONDS


def test_rules_behind_an_at_sign_go_with_all_that_is_in_them() -> None:
    sheet = "@import x; a{fill:red} @media print{b{fill:red} c{fill:red}} d{fill:blue} @x"

    assert [rule for rule in rules(sheet) if rule[0]] == [("a", "fill:red"), ("d", "fill:blue")]


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("red", "red"),
        ("rgba(1, 2, 3, .5)", "rgba(1, 2, 3, .5)"),
        ("url(#a)", "url(#i1)"),
        ("url( '#a' ) none", "url(#i1) none"),
        ("#A0b", "#A0b"),
        ("1px solid", "1px solid"),
        ("red !important", "red !important"),
        ("url(#b)", None),
        ("url(a.svg#a)", None),
        ("URL(#a)", None),
        ("image(x)", None),
        ("somebody", None),
        ("'text'", None),
        ("\\72 ed", None),
        ("red}", None),
        ("calc(1px", None),
        ("1)", None),
        ("", None),
    ],
)
def test_a_value_stays_if_every_piece_of_it_is_known(value: str, clean: str | None) -> None:
    assert Styles(frozenset({"fill"}), {}, {"a": "i1"}).value("fill", value) == clean
