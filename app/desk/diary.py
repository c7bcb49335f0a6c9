"""Days that the organisation shares: meetings, answers due, escalations, topics that close.

Meetings are notes among the reviewers, so every desk has the same calendar; who comes is not
written down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.desk import relaying, team
from app.desk.desk import Desk
from app.desk.relaying import Way
from app.desk.team import Team
from app.packets.calendar import Event, calendar_bytes, uid
from crypto.encoding import decode_base64
from crypto.record import Lang

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "due": ("آخر موعد للرد", "Answer due"),
    "step": ("تأخر الرد، إبلاغ", "No answer: tell"),
    "closes": ("آخر يوم للآراء", "Last day for views"),
    "portal": ("آخر يوم في المنصة الرسمية", "Last day on the official portal"),
    "meeting": ("اجتماع", "Meeting"),
}


@dataclass(frozen=True, order=True)
class Appointment:
    """A meeting with an agency."""

    on: date
    agency: str


def plan_meeting(way: Way, agency: str, on: date, *, is_off: bool = False) -> None:
    """Tell the colleagues of a meeting, or that it is off. Raises `NoPlanError`."""
    relaying.plan_of(way.desk, agency)
    relaying.tell_all(way, team.MEETING, {"agency": agency, "on": on.isoformat(), "off": is_off})


def meetings(desk: Desk) -> list[Appointment]:
    """Every meeting that is on, past ones too; the newest word about a day counts."""
    found: dict[Appointment, bool] = {}
    for note in Team(desk.casebook.state.notes).of(team.MEETING):
        on = date.fromisoformat(note.facts["on"])
        found[Appointment(on, str(note.facts["agency"]))] = note.facts["off"] is True
    return sorted(each for each, is_off in found.items() if not is_off)


def last_and_next(desk: Desk, agency: str, today: date) -> tuple[date | None, date | None]:
    """The days of the meetings with *agency* before *today*, and on it or after."""
    days = [each.on for each in meetings(desk) if each.agency == agency]
    past, coming = [day for day in days if day < today], [day for day in days if day >= today]
    return max(past, default=None), min(coming, default=None)


def calendar(desk: Desk, lang: Lang) -> bytes:
    """The shared calendar; the same bytes at every desk that has synced."""
    return calendar_bytes(_events(desk, lang), "desk")


def _events(desk: Desk, lang: Lang) -> Iterator[Event]:
    origin, state = desk.profile.origin, desk.casebook.state
    plans = {plan.slug: plan for plan in relaying.plans(desk)}

    def say(key: str) -> str:
        ar, en = _WORDS[key]
        return ar if lang == "ar" else en

    def name(agency: str) -> str:
        return plans[agency].name.text(lang) if agency in plans else agency

    def title(topic: str) -> str:
        return state.topics.get(topic, {}).get(lang, topic)

    for relay in state.relays:
        if relay.answer is not None:
            continue
        due, number = date.fromisoformat(relay.due), decode_base64(relay.id, 16).hex()
        about = f"{title(relay.topic)} ({number[:8].upper()})"
        yield Event(uid(number, origin), due, f"{say('due')}: {name(relay.agency)}: {about}")
        plan = plans.get(relay.agency)
        for each in plan.escalations(due, date.max) if plan else ():
            days = (each.on - due).days
            told = f"{say('step')} {each.to.text(lang)}: {about}"
            yield Event(uid(f"{number}-after-{days}", origin), each.on, told)
    for slug, day in state.closings.items():
        told = f"{say('closes')}: {title(slug)}"
        yield Event(uid(f"topic-{slug}", origin), date.fromisoformat(day), told)
    for slug, there in state.portals.items():
        if deadline := there.get("deadline"):
            told = f"{say('portal')}: {title(slug)}"
            yield Event(uid(f"portal-{slug}", origin), date.fromisoformat(deadline), told)
    for meeting in meetings(desk):
        told = f"{say('meeting')}: {name(meeting.agency)}"
        yield Event(uid(f"meeting-{meeting.agency}-{meeting.on}", origin), meeting.on, told)
