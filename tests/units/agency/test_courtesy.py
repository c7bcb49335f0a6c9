"""What of an official letter becomes public."""

from __future__ import annotations

import pytest

from app.agency.courtesy import without_courtesies


@pytest.mark.parametrize(
    ("letter", "public"),
    [
        ("الأخ سامر المحترم، تحية طيبة وبعد\nنصلح الشبكة في الربيع.", "نصلح الشبكة في الربيع."),
        ("تحية طيبة وبعد، نصلح الشبكة في الربيع.", "نصلح الشبكة في الربيع."),
        ("السلام عليكم ورحمة الله وبركاته\nتمت الموافقة.", "تمت الموافقة."),
        (
            "عطوفة مدير الدائرة\nقرر المجلس.\n\nوتفضلوا بقبول الشكر\nالمهندس أحمد",
            "قرر المجلس.",
        ),
        ("Dear Mr Smith, we mend the pipes.\nYours sincerely", "we mend the pipes."),
    ],
)
def test_greetings_and_signatures_stay_away(letter: str, public: str) -> None:
    assert without_courtesies(letter) == public


@pytest.mark.parametrize(
    "sentence",
    [
        "معالي الوزير قرر تمديد المهلة إلى آخر العام للجميع.",
        "السيدة المسؤولة عن الشبكة تزور الحي كل أسبوع.",
        "Regarding the pipes: work begins in spring.",
        "تم العمل.\n\nالباقي في أيار.",
    ],
)
def test_what_is_said_stays(sentence: str) -> None:
    assert without_courtesies(sentence) == sentence
