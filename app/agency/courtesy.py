"""What an official letter says that the public record must not: greetings, names, numbers."""

import re
from typing import Final

from redaction.text import remove, scan

_PERSONAL: Final = frozenset({"name", "kunya", "phone", "email", "national_number", "handle"})
_GREETINGS: Final = re.compile(
    "^(?:السلام عليكم|تحية|تحيه|وتفضلوا|واقبلوا|مع (?:فائق|خالص|وافر)|مع التحية|حضرة|السيد|السيدة|"
    "السادة|عطوفة|معالي|سعادة|المخلص|التوقيع|dear |to whom|yours |sincerely|kind regards|regards|"
    "best regards|signed|signature)",
    re.IGNORECASE,
)


def without_courtesies(words: str) -> str:
    """Return *words* without lines of greeting and without what names people."""
    lines = [line.strip() for line in words.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if not _GREETINGS.match(line)).strip()
    return remove(kept, [each for each in scan(kept) if each.kind in _PERSONAL]).strip()
