"""What all pages of the desk stand on: the blueprint, the open desk, addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import quote

from flask import Blueprint, abort, current_app, request, url_for

from app.desk.casebook import Case, KeptAttachment
from app.desk.desk import Desk
from app.desk.door import Door
from app.desk.errors import UnknownCaseError
from app.desk.guard import COOKIE
from app.desk.language import current

bp: Final = Blueprint("desk", __name__)

EXTENSION: Final = "desk"


@dataclass(frozen=True)
class Room:
    """What the pages of one process share."""

    door: Door
    today: Callable[[], date]
    is_sandbox: bool


def room() -> Room:
    return cast(Room, current_app.extensions[EXTENSION])


def here(page: str, /, **values: Any) -> str:
    """Return the path of *page* in the language of the page being answered."""
    return url_for(f"{current().code}.{page}", **values)


def session() -> str | None:
    return request.cookies.get(COOKIE)


def desk() -> Desk:
    """Return the unlocked desk; raises `LockedError`, which shows the unlock page."""
    return room().door.desk(session())


def case_of(name: str) -> Case:
    try:
        return desk().casebook.case(name)
    except UnknownCaseError:
        abort(HTTPStatus.NOT_FOUND)


def attachment_of(case: Case, position: int) -> KeptAttachment:
    if not 1 <= position <= len(case.attachments):
        abort(HTTPStatus.NOT_FOUND)
    return case.attachments[position - 1]


def attachment_header(name: str) -> str:
    plain = name.encode("ascii", "replace").decode("ascii").replace("?", "_").replace('"', "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
