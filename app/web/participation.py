"""What is counted of an answer, and how the counts come to the disk.

Which view answered, in which language, with which status and through which door is all that is
looked at. Neither the body nor anything of who asks reaches this module.
"""

from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, request

from app.domain import participation
from app.settings import Settings
from app.store import participation as stored
from app.web.counters import Counters
from app.web.onion import is_over_onion
from app.web.state import SiteState

_CITIZENS: Final = {"ar": "arabic", "en": "english"}
_ACCEPTED: Final = {200, 201}
_LIMITED: Final = 429
_FORM: Final = 422
_FULL: Final = {503, 507}
_API_SENT: Final = "api.submissions.submit"
_API_ASKED: Final = "api.mailbox.read"


def keep(state: SiteState, *, all_of_it: bool = False) -> None:
    """Bring to the disk what may go there, and delete what is old."""
    if state.is_locked_down:
        return
    taken = state.participation.take(all_of_it=all_of_it)
    if not taken:
        return
    with state.transaction() as connection:
        for week, amounts in taken:
            stored.add(connection, week, amounts)
        stored.delete_before(connection, participation.oldest_kept(state.today()))


def register(app: Flask, settings: Settings, counters: Counters) -> None:
    """Count every answer of *app* that has a name."""

    @app.after_request
    def count(response: Response) -> Response:
        names = list(_names(response.status_code, settings))
        if names:
            counters.count(*names)
        return response


def _names(status: int, settings: Settings) -> Iterator[str]:
    role, _, view = (request.endpoint or "").rpartition(".")
    asked = f"{role}.{view}"
    sends = asked == _API_SENT or (role in _CITIZENS and view in {"send", "review"})
    if status == _LIMITED:
        yield "limited"
    elif status in _FULL and sends:
        yield "full"
    elif status == _FORM and sends:
        yield "form"
    elif status in _ACCEPTED and asked == _API_SENT:
        yield from ("sent", "with-script")
    elif status in _ACCEPTED and asked == _API_ASKED:
        yield "followed"
    elif status in _ACCEPTED and role in _CITIZENS:
        yield from _page_names(role, view, status, settings)


def _page_names(role: str, view: str, status: int, settings: Settings) -> Iterator[str]:
    if view == "topic":
        yield "topic"
    elif view == "write" and request.method == "GET":
        yield from ("write", _CITIZENS[role], "onion" if is_over_onion(settings) else "open-web")
    elif view == "send" and status == 201:
        yield from ("sent", "without-script")
    elif view == "open_case":
        yield "followed"
