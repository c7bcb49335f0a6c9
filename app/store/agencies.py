"""Queries on agencies' communication plans."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from app.domain.agencies import Agency
from app.store.models import AgencyPlan
from app.store.sql import table

_agency: Final = table(AgencyPlan)


def put(connection: Connection, agency: Agency) -> None:
    """Store *agency*, in place of an earlier plan with its slug."""
    connection.execute(delete(_agency).where(_agency.c.slug == agency.slug))
    connection.execute(insert(_agency), {"slug": agency.slug, "content": agency.encode()})


def find(connection: Connection, slug: str) -> Agency | None:
    content = connection.scalar(select(_agency.c.content).where(_agency.c.slug == slug))
    return None if content is None else Agency.parse(content)


def everything(connection: Connection) -> Iterable[Agency]:
    """All plans by slug."""
    rows = connection.scalars(select(_agency.c.content).order_by(_agency.c.slug))
    return map(Agency.parse, rows)
