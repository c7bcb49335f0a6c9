"""Who took part in a topic, as two reviewers signed it: on the page of answers, and as files."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, abort
from flask.typing import ResponseReturnValue

from app.citizen.bars import Bar, bar_length
from app.citizen.site import bp
from app.domain.coverage import coverage_table
from app.domain.record import summarise
from app.packets.tables import table_bytes
from app.services import record
from app.web.state import site
from crypto.record import STEP, Coverage


@dataclass(frozen=True)
class QuestionView:
    """One question; without `bars` where its cells could be computed from one another."""

    question: str
    bars: Sequence[Bar]


def views(coverage: Coverage) -> list[QuestionView]:
    return [
        QuestionView(question, _bars(cells)) for question, cells in coverage_table(coverage).items()
    ]


def _bars(cells: dict[str, str] | None) -> list[Bar]:
    told = cells or {}
    longest = max([STEP, *map(bar_length, told.values())])
    return [Bar(word, count, 100 * bar_length(count) / longest) for word, count in told.items()]


@bp.get("/record/<slug>/coverage.json", endpoint="coverage_json")
def document(slug: str) -> ResponseReturnValue:
    told = {"topic": slug, **coverage_table(_published(slug))}
    return _attached(json.dumps(told, indent=2) + "\n", "application/json", "coverage.json")


@bp.get("/record/<slug>/coverage.csv", endpoint="coverage_csv")
def table(slug: str) -> ResponseReturnValue:
    """For spreadsheets, in UTF-8 with BOM; no cell can be a formula."""
    rows = [
        (slug, question, word, int(told) if told.isdigit() else told)
        for question, cells in coverage_table(_published(slug)).items()
        for word, told in (cells or {}).items()
    ]
    data = table_bytes(("topic", "question", "answer", "people"), rows)
    return _attached(data, "text/csv; charset=utf-8", "coverage.csv")


def _published(slug: str) -> Coverage:
    here = site()
    with here.reading() as connection:
        found = summarise(record.everything(connection), here.today()).covered(slug)
    if found is None:
        abort(HTTPStatus.NOT_FOUND)
    return found


def _attached(text: str | bytes, media_type: str, name: str) -> Response:
    response = Response(text, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
