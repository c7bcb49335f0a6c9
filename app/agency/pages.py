"""Read a packet by its code, see one's answer as it will leave, send it once.

The code comes with each form and is kept nowhere; it is never part of an address. The answer
is sealed to the reviewers in the request that brings it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.agency.courtesy import without_courtesies
from app.agency.packets import Opened, open_by_code
from app.citizen.drafts import StagedFile
from app.citizen.forms import MULTIPART, read_urlencoded, read_with_files
from app.citizen.language import current, gettext
from app.citizen.multipart import Texts
from app.citizen.problems import NOT_NOW, FormProblem, reason
from app.citizen.site import current_keyring, refuse_forms_of_other_sites
from app.citizen.staging import Staging, discard
from app.domain.errors import AlreadySentError, StaleTicketError, UnknownLinkError
from app.packets.late import pdf_bytes
from app.packets.page import page_bytes
from app.packets.tables import csv_bytes, ics_bytes, json_bytes
from app.services import relays, uploads
from app.web.kinds import limited
from app.web.state import site
from crypto.answer import MAX_ANSWER_LETTERS, AgencyAnswer, Document, seal_answer
from crypto.status import ANSWERS

bp: Final = Blueprint("agency", __name__)
bp.before_request(refuse_forms_of_other_sites)

NO_ANSWER: Final = 5
"""Not for agencies to say: it is what the public record says of silence."""
_CLASSES: Final = tuple(answer for answer in ANSWERS if answer != NO_ANSWER)

Make = Callable[[Any], bytes]
_DOWNLOADS: Final[Mapping[str, tuple[str, str, Make]]] = {
    "note": ("packet.txt", "text/plain; charset=utf-8", lambda content: content.note.encode()),
    "page": ("packet.html", "text/html; charset=utf-8", page_bytes),
    "pdf": ("packet.pdf", "application/pdf", pdf_bytes),
    "table": ("packet.csv", "text/csv; charset=utf-8", csv_bytes),
    "json": ("packet.json", "application/json", json_bytes),
    "calendar": ("deadline.ics", "text/calendar; charset=utf-8", ics_bytes),
}


@dataclass(frozen=True)
class Draft:
    """An answer on its way: `words` as they were written."""

    answer: int | None
    words: str
    decided: date | None
    document: StagedFile | None


@bp.after_request
def keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store, max-age=0"
    return response


def agency_here(page: str, **values: Any) -> str:
    """The address of an agency's *page* in the language of the page being answered."""
    return url_for(f"agency_{current().code}.{page}", **values)


def _to_review() -> str:
    """Where a form with a document goes; its ticket is checked before the document arrives."""
    return agency_here("review", ticket=site().answer_tickets.issue())


@bp.get("", endpoint="start")
@bp.get("/packet")
@bp.get("/review")
@bp.get("/answer")
def start() -> str:
    return _start_page()


@bp.post("/packet", endpoint="packet")
@limited("mailbox")
def show_packet() -> ResponseReturnValue:
    form = read_urlencoded()
    try:
        opened = open_by_code(site(), form.first("code"))
    except UnknownLinkError:
        return _unknown()
    return _packet_page(opened, Draft(None, "", None, None))


@bp.post("/download", endpoint="download")
@limited("mailbox")
def download() -> ResponseReturnValue:
    form = read_urlencoded()
    try:
        opened = open_by_code(site(), form.first("code"))
    except UnknownLinkError:
        return _unknown()
    name, media, make = _DOWNLOADS.get(form.first("kind"), _DOWNLOADS["note"])
    response = Response(make(opened.content), content_type=media)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("/forms/<ticket>/review", endpoint="review")
@limited("submissions")
def review(ticket: str) -> ResponseReturnValue:
    """Show the answer as it will leave; nothing is kept but a sealed document."""
    try:
        site().answer_tickets.use(ticket)
    except StaleTicketError:
        # Not a byte of the form is read; the browser still has it and sends it once more.
        return redirect(_to_review(), HTTPStatus.TEMPORARY_REDIRECT)
    staging = Staging(site())
    form = read_with_files(staging) if request.mimetype == MULTIPART else read_urlencoded()
    with staging.undone_on_failure():
        try:
            opened = open_by_code(site(), form.first("code"))
        except UnknownLinkError:
            discard(site(), staging.files)
            return _unknown()
        draft = _draft(form, staging)
        problems = _problems(draft, staging)
    if problems:
        return _packet_page(opened, draft, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return _review_page(opened, draft)


@bp.post("/answer", endpoint="answer")
@limited("submissions")
def answer() -> ResponseReturnValue:
    form = read_urlencoded()
    try:
        opened = open_by_code(site(), form.first("code"))
    except UnknownLinkError:
        return _unknown()
    draft = _draft(form)
    problems = _problems(draft)
    if problems:
        return _packet_page(opened, draft, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    if without_courtesies(draft.words) != draft.words:
        # It was edited after the review: what is new is shown before it leaves.
        return _review_page(opened, draft)
    try:
        _keep(opened, draft)
    except AlreadySentError:
        return _packet_page(opened, draft), HTTPStatus.CONFLICT
    except NOT_NOW as error:
        status, problem = reason(error)
        return _packet_page(opened, draft, [problem]), status
    return render_template("agency/thanks.html", agency_here=agency_here)


def _keep(opened: Opened, draft: Draft) -> None:
    state = site()
    state.require_room()
    keyring = current_keyring(state)
    document, digest = None, None
    if draft.document is not None:
        staged = draft.document
        naming = uploads.Naming(staged.upload, staged.digest)
        blob = uploads.assemble(state.uploads, state.blobs, naming, state.today())
        document = Document(staged.digest, staged.size, staged.name, staged.media)
        digest = blob.digest
    sealed = seal_answer(
        AgencyAnswer(
            opened.relay.id, draft.answer or NO_ANSWER, draft.decided, document, draft.words
        ),
        keyring,
        state.random,
    )
    kept = state.blobs.put(sealed)
    with state.transaction() as connection:
        relays.answer(connection, opened.secret.proof, answer=kept.digest, document=digest)
    if draft.document is not None:
        discard(state, [draft.document])


def _draft(form: Texts, staging: Staging | None = None) -> Draft:
    answer = form.first("answer")
    staged = form.first("document-file")
    document = StagedFile.parse(staged) if staged else None
    if staging is not None and staging.files:
        document = staging.files[0]
        discard(site(), staging.files[1:])
    return Draft(
        answer=int(answer) if answer in {str(each) for each in _CLASSES} else None,
        words=form.first("words").replace("\r\n", "\n").strip(),
        decided=_day(form.first("decided")),
        document=document,
    )


def _day(untrusted: str) -> date | None:
    try:
        return date.fromisoformat(untrusted.strip()) if untrusted.strip() else None
    except ValueError:
        return None


def _problems(draft: Draft, staging: Staging | None = None) -> list[FormProblem]:
    problems = []
    if draft.answer is None:
        problems.append(FormProblem("answer-1", gettext("Please choose one of the answers.")))
    if not without_courtesies(draft.words):
        problems.append(FormProblem("words", gettext("Please write the answer in a few words.")))
    if len(draft.words) > MAX_ANSWER_LETTERS:
        problems.append(FormProblem("words", gettext("The text is too long for this page.")))
    for sentence in staging.problems if staging is not None else ():
        problems.append(FormProblem("document", sentence))
    return problems


def _start_page(*, unknown: bool = False) -> str:
    return render_template("agency/start.html", agency_here=agency_here, unknown=unknown)


def _unknown() -> ResponseReturnValue:
    return _start_page(unknown=True), HTTPStatus.NOT_FOUND


def _packet_page(opened: Opened, draft: Draft, problems: list[FormProblem] | None = None) -> str:
    return render_template(
        "agency/packet.html",
        agency_here=agency_here,
        code=opened.secret.encode(),
        content=opened.content,
        is_answered=opened.is_answered,
        classes=_CLASSES,
        draft=draft,
        downloads=tuple(_DOWNLOADS),
        to_review=_to_review(),
        problems=problems or [],
    )


def _review_page(opened: Opened, draft: Draft) -> str:
    return render_template(
        "agency/review.html",
        agency_here=agency_here,
        code=opened.secret.encode(),
        draft=draft,
        words=without_courtesies(draft.words),
        document=draft.document.encode() if draft.document else "",
        decided=current().full_date(draft.decided) if draft.decided else "",
    )
