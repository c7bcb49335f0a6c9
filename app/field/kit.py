"""What an offline page or a paper form knows of a site; its keyring is verified."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from crypto.keyring import Keyring, Roots

ANY_SUBJECT: Final = "other"
DAYS_FOR_SENDING: Final = timedelta(days=3)
"""The last days of a keyring are for carrying what was sealed to the site."""


@dataclass(frozen=True)
class FieldTopic:
    """An open question; `closes` is the last day on which it takes answers, or empty."""

    slug: str
    title_ar: str
    title_en: str
    closes: str

    @classmethod
    def of(cls, slug: str, title_ar: str, title_en: str, closes: date | None) -> Self:
        return cls(slug, title_ar, title_en, closes.isoformat() if closes else "")

    def title(self, lang: str) -> str:
        return self.title_ar if lang == "ar" else self.title_en


@dataclass(frozen=True)
class Kit:
    origin: str
    roots: Roots
    keyring_note: str
    keyring: Keyring
    text_bytes: int
    topics: tuple[FieldTopic, ...]


def last_to_seal(keyring: Keyring) -> date:
    """The last day on which an offline page seals to *keyring*, as the page itself has it."""
    return keyring.not_after - timedelta(days=1) - DAYS_FOR_SENDING
