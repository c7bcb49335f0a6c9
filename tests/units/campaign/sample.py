"""Facts to draw kits from: an ordinary topic, and one that says as much as topics can."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import app
from app.campaign.drawing import DRAWN
from app.campaign.facts import Answer, Facts, Results
from app.campaign.kit import Design, files
from app.campaign.page import Page
from app.domain.topics import (
    Bilingual,
    Decision,
    DecisionKind,
    Fact,
    Governorate,
    Topic,
)
from crypto.record import Lang

SAMPLES: Final = Path(app.__path__[0]) / "samples" / "topics"
ONION: Final = f"http://{'abcdefgh234567ijklmnopqrstuvwxyz' * 2}"[: 7 + 56] + ".onion"
READERS: Final = (
    Bilingual("مركز أمل للحوار (مثال)", "Amal Dialogue Centre (example)"),
    Bilingual("جمعية نهر (مثال)", "Nahr Association (example)"),
)
BODY: Final = Bilingual("بلدية (مثال للتجربة)", "A municipality (made-up example)")
RESULTS: Final = Results(
    "2026-W47",
    (
        ("received", "120"),
        ("read", "115"),
        ("relayed", "60"),
        ("answered", "20"),
        ("changed", "few"),
    ),
    (
        Answer(
            BODY, date(2026, 11, 1), 2, True, Bilingual("موقف عند المدرسة.", "A stop at school.")
        ),
        Answer(BODY, date(2026, 12, 3), None, False, None),
        Answer(BODY, date(2026, 10, 3), 4, False, Bilingual("لا مكان له.", "There is no room.")),
    ),
)


@cache
def ordinary() -> Facts:
    """Every figure in it is told."""
    topic = Topic.parse_toml((SAMPLES / "bus-stops.toml").read_text("utf-8"))
    return Facts(topic, "https://wasl.example", ONION, READERS, RESULTS)


@cache
def longest() -> Facts:
    """Everything that a topic may have, at lengths that nobody should publish."""
    facts = ordinary()
    topic = replace(
        facts.topic,
        slug="a-very-long-name-of-a-topic-that-fills-all-that-a-slug-may-have",
        agency=_long("وزارة الإدارة المحلية والتنمية ", "Ministry of Local Administration ", 4),
        title=_long("ماذا يجب أن يتغير في خدمات النقل ", "What should change in transport ", 8),
        summary=(_long("جملة طويلة جدا عن الموضوع ", "One very long sentence about it ", 12),) * 5,
        who_decides=_long("مجلس الوزراء بعد رأي اللجنة ", "The cabinet after a committee ", 8),
        what_can_change=_long("المواعيد والأماكن والأسعار ", "Times, places and prices ", 16),
        audience=_long("سكان القرى والمدن ", "People in villages and towns ", 6),
        governorates=tuple(Governorate),
        decision=Decision(date(2027, 11, 30), DecisionKind.HANDOVER),
        facts=(Fact(_long("رقم مهم عن الحافلات ", "A figure about buses ", 6), 1),) * 12,
    )
    many = tuple(replace(RESULTS.answers[0], change=topic.what_can_change) for _ in range(20))
    large = tuple((name, "1234565") for name, _ in RESULTS.counts)
    site = "https://a-rather-long-name-for-a-site.consultations.example.org"
    readers = (_long("منظمة طويلة الاسم ", "An organisation with a long name ", 4),) * 4
    return Facts(topic, site, ONION, readers, Results("2026-W47", large, many))


def _long(ar: str, en: str, times: int) -> Bilingual:
    return Bilingual((ar * times).strip() + ".", (en * times).strip() + ".")


@cache
def drawn() -> dict[str, bytes]:
    """Every file of the ordinary kit; they are drawn once for all tests of a process."""
    facts = ordinary()
    return {file.name: file.make(facts) for file in files(facts)}


@cache
def page_of(design: Design, facts: Facts, lang: Lang) -> Page:
    return DRAWN[design.name](facts, lang)
