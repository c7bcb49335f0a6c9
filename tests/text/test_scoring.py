"""The labels are read exactly, the figures follow from them, and the sets keep their word."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from redaction.text.findings import Finding
from tests.text.found import HERE, SETS
from tests.text.scoring import KINDS, Labelled, MalformedLabelError, Tally, load, overlap, score


def sentence(marked: str) -> Labelled:
    return Labelled.parse({"lang": "en", "register": "english", "text": marked})


def perfect(labelled: list[Labelled]) -> list[tuple[Finding, ...]]:
    return [one.expected for one in labelled]


def test_marks_become_spans_in_code_points() -> None:
    """What stands outside the Basic Multilingual Plane counts as one, wherever it stands."""
    parsed = sentence("😀 I am ⟦name|Rana⟧,⟦invisible|\U000e0061\U000e0062⟧ at ⟦phone|0790001234⟧.")

    assert parsed.text == "😀 I am Rana,\U000e0061\U000e0062 at 0790001234."
    assert parsed.expected == (
        Finding(7, 11, "name"),
        Finding(12, 14, "invisible"),
        Finding(18, 28, "phone"),
    )


def test_a_sentence_without_marks_is_clean() -> None:
    assert sentence("The fee is 120 dinars.").expected == ()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"lang": "en", "register": "english", "text": "⟦shoe|44⟧"}, id="unknown kind"),
        pytest.param(
            {"lang": "en", "register": "english", "text": "a ⟦name|⟧ b"}, id="nothing marked"
        ),
        pytest.param(
            {"lang": "en", "register": "english", "text": "a ⟦name|Rana b"}, id="mark left open"
        ),
        pytest.param(
            {"lang": "en", "register": "english", "text": "⟦name|R ⟦name|S⟧⟧"}, id="mark in a mark"
        ),
        pytest.param({"lang": "en", "register": "english", "text": "⟦Rana⟧"}, id="no kind"),
        pytest.param({"lang": "fr", "register": "english", "text": "a"}, id="unknown language"),
        pytest.param(
            {"lang": "en", "register": "dialect", "text": "a"}, id="register of another language"
        ),
        pytest.param(
            {"lang": "en", "register": "english", "text": "a", "by": "b"}, id="a field too many"
        ),
        pytest.param({"lang": "en", "text": "a"}, id="a field too few"),
        pytest.param({"lang": "en", "register": "english", "text": 7}, id="text is no string"),
        pytest.param(["a"], id="no object"),
    ],
)
def test_a_label_that_breaks_the_format_is_refused(row: object) -> None:
    with pytest.raises(MalformedLabelError):
        Labelled.parse(row)


@pytest.mark.parametrize("content", ["[", "{}", "7", "[7]"])
def test_a_file_that_breaks_the_format_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text(content)
    with pytest.raises(MalformedLabelError):
        load(tmp_path / "set.json")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 10), (0, 10), 1.0),
        ((0, 10), (0, 5), 0.5),
        ((0, 10), (5, 15), 1 / 3),
        ((2, 4), (0, 8), 0.25),
        ((0, 5), (5, 10), 0.0),
        ((0, 2), (8, 10), 0.0),
        ((3, 3), (3, 3), 0.0),
    ],
)
def test_overlap_is_intersection_over_union(
    one: tuple[int, int], other: tuple[int, int], expected: float
) -> None:
    first, second = Finding(*one, "name"), Finding(*other, "name")

    assert overlap(first, second) == pytest.approx(expected)
    assert overlap(second, first) == pytest.approx(expected)


def test_half_an_overlap_of_the_same_kind_is_a_hit() -> None:
    labelled = [Labelled("0123456789", (Finding(0, 10, "phone"),))]

    assert score([[Finding(0, 5, "phone")]], labelled).total == Tally(1, 1, 1)
    assert score([[Finding(0, 4, "phone")]], labelled).total == Tally(0, 1, 1)
    assert score([[Finding(0, 10, "iban")]], labelled).total == Tally(0, 1, 1)


def test_one_label_is_hit_once() -> None:
    """Cutting a number in two earns no more than finding it."""
    labelled = [Labelled("0123456789", (Finding(0, 10, "phone"),))]

    halves = [Finding(0, 5, "phone"), Finding(5, 10, "phone")]

    assert score([halves], labelled).total == Tally(1, 2, 1)


def test_each_span_meets_the_label_it_overlaps_best() -> None:
    labelled = [Labelled("0123456789", (Finding(0, 4, "name"), Finding(5, 9, "name")))]

    swapped = [Finding(5, 9, "name"), Finding(0, 4, "name")]

    assert score([swapped], labelled).total == Tally(2, 2, 2)


def test_findings_of_one_sentence_never_count_in_another() -> None:
    labelled = [sentence("⟦name|Rana⟧"), sentence("⟦name|Omar⟧ x")]

    assert score([[], [Finding(0, 4, "name")] * 2], labelled).total == Tally(1, 2, 2)


def test_the_figures_of_a_small_set() -> None:
    labelled = [
        sentence("I am ⟦name|Rana⟧, ⟦phone|0790001234⟧."),
        sentence("The fee is 120 dinars."),
        sentence("Law 17 of 2023."),
        sentence("Call ⟦phone|0780001234⟧."),
    ]
    found = [
        [Finding(11, 21, "phone")],
        [Finding(11, 14, "phone"), Finding(0, 3, "plate")],
        [],
        [Finding(5, 15, "phone")],
    ]

    result = score(found, labelled)

    assert result.total == Tally(hits=2, found=4, expected=3)
    assert result.total.precision == pytest.approx(1 / 2)
    assert result.total.recall == pytest.approx(2 / 3)
    assert result.total.f1 == pytest.approx(4 / 7)
    assert result.by_kind == {
        "phone": Tally(2, 3, 2),
        "plate": Tally(0, 1, 0),
        "name": Tally(0, 0, 1),
    }
    assert (result.clean, result.false_warnings) == (2, 1)
    assert result.false_warning_share == pytest.approx(1 / 2)


def test_a_warning_beside_a_label_is_no_false_warning_but_costs_precision() -> None:
    result = score([[Finding(0, 1, "name")]], [sentence("I am ⟦name|Rana⟧.")])

    assert result.false_warning_share == 0
    assert result.total.precision == 0


def test_figures_of_nothing_are_defined() -> None:
    result = score([], [])

    assert (result.total.precision, result.total.recall, result.total.f1) == (1, 1, 1)
    assert result.false_warning_share == 0


def test_sentences_and_findings_must_be_equally_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score([[], []], [sentence("a")])


def test_the_table_has_a_line_for_each_kind_even_for_one_nobody_labels() -> None:
    found = [[Finding(0, 4, "name"), Finding(0, 1, "shoe")], [Finding(0, 1, "phone")]]

    lines = score(found, [sentence("⟦name|Rana⟧ ⟦clan|Z⟧"), sentence("a")]).table().splitlines()

    assert [line.split()[0] for line in lines[1:-1]] == ["phone", "name", "clan", "shoe", "all"]
    assert lines[2].split() == ["name", "1", "1", "1", "1.00", "1.00", "1.00"]
    assert lines[-1] == "clean sentences warned about: 1 of 1 (100.0%)"


def test_the_sets_are_large_and_risky_enough() -> None:
    labelled = [one for name in SETS for one in load(HERE / name)]
    clean = [one for one in labelled if not one.expected]
    langs = Counter(one.lang for one in labelled)

    assert len(labelled) - len(clean) >= 600
    assert len(clean) >= 500
    assert 0.5 <= langs["ar"] / len(labelled) <= 0.65
    assert langs["en"] / len(labelled) >= 0.25
    assert langs["mixed"] / len(labelled) >= 0.1


@pytest.mark.parametrize("name", SETS)
def test_each_set_has_every_kind(name: str) -> None:
    assert {span.kind for one in load(HERE / name) for span in one.expected} == set(KINDS)


def test_no_set_repeats_a_sentence_or_a_marked_value_of_another() -> None:
    sets = [load(HERE / name) for name in SETS]
    values = [
        {one.text[span.start : span.end].casefold() for one in each for span in one.expected}
        for each in sets
    ]
    texts = [one.text for each in sets for one in each]

    assert all(not one & other for one, other in combinations(values, 2))
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", SETS)
def test_one_sentence_a_line_and_nothing_unseen_in_the_file(name: str) -> None:
    """Reviewers see every hidden character, because it is written as an escape."""
    text = (HERE / name).read_text("utf-8")
    first, *rows, last = text.splitlines()

    assert (first, last) == ("[", "]")
    assert [json.loads(row.removesuffix(",")) for row in rows] == json.loads(text)
    assert not [char for char in text if unicodedata.category(char) == "Cf"]


def test_a_finding_equal_to_every_label_scores_full_marks() -> None:
    for name in SETS:
        labelled = load(HERE / name)
        result = score(perfect(labelled), labelled)
        assert result.total.f1 == 1
        assert result.false_warnings == 0
        assert list(result.by_kind) == list(KINDS)
