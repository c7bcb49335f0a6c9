"""Writing, reviewing and sending an opinion.

With JavaScript only the page `/write` comes from here, and the rest happens in the browser.
Without it, each step is a form: `/review` locks the files while they arrive and shows what may
point to the writer, `/send` locks the text and answers with the receipt. The text is in memory
for one request at a time, in local variables, and goes back into the citizen's own page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from math import ceil

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.citizen.copy import say, spelled
from app.citizen.derivation import citizen_keys
from app.citizen.drafts import (
    SECTIONS,
    Clue,
    Draft,
    StagedFile,
    clues,
    decisions,
    marked_texts,
    numbered,
    without_clues,
)
from app.citizen.forms import MULTIPART, read_urlencoded, read_with_files
from app.citizen.language import current
from app.citizen.multipart import Texts
from app.citizen.problems import NOT_NOW, FormProblem, reason
from app.citizen.site import bp, current_keyring, here
from app.citizen.staging import Staging, discard, max_file_bytes
from app.citizen.topics import topic_view
from app.domain.errors import (
    AlreadySentError,
    IncompleteUploadError,
    StaleTicketError,
    UnknownUploadError,
)
from app.domain.topics import GOVERNORATES
from app.services import sealing, submissions, topics, uploads
from app.services.submissions import Acceptance, Claim
from app.store.blobs import StoredBlob
from app.web.kinds import limited
from app.web.state import SiteState, site
from app.wording import sentences
from crypto.about import ABOUT
from crypto.encoding import encode_base64
from crypto.envelope import Attachment
from crypto.receipt import ReceiptCode, normalise
from redaction.words import words

FIRST_REPLY_DAYS = 21
MARK_LETTERS = 12

CHECKED_PLACE = 3
"""The word, or the group of digits, that proves that the code was written down."""


@bp.get("/write")
def write() -> str:
    """The form, with a topic chosen if the address names one that is open."""
    if site().is_locked_down:  # a form would only take words that cannot leave
        return render_template("citizen/write_later.html")
    return _write_page(Draft(topic=request.args.get("topic", "")))


@bp.post("/write")
def rewrite() -> str:
    """Back from the review: the same form with everything still in it."""
    return _write_page(Draft.read(read_urlencoded(), _open_slugs()))


@bp.get("/review")
@bp.get("/send")
def begin_again() -> ResponseReturnValue:
    """These addresses only take forms; whoever opens them wants to write."""
    return redirect(here("write"), HTTPStatus.SEE_OTHER)


@bp.post("/forms/<ticket>/review")
@limited("uploads")
def review(ticket: str) -> ResponseReturnValue:
    try:
        site().form_tickets.use(ticket)
    except StaleTicketError:
        # Not a byte of the form is read; the browser still has it and sends it once more.
        return redirect(_to_review(), HTTPStatus.TEMPORARY_REDIRECT)
    staging = Staging(site())
    form = read_with_files(staging) if request.mimetype == MULTIPART else read_urlencoded()
    with staging.undone_on_failure():
        draft = _reviewed_draft(form, staging)
        problems = _text_problems(draft) + _file_problems(draft, staging)
    if problems:
        return _write_page(draft, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    return _review_page(draft, form)


@bp.post("/send")
@limited("submissions")
def send() -> ResponseReturnValue:
    form = read_urlencoded()
    draft = Draft.read(form, _open_slugs())
    problems = _text_problems(draft)
    if problems or draft.code is None:
        return _write_page(draft, problems), HTTPStatus.UNPROCESSABLE_ENTITY
    chosen = decisions(form)
    found = clues(draft, chosen)
    if any(clue.mark not in chosen for clue in found):
        # The text was edited since; what is new in it has to be decided first.
        return _review_page(draft, form)
    return _send(draft.code, draft, without_clues(draft, found), form)


def _send(code: ReceiptCode, draft: Draft, final: Draft, form: Texts) -> ResponseReturnValue:
    """Seal *final* and answer with the receipt, or with the review page of *draft*."""
    if not final.problem.strip():
        problem = FormProblem("problem", say("problem_required"))
        return _write_page(draft, [problem]), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        acceptance = _deliver(site(), code, final, form)
    except AlreadySentError:
        page = render_template("citizen/already_sent.html", words=code.words, digits=code.digits)
        return page, HTTPStatus.CONFLICT
    except NOT_NOW as error:
        status, problem = reason(error)
        return _review_page(draft, form, [problem]), status
    return _receipt_page(code, acceptance), HTTPStatus.CREATED


@bp.get("/receipt/check")
def check_again() -> ResponseReturnValue:
    return redirect(here("receipt_done"), HTTPStatus.SEE_OTHER)


@bp.post("/receipt/check")
def check_receipt() -> ResponseReturnValue:
    """Compare one word with the code; the code comes with the form, so nothing is looked up."""
    form = read_urlencoded()
    draft = Draft.read(form, ())
    if draft.code is None or _is_kept(draft.code, form.first("word")):
        return redirect(here("receipt_done"), HTTPStatus.SEE_OTHER)
    page = _receipt_page(draft.code, None, say("keep_wrong"))
    return page, HTTPStatus.UNPROCESSABLE_ENTITY


def _is_kept(code: ReceiptCode, untrusted: str) -> bool:
    answer = "".join(normalise(untrusted[:100]).split())
    return answer in {code.words[CHECKED_PLACE - 1], code.digits[CHECKED_PLACE - 1]}


def _open_slugs() -> list[str]:
    state = site()
    with state.reading() as connection:
        return [topic.slug for topic in topics.open_on(connection, state.today())]


def _reviewed_draft(form: Texts, staging: Staging) -> Draft:
    """Put together what the form carried, what is new, and what the citizen took out again."""
    draft = Draft.read(form, _open_slugs())
    dropped = form.first("drop")
    kept = [each for number, each in enumerate(draft.files, 1) if str(number) != dropped]
    taken_out = [each for number, each in enumerate(draft.files, 1) if str(number) == dropped]
    discard(site(), taken_out)
    files = numbered([*kept, *staging.files])
    return replace(draft, files=files, code=draft.code or ReceiptCode.generate(site().random))


def _text_problems(draft: Draft) -> list[FormProblem]:
    if not draft.problem:
        return [FormProblem("problem", say("problem_required"))]
    over = draft.text_bytes - site().settings.limits.text_bytes
    if over <= 0:
        return []
    letters = ceil(over * sum(map(len, draft.texts)) / draft.text_bytes)
    return [FormProblem("problem", say("text_too_long", letters=letters))]


def _file_problems(draft: Draft, staging: Staging) -> list[FormProblem]:
    sentences = list(staging.problems)
    if len(draft.files) > staging.max_files:
        sentences.append(say("file_too_many", count=len(draft.files), limit=staging.max_files))
    return [FormProblem("attachments", sentence) for sentence in sentences]


def _deliver(state: SiteState, code: ReceiptCode, final: Draft, form: Texts) -> Acceptance:
    """Seal and store *final*, once however often it is asked for.

    Raises `AlreadySentError` for another text under the same code, `NotYetError`, and what
    `NOT_NOW` lists.
    """
    keys = citizen_keys(code, form, state)
    opinion = _opinion(final)
    claim = sealing.claim(opinion, keys)
    earlier = _earlier(state, claim)
    if earlier is not None:
        return earlier
    state.require_room()
    keyring = current_keyring(state)
    envelope = sealing.seal(opinion, keys, keyring, state.random)
    try:
        attachments = _assembled(state, final.files)
    except (UnknownUploadError, IncompleteUploadError):
        # The same form, sent a moment before this one, may have used the files up.
        earlier = _earlier(state, claim)
        if earlier is None:
            raise
        return earlier
    blob = state.blobs.put(envelope)
    with state.transaction() as connection:
        acceptance = submissions.accept(
            connection,
            claim,
            keyring=keyring.serial,
            envelope=blob,
            attachments=attachments,
            promiser=state.promiser,
            today=state.today(),
        )
    discard(state, final.files)
    return acceptance


def _earlier(state: SiteState, claim: Claim) -> Acceptance | None:
    with state.reading() as connection:
        return submissions.find(connection, claim, state.promiser, state.today())


def _assembled(state: SiteState, files: Sequence[StagedFile]) -> list[StoredBlob]:
    namings = [uploads.Naming(each.upload, each.digest) for each in files]
    return [uploads.assemble(state.uploads, state.blobs, each, state.today()) for each in namings]


def _opinion(final: Draft) -> sealing.Opinion:
    return sealing.Opinion(
        topic=final.topic,
        lang=current().code,
        sections=[(name, text) for name, text in zip(SECTIONS, final.texts, strict=True) if text],
        about=final.about,
        attachments=[
            Attachment(each.digest, each.size, each.name, each.media, cleaned=True)
            for each in final.files
        ],
    )


def _write_page(draft: Draft, problems: Sequence[FormProblem] = ()) -> str:
    state = site()
    with state.reading() as connection:
        found = topics.open_on(connection, state.today())
    shown = [topic_view(topic, state.today()) for topic in found]
    return render_template(
        "citizen/write.html",
        draft=draft,
        topics=shown,
        to_review=_to_review(),
        chosen=next((topic for topic in shown if topic.slug == draft.topic), None),
        problems=problems,
        wrong={problem.field: problem.sentence for problem in problems},
        file_megabytes=max_file_bytes(state) // 1_000_000,
        first_reply_by=_first_reply_by(state),
        copy=sentences(current().code).items(),
        places=[each.text(current().code) for each in GOVERNORATES.values()],
        about=ABOUT,
    )


def _to_review() -> str:
    """Where a form with files goes; its ticket is checked before they arrive."""
    return here("review", ticket=site().form_tickets.issue())


def _review_page(draft: Draft, form: Texts, problems: Sequence[FormProblem] = ()) -> str:
    found = clues(draft, decisions(form))
    return render_template(
        "citizen/review.html",
        draft=draft,
        to_review=_to_review(),
        findings=[_clue_view(clue) for clue in found],
        marked=marked_texts(draft, found),
        files=[_file_view(each) for each in draft.files],
        problems=problems,
    )


@dataclass(frozen=True)
class ClueView:
    legend: str
    literal: str
    mark: str
    removes: bool


def _clue_view(clue: Clue) -> ClueView:
    legend = words("kinds", clue.finding.kind, current().code)
    return ClueView(legend, clue.literal, clue.mark, clue.removes)


@dataclass(frozen=True)
class FileView:
    name: str
    removed: str
    warning: str
    encoded: str


def _file_view(staged: StagedFile) -> FileView:
    code = current().code
    comma = "، " if code == "ar" else ", "
    removed = comma.join(words("categories", each, code) for each in staged.removed)
    return FileView(
        name=staged.name,
        removed=say("file_removed", list=removed) if removed else say("file_nothing"),
        warning=" ".join(words("warnings", each, code) for each in staged.warnings),
        encoded=staged.encode(),
    )


def _receipt_page(code: ReceiptCode, acceptance: Acceptance | None, sentence: str = "") -> str:
    promise = ""
    if acceptance is not None:
        mark = encode_base64(acceptance.commitment)[:MARK_LETTERS]
        day = current().full_date(acceptance.merge_by)
        promise = say("promise", date=day, commitment=spelled(mark))
    return render_template(
        "citizen/receipt.html",
        words=code.words,
        digits=code.digits,
        promise=promise,
        first_reply_by=_first_reply_by(site()),
        check={"secret": "".join(code.digits), "sentence": sentence},
    )


def _first_reply_by(state: SiteState) -> str:
    return current().day(state.today() + timedelta(days=FIRST_REPLY_DAYS))
