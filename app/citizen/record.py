"""What became of people's opinions: numbers for each agency, and each answer by its topic."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.citizen import coverage
from app.citizen.bars import Bar, bar_length
from app.citizen.language import current
from app.citizen.site import bp
from app.domain.agencies import Agency
from app.domain.record import HEADER, NO_COUNT, Line, RelayLine, Summary, summarise, total
from app.domain.topics import Topic
from app.domain.weeks import monday_of
from app.services import record, relays, topics
from app.web.state import site
from crypto.record import STEP, Bilingual
from crypto.status import RATINGS

BAR_COLUMNS: Final = ("received", "read", "relayed", "answered", "changed")
_ANSWERED: Final = tuple(f"answered-{answer}" for answer in range(1, 6))
_HELPED: Final = tuple(f"helped-{rating}" for rating in RATINGS)


@dataclass(frozen=True)
class AgencyView:
    """One agency's row; `bars` are of the columns that people ask about."""

    name: str
    topic: str
    slug: str
    bars: Sequence[Bar]
    answers: Sequence[tuple[int, str]]
    ratings: Sequence[tuple[str, str]]
    declined: str
    withdrawn: str
    relays: str
    published: str
    overdue: str


@dataclass(frozen=True)
class RelayView:
    """One relay in the reader's language; `lang` is that of the three texts."""

    number: str
    agency: str
    due: str
    is_overdue: bool
    escalations: Sequence[tuple[str, str]]
    answer: int | None
    changed: bool
    decided: str
    said: str
    answered: str
    change: str


@bp.get("/record", endpoint="record")
def show() -> str:
    summary, titles, names = _loaded()
    # What is told as less than the first step must not fill the line.
    longest = max([STEP, *(bar_length(_bar_count(line, BAR_COLUMNS[0])) for line in summary.lines)])
    return render_template(
        "citizen/record.html",
        week=current().full_date(monday_of(summary.week)) if summary.week else None,
        agencies=[_agency_view(line, titles, names, longest) for line in summary.lines],
        overdue=[_relay_view(each, names) for each in summary.relays if each.is_overdue],
        topics=[
            (slug, titles[slug].title.text(current().code))
            for slug in sorted(_told_about(summary) & titles.keys())
        ],
    )


@bp.get("/record/<slug>", endpoint="record_topic")
def show_topic(slug: str) -> str:
    summary, titles, names = _loaded()
    if slug not in titles:
        abort(HTTPStatus.NOT_FOUND)
    found, took_part = summary.of_topic(slug), summary.covered(slug)
    return render_template(
        "citizen/record_topic.html",
        slug=slug,
        title=titles[slug].title.text(current().code),
        relays=[_relay_view(each, names) for each in found],
        took_part=coverage.views(took_part) if took_part else None,
    )


@bp.get("/record.csv", endpoint="record_csv")
def table() -> ResponseReturnValue:
    """The same numbers for spreadsheets, in UTF-8 with BOM; no cell can be a formula."""
    summary, _, _ = _loaded()
    rows = io.StringIO(newline="")
    writer = csv.writer(rows)
    writer.writerow(HEADER)
    writer.writerows(line.cells for line in summary.lines)
    response = Response("\ufeff" + rows.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=record.csv"
    return response


def _loaded() -> tuple[Summary, Mapping[str, Topic], Mapping[str, Agency]]:
    here = site()
    with here.reading() as connection:
        records = record.everything(connection)
        plans = relays.plans(connection)
        known = topics.everything(connection)
    summary = summarise(records, here.today(), plans)
    return summary, {each.slug: each for each in known}, {each.slug: each for each in plans}


def _told_about(summary: Summary) -> set[str]:
    """The topics that have a page of answers, or of who took part."""
    return {each.relay.topic for each in summary.relays} | {
        each.topic for each in summary.coverages
    }


def _agency_view(
    line: Line, titles: Mapping[str, Topic], names: Mapping[str, Agency], longest: int
) -> AgencyView:
    code = current().code
    topic, agency = titles.get(line.topic), names.get(line.agency)
    return AgencyView(
        name=agency.name.text(code) if agency else "",
        topic=topic.title.text(code) if topic else line.topic,
        slug=line.topic,
        bars=[_bar(line, column, longest) for column in BAR_COLUMNS],
        answers=[
            (number, told)
            for number, column in enumerate(_ANSWERED, 1)
            if (told := line.count(column)) not in {"0", NO_COUNT}
        ],
        ratings=_ratings(line),
        declined=line.count("declined"),
        withdrawn=line.count("withdrawn"),
        relays=line.count("relays"),
        published=line.count("published"),
        overdue=line.count("overdue"),
    )


def _ratings(line: Line) -> list[tuple[str, str]]:
    """How many senders said that the answer helped; nothing while nobody did."""
    told = [(rating, line.count(column)) for rating, column in zip(RATINGS, _HELPED, strict=True)]
    return told if any(count not in {"0", NO_COUNT} for _, count in told) else []


def _bar(line: Line, column: str, longest: int) -> Bar:
    told = _bar_count(line, column)
    return Bar(column, told, 100 * bar_length(told) / longest)


def _bar_count(line: Line, column: str) -> str:
    if column == "answered":
        return total(line.count(each) for each in _ANSWERED)
    return line.count(column)


def _relay_view(line: RelayLine, names: Mapping[str, Agency]) -> RelayView:
    language = current()
    agency, outcome = names.get(line.relay.agency), line.outcome

    def say(text: Bilingual) -> str:
        return text.ar if language.code == "ar" else text.en

    return RelayView(
        number=line.number,
        agency=agency.name.text(language.code) if agency else line.relay.agency,
        due=language.full_date(line.relay.due),
        is_overdue=line.is_overdue,
        escalations=[
            (language.full_date(each.on), each.to.text(language.code)) for each in line.escalations
        ],
        answer=outcome.answer if outcome else None,
        changed=bool(outcome and outcome.changed),
        decided=language.full_date(outcome.decided) if outcome and outcome.decided else "",
        said=say(outcome.said) if outcome else "",
        answered=say(outcome.answered) if outcome else "",
        change=say(outcome.change) if outcome else "",
    )
