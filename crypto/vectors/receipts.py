"""`receipt.json`: codes, all the ways of writing one, and what is wrong with others."""

from collections.abc import Iterator, Sequence
from typing import Final

from crypto.errors import ReceiptCodeError
from crypto.receipt import ReceiptCode, normalise, skeleton, sound
from crypto.vectors.cast import Json, fixed


def build() -> Json:
    secrets = [bytes(10), b"\xff" * 10, bytes(9) + b"\x01"]
    codes = [ReceiptCode(secret) for secret in secrets]
    codes += [ReceiptCode.generate(fixed(f"code {number}")) for number in range(9)]
    return {
        "codes": [
            {"secret": code.secret.hex(), "words": code.words, "digits": code.digits}
            for code in codes
        ],
        "accepted": [
            {"case": case, "text": text, "secret": ReceiptCode.parse(text).secret.hex()}
            for case, text in _accepted_codes(codes[3])
        ],
        "refused": [_refused_code(case, text) for case, text in _refused_codes(codes[3])],
        "normalised": [{"text": text, "normalised": normalise(text)} for text in _NORMALISED],
        "alike": [
            {"word": word, "skeleton": skeleton(word), "sound": sound(word)} for word in _ALIKE
        ],
    }


_NORMALISED: Final = (
    "مَدْرَسَةٌ",
    "أإآٱا",
    "مؤمن شيئ هدى",
    "کتابی",
    "پاچه گڤ ھہ",
    "مـــدرسة",
    "ط\u200dر\u200fي\u202bق\u2066",
    "٠١٢٣٤٥٦٧٨٩",
    "۰۱۲۳۴۵۶۷۸۹",
    "０１２３",
    "ﻁﺮﻳﻖ",
    "ٮٯں",
)
_ALIKE: Final = ("طريق", "جسم", "تنوب", "شفاف", "يانسون", "قرقف", "ثني", "ضفدع", "ظرف", "حصان")


def _accepted_codes(code: ReceiptCode) -> Iterator[tuple[str, str]]:
    words, digits = code.words, code.digits
    yield "words", " ".join(words)
    yield "words one below the other, numbered", _numbered(words)
    yield "words numbered in Arabic digits", _numbered(words).translate(_TO_ARABIC)
    yield "words with commas", "، ".join(words) + "."
    yield "words with the article", " ".join(f"ال{word}" for word in words)
    yield "words with vowel signs", " ".join("\u064e".join(word) for word in words)
    yield "words stretched", " ".join(f"{word[0]}ــ{word[1:]}" for word in words)
    yield "words with direction marks", "\u200f".join(f"\u2067{word}\u2069 " for word in words)
    yield "words without dots", " ".join(skeleton(word) for word in words)
    yield "words with wrong dots", " ".join(word.translate(_WRONG_DOTS) for word in words)
    yield "words as heard", " ".join(word.translate(_AS_HEARD) for word in words)
    yield "words in Persian letters", " ".join(words).translate(str.maketrans("كي", "کی"))
    yield "words with hamzas", " ".join(words).replace("ا", "أ")
    yield "digits", " ".join(digits)
    yield "digits in one row", "".join(digits)
    yield "digits with dashes and brackets", f"({'-'.join(digits)})\n"
    yield "digits in Arabic", " ".join(digits).translate(_TO_ARABIC)
    yield "digits in Persian", " ".join(digits).translate(_TO_PERSIAN)
    yield "digits, groups reversed", " ".join(reversed(digits))
    yield "digits after a heading", f"الرمز: {' '.join(digits)}"
    yield "the whole receipt", f"{' '.join(words)}\n{' '.join(digits)}\n"


def _refused_codes(code: ReceiptCode) -> Iterator[tuple[str, str]]:
    words, digits = list(code.words), "".join(code.digits)
    yield "nothing", ""
    yield "only signs", " ،-\u200f\n"
    yield "too long", "ا" * 1_001
    yield "too long though blank", " " * 1_001
    yield "eight words", " ".join(words[:8])
    yield "ten words", " ".join([*words, words[0]])
    yield "a digit too few", digits[1:]
    yield "a digit too many", digits + "0"
    yield "words and some digits", " ".join(words[:5]) + " " + digits[:12]
    yield "an unknown word", " ".join([*words[:4], "قسطنطينية", *words[5:]])
    yield "an unknown word in Latin letters", " ".join([*words[:8], "hello"])
    yield "an endless word", " ".join(["ب" * 60, *words[1:]])
    yield "two words swapped", " ".join([words[1], words[0], *words[2:]])
    yield "one word replaced", " ".join([*words[:8], "طريق"])
    yield "one digit wrong", ("1" if digits[0] == "0" else "0") + digits[1:]
    yield "two neighbours swapped", _swap_first_different(digits)
    yield "no secret is that large", _with_check(1 << 80)
    yield "check digits above 996", f"{_number_with_zero_check():025d}997"


def _with_check(number: int) -> str:
    return f"{number * 1_000 + (1 - number * 1_000) % 997:028d}"


def _number_with_zero_check() -> int:
    """997 is congruent to 0, so this number has a second spelling that must not be read."""
    return next(number for number in range(997) if number * 1_000 % 997 == 1)


def _swap_first_different(digits: str) -> str:
    at = next(at for at in range(1, len(digits)) if digits[at] != digits[at + 1])
    return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]


def _refused_code(case: str, text: str) -> Json:
    try:
        ReceiptCode.parse(text)
    except ReceiptCodeError as exc:
        return {"case": case, "text": text, **_described(exc)}
    raise AssertionError("a code that must be refused was accepted")


def _described(problem: ReceiptCodeError) -> Json:
    return {
        "kind": problem.kind,
        "count": problem.count,
        "position": problem.position,
        "word": problem.word,
        "nearest": problem.nearest,
    }


def _numbered(words: Sequence[str]) -> str:
    return "".join(f"{number}. {word}\n" for number, word in enumerate(words, start=1))


_TO_ARABIC: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_TO_PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_WRONG_DOTS: Final = str.maketrans("بتجدرسصطع", "تثخذزشضظغ")
_AS_HEARD: Final = str.maketrans("صطذظقح", "ستددكه")
