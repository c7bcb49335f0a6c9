"""The words of the desk's pages: both languages whole, and the rules for Arabic kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.desk.language import CATALOGUE

DESK = CATALOGUE.parents[1]
TEMPLATES = "templates/**.html"
Key = str | tuple[str, ...]

LATIN_ALLOWED = {"PDF", "CSV", "JSON"}
"""Names of formats have no other name."""
MAX_WORDS_IN_A_SENTENCE = 18


def used_sentences() -> set[Key]:
    found = extract_from_dir(
        DESK,
        [(TEMPLATES, "jinja2")],
        {TEMPLATES: {"newstyle_gettext": "true", "silent": "false"}},
        {"_": None, "gettext": None, "ngettext": (1, 2)},
    )
    return {each if isinstance(each, str) else tuple(each[:2]) for _, _, each, _, _ in found}


def arabic_catalogue() -> Catalog:
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="ar")


def forms_of(message: Message) -> tuple[str, ...]:
    """The sentence, or its six plural forms."""
    said = message.string
    return (said,) if isinstance(said, str) else tuple(said or ())


def arabic_sentences() -> Iterator[str]:
    for message in arabic_catalogue():
        if message.id:
            yield from forms_of(message)


def test_every_sentence_has_arabic_words_and_none_is_left_over() -> None:
    in_catalogue = {
        message.id if isinstance(message.id, str) else tuple(message.id)
        for message in arabic_catalogue()
        if message.id
    }
    used = used_sentences()

    assert len(used) > 180
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


def test_arabic_has_no_latin_words_but_names_of_formats() -> None:
    for sentence in arabic_sentences():
        plain = re.sub(r"%\(\w+\)s", "", sentence)
        assert set(re.findall(r"[A-Za-z]+", plain)) <= LATIN_ALLOWED, sentence


def test_digits_are_western_and_nothing_turns_the_direction() -> None:
    for sentence in arabic_sentences():
        assert not re.search("[٠-٩۰-۹]", sentence), sentence
        assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", sentence), sentence


def test_no_sentence_gives_orders_to_a_man() -> None:
    orders = re.compile(r"(?:^|\s)(?:اكتب|احفظ|اضغط|اختر|أدخل|ارسل|أرسل|انتظر|افتح|احذف)(?:\s|$)")
    for sentence in arabic_sentences():
        assert not orders.search(sentence), sentence


def test_sentences_are_short() -> None:
    for text in arabic_sentences():
        for sentence in re.split(r"[.؟:،]\s", text):
            assert len(sentence.split()) <= MAX_WORDS_IN_A_SENTENCE, sentence
