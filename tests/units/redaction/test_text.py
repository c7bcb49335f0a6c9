"""Numbers and addresses are pointed out; ordinary sentences are left in peace."""

import json
import re
import time
from pathlib import Path

import pytest

import redaction.cases
import redaction.text
from redaction.text import KINDS, Finding, remove, scan, segments
from redaction.text.checks import CHECKS
from redaction.text.rules import (
    FOLD,
    IBAN_LENGTHS,
    LISTS,
    PARTS,
    RULES,
    compounds,
    fold,
    vocabulary,
    with_compounds,
)
from redaction.text.vocabulary import SPECIAL

HERE = Path(redaction.cases.__file__).parent
SENTENCES: list[str] = json.loads((HERE / "text.json").read_text("utf-8"))
MIXTURES: list[str] = json.loads((HERE / "mixtures.json").read_text("utf-8"))
TESTS = Path(__file__).parents[2]
RULES_JSON = Path(redaction.text.__file__).with_name("rules.json").read_text("utf-8")
RAW_RULES = [*map(str, PARTS.values()), *re.findall(r"\{\^?[a-z|]+\}", RULES_JSON)]
HOSTILE: list[str] = json.loads((HERE / "hostile.json").read_text("utf-8"))
MARK = re.compile(r"⟦([a-z_]+)\|([^⟧]*)⟧")


def unmarked(sentence: str) -> str:
    return MARK.sub(lambda match: match[2], sentence)


def marked(text: str) -> str:
    return "".join(
        f"⟦{piece.finding.kind}|{piece.text}⟧" if piece.finding else piece.text
        for piece in segments(text, scan(text))
    )


def layers(text: str) -> dict[str, str]:
    words = vocabulary().read(text)
    dates = with_compounds(words)
    return {"pattern": fold(text), "raw": text, "words": words.signs, "dates": dates.signs}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_is_marked_where_it_should_be(sentence: str) -> None:
    assert marked(unmarked(sentence)) == sentence


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_was_found_can_be_taken_out(sentence: str) -> None:
    text = unmarked(sentence)

    assert remove(text, scan(text)) == MARK.sub(
        lambda match: "" if match[1] == "invisible" else "[…]", sentence
    )


def test_random_mixtures_are_marked_exactly_as_in_the_browser() -> None:
    assert [marked(unmarked(sentence)) for sentence in MIXTURES] == MIXTURES


def test_nothing_is_found_in_a_long_consultation_answer() -> None:
    answer = (TESTS / "data" / "consultation_answer_ar.txt").read_text("utf-8")

    assert scan(answer) == []


def test_every_rule_is_needed_by_a_sentence() -> None:
    """A rule without a sentence of its own would be untested."""
    texts = [layers(unmarked(sentence)) for sentence in SENTENCES]

    for rule in RULES:
        assert any(rule.pattern.search(text[rule.layer]) for text in texts), rule.name


def test_what_a_rule_marks_closes_its_match() -> None:
    """JavaScript knows where a match begins, and so where a group ends only if that is the end."""
    for text in map(layers, map(unmarked, SENTENCES)):
        for rule in RULES:
            for match in rule.pattern.finditer(text[rule.layer]):
                assert match.end(rule.pattern.groups) == match.end(), rule.name


def test_folding_keeps_every_place() -> None:
    assert all(len(plain) == 1 for plain in FOLD.values())
    assert max(FOLD) < 0x10000, "JavaScript would count two units"
    assert not {ord(plain) for plain in FOLD.values()} & set(FOLD)


def test_patterns_use_only_what_both_languages_read_alike() -> None:
    patterns = [rule.pattern for rule in RULES] + [pattern for pattern, _ in compounds()]

    for pattern in patterns:
        assert not re.search(r"\\[bBdDsSwWpPAZzkN]|\(\?P|\(\?[iLmsux]", pattern.pattern)
        outside_classes = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "", pattern.pattern)
        assert not set(outside_classes) & set("*+"), "repetition must be bounded"
        assert pattern.groups <= 1


def test_a_name_in_braces_means_one_thing() -> None:
    assert not PARTS.keys() & LISTS.keys()
    assert not SPECIAL.keys() & (PARTS.keys() | LISTS.keys())


def test_words_stand_once_in_a_list_and_lists_are_used() -> None:
    used = {
        name
        for rule in RAW_RULES
        for names in re.findall(r"\{\^?([a-z|]+)\}", rule)
        for name in names.split("|")
    }

    for name, lines in LISTS.items():
        words = " ".join(lines).split()
        assert len(words) == len(set(words)), name
        assert name in used, name


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("وأحمد", ["و", "أحمد"]),
        ("والمعلم", ["و", "ال", "معلم"]),
        ("للمعلم", ["ل", "ل", "معلم"]),
        ("بالمستشفى", ["ب", "ال", "مستشفى"]),
        ("معلما", ["معلما"]),
        ("أبومحمد", ["أبو", "محمد"]),
        ("أَحْمَد", ["أَحْمَد"]),
        ("Al-Haddad's", ["Al", "-", "Haddad's"]),
        ("14/3/2026", ["14", "/", "3", "/", "2026"]),
        ("a\nb", ["a", "\n", "b"]),
        ("😀 x", ["😀", "x"]),
    ],
)
def test_words_are_cut_where_people_hear_them(text: str, signs: list[str]) -> None:
    tokens = vocabulary().read(text)

    assert [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)] == signs
    assert len(tokens.signs) == len(signs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مصطفى", "مصطفي"),
        ("mo7ammad", "mohammad"),
        ("المعلمة", "معلمة"),
        ("Omar", "Rania"),
        ("Omar's", "Omar"),
    ],
)
def test_spellings_of_a_word_are_one_word(one: str, other: str) -> None:
    assert vocabulary().read(one).signs[-1] == vocabulary().read(other).signs[-1]


@pytest.mark.parametrize(("one", "other"), [("على", "علي"), ("Omar", "omar"), ("1999", "19990")])
def test_words_that_look_alike_are_told_apart(one: str, other: str) -> None:
    assert vocabulary().read(one).signs != vocabulary().read(other).signs


def test_consonants_are_guessed_only_in_a_text_that_is_written_like_that() -> None:
    alone, among = vocabulary().read("mu3allmeh"), vocabulary().read("ana mu3allmeh mn sa3teen")

    assert alone.signs[0] == vocabulary().read("qwrtp").signs
    assert among.signs[1] == vocabulary().read("معلمة").signs


@pytest.mark.parametrize(
    ("found", "accepted"),
    [
        ("jo94cbjo0010000000000131000302", 30),
        ("jo94 cbjo 0010 0000 0000 0131 0003 02", 37),
        ("jo94 cbjo 0010 0000 0000 0131 0003 02 is mine", 37),
        ("jo95cbjo0010000000000131000302", 0),
        ("gb82 west 1234 5698 7654 32", 27),
        ("jo94cbjo001000000000013100030", 0),
    ],
)
def test_an_iban_has_its_length_and_its_check_digits(found: str, accepted: int) -> None:
    assert CHECKS["iban"](found, IBAN_LENGTHS) == accepted


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_long_hostile_text_costs_what_its_length_costs(piece: str) -> None:
    """Four times the text takes about four times as long; a pattern that explodes takes ages."""
    short, long = (_fastest((piece * size)[:size]) for size in (5_000, 20_000))

    assert long < 10 * short + 0.1


def _fastest(text: str) -> float:
    times = []
    for _ in range(2):
        start = time.process_time()
        scan(text)
        times.append(time.process_time() - start)
    return min(times)


def test_overlapping_findings_are_all_removed() -> None:
    findings = [Finding(4, 8, "phone"), Finding(2, 6, "email")]

    assert remove("abcdefghij", findings) == "ab[…][…]ij"
    assert remove("abcdefghij", []) == "abcdefghij"


def test_the_kinds_are_known() -> None:
    assert sorted(KINDS) == [
        *("clan", "coordinates", "datetime", "email", "filename", "handle", "homoglyph", "iban"),
        *("invisible", "job_place", "kunya", "link", "name", "national_number", "only_one"),
        *("phone", "plate", "small_place"),
    ]
