"""Numbers and addresses are pointed out; ordinary sentences are left in peace."""

import json
import re
from pathlib import Path

import pytest

import redaction.cases
from redaction.text import KINDS, Finding, remove, scan, segments
from redaction.text.rules import FOLD, RULES, fold

HERE = Path(redaction.cases.__file__).parent
SENTENCES: list[str] = json.loads((HERE / "text.json").read_text("utf-8"))
MIXTURES: list[str] = json.loads((HERE / "mixtures.json").read_text("utf-8"))
TESTS = Path(__file__).parents[2]
MARK = re.compile(r"⟦([a-z_]+)\|([^⟧]*)⟧")


def unmarked(sentence: str) -> str:
    return MARK.sub(lambda match: match[2], sentence)


def marked(text: str) -> str:
    return "".join(
        f"⟦{piece.finding.kind}|{piece.text}⟧" if piece.finding else piece.text
        for piece in segments(text, scan(text))
    )


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_is_marked_where_it_should_be(sentence: str) -> None:
    assert marked(unmarked(sentence)) == sentence


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_was_found_can_be_taken_out(sentence: str) -> None:
    text = unmarked(sentence)

    assert remove(text, scan(text)) == MARK.sub("[…]", sentence)


def test_random_mixtures_are_marked_exactly_as_in_the_browser() -> None:
    assert [marked(unmarked(sentence)) for sentence in MIXTURES] == MIXTURES


def test_nothing_is_found_in_a_long_consultation_answer() -> None:
    answer = (TESTS / "data" / "consultation_answer_ar.txt").read_text("utf-8")

    assert scan(answer) == []


def test_every_rule_is_needed_by_a_sentence() -> None:
    """A rule without a sentence of its own would be untested."""
    texts = [fold(unmarked(sentence)) for sentence in SENTENCES]

    for rule in RULES:
        assert any(rule.pattern.search(text) for text in texts), rule.name


def test_folding_keeps_every_place() -> None:
    assert all(len(plain) == 1 for plain in FOLD.values())
    assert max(FOLD) < 0x10000, "JavaScript would count two units"
    assert not {ord(plain) for plain in FOLD.values()} & set(FOLD)


def test_patterns_use_only_what_both_languages_read_alike() -> None:
    for rule in RULES:
        assert not re.search(r"\\[bBdDsSwWpPAZzkN]|\(\?P|\(\?[iLmsux]", rule.pattern.pattern)
        outside_classes = re.sub(r"\\.|\[(?:\\.|[^\]])*\]", "", rule.pattern.pattern)
        assert not set(outside_classes) & set("*+"), "repetition must be bounded"
        assert rule.pattern.groups <= 1


def test_overlapping_findings_are_all_removed() -> None:
    findings = [Finding(4, 8, "phone"), Finding(2, 6, "email")]

    assert remove("abcdefghij", findings) == "ab[…][…]ij"
    assert remove("abcdefghij", []) == "abcdefghij"


def test_the_kinds_are_known() -> None:
    assert sorted(KINDS) == ["email", "national_number", "phone"]
