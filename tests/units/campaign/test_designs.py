"""Nothing sticks out or lies on something else, whatever a topic says; every letter is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest

from app.campaign.drawing import DRAWN
from app.campaign.facts import Facts
from app.campaign.inviting import A5_SCALE
from app.campaign.kit import DESIGNS, Design
from app.campaign.page import QUIET_ZONE, Box, Code, Page, Text
from app.campaign.shape import drawable, shape
from app.domain.topics import Bilingual
from crypto.record import Lang
from tests.units.campaign.sample import longest, ordinary, page_of

both_languages = pytest.mark.parametrize("lang", ["ar", "en"])
every_design = pytest.mark.parametrize("design", DESIGNS, ids=lambda each: each.name)
every_topic = pytest.mark.parametrize("facts", [ordinary, longest])
Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def texts(page: Page) -> list[Text]:
    return [each for each in page.items if isinstance(each, Text)]


def codes(page: Page) -> list[Code]:
    return [each for each in page.items if isinstance(each, Code)]


def around(text: Text) -> Rectangle:
    """The letters without the tallest marks, so that lines close together do not touch."""
    return (text.left, text.y - 0.72 * text.size, text.left + text.width, text.y + 0.2 * text.size)


def touch(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@both_languages
@every_design
@every_topic
def test_every_line_has_a_place_of_its_own(
    facts: Callable[[], Facts], design: Design, lang: Lang
) -> None:
    page = page_of(design, facts(), lang)
    margin = page.width * 0.04
    lines = [around(each) for each in texts(page)]

    for left, top, right, bottom in lines:
        assert margin <= left < right <= page.width - margin
        assert 0 < top < bottom < page.height
    for one, other in combinations(lines, 2):
        assert not touch(one, other)
    for code in codes(page):
        place = (code.x, code.y, code.x + code.size, code.y + code.size)
        assert not any(touch(place, each) for each in lines)


@both_languages
@every_design
def test_no_letter_is_an_empty_box(design: Design, lang: Lang) -> None:
    words = Bilingual("حافلة 🚌 \u202eمعكوسة\u2069 漢 نهاية", "Bus 🚌 \u202eback\u2069 漢 end")
    facts = ordinary()
    page = DRAWN[design.name](replace(facts, topic=replace(facts.topic, title=words)), lang)

    for text in texts(page):
        glyphs = [glyph.id for run in text.shaped.runs for glyph in run.glyphs]
        assert glyphs
        assert 0 not in glyphs


def test_what_no_font_can_draw_is_left_out_and_nothing_turns_the_line() -> None:
    assert drawable("قُرِئَت آراءٌ") == "قرئت آراء"
    assert drawable("حافلة 🚌 \u202eأولى\u2069\u200f 漢\n ثانية") == "حافلة  أولى  ثانية"


def test_arabic_letters_are_joined_and_set_from_the_right() -> None:
    first, middle, last = (shape(each, "ar").runs[0].glyphs[0].id for each in "بجد")
    joined = [glyph.id for run in shape("بجد", "ar").runs for glyph in run.glyphs]

    assert not {first, middle} & set(joined), "joined letters have other shapes"
    assert len(joined) >= 3
    word, end = (shape(each, "ar") for each in ("اب ج", "اب"))
    assert word.runs[0].glyphs[-1].id == end.runs[0].glyphs[-1].id, "the first letter is rightmost"
    assert last


def test_numbers_and_latin_words_keep_their_direction_inside_arabic() -> None:
    families = [run.family for run in shape("حتى 30 حزيران", "ar").runs]
    digits = [run for run in shape("حتى 30 حزيران", "ar").runs if run.family == "latin"]

    assert families == ["arabic", "latin", "arabic"]
    assert digits[0].glyphs[0].id == shape("3", "en").runs[0].glyphs[0].id


@both_languages
def test_what_is_needed_stays_when_there_is_no_room_for_all(lang: Lang) -> None:
    facts = longest()
    for design in DESIGNS:
        page = page_of(design, facts, lang)
        if design.name == "code":
            continue
        said = page.description.replace(" ", "")
        title = drawable(facts.topic.title.text(lang)).replace(" ", "")
        assert title in said, design.name
        link = facts.link(lang) if design.purpose == "invite" else facts.results_link(lang)
        assert link.removeprefix("https://") in said, design.name


@both_languages
@every_design
def test_no_line_of_an_address_ends_in_a_hyphen(design: Design, lang: Lang) -> None:
    """Whoever types it could not tell whether the hyphen belongs to it."""
    slugs = ("a-very-long-name-of-a-topic-that-fills-all-that-a-slug-may-have", "a-b-" * 15 + "c")
    for slug in slugs:
        facts = replace(longest(), topic=replace(longest().topic, slug=slug))
        for each in texts(page_of(design, facts, lang)):
            assert not each.words.endswith("-"), (slug, each.words)


@both_languages
def test_an_ordinary_poster_can_be_read_at_arms_length(lang: Lang) -> None:
    """In points of the paper as it is printed."""
    for design in DESIGNS:
        page = page_of(design, ordinary(), lang)
        if design.size not in {"A4", "A5"}:
            continue
        sizes = [each.size for each in texts(page)]
        least = 8.9 if design.size == "A4" else 7.9
        assert min(sizes) >= least, (design.name, min(sizes))
        if design.size == "A5":
            assert page.width == pytest.approx(595.276 * A5_SCALE)


@every_design
def test_a_code_is_large_dark_on_white_and_has_its_quiet_zone(design: Design) -> None:
    page = page_of(design, longest(), "ar")
    [code] = codes(page)
    module = code.size / (len(code.rows) + 2 * QUIET_ZONE)

    assert QUIET_ZONE == 4
    assert code.colour == "#000000"
    if design.size in {"A4", "A5"}:
        millimetres = module * 25.4 / 72
        assert millimetres >= 0.6
    under = [each for each in page.items if isinstance(each, Box) and each.fill == "#ffffff"]
    assert all(box.x <= code.x and box.width >= code.size for box in under)


def test_the_poster_for_copying_machines_is_black_on_white() -> None:
    [design] = [each for each in DESIGNS if each.name == "poster-a4-copy"]
    page = page_of(design, ordinary(), "ar")

    inks = {each.colour for each in texts(page)}
    fills = {each.fill for each in page.items if isinstance(each, Box)}
    assert inks == {"#000000"}
    assert fills <= {None, "#000000", "#ffffff"}
    dark = [each for each in page.items if isinstance(each, Box) and each.fill == "#000000"]
    assert all(each.height < 6 for each in dark), "rules, no surfaces"
