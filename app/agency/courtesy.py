"""What an official letter says that the public record must not: greetings, names, numbers."""

import re
from typing import Final

from redaction.text import remove, scan

_PERSONAL: Final = frozenset({"name", "kunya", "phone", "email", "national_number", "handle"})
_TITLE: Final = (
    "(?:حضرة|السيد|السيدة|السادة|الأخ|الأخت|الإخوة|الأستاذ|الأستاذة|الدكتور|الدكتورة|المهندس|"
    "المهندسة|المواطن|المواطنة|عطوفة|معالي|سعادة)"
)
_OPENINGS: Final = (
    re.compile(
        rf"^(?:{_TITLE} [^.،,:]{{0,80}}?(?:المحترم(?:ة|ين|ون|ات)?|الكريم(?:ة)?|الأفاضل|الأكارم)|"
        r"dear [^.,:]{0,60}[,:]|to whom it may concern)[،,:.\s]*",
        re.IGNORECASE,
    ),
    re.compile(
        "^(?:السلام عليكم(?: ورحمة الله)?(?: و ?بركاته)?|"
        "تحي[ةه](?: (?:طيبة|طيبه|عطرة|واحتراما?))*(?: و ?بعد)?)[،,:.\\s]*"
    ),
)
"""How a letter begins; the sentence may go on in the same line."""
_WHOLE_LINES: Final = re.compile(
    rf"^(?:(?:وتفضلوا|واقبلوا|مع (?:فائق|خالص|وافر)|مع التحية|المخلص|التوقيع|yours |sincerely|"
    rf"kind regards|regards|best regards|signed|signature).*|{_TITLE}(?: \S+){{0,4}})$",
    re.IGNORECASE,
)


def without_courtesies(words: str) -> str:
    """Return *words* without greetings and without what names people."""
    lines = [line.strip() for line in words.replace("\r\n", "\n").split("\n")]
    plain = [_without_opening(line) for line in lines if not _WHOLE_LINES.match(line)]
    kept = "\n".join(line for line in plain if line is not None).strip()
    return remove(kept, [each for each in scan(kept) if each.kind in _PERSONAL]).strip()


def _without_opening(line: str) -> str | None:
    """The rest of the line; None if it was nothing but an opening."""
    rest = line
    for opening in _OPENINGS:
        rest = opening.sub("", rest, count=1)
    return None if line and not rest else rest
