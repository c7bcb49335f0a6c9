"""The receipt code: 80 random bits in two spellings, and a reader that forgives.

Nine words carry the secret and ten check bits, twenty-eight digits carry it and three check
digits (SPEC.md §3). People copy codes by hand, read them out on the telephone and type them
on whatever keyboard there is; so the reader undoes dots that were lost, letters that sound
alike, three sets of digits, numbering, and groups in reversed order. The checksum then
chooses, and what it refuses comes with a reason the holder can act on.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Final, Self

from crypto.encoding import SYSTEM_RANDOM, Random, sha256
from crypto.errors import MalformedKeyError, ReceiptCodeError

SECRET_BYTES: Final = 10
WORD_COUNT: Final = 9
DIGIT_COUNT: Final = 28
GROUP_DIGITS: Final = 4
MAX_TEXT_LENGTH: Final = 1_000
"""Longer texts, in characters, are refused before any work."""

WORD_LIST_SHA256: Final = "b1f69d5af1156fa18c873ed3766e91f29b7d00db8d57677ddfede642d328cbf3"
_WORD_BITS: Final = 10
_CHECK_LABEL: Final = b"wasl/receipt-check/v1"
_MODULUS: Final = 997
_SECRETS: Final = 1 << 8 * SECRET_BYTES
_MAX_SHOWN_LETTERS: Final = 20

# Tashkeel, tatweel, zero-width characters and bidirectional controls.
_IGNORED: Final = re.compile(
    "[\u064b-\u065f\u0670\u0640\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)
_FOLDED: Final = str.maketrans(
    "أإآٱىةؤئکیھہپچگڤںٯ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹",
    "اااايهويكيههبجكفنق01234567890123456789",
)
_NOT_DIGITS: Final = re.compile("[^0-9]+")
_DOTLESS: Final = str.maketrans("بتثجحخدذرزسشصضطظعغف", "ٮٮٮحححددررسسصصططععڡ")
_DOTLESS_INSIDE: Final = str.maketrans("نيق", "ٮٮڡ")
_ALIKE: Final = str.maketrans("صثطضظذقح", "سستدددكه")
_ARTICLE: Final = "ال"


def _load_words() -> tuple[str, ...]:
    data = Path(__file__).with_name("receipt_words_ar.txt").read_bytes()
    if hashlib.sha256(data).hexdigest() != WORD_LIST_SHA256:
        raise ImportError("receipt_words_ar.txt was changed: codes on paper would be lost")
    return tuple(data.decode().split())


def normalise(untrusted: str) -> str:
    """One spelling of letters and digits; everything else stays."""
    compatible = unicodedata.normalize("NFKC", untrusted)
    return _IGNORED.sub("", compatible).translate(_FOLDED)


def skeleton(word: str) -> str:
    """What is left of a normalised *word* when its dots are lost."""
    return word[:-1].translate(_DOTLESS_INSIDE).translate(_DOTLESS) + word[-1:].translate(_DOTLESS)


def sound(word: str) -> str:
    """A normalised *word* as one who only heard it may write it."""
    return word.translate(_ALIKE)


WORDS: Final = _load_words()
_BY_WORD: Final = {word: index for index, word in enumerate(WORDS)}
_BY_SKELETON: Final = {skeleton(word): index for index, word in enumerate(WORDS)}
_BY_SOUND: Final = {sound(word): index for index, word in enumerate(WORDS)}


@dataclass(frozen=True)
class ReceiptCode:
    """The secret behind one submission, 10 bytes. Whoever has it is its author."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise MalformedKeyError("a receipt code has 10 bytes")

    @classmethod
    def generate(cls, random: Random = SYSTEM_RANDOM) -> Self:
        return cls(random(SECRET_BYTES))

    @property
    def words(self) -> tuple[str, ...]:
        """Nine Arabic words."""
        bits = int.from_bytes(self.secret, "big") << _WORD_BITS | _check_bits(self.secret)
        return tuple(
            WORDS[bits >> _WORD_BITS * place & 1_023] for place in reversed(range(WORD_COUNT))
        )

    @property
    def digits(self) -> tuple[str, ...]:
        """Seven groups of four ASCII digits."""
        shifted = int.from_bytes(self.secret, "big") * 1_000
        spelling = f"{shifted + (1 - shifted) % _MODULUS:028d}"
        return _groups(spelling)

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Read either spelling, however it was written down. Raise `ReceiptCodeError`."""
        if len(untrusted) > MAX_TEXT_LENGTH:
            raise ReceiptCodeError("too_long")
        text = normalise(untrusted)
        digits = _NOT_DIGITS.sub("", text)
        words = "".join(letter if letter.isalpha() else " " for letter in text).split()
        # A receipt pasted whole has words, a heading and digits; the digits say it all.
        if len(digits) == DIGIT_COUNT or not words:
            return cls(_read_digits(digits))
        return cls(_read_words(words))


def _groups(digits: str) -> tuple[str, ...]:
    return tuple(
        digits[place : place + GROUP_DIGITS] for place in range(0, DIGIT_COUNT, GROUP_DIGITS)
    )


def _check_bits(secret: bytes) -> int:
    return int.from_bytes(sha256(_CHECK_LABEL, secret)[:2], "big") >> 16 - _WORD_BITS


def _read_digits(digits: str) -> bytes:
    if not digits:
        raise ReceiptCodeError("empty")
    if len(digits) != DIGIT_COUNT:
        raise ReceiptCodeError("digit_count", count=len(digits))
    # Pages written from right to left show the groups in reversed order.
    for spelling in (digits, "".join(reversed(_groups(digits)))):
        number, check = divmod(int(spelling), 1_000)
        if int(spelling) % _MODULUS == 1 and check < _MODULUS and number < _SECRETS:
            return number.to_bytes(SECRET_BYTES, "big")
    raise ReceiptCodeError("check_digits")


def _read_words(words: list[str]) -> bytes:
    if len(words) != WORD_COUNT:
        raise ReceiptCodeError("word_count", count=len(words))
    candidates = [_candidates(position, word) for position, word in enumerate(words, start=1)]
    # Skeletons and sounds are unique in the list, so a word has at most two candidates.
    for indices in product(*candidates):
        bits = 0
        for index in indices:
            bits = bits << _WORD_BITS | index
        secret = (bits >> _WORD_BITS).to_bytes(SECRET_BYTES, "big")
        if bits & 1_023 == _check_bits(secret):
            return secret
    raise ReceiptCodeError("checksum")


def _candidates(position: int, word: str) -> list[int]:
    """Indices of the list words that *word* may be, the surest first."""
    spellings = (word, word.removeprefix(_ARTICLE))
    known = _look_up(_BY_WORD, spellings) or [
        *_look_up(_BY_SKELETON, map(skeleton, spellings)),
        *_look_up(_BY_SOUND, map(sound, spellings)),
    ]
    if not known:
        shown = word[:_MAX_SHOWN_LETTERS]
        raise ReceiptCodeError(
            "unknown_word", position=position, word=shown, nearest=nearest_word(shown)
        )
    return list(dict.fromkeys(known))


def _look_up(index: dict[str, int], keys: Iterable[str]) -> list[int]:
    return [index[key] for key in keys if key in index]


def nearest_word(word: str) -> str:
    """The list word with the smallest Levenshtein distance, the first of them in the list."""
    return min(WORDS, key=lambda known: _distance(word, known))


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for above, letter in enumerate(one, start=1):
        left_above, row[0] = row[0], above
        for place, wanted in enumerate(other, start=1):
            left_above, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, left_above + (letter != wanted)),
            )
    return row[-1]
