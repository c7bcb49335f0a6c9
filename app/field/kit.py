"""What an offline page or a paper form knows of a site; its keyring is verified."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from crypto.keyring import Keyring, Roots

ANY_SUBJECT: Final = "other"


@dataclass(frozen=True)
class FieldTopic:
    """An open question; `closes` is the last day on which it takes answers, or empty."""

    slug: str
    title_ar: str
    title_en: str
    closes: str

    def title(self, lang: str) -> str:
        return self.title_ar if lang == "ar" else self.title_en


@dataclass(frozen=True)
class Kit:
    origin: str
    roots: Roots
    keyring_note: str
    keyring: Keyring
    text_bytes: int
    topics: Sequence[FieldTopic]
