"""What reviewers' desks do: list ciphertext, deposit replies, change a status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from app.domain.cases import BY_ONE, BY_TWO, READING, Status, may_become, same_answer
from app.domain.errors import (
    AlreadySentError,
    BadDispositionError,
    ForbiddenTransitionError,
    ObjectionWindowError,
    OneSignatureError,
    OnProbationError,
    SpentStatementError,
    UnknownCaseError,
)
from app.domain.weeks import week_of
from app.services import messages
from app.services.messages import Posting
from app.store import cases, relays, team
from app.store import messages as stored_messages
from app.store.blobs import StoredBlob
from app.store.cases import CaseEntry
from app.store.messages import MessageEntry
from app.store.relays import StoredRelay
from app.store.team import TeamEntry
from crypto.commitment import Disposition
from crypto.encoding import sha256
from crypto.errors import CryptoError
from crypto.note import VerifierKey, read_text_unverified


@dataclass(frozen=True)
class Inventory:
    """Everything there is, ordered by slot, which is random."""

    cases: tuple[CaseEntry, ...]
    messages: tuple[MessageEntry, ...]
    team: tuple[TeamEntry, ...]
    relays: tuple[StoredRelay, ...]


def inventory(connection: Connection) -> Inventory:
    """The list of all ciphertext. A desk tells from the slots what is new to it."""
    return Inventory(
        cases.list_cases(connection),
        stored_messages.list_messages(connection),
        team.list_notes(connection),
        relays.list_relays(connection),
    )


def deposit_reply(
    connection: Connection, posting: Posting, *, envelope: StoredBlob, copy: StoredBlob, today: date
) -> None:
    """Store a reply and the colleagues' copy of it, once; `AlreadySentError` on a clash."""
    messages.insert(connection, posting, "team", envelope.digest, copy.digest, today)


@dataclass(frozen=True)
class Signers:
    """Whose signatures count today, and how long a citizen may object.

    `deciding` are those of `devices` whose organisations are not on probation.
    """

    origin: str
    devices: Sequence[VerifierKey]
    deciding: Sequence[VerifierKey]
    objection_days: int


def set_status(
    connection: Connection, untrusted_note: str, signers: Signers, *, today: date
) -> Status:
    """Apply a signed disposition and return the status the case has now.

    Raises `BadDispositionError`, `UnknownCaseError`, `ForbiddenTransitionError`,
    `OneSignatureError`, `OnProbationError`, `SpentStatementError`, `ObjectionWindowError`.
    """
    disposition, keys = _verified(untrusted_note, signers, today)
    step = cases.find_step(connection, disposition.slot)
    if step is None:
        raise UnknownCaseError
    before, wanted = Status(step.status), Status(disposition.status)
    if before == wanted and _same_text(step.disposition, disposition):
        return wanted
    if not may_become(before, wanted) or wanted.word not in BY_ONE | BY_TWO:
        raise ForbiddenTransitionError
    if wanted.word == "published" and not same_answer(before, wanted) and before != wanted:
        raise ForbiddenTransitionError
    _require_deciding(wanted, keys, signers)
    if wanted.word in BY_TWO:
        _require_first_use(connection, disposition)
    if wanted is Status.RELAYED and step.objection_until and today < step.objection_until:
        raise ObjectionWindowError
    until = None
    if wanted is Status.REDACTED:
        until = today + timedelta(days=signers.objection_days)
    cases.set_status(connection, disposition.slot, wanted, untrusted_note, until)
    return wanted


def _same_text(note: str | None, disposition: Disposition) -> bool:
    return note is not None and read_text_unverified(note) == disposition.encode()


def _require_deciding(wanted: Status, keys: Sequence[VerifierKey], signers: Signers) -> None:
    """As many people as the step needs, none of them on probation where it decides something."""
    deciding = {key.name for key in keys if key in signers.deciding}
    needed = 2 if wanted.word in BY_TWO else int(wanted.word not in READING)
    if len({key.name for key in keys}) < needed:
        raise OneSignatureError
    if len(deciding) < needed:
        raise OnProbationError


def _require_first_use(connection: Connection, disposition: Disposition) -> None:
    """These very bytes, for the first time."""
    digest = sha256(disposition.encode().encode())
    if not cases.spend(connection, digest, disposition.slot):
        raise SpentStatementError


def deposit_team_note(
    connection: Connection, slot: bytes, envelope: StoredBlob, *, today: date
) -> None:
    """Store a note among reviewers, once; `AlreadySentError` if the name is taken."""
    if team.add_note(connection, slot, envelope.digest, week_of(today)):
        return
    if team.find_note(connection, slot) != envelope.digest:
        raise AlreadySentError


def _verified(
    untrusted_note: str, signers: Signers, today: date
) -> tuple[Disposition, Sequence[VerifierKey]]:
    try:
        disposition, keys = Disposition.open(
            untrusted_note, tuple(signers.devices), origin=signers.origin
        )
    except CryptoError as exc:
        raise BadDispositionError from exc
    # A desk that worked before midnight on Sunday may arrive after it.
    if disposition.week not in {week_of(today), week_of(today - timedelta(weeks=1))}:
        raise BadDispositionError
    return disposition, keys
