"""What the holder of a code is told, and what the code never tells anybody else."""

import time

import pytest

from crypto.errors import MalformedKeyError, ReceiptCodeError
from crypto.receipt import ReceiptCode, nearest_word
from tests.units.crypto.people import seeded

CODE = ReceiptCode.generate(seeded("code"))
WORDS = list(CODE.words)


def problem(text: str) -> ReceiptCodeError:
    with pytest.raises(ReceiptCodeError) as caught:
        ReceiptCode.parse(text)
    return caught.value


def test_a_missing_word_is_counted() -> None:
    found = problem(" ".join(WORDS[:-1]))
    assert (found.kind, found.count) == ("word_count", 8)


def test_a_missing_digit_is_counted() -> None:
    found = problem("".join(CODE.digits)[:-1])
    assert (found.kind, found.count) == ("digit_count", 27)


def test_an_unknown_word_is_named_with_its_place_and_neighbour() -> None:
    found = problem(" ".join([*WORDS[:3], "طريييق", *WORDS[4:]]))
    assert (found.kind, found.position, found.word) == ("unknown_word", 4, "طريييق")
    assert found.nearest == "طريق"


def test_only_the_first_unknown_word_is_named() -> None:
    assert problem("خخخخخ " * 9).position == 1


def test_a_problem_never_repeats_what_was_typed_in_its_message() -> None:
    found = problem(" ".join([*WORDS[:8], "قسطنطينية"]))
    assert str(found) == "unknown_word"
    assert "قسطنط" not in repr(found)


def test_the_code_does_not_show_in_errors_and_logs() -> None:
    assert repr(CODE) == "ReceiptCode()"


def test_nine_times_the_same_reading_is_tried_in_bounded_time() -> None:
    """The worst text a stranger can send costs milliseconds."""
    began = time.process_time()
    for text in ("ا" * 1_000, "ب " * 500, " ".join(["الب" * 100] * 3), "9" * 1_000):
        problem(text)
    assert time.process_time() - began < 1


def test_a_receipt_pasted_whole_is_read_by_its_digits() -> None:
    assert ReceiptCode.parse(f"رمزك: {' '.join(WORDS)}\n{'-'.join(CODE.digits)}") == CODE


def test_a_code_has_ten_bytes() -> None:
    with pytest.raises(MalformedKeyError):
        ReceiptCode(bytes(9))


def test_the_nearest_word_is_the_first_of_the_nearest() -> None:
    assert nearest_word("طريق") == "طريق"
    assert nearest_word("xxxx") == nearest_word("yyyy")
