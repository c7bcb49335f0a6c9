"""A casebook with very many small cases, written as a desk writes them but for the waiting."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from app.desk.casebook import Case, Section
from app.desk.desk import Desk
from app.desk.team import ASSIGN, THEME, Note
from app.domain.weeks import week_of
from crypto import age
from tests.units.desk.office import TODAY

TOPICS = ("bus-stops", "water-strategy")
STATUSES = ("received", "read", "question", "declined")


def small_case(number: int) -> Case:
    """Case *number*: every tenth is amal's, every hundredth has a theme of its own."""
    notes = []
    if number % 10 == 0:
        notes.append(Note(f"a{number}", ASSIGN, 1, "2026-W48", "amal", {"to": "amal"}))
    if number % 100 == 0:
        notes.append(Note(f"t{number}", THEME, 2, "2026-W48", "amal", {"themes": ["ازدحام"]}))
    return Case(
        id=secrets.token_hex(16),
        slot=number.to_bytes(32, "big"),
        thread=secrets.token_bytes(32),
        reply_to="",
        week=week_of(TODAY - timedelta(weeks=number % 5)),
        status=STATUSES[number % len(STATUSES)],
        topic=TOPICS[number % len(TOPICS)],
        lang="ar",
        sealed_by="browser",
        keyring=1,
        sections=(Section("problem", f"CANARY {number}"),),
        attachments=(),
        is_new=number % 4 == 0,
        notes=tuple(notes),
    )


def fill(folder: Path, desk: Desk, count: int) -> list[Case]:
    """Put *count* cases into the folder of *desk* without waiting for the disk each time."""
    cases = [small_case(number) for number in range(count)]
    recipient = desk.keystore.secrets.storage.recipient
    for case in cases:
        sealed = age.encrypt(case.encode(), [recipient], secrets.token_bytes)
        (folder / "cases" / f"{case.id}.age").write_bytes(sealed)
    return cases
