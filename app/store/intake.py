"""What is asked before a submission is accepted: in one query, for it is on the hottest path."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, select

from app.store.keyrings import CURRENT_SERIAL
from app.store.log import LAST_SLOT
from app.store.models import CaseFile
from app.store.sql import table

_case: Final = table(CaseFile)
_THIS: Final = _case.c.slot == bindparam("slot")
# Subqueries give a row whether or not there is such a case.
_LOOK: Final = select(
    select(_case.c.request_tag).where(_THIS).scalar_subquery(),
    select(_case.c.envelope_digest).where(_THIS).scalar_subquery(),
    CURRENT_SERIAL.scalar_subquery(),
    LAST_SLOT.scalar_subquery(),
)


@dataclass(frozen=True)
class Standing:
    """The request under a slot (None if it is free), today's keyring, and the log's last slot."""

    request_tag: bytes | None
    envelope_digest: bytes | None
    keyring: int | None
    last_slot: int | None


def look(connection: Connection, slot: bytes, today: date) -> Standing:
    return Standing(*connection.execute(_LOOK, {"slot": slot, "today": today}).one())
