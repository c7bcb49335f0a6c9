"""How participation is doing: what people came for, where they stopped, how agencies answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.citizen.bars import Bar, bar_length
from app.citizen.language import current
from app.citizen.site import bp
from app.domain.participation import (
    EPSILON,
    HEADER,
    PARTS,
    REFUSALS,
    STEPS,
    HealthWeek,
    answering,
)
from app.domain.record import NO_COUNT, summarise, total
from app.domain.weeks import monday_of
from app.packets.tables import table_bytes
from app.services import participation, record, relays
from app.web.state import site
from crypto.record import STEP, Record


@dataclass(frozen=True)
class Chart:
    """Counts that are looked at together, as bars and as rows of a table."""

    bars: Sequence[Bar]


@bp.get("/health", endpoint="health")
def show() -> str:
    here = site()
    with here.reading() as connection:
        found = participation.told(connection, here.today())
        records, plans = record.everything(connection), relays.plans(connection)
    newest = found[0] if found else None
    names = {plan.slug: plan.name.text(current().code) for plan in plans}
    lines = answering(records, plans, here.today())
    return render_template(
        "citizen/health.html",
        week=current().full_date(monday_of(newest.week)) if newest else None,
        steps=_chart(newest, STEPS),
        parts=[(part, _chart(newest, pair)) for part, pair in PARTS.items()],
        refusals=_chart(newest, REFUSALS),
        helped=_sum(records, here.today(), "assisted"),
        received=_sum(records, here.today(), "received"),
        epsilon=f"{EPSILON.numerator}/{EPSILON.denominator}",
        agencies=[(names.get(line.agency, line.agency), line) for line in lines],
    )


@bp.get("/health.csv", endpoint="health_csv")
def table() -> ResponseReturnValue:
    """The weeks that are over, for spreadsheets."""
    here = site()
    with here.reading() as connection:
        found = participation.told(connection, here.today())
    rows = [[int(cell) if cell.isdigit() else cell for cell in week.cells] for week in found]
    response = Response(table_bytes(HEADER, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = "attachment; filename=health.csv"
    return response


def _sum(records: Sequence[Record], today: date, column: str) -> str:
    """What two reviewers counted last, over all topics; nothing where they did not."""
    counts = [line.count(column) for line in summarise(records, today).lines]
    return total(counts) if set(counts) - {NO_COUNT} else NO_COUNT


def _chart(week: HealthWeek | None, names: Sequence[str]) -> Chart:
    spelled = {name: week.counts[name] if week else NO_COUNT for name in names}
    # What is told as less than the first step must not fill the line.
    longest = max(STEP, *map(bar_length, spelled.values()))
    return Chart(
        [Bar(name, told, 100 * bar_length(told) / longest) for name, told in spelled.items()]
    )
