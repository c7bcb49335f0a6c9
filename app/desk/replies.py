"""Answering a case.

A reply is sealed twice, to the citizen and to the colleagues, kept in the casebook, and only then
sent: whatever breaks on the way, the same bytes are sent again and the citizen gets one reply.
Where a colleague was faster (409), the same words are sealed anew for the next free place.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from app.client.errors import SiteRefusedError, StillCarriedError
from app.client.site import DeskSession, decode_bytes, encode_bytes
from app.desk.casebook import Case, Line, Outgoing, State, Todo
from app.desk.desk import Desk
from app.desk.errors import (
    EmptyTextError,
    ForbiddenStatusError,
    OnProbationError,
    StillWaitingError,
)
from app.domain.cases import BY_ONE, READING, Status, may_become
from app.domain.weeks import week_of
from crypto.age import Recipient
from crypto.commitment import Disposition
from crypto.envelope import Reply, plain_text, seal_reply, seal_reply_copy
from crypto.keyring import Keyring

ALREADY_SENT: Final = "already-sent"
FORBIDDEN_STATUS: Final = "forbidden-transition"
ON_PROBATION: Final = "on-probation"
MOST_PLACES: Final = 64
GIVEN_UP: Final = frozenset({FORBIDDEN_STATUS, "spent-statement", "unknown-case"})
"""Refusals after which the rest of a case's list is void."""

ANSWERS: Final = (
    Status.READ,
    Status.QUESTION,
    *(status for status in Status if status.word == "declined"),
)
"""What a reviewer may say of a case by herself, outside the way to an agency."""


def write(
    desk: Desk,
    name: str,
    text: str,
    *,
    status: Status | None,
    lang: str,
    keyring: Keyring,
    moves: bool = True,
) -> Case:
    """Seal *text* as the next reply of a case and keep it until it is sent.

    Without *status* the case stays what it is, or becomes read. A reply that does not move the
    case only tells of a *status* that two people sign elsewhere. Raises `EmptyTextError`,
    `ForbiddenStatusError`, `OnProbationError`, `StillWaitingError`, `UnknownCaseError`,
    `crypto.errors.TooLargeError`.
    """
    words = plain_text(text)
    if not words:
        raise EmptyTextError

    def step(case: Case) -> Case:
        if case.outgoing is not None:
            raise StillWaitingError
        new = status or _unchanged(case)
        if moves:
            check_status(case, new)
            require_may_say(desk, keyring, new)
        outgoing = _seal(desk, case, case.next_index("team"), words, new, lang, keyring)
        return replace(case, outgoing=replace(outgoing, moves=moves))

    return desk.casebook.change(name, step)


def mark(desk: Desk, name: str, status: Status) -> Case:
    """Note that the site is to be told of a new *status*."""

    def step(case: Case) -> Case:
        check_status(case, status)
        return replace(case, status_to_send=status.value)

    return desk.casebook.change(name, step)


def check_status(case: Case, status: Status) -> None:
    """Raise `ForbiddenStatusError` unless a reviewer may give *case* this status."""
    if status.word not in BY_ONE or not may_become(Status(case.status), status):
        raise ForbiddenStatusError


def require_may_say(desk: Desk, keyring: Keyring, status: Status) -> None:
    """Raise `OnProbationError` where a case's new status takes more than reading it."""
    if status.word not in READING and not desk.decides(keyring):
        raise OnProbationError


def send_waiting(
    desk: Desk, session: DeskSession, keyring: Keyring, name: str, *, today: date
) -> Case:
    """Send what waits in one case: first the reply, then the status.

    Raises `SiteUnreachableError` (it still waits) and `SiteRefusedError`.
    """
    with desk.sending:
        session.begin_batch()
        case = desk.casebook.case(name)
        if case.outgoing is not None:
            case = _send_reply(desk, session, keyring, case, week_of(today))
        for todo in case.todo:
            if todo in case.todo:  # a refusal voids those behind it
                case = _do(desk, session, case, todo)
        status = case.status_to_send or _status_to_follow(case)
        if status is not None:
            case = _send_status(desk, session, case, status, week_of(today))
        return case


def send_general(desk: Desk, session: DeskSession) -> None:
    """Send what concerns no single case. Raises as `send_waiting`."""
    with desk.sending:
        for todo in desk.casebook.state.todo:
            session.begin_batch()
            with suppress(StillCarriedError):
                _hand_in(session, todo)
                desk.casebook.change_state(partial(_crossed_off, todo))


def _crossed_off(todo: Todo, now: State) -> State:
    return replace(now, todo=tuple(each for each in now.todo if each != todo))


def _do(desk: Desk, session: DeskSession, case: Case, todo: Todo) -> Case:
    """Hand one thing in and cross it off; what the site refuses for good is crossed off too."""
    status = case.status
    try:
        status = _hand_in(session, todo) or status
    except StillCarriedError:
        return case
    except SiteRefusedError as refusal:
        if refusal.problem.code not in GIVEN_UP:
            raise
        # The citizen or a colleague was faster: only the colleagues still hear what was to follow.
        return desk.casebook.change(case.id, lambda now: _voided(now, todo))

    def step(now: Case) -> Case:
        left = tuple(each for each in now.todo if each != todo)
        return replace(now, status=status, todo=left)

    return desk.casebook.change(case.id, step)


def _voided(case: Case, refused: Todo) -> Case:
    left = tuple(each for each in case.todo if each.kind == "team" and each != refused)
    return replace(case, todo=left)


def _hand_in(session: DeskSession, todo: Todo) -> str | None:
    """Return the status of the case where the site says one."""
    request = todo.request
    match todo.kind:
        case "team":
            session.tell_team(decode_bytes(request["slot"]), decode_bytes(request["envelope"]))
        case "relay":
            session.relay(
                request["record"],
                decode_bytes(request["packet"]),
                decode_bytes(request["link_hash"]),
            )
        case "record":
            session.publish(request["note"])
        case "status":
            return session.dispose(request["note"])
    return None


def _unchanged(case: Case) -> Status:
    status = Status(case.status)
    return Status.READ if status is Status.RECEIVED else status


def _seal(
    desk: Desk, case: Case, index: int, text: str, status: Status, lang: str, keyring: Keyring
) -> Outgoing:
    thread = case.threads
    signed = Reply(
        origin=desk.profile.origin,
        slot=case.slot,
        index=index,
        status=status.value,
        lang=lang,
        text=text,
    )
    device = desk.keystore.secrets.device
    request = {
        "name": encode_bytes(thread.name("team", index)),
        "auth_hash": encode_bytes(thread.auth_hash("team", index)),
        "envelope": encode_bytes(
            seal_reply(signed, device, Recipient.parse(case.reply_to), desk.random)
        ),
        "copy": encode_bytes(seal_reply_copy(signed, device, keyring, desk.random)),
    }
    return Outgoing(index, text, lang, status.value, request)


def _send_reply(desk: Desk, session: DeskSession, keyring: Keyring, case: Case, week: str) -> Case:
    for _ in range(MOST_PLACES):
        outgoing = case.outgoing
        if outgoing is None:
            break
        try:
            session.reply(outgoing.request)
        except StillCarriedError:
            break
        except SiteRefusedError as refusal:
            if refusal.problem.code != ALREADY_SENT:
                raise
            step = partial(_moved_on, desk, outgoing, keyring)
        else:
            step = partial(_sent, desk, outgoing, week)
        case = desk.casebook.change(case.id, step)
    return case


def _moved_on(desk: Desk, was: Outgoing, keyring: Keyring, case: Case) -> Case:
    """Seal the waiting words again, for the place after the one that is taken."""
    if case.outgoing != was:
        return case
    status = Status(was.status)
    sealed = _seal(desk, case, was.index + 1, was.text, status, was.lang, keyring)
    return replace(case, outgoing=replace(sealed, moves=was.moves))


def _sent(desk: Desk, was: Outgoing, week: str, case: Case) -> Case:
    """Move the waiting reply into the timeline, and its status into the queue."""
    if case.outgoing != was:
        return case
    line = Line(
        "team",
        was.index,
        was.text,
        week,
        lang=was.lang,
        status=was.status,
        signed_by=desk.profile.reviewer,
    )
    status = _status_to_follow(case)
    return replace(case.with_line(line), outgoing=None, status_to_send=status)


def _status_to_follow(case: Case) -> str | None:
    """What the site is to be told once it has the waiting reply."""
    reply = case.outgoing
    if reply is None or not reply.moves or reply.status == case.status:
        return None
    return reply.status


def _send_status(desk: Desk, session: DeskSession, case: Case, wanted: str, week: str) -> Case:
    disposition = Disposition(origin=desk.profile.origin, slot=case.slot, status=wanted, week=week)
    try:
        status = session.dispose(disposition.sign(desk.keystore.secrets.device))
    except StillCarriedError:
        return case
    except SiteRefusedError as refusal:
        if refusal.problem.code not in {FORBIDDEN_STATUS, ON_PROBATION}:
            raise
        # A colleague or the citizen was faster, or this desk may not say it: it is void.
        return desk.casebook.change(case.id, lambda now: replace(now, status_to_send=None))
    return desk.casebook.change(
        case.id, lambda now: replace(now, status=status, status_to_send=None)
    )
