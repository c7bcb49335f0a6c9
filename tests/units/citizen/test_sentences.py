"""The words of the citizen pages: both languages whole, and the rules for Arabic kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.citizen.copy import sentences
from app.citizen.language import catalogue, catalogue_path

APP = Path(__file__).parents[3] / "app"
Key = str | tuple[str, ...]

LATIN_ALLOWED = {"PDF", "WCAG", "AA", "SHA", "English", "The", "Tor", "Project"}
MAX_WORDS_IN_A_SENTENCE = 18


def used_sentences() -> set[Key]:
    """Every sentence that a template or a module asks for."""
    pages = ("templates/citizen/**.html", "templates/agency/**.html")
    methods = [("citizen/**.py", "python"), ("agency/**.py", "python")]
    methods += [(each, "jinja2") for each in pages]
    options = {each: {"newstyle_gettext": "true", "silent": "false"} for each in pages}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    found = extract_from_dir(APP, methods, options, keywords)
    return {each if isinstance(each, str) else tuple(each[:2]) for _, _, each, _, _ in found}


def arabic_catalogue() -> Catalog:
    with catalogue_path("ar").open("rb") as source:
        return read_po(source)


def forms_of(message: Message) -> tuple[str, ...]:
    """The sentence, or its six plural forms."""
    said = message.string
    return (said,) if isinstance(said, str) else tuple(said or ())


def arabic_sentences() -> Iterator[str]:
    for message in arabic_catalogue():
        if message.id:
            yield from forms_of(message)


def all_arabic() -> list[str]:
    return [*arabic_sentences(), *sentences("ar").values()]


def test_every_sentence_has_arabic_words_and_none_is_left_over() -> None:
    in_catalogue = {
        message.id if isinstance(message.id, str) else tuple(message.id)
        for message in arabic_catalogue()
        if message.id
    }
    used = used_sentences()

    assert len(used) > 150
    assert used - in_catalogue == set()
    assert in_catalogue - used == set()
    assert all(arabic_sentences())
    assert not any(message.fuzzy for message in arabic_catalogue() if message.id)


def test_placeholders_are_the_same_in_both_languages() -> None:
    for message in arabic_catalogue():
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[-1]
        wanted = set(re.findall(r"%\(\w+\)s", english))
        for form in forms_of(message):
            # A plural form for one or two may say the number in a word.
            assert set(re.findall(r"%\(\w+\)s", form)) | {"%(num)s"} == wanted | {"%(num)s"}, form


def test_the_scripts_sentences_have_the_same_values_in_both_languages() -> None:
    for key, arabic in sentences("ar").items():
        values = re.compile(r"\{[a-z]+\}")
        assert set(values.findall(arabic)) == set(values.findall(sentences("en")[key])), key


@pytest.mark.parametrize("sentence", all_arabic())
def test_no_arabic_sentence_begins_with_punctuation(sentence: str) -> None:
    assert sentence[0].isalnum() or sentence.startswith(("%(", "{")), sentence


def test_arabic_has_no_latin_words_but_names() -> None:
    for sentence in all_arabic():
        plain = re.sub(r"%\(\w+\)s|\{[a-z]+\}", "", sentence)
        assert set(re.findall(r"[A-Za-z]+", plain)) <= LATIN_ALLOWED, sentence


def test_digits_are_western_and_nothing_turns_the_direction() -> None:
    for sentence in all_arabic():
        assert not re.search("[٠-٩۰-۹]", sentence), sentence
        assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", sentence), sentence


def test_no_sentence_gives_orders_to_a_man() -> None:
    orders = re.compile(r"(?:^|\s)(?:اكتب|احفظ|اضغط|اختر|أدخل|ارسل|أرسل|انتظر|افتح|احذف)(?:\s|$)")
    for sentence in all_arabic():
        assert not orders.search(sentence), sentence


def test_sentences_are_short() -> None:
    for text in all_arabic():
        for sentence in re.split(r"[.؟:]\s", text):
            assert len(sentence.split()) <= MAX_WORDS_IN_A_SENTENCE, sentence


@pytest.mark.parametrize(
    ("count", "wanted"),
    [
        (1, "بقي يوم واحد."),
        (2, "بقي يومان."),
        (3, "بقي 3 أيام."),
        (11, "بقي 11 يوما."),
        (100, "بقي 100 يوم."),
        (103, "بقي 103 أيام."),
    ],
)
def test_arabic_counts_in_its_own_way(count: int, wanted: str) -> None:
    one, many = "Open for comment. %(num)s day left.", "Open for comment. %(num)s days left."
    said = catalogue("ar").ungettext(one, many, count) % {"num": count}

    assert said.endswith(wanted)
