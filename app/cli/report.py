"""`wasl report`: what an instance can tell of itself without telling of anybody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from app.cli.options import data_option
from app.cli.site import load_settings, open_database
from app.domain.participation import EPSILON, HEADER, answering
from app.packets.tables import table_bytes
from app.services import participation, record, relays
from app.web.clock import today

_FORMS: Final = ("text", "csv", "json")


@click.group("report")
def command() -> None:
    """Numbers about an instance, as its own pages tell them."""


@command.command("health")
@data_option
@click.option("--form", type=click.Choice(_FORMS), default="text", show_default=True)
def health(data: Path, form: str) -> None:
    """How participation is doing: steps, shares, refusals by week; how bodies answer.

    No visitor is in it: sums of weeks that are over, with noise, rounded down to fives.
    """
    database = open_database(load_settings(data))
    with database.reading() as connection:
        weeks = participation.told(connection, today())
        lines = answering(record.everything(connection), relays.plans(connection), today())
    database.engine.dispose()
    if form == "csv":
        click.echo(table_bytes(HEADER, [week.cells for week in weeks]), nl=False)
    elif form == "json":
        said = {
            "epsilon": str(EPSILON),
            "weeks": [{"week": week.week, **week.counts} for week in weeks],
            "agencies": [vars(line) for line in lines],
        }
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for week in weeks:
            pairs = zip(HEADER, week.cells, strict=True)
            click.echo(" ".join(f"{name} {told}" for name, told in pairs))
        for line in lines:
            click.echo(" ".join(f"{name} {told}" for name, told in vars(line).items()))
