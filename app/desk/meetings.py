"""The page about meetings with agencies: when they are, what they need, on paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Final

from flask import Response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.desk import diary, meeting, relaying
from app.desk.base import attachment_header, bp, desk, here, room
from app.desk.casework import explained, way
from app.desk.errors import DeskError
from app.desk.language import current
from app.packets.document import Document
from app.packets.late import print_bytes
from app.packets.page import html_bytes
from crypto.errors import CryptoError
from crypto.record import Lang

_PRINTS: Final[Mapping[str, Callable[[Document], bytes]]] = {
    "html": html_bytes,
    "pdf": print_bytes,
}


@bp.get("/meetings", endpoint="meetings")
def meetings() -> str:
    return _page()


def _page(*, is_no_day: bool = False) -> str:
    opened, today = desk(), room().today()
    return render_template(
        "meetings.html",
        plans=relaying.plans(opened),
        bodies={plan.slug: plan.name.text(current().code) for plan in relaying.plans(opened)},
        is_no_day=is_no_day,
        planned=[each for each in diary.meetings(opened) if each.on >= today],
    )


@bp.post("/meetings/plan", endpoint="plan_meeting")
def plan() -> ResponseReturnValue:
    """Tell the colleagues of a meeting, or that it is off."""
    acting, on = way(), _day(request.form.get("on", ""))
    if on is None:
        return _page(is_no_day=True), HTTPStatus.UNPROCESSABLE_ENTITY
    is_off = request.form.get("action") == "off"
    try:
        diary.plan_meeting(acting, request.form.get("agency", ""), on, is_off=is_off)
    except (DeskError, CryptoError) as error:
        return _refused(error)
    room().door.job.start(desk(), room().today)
    return redirect(here("meetings"), HTTPStatus.SEE_OTHER)


@bp.post("/meetings/pack", endpoint="meeting_pack")
def pack() -> ResponseReturnValue:
    """Hand out the pack to print."""
    lang: Lang = "en" if request.form.get("lang") == "en" else "ar"
    kind, asked = request.form.get("kind", ""), request.form.get("since", "")
    acting, since = way(), _day(asked)
    if asked.strip() and since is None:
        return _page(is_no_day=True), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        gathered = meeting.gather(acting, request.form.get("agency", ""), since=since)
    except (DeskError, CryptoError) as error:
        return _refused(error)
    kind = kind if kind in _PRINTS else "pdf"
    return _file(f"meeting-{lang}.{kind}", _PRINTS[kind](meeting.documents(gathered)[lang]))


@bp.post("/meetings/calendar", endpoint="shared_calendar")
def calendar() -> ResponseReturnValue:
    return _file("wasl.ics", diary.calendar(desk(), current().code))


def _file(name: str, content: bytes) -> Response:
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = attachment_header(name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _refused(error: Exception) -> ResponseReturnValue:
    page = render_template("refused.html", case=None, failure=explained(error))
    return page, HTTPStatus.CONFLICT


def _day(untrusted: str) -> date | None:
    try:
        return date.fromisoformat(untrusted.strip()) if untrusted.strip() else None
    except ValueError:
        return None
