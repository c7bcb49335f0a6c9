"""The desk's pages. A GET shows, a POST does one thing and leads back to a page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import (
    Response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from app.client.display import readable, safe_name
from app.client.words import Words
from app.desk import contact, echo, replies
from app.desk.base import attachment_header, attachment_of, bp, case_of, desk, here, room
from app.desk.casebook import Case, KeptAttachment
from app.desk.casework import progress_of
from app.desk.desk import Desk
from app.desk.door import LockedError
from app.desk.errors import (
    DeskError,
    NotConnectedError,
)
from app.desk.guard import COOKIE
from app.desk.inbox import SHOWS, Query, Row, Titles
from app.desk.keystore import dies_on
from app.desk.language import current
from app.desk.light_table import MAX_VIEW_BYTES
from app.desk.rubric import RUBRIC
from app.desk.topics import missing
from app.desk.training_pages import training_ends
from app.desk.words import explain
from app.domain.cases import Status, may_become
from app.domain.weeks import week_of
from crypto.errors import CryptoError, StaleKeyringError, TooLargeError

# Locking and unlocking.


@bp.app_errorhandler(LockedError)
def locked(_error: LockedError) -> ResponseReturnValue:
    if request.method == "GET" and request.endpoint and request.endpoint.endswith(".inbox"):
        return render_template("unlock.html", failure=None), HTTPStatus.OK
    return redirect(here("inbox"), HTTPStatus.SEE_OTHER)


@bp.post("/unlock")
def unlock() -> ResponseReturnValue:
    try:
        opened = room().door.unlock(request.form.get("passphrase", ""))
    except DeskError as error:
        words = explain(error)
        return render_template("unlock.html", failure=words), HTTPStatus.FORBIDDEN
    response = redirect(here("inbox"), HTTPStatus.SEE_OTHER)
    response.set_cookie(COOKIE, opened, httponly=True, samesite="Strict", path="/")
    return response


@bp.post("/lock")
def lock() -> ResponseReturnValue:
    room().door.lock()
    response = redirect(here("inbox"), HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", path="/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# The inbox.


@bp.get("/")
def inbox() -> ResponseReturnValue:
    opened, query = desk(), Query.read(request.args)
    book, state = opened.casebook, opened.casebook.state
    found = opened.inbox.find(
        book.cases(),
        query,
        me=opened.profile.reviewer,
        today=room().today(),
        titles=state.topics,
    )
    reasons = [item.reason for item in state.unreadable]
    return render_template(
        "inbox.html",
        query=query,
        found=found,
        shows=SHOWS,
        rows=[_shown(row, state.topics) for row in found.rows],
        unreadable={reason: reasons.count(reason) for reason in sorted(set(reasons))},
        damaged=len(book.damaged),
        synced_week=state.synced_week,
        training_ends=training_ends(),
        job=room().door.job.state,
    )


@bp.post("/sync")
def sync() -> ResponseReturnValue:
    room().door.job.start(desk(), room().today)
    return redirect(here("inbox"), HTTPStatus.SEE_OTHER)


# One case.


@bp.get("/case/<name>")
def case_page(name: str) -> ResponseReturnValue:
    return _case_page(case_of(name))


@bp.post("/case/<name>/seen")
def seen(name: str) -> ResponseReturnValue:
    """Take the mark of news off, and tell the citizen that the message was read."""
    case = desk().casebook.change(case_of(name).id, Case.opened)
    if case.status == Status.RECEIVED:
        replies.mark(desk(), case.id, Status.READ)
        room().door.job.start(desk(), room().today)
    return redirect(here("case_page", name=case.id), HTTPStatus.SEE_OTHER)


@bp.post("/case/<name>/reply")
def reply(name: str) -> ResponseReturnValue:
    case = case_of(name)
    draft = Draft.read(case)
    if not draft.confirmed:
        draft.warnings = contact.warnings(draft.text)
        if draft.warnings:
            return _case_page(case, draft)
    try:
        replies.write(
            desk(),
            case.id,
            draft.text,
            status=draft.status,
            lang=draft.lang,
            keyring=desk().keyring(room().today()),
        )
    except (DeskError, StaleKeyringError, TooLargeError) as error:
        draft.failure = explain(error)
        return _case_page(case, draft)
    desk().casebook.change(case.id, Case.opened)
    room().door.job.start(desk(), room().today)
    return redirect(here("case_page", name=case.id), HTTPStatus.SEE_OTHER)


@bp.post("/case/<name>/file/<int:position>")
def file(name: str, position: int) -> ResponseReturnValue:
    """Hand out an attachment in the clear, once the reviewer has said that they want that."""
    case = case_of(name)
    attachment = attachment_of(case, position)
    if request.form.get("understood") != "yes" or attachment.file is None:
        return redirect(here("case_page", name=case.id), HTTPStatus.SEE_OTHER)
    pieces = desk().casebook.read_file(attachment)
    # The first piece proves that the file opens, while an error can still be a page.
    first = next(pieces, b"")
    response = Response(_after(first, pieces), content_type="application/octet-stream")
    response.headers["Content-Length"] = str(attachment.size)
    response.headers["Content-Disposition"] = attachment_header(
        safe_name(attachment.name, position)
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


# The keys.


@bp.get("/keys")
def keys() -> ResponseReturnValue:
    opened = desk()
    secrets = opened.keystore.secrets
    this_week = week_of(room().today())
    return render_template(
        "keys.html",
        profile=opened.profile,
        device=opened.device_key,
        weeks=[
            Week(
                name=week,
                fingerprint=_fingerprint(identity.recipient.encode()),
                dies_on=dies_on(week),
                is_this_week=week == this_week,
            )
            for week, identity in sorted(secrets.epochs.items())
        ],
        is_in_keyring=_is_in_keyring(opened),
        readers=_readers(opened),
    )


@bp.post("/keys/rotate")
def rotate() -> ResponseReturnValue:
    desk().rotate(room().today())
    return redirect(here("keys"), HTTPStatus.SEE_OTHER)


@bp.get("/keys/enrolment.json")
def enrolment() -> ResponseReturnValue:
    text = json.dumps(desk().enrolment(), ensure_ascii=False, indent=1) + "\n"
    response = Response(text, content_type="application/octet-stream")
    name = f"enrolment-{desk().profile.reviewer}.json"
    response.headers["Content-Disposition"] = attachment_header(name)
    return response


# What templates show.


@dataclass
class Draft:
    """A reply being written; what was typed is never lost."""

    text: str
    status: Status | None
    lang: str
    confirmed: bool = False
    warnings: list[str] | None = None
    failure: Words | None = None

    @classmethod
    def read(cls, case: Case) -> Draft:
        chosen = request.form.get("status", "")
        lang = request.form.get("lang", case.lang)
        return cls(
            text=request.form.get("text", ""),
            status=Status(chosen) if chosen in set(replies.ANSWERS) else None,
            lang=lang if lang in {"ar", "en"} else case.lang,
            confirmed=request.form.get("confirmed") == "yes",
        )


@dataclass(frozen=True)
class Shown:
    """A line of the inbox as this page says it; *age* in weeks."""

    row: Row
    topic: str
    age: int
    overdue: bool
    to_sign: bool


@dataclass(frozen=True)
class Week:
    name: str
    fingerprint: str
    dies_on: date
    is_this_week: bool


@dataclass(frozen=True)
class Reader:
    """Somebody who can read what arrives this week, and until when her key can."""

    org: str
    id: str
    reads_with: str
    signs_with: str
    dies_on: date
    probation: date | None


@dataclass(frozen=True)
class ShownText:
    """A text fit to be looked at; *hidden* counts the characters that were taken out."""

    text: str
    hidden: int

    @classmethod
    def of(cls, untrusted: str) -> ShownText:
        return cls(*readable(untrusted))


@dataclass(frozen=True)
class ShownAttachment:
    position: int
    attachment: KeptAttachment
    is_shown: bool


def _shown(row: Row, topics: Titles) -> Shown:
    return Shown(
        row=row,
        topic=_title(row.topic, topics),
        age=row.age(room().today()),
        overdue=row.is_overdue(room().today()),
        to_sign=row.waits_for(desk().profile.reviewer),
    )


def _title(topic: str, topics: Titles) -> str:
    return topics.get(topic, {}).get(current().code, topic)


def _case_page(case: Case, draft: Draft | None = None) -> ResponseReturnValue:
    book = desk().casebook
    page = render_template(
        "case.html",
        case=case,
        row=_shown(Row.of(case), book.state.topics),
        sections=[(each.name, ShownText.of(each.text)) for each in case.sections],
        missing=missing(book.state, case),
        lines=[(line, ShownText.of(line.text)) for line in case.lines],
        attachments=[
            ShownAttachment(position, each, _is_shown(each))
            for position, each in enumerate(case.attachments, start=1)
        ],
        answers=[each for each in replies.ANSWERS if may_become(Status(case.status), each)],
        draft=draft or _fresh_draft(case),
        templates={key: texts[case.lang] for key, texts in echo.TEMPLATES.items()},
        progress=progress_of(case),
        rubric=RUBRIC,
        job=room().door.job.state,
    )
    return page, HTTPStatus.OK if draft is None else HTTPStatus.UNPROCESSABLE_ENTITY


def _fresh_draft(case: Case) -> Draft:
    """Begin with one of the usual replies if the page was asked for one."""
    chosen = echo.TEMPLATES.get(request.args.get("template", ""), {})
    return Draft(chosen.get(case.lang, ""), None, case.lang)


def _is_shown(attachment: KeptAttachment) -> bool:
    return attachment.file is not None and attachment.size <= MAX_VIEW_BYTES


def _is_in_keyring(opened: Desk) -> bool | None:
    """Whether citizens seal to this desk this week; None before the first sync."""
    try:
        keyring = opened.keyring(room().today())
    except (NotConnectedError, CryptoError):
        return None
    epoch = opened.keystore.secrets.epochs.get(keyring.week)
    return epoch is not None and epoch.recipient in keyring.recipients


def _readers(opened: Desk) -> list[Reader]:
    """Everyone the present keyring lets read."""
    try:
        keyring = opened.keyring(room().today())
    except (NotConnectedError, CryptoError):
        return []
    return [
        Reader(
            org=org.name_ar if current().code == "ar" else org.name_en,
            id=reviewer.id,
            reads_with=_fingerprint(reviewer.recipient.encode()),
            signs_with=_fingerprint(reviewer.device.encode()),
            dies_on=dies_on(keyring.week),
            probation=org.probation,
        )
        for org in keyring.orgs
        for reviewer in org.reviewers
    ]


def _fingerprint(public: str) -> str:
    """The first 64 bits of a digest, in groups that can be read aloud."""
    digest = hashlib.sha256(public.encode()).hexdigest()[:16]
    return " ".join(digest[at : at + 4] for at in range(0, 16, 4))


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
