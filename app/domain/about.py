"""What the questions of `crypto.about` and the words that answer them are called, in brief."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.coverage import UNSAID
from app.domain.topics import Bilingual

ABOUT_WORDS: Final[Mapping[str, Bilingual]] = MappingProxyType(
    {
        "region": Bilingual("في أي جزء من الأردن", "Part of Jordan"),
        "age": Bilingual("العمر", "Age"),
        "sector": Bilingual("العمل أو الدراسة", "Work or study"),
        "north": Bilingual("الشمال", "North"),
        "middle": Bilingual("الوسط", "Middle"),
        "south": Bilingual("الجنوب", "South"),
        "under-30": Bilingual("أقل من 30", "Under 30"),
        "30-59": Bilingual("من 30 إلى 59", "30 to 59"),
        "60-up": Bilingual("من 60 وما فوق", "60 and above"),
        "public": Bilingual("عمل حكومي", "A government job"),
        "private": Bilingual("عمل في القطاع الخاص", "A job in the private sector"),
        "own": Bilingual("عمل حر أو زراعة", "Own work, or farming"),
        "study": Bilingual("دراسة", "Study"),
        "none": Bilingual("دون عمل، أو بعد التقاعد", "Without work, or retired"),
        UNSAID: Bilingual("لم يُذكر", "Not said"),
    }
)
