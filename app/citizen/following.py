"""Coming back with a code: the state of a case, its replies, and a word to the team.

With JavaScript only the form comes from here. Without it the server does what the browser would:
derives the keys, asks the same windows of the mailbox, opens the replies, and shows them. Code
and words live in one request; the next form carries the code again in the citizen's own page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from app.citizen.copy import say
from app.citizen.derivation import citizen_keys
from app.citizen.forms import read_urlencoded
from app.citizen.language import current
from app.citizen.multipart import MalformedFormError
from app.citizen.pages import organisation_name
from app.citizen.problems import NOT_NOW, FormProblem, reason
from app.citizen.site import bp, current_keyring, current_keyring_note, here
from app.citizen.verdicts import check, verdict_view
from app.domain.cases import UNKNOWN_STATUS, Status, may_become
from app.domain.errors import (
    AlreadySentError,
    ForbiddenTransitionError,
    LockedDownError,
    NoKeyringError,
    UnknownCaseError,
)
from app.services import holders, mailbox, messages, sealing
from app.services.mailbox import Contents, Key
from app.web.kinds import limited
from app.web.state import SiteState, site
from app.wording import sentences
from crypto.envelope import FollowUp, Reply, open_reply
from crypto.errors import CryptoError, ReceiptCodeError
from crypto.keyring import Keyring
from crypto.keys import CitizenKeys
from crypto.receipt import ReceiptCode
from crypto.status import RATINGS, answer
from crypto.tlog.case import Shown, Verdict

MAX_REPLIES: Final = 256
MAX_FOLLOW_UPS: Final = 64

MAIN_PATH: Final = ("received", "read", "redacted", "relayed", "answered", "published")
ENDS: Final = ("declined", "withdrawn", "expired")
STEPS: Final = (*MAIN_PATH[:2], "question", *MAIN_PATH[2:], *ENDS)
"""In the order in which they are told: a question comes up once a message was read."""


@dataclass(frozen=True)
class Step:
    """One line of the timeline; `state` is done, now, ahead or hidden."""

    status: str
    sentence: str
    state: str


@dataclass(frozen=True)
class ReplyView:
    team: str
    status: str
    text: str
    signed: str
    lang: str


@dataclass(frozen=True)
class Case:
    """What the holder of a code may know; `unverified` counts replies nobody of ours signed."""

    status: str
    replies: Sequence[ReplyView]
    unverified: int
    shown: Shown
    verdict: Verdict
    keyring_note: str

    @property
    def awaits_replies(self) -> bool:
        """Nobody replies any more to what has ended."""
        return Status(self.status).word not in ENDS

    @property
    def may_object(self) -> bool:
        return self.status == Status.REDACTED

    @property
    def may_rate(self) -> bool:
        return answer(self.status) is not None

    @property
    def may_withdraw(self) -> bool:
        return may_become(Status(self.status), Status.WITHDRAWN) and self.status != "withdrawn"


@bp.get("/follow")
def follow() -> str:
    return code_page()


@bp.post("/follow")
@limited("mailbox")
def open_case() -> ResponseReturnValue:
    form = read_urlencoded()
    typed = form.first("code")
    try:
        code = ReceiptCode.parse(typed)
    except ReceiptCodeError as error:
        return code_page(typed, _explain(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        case = read_case(site(), citizen_keys(code, form, site()))
    except NoKeyringError:
        return code_page(typed, say("follow_unverified")), HTTPStatus.SERVICE_UNAVAILABLE
    except NOT_NOW as error:
        status, problem = reason(error)
        return code_page(typed, problem.sentence), status
    if case.status == UNKNOWN_STATUS:
        return code_page(typed, say("code_nobody")), HTTPStatus.NOT_FOUND
    return _case_page(case, code)


@bp.get("/follow/reply")
def ask_for_the_code() -> ResponseReturnValue:
    return redirect(here("follow"), HTTPStatus.SEE_OTHER)


@bp.post("/follow/reply")
@limited("messages")
def write_to_team() -> ResponseReturnValue:
    """Deposit a message under the next free name and show the case again."""
    form = read_urlencoded()
    text = form.first("reply").strip()
    index = _index(form.first("index"))
    try:
        code = ReceiptCode.parse(form.first("code"))
    except ReceiptCodeError:
        raise MalformedFormError from None
    case = None
    try:
        keys = citizen_keys(code, form, site())
        case = read_case(site(), keys)
        if case.status == UNKNOWN_STATUS:
            return redirect(here("follow"), HTTPStatus.SEE_OTHER)
        wrong = _wrong_with(text)
        if wrong:
            problem = FormProblem("reply", wrong)
            page = _case_page(case, code, index, typed=text, problem=problem)
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        index = _deposit(site(), keys, FollowUp(index, text))
    except NOT_NOW as error:
        status, problem = reason(error)
        return _case_page(case, code, index, typed=text, problem=problem), status
    return _case_page(case, code, index + 1, sent=True), HTTPStatus.CREATED


@bp.get("/follow/rate")
def ask_for_the_code_to_rate() -> ResponseReturnValue:
    return redirect(here("follow"), HTTPStatus.SEE_OTHER)


@bp.post("/follow/rate", endpoint="rate")
@limited("messages")
def rate() -> ResponseReturnValue:
    """Deposit a rating as one more message, and show the case again."""
    form = read_urlencoded()
    rating = form.first("rating")
    try:
        code = ReceiptCode.parse(form.first("code"))
    except ReceiptCodeError:
        raise MalformedFormError from None
    if rating not in RATINGS:
        raise MalformedFormError
    case, problem, status = None, None, HTTPStatus.CREATED
    try:
        keys = citizen_keys(code, form, site())
        case = read_case(site(), keys)
        if not case.may_rate:
            return redirect(here("follow"), HTTPStatus.SEE_OTHER)
        _deposit(site(), keys, FollowUp(1, rating, is_rating=True))
    except NOT_NOW as error:
        status, problem = reason(error)
    decided = "" if problem else say("rated")
    return _case_page(case, code, problem=problem, decided=decided), status


@bp.get("/follow/decide")
def ask_for_the_code_again() -> ResponseReturnValue:
    return redirect(here("follow"), HTTPStatus.SEE_OTHER)


@bp.post("/follow/decide", endpoint="decide")
@limited("messages")
def decide() -> ResponseReturnValue:
    """Object to a relay, or take the message back, and show the case again."""
    form = read_urlencoded()
    try:
        code = ReceiptCode.parse(form.first("code"))
    except ReceiptCodeError:
        raise MalformedFormError from None
    action = form.first("action")
    keys = citizen_keys(code, form, site())
    thread = keys.thread
    name, auth = thread.name("citizen", 0), thread.auth("citizen", 0)
    said, status = "objected", HTTPStatus.OK
    problem = None
    try:
        with site().transaction() as connection:
            if action == "withdraw":
                said, gone = "withdrawn", holders.withdraw(connection, name, auth)
            else:
                gone = []
                holders.object_to(connection, name, auth)
        holders.delete_blobs(site().blobs, gone)
    except UnknownCaseError:
        return redirect(here("follow"), HTTPStatus.SEE_OTHER)
    except ForbiddenTransitionError:
        said, status = "too_late", HTTPStatus.CONFLICT
    except LockedDownError as error:
        status, problem = reason(error)
    case = read_case(site(), keys)
    decided = "" if problem else say(said)
    return _case_page(case, code, problem=problem, decided=decided), status


def _index(untrusted: str) -> int:
    if not untrusted.isascii() or not untrusted.isdecimal() or len(untrusted) > 3:
        raise MalformedFormError
    return max(1, int(untrusted))


def _wrong_with(text: str) -> str:
    limit = site().settings.limits.text_bytes
    over = len(text.encode()) - limit
    if over > 0:
        return say("text_too_long", letters=max(1, over * len(text) // len(text.encode())))
    return "" if text else say("reply_empty")


def _deposit(state: SiteState, keys: CitizenKeys, said: FollowUp) -> int:
    """Seal *said* and store it at its index or the first free place after it, which is returned.

    A code remembers nothing, so a place is found by trying. The same text at the same place is
    the same message. Raises what `NOT_NOW` lists.
    """
    state.require_room()
    for place in range(said.index, MAX_FOLLOW_UPS + 1):
        try:
            _deposit_at(state, keys, replace(said, index=place))
        except AlreadySentError:
            continue
        return place
    raise AlreadySentError


def _deposit_at(state: SiteState, keys: CitizenKeys, said: FollowUp) -> None:
    posting = sealing.posting(said, keys, state.random)
    with state.reading() as connection:
        if messages.is_repeat(connection, posting):
            return
        keyring = current_keyring(state)
    envelope = state.blobs.put(sealing.seal_message(said, keys, keyring, state.random))
    with state.transaction() as connection:
        messages.deposit(
            connection, posting, keyring=keyring.serial, envelope=envelope, today=state.today()
        )


def read_case(state: SiteState, keys: CitizenKeys) -> Case:
    """Ask the mailbox window by window, as a browser does, and open what belongs to the code."""
    keyring = current_keyring(state)
    opened: list[ReplyView] = []
    unverified = 0
    start = 0
    while True:
        contents, found = _window(state, keys, start)
        for index, envelope in found:
            view = _open(state, keys, keyring, index, envelope)
            unverified += view is None
            opened += [view] if view else []
        start = found[-1][0] + 1 if len(found) == mailbox.SLOTS else MAX_REPLIES
        if start >= MAX_REPLIES:
            break
    status = contents.status.strip()
    shown = Shown(contents.digest, contents.week, status)
    # Nobody's case is in the log; the work is the same, and nothing of it is shown.
    asked = shown if status != UNKNOWN_STATUS else replace(shown, status=Status.RECEIVED)
    verdict = check(state, keys, asked)
    return Case(status, opened, unverified, shown, verdict, current_keyring_note(state))


def _window(
    state: SiteState, keys: CitizenKeys, start: int
) -> tuple[Contents, list[tuple[int, bytes]]]:
    """Return what the mailbox says, and the replies at the next names with their places."""
    thread = keys.thread
    names = {thread.name("team", at): at for at in range(start, start + mailbox.NAMES)}
    with state.reading() as connection:
        contents = mailbox.read(
            connection,
            state.blobs,
            Key(thread.name("citizen", 0), thread.auth("citizen", 0)),
            [Key(name, thread.auth("team", at)) for name, at in names.items()],
            dummy=state.dummy_reply,
            random=state.random,
            today=state.today(),
        )
    found = [(names[each.name], each.envelope) for each in contents.replies if each.name in names]
    return contents, sorted(found)


def _open(
    state: SiteState, keys: CitizenKeys, keyring: Keyring, index: int, envelope: bytes
) -> ReplyView | None:
    """None unless a reviewer of today's keyring signed this for this case and this place."""
    try:
        reply = open_reply(
            envelope,
            keys.reply_identity,
            keyring.devices,
            origin=state.settings.origin,
            slot=keys.thread.slot("citizen", 0),
        )
    except CryptoError:
        return None
    return _introduced(reply, keyring) if reply.index == index else None


def _introduced(reply: Reply, keyring: Keyring) -> ReplyView | None:
    for organisation in keyring.orgs:
        for reviewer in organisation.reviewers:
            if reviewer.id == reply.signed_by:
                name = organisation_name(organisation)
                return ReplyView(
                    team=name,
                    status=say(f"status_{reply.status}"),
                    text=reply.text,
                    signed=say("signed_by", reviewer=reviewer.id, organisation=name),
                    lang=reply.lang,
                )
    return None


def timeline(status: str) -> Iterator[Step]:
    """Yield the way to an answer with what is passed and ahead, and whatever else is so now.

    An end takes what would have been ahead away.
    """
    shown = Status(status) if status in set(Status) else Status.RECEIVED
    for word in STEPS:
        state = _state(word, shown)
        yield Step(word, say(f"status_{shown.value if state == 'now' else word}"), state)


def _state(word: str, shown: Status) -> str:
    if word == shown.word:
        return "now"
    if word not in MAIN_PATH:
        return "hidden"
    # A question is asked of what was read, and whatever ended had arrived and was read.
    now = MAIN_PATH.index(shown.word) if shown.word in MAIN_PATH else 2
    if MAIN_PATH.index(word) < now:
        return "done"
    return "hidden" if shown.word in ENDS else "ahead"


def _explain(error: ReceiptCodeError) -> str:
    return say(
        f"code_{error.kind}",
        count=error.count,
        position=error.position,
        word=error.word,
        nearest=error.nearest,
    )


def code_page(typed: str = "", problem: str = "") -> str:
    """The form for a code, with what was *typed* and what is wrong with it."""
    return render_template(
        "citizen/follow.html",
        typed=typed,
        problems=[FormProblem("code", problem)] if problem else [],
        steps=list(timeline(Status.RECEIVED)),
        copy=sentences(current().code).items(),
    )


def _case_page(
    case: Case | None,
    code: ReceiptCode,
    next_index: int = 1,
    *,
    typed: str = "",
    problem: FormProblem | None = None,
    sent: bool = False,
    decided: str = "",
) -> str:
    """Show a case; None where it could not be read, and only the text is to be kept."""
    return render_template(
        "citizen/case.html",
        case=case,
        unsigned=say("reply_unverified"),
        verdict=verdict_view(case.verdict) if case else None,
        steps=list(timeline(case.status)) if case else [],
        secret="".join(code.digits),
        next_index=next_index,
        typed=typed,
        problems=[problem] if problem else [],
        sent=sent,
        decided=decided,
    )
