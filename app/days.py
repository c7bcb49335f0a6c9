"""Days as people read them: Levantine months in Arabic, Western digits in both languages.

No line ends inside one, or before the year at most.
"""

from datetime import date
from typing import Final, Literal

from babel.dates import format_date

_LOCALES: Final = {"ar": "ar_JO", "en": "en_GB"}
_WESTERN: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def day_and_month(day: date, lang: Literal["ar", "en"]) -> str:
    """Such as «20 تموز»."""
    words = format_date(day, "d MMMM", _LOCALES[lang])
    return words.translate(_WESTERN).replace(" ", "\u00a0")


def day_in_words(day: date, lang: Literal["ar", "en"]) -> str:
    """Such as «20 كانون الأول 2026»."""
    return f"{day_and_month(day, lang)} {day.year}"
