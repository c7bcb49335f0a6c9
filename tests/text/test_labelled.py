"""What the scanner finds agrees with the labels, and is written down for TypeScript."""

from __future__ import annotations

import json
from typing import Final

import pytest

from redaction.text import KINDS, scan
from tests.text import scoring
from tests.text.found import FILE, HALVES, HERE, found
from tests.text.scoring import Score, load, score

LEAST_F1: Final = {"labelled_dev.json": 0.98, "labelled_held.json": 0.84}
"""Rules were tuned on the first half; the second was never read, only counted."""

LEAST_F1_OF_BOTH: Final = 0.90
MOST_FALSE_WARNINGS: Final = 0.03


def scored(*halves: str) -> Score:
    labelled = [sentence for half in halves for sentence in load(HERE / half)]
    return score([scan(sentence.text) for sentence in labelled], labelled)


@pytest.mark.parametrize("half", HALVES)
def test_spans_are_found_in_each_half(half: str) -> None:
    result = scored(half)

    assert result.total.f1 >= LEAST_F1[half], result.table()


def test_spans_are_found_in_the_whole_set() -> None:
    result = scored(*HALVES)

    assert result.total.f1 >= LEAST_F1_OF_BOTH, result.table()


@pytest.mark.parametrize("half", HALVES)
def test_clean_sentences_are_left_in_peace(half: str) -> None:
    result = scored(half)

    assert result.false_warning_share <= MOST_FALSE_WARNINGS, result.table()


def test_labels_and_rules_speak_of_the_same_kinds() -> None:
    assert set(scoring.KINDS) == KINDS


def test_what_is_found_is_written_down_for_the_browser() -> None:
    """`redaction/browser/text.test.ts` finds the same; `python -m tests.text.found` renews it."""
    assert json.loads(FILE.read_text("utf-8")) == found()
