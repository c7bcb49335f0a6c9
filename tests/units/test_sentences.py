"""The words of the site's and the desk's pages: both languages whole, the rules for Arabic kept.

The rules hold for all that people read there: the catalogues of the pages, what scripts say, what a
finding, an error and a ready-made reply are called.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.campaign import words
from app.citizen.language import LanguageCode, catalogue, catalogue_path
from app.desk.language import CATALOGUE
from app.wording import sentences

PROJECT = Path(__file__).parents[2]
APP = PROJECT / "app"
PAGES = "templates/**.html"
MAX_WORDS_IN_A_SENTENCE = 18
ARABIC = re.compile("[\u0620-\u064a]")
# One spelling each, with and without a conjunction in front and a pronoun behind. The first are
# nothing else; the others are also other words within a sentence, and orders at its beginning.
ORDERS = re.compile(
    r"(?<!\w)[وف]?(?:اكتب|احفظ|اضغط|اختر|افتح|احذف|انتظر|اقرأ|انقر|انسخ|اذهب|أدخل|ادخل|أرسل|ارسل|أضف"
    r"|أغلق|امسح|ابدأ|اسأل|اطلب|اترك|أخبر|أنشئ|أكمل|الصق|اسحب|اجعل|ابحث|لا تكتب|لا تنس|لا تشارك"
    r"|لا تغلق|لا ترسل|لا تستخدم|لا تعط|لا تحذف|لا تقلق|لا تضغط)(?:ها|هم|ه|نا|ني)?(?!\w)"
    r"|(?:^|[.:!؟] )(?:راجع|حاول|تأكد|تحقق|تذكر|شارك|ضع|تابع|أعد|استخدم|لاحظ|خذ|قم)(?!\w)"
)
FORMATS = ("PDF", "CSV", "JSON", "JPEG", "PNG", "SVG", "MP", "RTF", "UTF")
Key = str | tuple[str, ...]


@dataclass(frozen=True)
class Wording:
    """The sentences of pages below *root*, and their Arabic in the catalogue at *path*.

    `modules` are Python files that ask for sentences, `scripts` what is said from elsewhere than
    the catalogue, `names` what has no Arabic name.
    """

    root: Path
    path: Path
    modules: tuple[str, ...]
    scripts: tuple[str, ...]
    names: frozenset[str]
    least: int

    @cached_property
    def used(self) -> set[Key]:
        """Every sentence that a template or a module asks for."""
        found = extract_from_dir(
            self.root,
            [*((each, "python") for each in self.modules), (PAGES, "jinja2")],
            {PAGES: {"newstyle_gettext": "true", "silent": "false"}},
            {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None},
        )
        return {each if isinstance(each, str) else tuple(each[:2]) for _, _, each, _, _ in found}

    @cached_property
    def catalogue(self) -> Catalog:
        with self.path.open("rb") as source:
            return read_po(source, locale="ar")

    @property
    def messages(self) -> Iterator[Message]:
        return (message for message in self.catalogue if message.id)

    @cached_property
    def arabic(self) -> tuple[str, ...]:
        said = [form for message in self.messages for form in forms_of(message)]
        return (*said, *self.scripts)


def literals(*modules: str) -> tuple[str, ...]:
    """Every Arabic text that stands in those modules itself."""
    nodes = (node for name in modules for node in ast.walk(ast.parse((APP / name).read_text())))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return tuple(each for each in texts if isinstance(each, str) and ARABIC.search(each))


def spelled_in(path: str) -> tuple[str, ...]:
    """Every Arabic text of a JSON file, wherever it stands there."""

    def walk(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for each in value.values():
                yield from walk(each)
        elif isinstance(value, str) and ARABIC.search(value):
            yield from value.split("\n")

    return tuple(walk(json.loads((PROJECT / path).read_text("utf-8"))))


def spoken_offline(code: LanguageCode) -> dict[str, str]:
    """What the script of field partners' page says and the site's scripts do not."""
    table = json.loads((APP / "pages" / "field.json").read_text("utf-8"))
    return {key: spelled[code] for key, spelled in table.items()}


SITE = Wording(
    APP,
    catalogue_path("ar"),
    ("citizen/**.py", "agency/**.py"),
    (
        *sentences("ar").values(),
        *spoken_offline("ar").values(),
        *spelled_in("redaction/words.json"),
        *literals("web/problems.py", "field/forms.py"),
    ),
    frozenset({*FORMATS, "WCAG", "AA", "SHA", "English", "The", "Tor", "Project"}),
    150,
)
DESK = Wording(
    CATALOGUE.parents[1],
    CATALOGUE,
    (),
    (
        *spelled_in("app/desk/reply_templates.json"),
        *literals("desk/words.py", "desk/topic_faults.py", "client/words.py"),
    ),
    frozenset({*FORMATS, "OSMAN", "SHA", "TXT", "USB", "http", "https"}),
    180,
)
KIT = Wording(words.CATALOGUE.parents[1], words.CATALOGUE, ("**.py",), (), frozenset(), 40)
both = pytest.mark.parametrize("wording", [SITE, DESK, KIT], ids=["site", "desk", "kit"])


def forms_of(message: Message) -> tuple[str, ...]:
    """The sentence, or its six plural forms."""
    said = message.string
    return (said,) if isinstance(said, str) else tuple(said or ())


@both
def test_every_sentence_has_arabic_words_and_none_is_left_over(wording: Wording) -> None:
    in_catalogue = {
        message.id if isinstance(message.id, str) else tuple(message.id)
        for message in wording.messages
    }

    assert len(wording.used) > wording.least
    assert wording.used - in_catalogue == set()
    assert in_catalogue - wording.used == set()
    assert all(wording.arabic)
    assert not any(message.fuzzy for message in wording.messages)


@both
def test_placeholders_are_the_same_in_both_languages(wording: Wording) -> None:
    for message in wording.messages:
        english = message.id if isinstance(message.id, str) else message.id[-1]
        wanted = set(re.findall(r"%\(\w+\)s", english))
        for form in forms_of(message):
            # A plural form for one or two may say the number in a word.
            assert set(re.findall(r"%\(\w+\)s", form)) | {"%(num)s"} == wanted | {"%(num)s"}, form


def test_the_offline_page_has_the_same_values_in_both_languages() -> None:
    assert spoken_offline("ar").keys() == spoken_offline("en").keys()
    for key, arabic in spoken_offline("ar").items():
        values = re.compile(r"\{[a-z]+\}")
        assert set(values.findall(arabic)) == set(values.findall(spoken_offline("en")[key])), key


def test_the_scripts_sentences_have_the_same_values_in_both_languages() -> None:
    for key, arabic in sentences("ar").items():
        values = re.compile(r"\{[a-z]+\}")
        assert set(values.findall(arabic)) == set(values.findall(sentences("en")[key])), key


@both
def test_no_arabic_sentence_begins_with_punctuation(wording: Wording) -> None:
    for sentence in wording.arabic:
        assert sentence[0].isalnum() or sentence.startswith(("%(", "{")), sentence


@both
def test_arabic_has_no_latin_words_but_names(wording: Wording) -> None:
    for sentence in wording.arabic:
        plain = re.sub(r"%\(\w+\)s|\{[a-z]*\}|`[^`]+`|wasl( [a-z-]+)+", "", sentence)
        assert set(re.findall(r"[A-Za-z]+", plain)) <= wording.names, sentence


@both
def test_digits_are_western_and_nothing_turns_the_direction(wording: Wording) -> None:
    for sentence in wording.arabic:
        assert not re.search("[٠-٩۰-۹]", sentence), sentence
        assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", sentence), sentence


@both
def test_no_sentence_gives_orders_to_a_man(wording: Wording) -> None:
    assert ORDERS.search("يمكنك الآن، واكتبها هنا") and ORDERS.search("حاول من جديد")
    assert not ORDERS.search("كتبها شخص حاول قبلك")
    for sentence in wording.arabic:
        assert not ORDERS.search(sentence), sentence


@both
def test_sentences_are_short(wording: Wording) -> None:
    for text in wording.arabic:
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
