"""The receipt code survives what people do to it, and refuses what would be another code."""

import random
import unicodedata
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ReceiptCodeError
from crypto.receipt import WORDS, ReceiptCode, normalise, skeleton, sound
from tests.properties.crypto.strategies import codes

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
TASHKEEL = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670"
UNSEEN = "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2069\ufeff\u0640"
SEPARATORS = [" ", "\n", "، ", " - ", ",", "\t", " / ", " • "]
# Letters of one skeleton inside a word; at its end ن ي ق stand alone.
INSIDE = ("بتثني", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "فق")
AT_END = ("بتث", "جحخ", "دذ", "رز", "سش", "صض", "طظ", "عغ", "ف")
HEARD = ("سصث", "تط", "دضظذ", "قك", "حه")


def test_the_words_stay_apart_without_dots_and_by_ear() -> None:
    assert len(WORDS) == len(set(WORDS)) == 1_024
    assert len({skeleton(word) for word in WORDS}) == 1_024
    assert len({sound(word) for word in WORDS}) == 1_024
    assert all(normalise(word) == word for word in WORDS)


@given(code=codes)
def test_both_spellings_read_back(code: ReceiptCode) -> None:
    assert ReceiptCode.parse(" ".join(code.words)) == code
    assert ReceiptCode.parse(" ".join(code.digits)) == code
    assert [len(group) for group in code.digits] == [4] * 7


@given(code=codes, separator=st.sampled_from(SEPARATORS), digits=st.sampled_from([ARABIC, PERSIAN]))
def test_numbering_and_punctuation_do_not_matter(
    code: ReceiptCode, separator: str, digits: dict[int, int]
) -> None:
    numbered = separator.join(f"{number}. {word}" for number, word in enumerate(code.words, 1))

    assert ReceiptCode.parse(numbered) == code
    assert ReceiptCode.parse(numbered.translate(digits)) == code


@given(code=codes, data=st.data())
def test_marks_between_letters_do_not_matter(code: ReceiptCode, data: st.DataObject) -> None:
    marks = st.text(TASHKEEL + UNSEEN, max_size=3)
    decorated = "".join(letter + data.draw(marks) for letter in " ".join(code.words))
    assert ReceiptCode.parse(decorated) == code


@given(code=codes, form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_unicode_forms_and_hamzas_do_not_matter(code: ReceiptCode, form: str) -> None:
    text = " ".join(code.words).replace("ا", "أ").replace("ي", "ی").replace("ك", "ک")
    assert ReceiptCode.parse(unicodedata.normalize(form, text)) == code  # type: ignore[arg-type]


@given(code=codes, which=st.sets(st.integers(0, 8)))
def test_the_article_does_not_matter(code: ReceiptCode, which: set[int]) -> None:
    words = [f"ال{word}" if at in which else word for at, word in enumerate(code.words)]
    assert ReceiptCode.parse(" ".join(words)) == code


@given(
    code=codes,
    separator=st.sampled_from(["", *SEPARATORS]),
    digits=st.sampled_from([{}, ARABIC, PERSIAN]),
    is_reversed=st.booleans(),
)
def test_digits_read_in_every_script_and_group_order(
    code: ReceiptCode, separator: str, digits: dict[int, int], is_reversed: bool
) -> None:
    groups = code.digits[::-1] if is_reversed else code.digits
    assert ReceiptCode.parse(separator.join(groups).translate(digits)) == code


@given(code=codes, at=st.integers(0, 27), digit=st.sampled_from("0123456789"))
def test_a_wrong_digit_never_reads_as_another_code(code: ReceiptCode, at: int, digit: str) -> None:
    digits = "".join(code.digits)
    changed = digits[:at] + digit + digits[at + 1 :]
    if changed == digits:
        return
    try:
        other = ReceiptCode.parse(changed)
    except ReceiptCodeError as refusal:
        assert refusal.kind == "check_digits"
    else:
        # One text in 997 is right when its groups are reversed; then that is what it is.
        assert "".join(reversed(other.digits)) == changed


@given(code=codes, at=st.integers(0, 26))
def test_two_swapped_neighbours_are_noticed(code: ReceiptCode, at: int) -> None:
    digits = "".join(code.digits)
    changed = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
    if changed == digits:
        return
    try:
        other = ReceiptCode.parse(changed)
    except ReceiptCodeError as refusal:
        assert refusal.kind == "check_digits"
    else:
        assert "".join(reversed(other.digits)) == changed


@given(text=st.text(max_size=1_100) | st.text("طريقجسم 123٤۵", max_size=80))
def test_any_text_is_a_code_or_a_reason(text: str) -> None:
    try:
        code = ReceiptCode.parse(text)
    except ReceiptCodeError as refusal:
        assert str(refusal) == refusal.kind
        assert (refusal.kind == "too_long") == (len(text) > 1_000)
    else:
        assert ReceiptCode.parse(" ".join(code.words)) == code


def merged(word: str, inside: tuple[str, ...], at_end: tuple[str, ...], dice: random.Random) -> str:
    """Every letter replaced by any of those it may be taken for."""

    def replaced(at: int, letter: str) -> str:
        classes = at_end if at == len(word) - 1 else inside
        return next((dice.choice(members) for members in classes if letter in members), letter)

    return "".join(replaced(at, letter) for at, letter in enumerate(word))


def undotted(words: list[str], dice: random.Random) -> list[str]:
    return [merged(word, INSIDE, AT_END, dice) for word in words]


def misheard(words: list[str], dice: random.Random) -> list[str]:
    return [merged(word, HEARD, HEARD, dice) for word in words]


def some_of_both(words: list[str], dice: random.Random) -> list[str]:
    return [dice.choice([undotted, misheard])([word], dice)[0] for word in words]


def with_article(words: list[str], dice: random.Random) -> list[str]:
    return [f"ال{word}" for word in undotted(words, dice)]


def one_replaced(words: list[str], dice: random.Random) -> list[str]:
    at = dice.randrange(len(words))
    others = [word for word in WORDS if word != words[at]]
    return [*words[:at], dice.choice(others), *words[at + 1 :]]


def two_swapped(words: list[str], dice: random.Random) -> list[str]:
    one, other = dice.sample(range(len(words)), 2)
    swapped = list(words)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    return swapped


Damage = Callable[[list[str], random.Random], list[str]]


def simulate(damage: Damage, trials: int = 2_000, seed: int = 7) -> Counter[str]:
    """How many of *trials* damaged codes are `recovered`, `refused`, or read as `wrong`."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    counts: Counter[str] = Counter()
    for _ in range(trials):
        code = ReceiptCode(dice.randbytes(10))
        try:
            read = ReceiptCode.parse(" ".join(damage(list(code.words), dice)))
        except ReceiptCodeError:
            counts["refused"] += 1
        else:
            counts["recovered" if read == code else "wrong"] += 1
    return counts


@pytest.mark.parametrize("damage", [undotted, misheard, some_of_both, with_article])
def test_a_code_written_without_dots_or_by_ear_is_recovered(damage: Damage) -> None:
    """All nine words are damaged, and at least 99.9 % of the codes are still read."""
    counts = simulate(damage)

    assert counts["recovered"] >= 0.999 * counts.total()


@pytest.mark.parametrize("damage", [one_replaced, two_swapped])
def test_another_word_or_order_is_refused(damage: Damage) -> None:
    """Ten check bits let one in 1,024 through; the server then knows no such message."""
    counts = simulate(damage)

    assert counts["refused"] >= 0.99 * counts.total()
    assert counts["wrong"] <= 0.004 * counts.total()
