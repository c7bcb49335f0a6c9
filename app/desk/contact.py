"""Warning a reviewer whose reply would make a citizen come forward.

A reply must never ask for a name, a number or a meeting: whoever answers gives up what the whole
system protects. The list is short and errs on the side of warning; the reviewer decides.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from redaction.text import scan

ASKS: Final = "asks"
GIVES: Final = frozenset({"phone", "email", "national_number", "iban", "handle", "coordinates"})
"""What the scanner finds that a reply could lead a citizen to; names of offices are no danger."""

# Folded as `_folded` does: one spelling of alef, ya and ta marbuta, no vowel signs.
_PHRASES: Final = (
    # your name, number, telephone, address, mail, identity, work place, home
    r"اسمك|رقمك|هاتفك|جوالك|تلفونك|عنوانك|بريدك|ايميلك|هويتك|مكان عملك|مكان سكنك|بيتك",
    # the full name, a telephone number, the national number
    r"الاسم الكامل|رقم (?:ال)?(?:هاتف|جوال|تلفون)|الرقم الوطني|رقم وطني",
    # we meet, a meeting, an interview with you, come to our office, call us, messengers
    r"نلتقي|لقاء|مقابلتك|نقابلك|زيارتك|زيارتنا|الحضور الي|الاتصال بنا|واتساب|تلغرام",
    r"your (?:\w+ )?(?:name|number|phone|address|e-?mail|id|employer|workplace|home)",
    r"who are you|(?:call|phone|ring|visit) us|meet (?:us|you|up|with)|whatsapp|telegram",
)
_ASKS: Final = re.compile(rf"\b(?:و|ف|ب|ل)?(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
_ONE_SPELLING: Final = str.maketrans("أإآٱىة", "اااايه")


def warnings(text: str) -> list[str]:
    """Return what in *text* may ask for contact (`ASKS`) or gives it (kinds of `redaction`)."""
    found = {finding.kind for finding in scan(text)} & GIVES
    if _ASKS.search(_folded(text)):
        found.add(ASKS)
    return sorted(found)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", letters.translate(_ONE_SPELLING))
