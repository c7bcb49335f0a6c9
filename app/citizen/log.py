"""The public log, as people see it: what it proves, how it stands, and the files of a case."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Response, redirect, render_template
from flask.typing import ResponseReturnValue

from app.citizen.derivation import citizen_keys
from app.citizen.following import code_page, read_case
from app.citizen.forms import read_urlencoded
from app.citizen.language import current
from app.citizen.multipart import MalformedFormError
from app.citizen.problems import NOT_NOW, reason
from app.citizen.site import bp, download, here
from app.citizen.verdicts import FolderTiles
from app.domain.cases import UNKNOWN_STATUS
from app.web.kinds import limited
from app.web.state import SiteState, site
from crypto.encoding import encode_base64
from crypto.errors import CryptoError, ReceiptCodeError
from crypto.receipt import ReceiptCode
from crypto.tlog.case import receipt_document
from crypto.tlog.leaves import Seal, Stats, parse_leaf
from crypto.tlog.lookup import Newest, newest_rules
from crypto.tlog.policy import NONE, Witnessed, open_witnessed
from crypto.tlog.times import day_of


@bp.get("/follow/file")
def ask_for_a_file() -> ResponseReturnValue:
    return redirect(here("follow"), HTTPStatus.SEE_OTHER)


@bp.post("/follow/file")
@limited("mailbox")
def hand_out_file() -> ResponseReturnValue:
    """The proof of a case, or the file for auditors; the code comes with the form."""
    form = read_urlencoded()
    try:
        code = ReceiptCode.parse(form.first("code"))
    except ReceiptCodeError:
        raise MalformedFormError from None
    state = site()
    try:
        keys = citizen_keys(code, form, state)
        case = read_case(state, keys)
    except NOT_NOW as error:
        status, problem = reason(error)
        return code_page(form.first("code"), problem.sentence), status
    if case.status == UNKNOWN_STATUS:
        return redirect(here("follow"), HTTPStatus.SEE_OTHER)
    verdict = case.verdict
    if form.first("file") == "proof" and verdict.proof:
        return download(verdict.proof.encode(), "proof.txt")
    document = receipt_document(verdict, keys, case.shown.digest, case.keyring_note)
    return download(json.dumps(document, indent=1) + "\n", "receipt.json")


# The page about the log


@dataclass(frozen=True)
class WitnessView:
    name: str
    key: str
    signed_on: str
    """A day; empty where the witness did not sign or says nothing about when."""
    has_signed: bool


@dataclass(frozen=True)
class LogView:
    """How the log stands. `witnessed` tells whether enough witnesses signed the checkpoint, and
    `is_stale` that it is older than the rules in the log allow."""

    size: int
    root: str
    last_batch: str
    witnessed: bool
    is_stale: bool
    asks_for_witnesses: bool
    witnesses: Sequence[WitnessView]
    stats: Stats | None


@bp.get("/verify")
def verify() -> str:
    state = site()
    return render_template(
        "citizen/verify.html",
        log=_log_view(state),
        log_url=f"{state.settings.site_url.rstrip('/')}/log",
    )


@bp.get("/verify/policy")
def policy() -> Response:
    """Who must sign the log, as auditors' programs read it."""
    return download(site().policy.encode(), "policy.txt")


def _log_view(state: SiteState) -> LogView | None:
    """None before the first batch."""
    tiles = FolderTiles(state.settings.log_path)
    note = tiles.checkpoint()
    if note is None:
        return None
    try:
        witnessed = open_witnessed(note, state.policy, origin=state.settings.origin)
        newest = Newest(tiles, witnessed.checkpoint)
        seal, stats = _newest_batch(newest)
        _, rules = newest_rules(newest, state.roots)
    except CryptoError:
        return LogView(0, "", "", False, False, True, (), None)
    seen_at = witnessed.seen_at or (seal.slot if seal else 0)
    return LogView(
        size=witnessed.checkpoint.size,
        root=encode_base64(witnessed.checkpoint.root),
        last_batch=_day(day_of(seal.slot)) if seal else "",
        witnessed=True,
        is_stale=state.seconds() - seen_at > rules.stale,
        asks_for_witnesses=state.policy.quorum != NONE,
        witnesses=list(_witnesses(state, witnessed)),
        stats=stats,
    )


def _newest_batch(newest: Newest) -> tuple[Seal | None, Stats | None]:
    """The last daily seal and the counts before it, where the last bundles have them."""
    seal: Seal | None = None
    for entry in reversed(newest.entries):
        if entry.startswith((b"seal/v1 ", b"stats/v1 ")):
            leaf = parse_leaf(entry)
            if isinstance(leaf, Stats):
                return seal, leaf
            if isinstance(leaf, Seal) and leaf.kind == "daily":
                seal = seal or leaf
    return seal, None


def _witnesses(state: SiteState, witnessed: Witnessed) -> Iterator[WitnessView]:
    times = dict(witnessed.times)
    for witness in state.policy.witnesses:
        time = times.get(witness.name)
        yield WitnessView(
            name=witness.name,
            key=witness.key.name,
            signed_on=_day(day_of(time)) if time else "",
            has_signed=time is not None,
        )


def _day(day: date) -> str:
    return current().full_date(day)
