"""The list of cases: what is shown of each, what is looked for, page by page. Never content.

A line of the list is made once for each version of a case: ten thousand are searched at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from app.desk import team
from app.desk.casebook import Case
from app.domain.cases import Status
from app.domain.weeks import monday_of, week_of

OVERDUE_WEEKS: Final = 2
PAGE_CASES: Final = 50
MAX_SEARCH: Final = 80
MAX_DIGITS: Final = 6

Show = Literal["all", "news", "mine", "sign", "overdue"]
SHOWS: Final[tuple[Show, ...]] = get_args(Show)

Titles = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Row:
    """A line of the inbox; nothing of the content. `asks` names who waits for a signature."""

    id: str
    label: str
    topic: str
    week: str
    size: int
    attachments: int
    status: str
    news: int
    waits: bool
    themes: tuple[str, ...]
    holder: str | None
    asks: tuple[str, ...]
    recused: frozenset[str]

    @classmethod
    def of(cls, case: Case) -> Row:
        heard = case.team
        newest = (heard.newest(kind) for kind in (team.PROPOSE, team.OUTCOME))
        return cls(
            id=case.id,
            label=case.label,
            topic=case.topic,
            week=case.week,
            size=case.size,
            attachments=len(case.attachments),
            status=case.status,
            news=case.news,
            waits=case.waits,
            themes=heard.themes,
            holder=heard.assigned_to,
            asks=tuple(each.by for each in newest if each is not None and each.is_open),
            recused=heard.recused,
        )

    def age(self, today: date) -> int:
        """Whole weeks since the week it came in."""
        return max(0, (monday_of(week_of(today)) - monday_of(self.week)).days // 7)

    def is_overdue(self, today: date) -> bool:
        return self.status == Status.RECEIVED and self.age(today) >= OVERDUE_WEEKS

    def waits_for(self, reviewer: str) -> bool:
        """Whether *reviewer* is asked to sign what a colleague proposed."""
        return reviewer not in self.recused and any(by != reviewer for by in self.asks)


@dataclass(frozen=True)
class Query:
    """What a reviewer looks for."""

    show: Show = "all"
    words: str = ""
    page: int = 1

    @classmethod
    def read(cls, untrusted: Mapping[str, str]) -> Query:
        """Whatever is no query looks for everything."""
        shown = untrusted.get("show", "")
        show: Show = next((each for each in SHOWS if each == shown), "all")
        words = " ".join(untrusted.get("q", "").split())[:MAX_SEARCH]
        page = untrusted.get("page", "")
        is_number = page.isascii() and page.isdigit() and len(page) <= MAX_DIGITS
        return cls(show, words, max(1, int(page)) if is_number else 1)


@dataclass(frozen=True)
class Found:
    """One page of what was found; `counts` are of everything, whatever was looked for."""

    rows: Sequence[Row]
    total: int
    page: int
    pages: int
    counts: Mapping[Show, int]


class Inbox:
    """Keeps the line of each case until the case changes."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Case, Row]] = {}

    def find(
        self, cases: Iterable[Case], query: Query, *, me: str, today: date, titles: Titles
    ) -> Found:
        """Return the page of *query*, in the order of *cases*."""
        rows = self._rows_of(cases)
        late = {week for week in {row.week for row in rows} if _is_late(week, today)}
        chosen: dict[Show, list[Row]] = {
            "all": rows,
            "news": [row for row in rows if row.news],
            "mine": [row for row in rows if row.holder == me],
            "sign": [row for row in rows if row.asks and row.waits_for(me)],
            "overdue": [r for r in rows if r.week in late and r.status == Status.RECEIVED],
        }
        found = _search(chosen[query.show], query.words, titles)
        pages = max(1, -(-len(found) // PAGE_CASES))
        page = min(query.page, pages)
        first = (page - 1) * PAGE_CASES
        counts = {show: len(each) for show, each in chosen.items()}
        return Found(found[first : first + PAGE_CASES], len(found), page, pages, counts)

    def _rows_of(self, cases: Iterable[Case]) -> list[Row]:
        kept: dict[str, tuple[Case, Row]] = {}
        for case in cases:
            former = self._rows.get(case.id)
            kept[case.id] = former if former and former[0] is case else (case, Row.of(case))
        self._rows = kept
        return [row for _, row in kept.values()]


def _is_late(week: str, today: date) -> bool:
    return (monday_of(week_of(today)) - monday_of(week)).days // 7 >= OVERDUE_WEEKS


def _search(rows: list[Row], words: str, titles: Titles) -> list[Row]:
    """Rows whose label begins with *words*, or whose topic or a theme holds them."""
    wanted = words.casefold()
    if not wanted:
        return rows
    topics = {
        topic
        for topic in {row.topic for row in rows}
        if any(wanted in title.casefold() for title in (topic, *titles.get(topic, {}).values()))
    }
    return [
        row
        for row in rows
        if row.topic in topics
        or row.label.startswith(wanted)
        or any(wanted in theme.casefold() for theme in row.themes)
    ]
