"""From a case to a decision: a packet by two, the citizen's window, the agency, the outcome.

Whoever proposes signs every text that the way will need; whoever approves signs the same texts.
What both have signed is combined and put on the case's list; a sync hands it in, in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from app.client.site import encode_bytes
from app.desk import replies, team
from app.desk.casebook import Case, KnownRelay, Todo
from app.desk.desk import Desk
from app.desk.errors import (
    ForbiddenStatusError,
    NoPlanError,
    NotYoursError,
    OnProbationError,
    StillWaitingError,
    TooEarlyError,
    TooLateError,
)
from app.desk.rubric import Marks
from app.desk.team import Note, Proposal
from app.domain.agencies import DUE_SLACK, Agency
from app.domain.cases import Status, may_become
from app.domain.weeks import monday_of, week_of
from app.packets.content import Consultation, Content
from crypto.commitment import Disposition, subject_of
from crypto.encoding import decode_base64, encode_base64, sha256
from crypto.keyring import Keyring
from crypto.link import LinkSecret, seal_packet
from crypto.note import sign
from crypto.record import RELAY_ID_BYTES, Bilingual, Lang, Outcome, Packet, Relay

Facts = Mapping[str, Any]

SENT: Final = frozenset({"relayed", "answered", "published"})
"""Words of cases whose text an agency has."""
COURIERS_WAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Draft:
    """What a reviewer wants an agency to get. `also` are local ids of cases it speaks for too."""

    agency: str
    lang: Lang
    ask: str
    words: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """What the team says came of a relay, in both languages."""

    answer: int
    changed: bool
    decided: date | None
    said: Bilingual
    answered: Bilingual
    change: Bilingual


@dataclass(frozen=True)
class Way:
    """Who acts, on which day, for which keyring."""

    desk: Desk
    keyring: Keyring
    today: date

    @property
    def week(self) -> str:
        return week_of(self.today)

    @property
    def reviewer(self) -> str:
        return self.desk.profile.reviewer

    @property
    def origin(self) -> str:
        return self.desk.profile.origin

    def require_deciding(self) -> None:
        """Raise `OnProbationError` where this reviewer's signature would not count."""
        if not self.desk.decides(self.keyring):
            raise OnProbationError

    def signs(self, text: str) -> str:
        return sign(text, self.desk.keystore.secrets.device)


def plans(desk: Desk) -> list[Agency]:
    """The communication plans that the site published, by slug."""
    return [Agency.parse(plan) for plan in desk.casebook.state.agencies]


def plan_of(desk: Desk, slug: str) -> Agency:
    """Raise `NoPlanError` where the agency has none: nothing may be relayed to it."""
    found = next((plan for plan in plans(desk) if plan.slug == slug), None)
    if found is None:
        raise NoPlanError
    return found


# Notes that change nothing at the site.


def tell(way: Way, name: str, kind: str, facts: Facts) -> Case:
    """Leave a note of *kind* for the colleagues, about the case called *name*."""
    case = way.desk.casebook.case(name)
    letter = _letter(way, kind, facts, case.slot, case.notes)
    return way.desk.casebook.change(
        case.id, lambda now: now.with_note(letter.note).with_todo(todo_of(letter))
    )


def tell_all(way: Way, kind: str, facts: Facts) -> None:
    """Leave a note of *kind* for the colleagues that is about no single case."""
    state = way.desk.casebook.state
    letter = _letter(way, kind, facts, None, state.notes)
    way.desk.casebook.change_state(
        lambda now: now.with_note(letter.note).with_todo(todo_of(letter))
    )


def assign(way: Way, name: str, to: str) -> Case:
    """Make it somebody's case. Raises `NotYoursError` for who keeps out of it."""
    if to in way.desk.casebook.case(name).team.recused:
        raise NotYoursError
    return tell(way, name, team.ASSIGN, {"to": to})


def recuse(way: Way, name: str) -> Case:
    """Keep out of a case for a conflict of interest, for good."""
    return tell(way, name, team.RECUSE, {})


# The packet.


def propose(way: Way, name: str, draft: Draft, review: Facts) -> Case:
    """Propose a packet; *review* is what the workspace ticked and counted, never a word.

    Raises `NoPlanError`, `NotYoursError`, `OnProbationError`, `ForbiddenStatusError`,
    `MalformedStatementError` for words or a request that no packet can have,
    `crypto.errors.TooLargeError`.
    """
    case = way.desk.casebook.case(name)
    _require_part(way, case)
    cases = [case, *(way.desk.casebook.case(each) for each in draft.also)]
    for each in cases:
        if not may_become(Status(each.status), Status.REDACTED):
            raise ForbiddenStatusError
    packet = Packet(
        origin=way.origin,
        relay=way.desk.random(RELAY_ID_BYTES),
        agency=draft.agency,
        topic=case.topic,
        lang=draft.lang,
        due=_due(way, draft.agency),
        ask=draft.ask,
        words=draft.words,
    )
    salt = way.desk.random(32)
    texts = [packet.encode(), Relay.of(packet).encode(), *_steps(way, packet, salt, cases)]
    facts = {
        "packet": packet.encode(),
        "salt": encode_base64(salt),
        "link": LinkSecret.generate(way.desk.random).encode(),
        "cases": [encode_base64(each.slot) for each in cases],
        "review": dict(review),
        "statements": [way.signs(text) for text in texts],
    }
    return tell(way, name, team.PROPOSE, facts)


def approve(way: Way, name: str, rubric: Marks = ()) -> Case:
    """Approve the newest proposal: the words go before the citizens, then to the agency.

    *rubric* are the questions of the rubric that the approver answers with yes.

    Raises `NotYoursError` for the proposer and for who keeps out, `OnProbationError`,
    `ForbiddenStatusError` where there is nothing to approve, `StillWaitingError`.
    """
    case = way.desk.casebook.case(name)
    proposal = _to_judge(way, case, team.PROPOSE)
    packet = packet_of(proposal)
    salt = decode_base64(proposal.facts["salt"], 32)
    cases = _cases_of(way, proposal)
    if any(each.outgoing is not None for each in cases):
        raise StillWaitingError
    texts = [packet.encode(), Relay.of(packet).encode(), *_texts_of(proposal)[2:]]
    if texts[2:] != _steps_as_of(way, proposal, packet, salt, cases):
        raise ForbiddenStatusError
    after = tell(
        way,
        name,
        team.APPROVE,
        {
            "of": proposal.id,
            "statements": [way.signs(text) for text in texts],
            "rubric": list(rubric),
        },
    )
    for each in cases:
        _lay_before(way, after, proposal, packet, each)
    return way.desk.casebook.case(case.id)


def reject(way: Way, name: str, kind: str, reason: str) -> Case:
    """Say why the newest proposal of *kind* should not go."""
    proposal = _to_judge(way, way.desk.casebook.case(name), kind)
    return tell(way, name, team.REJECT, {"of": proposal.id, "reason": reason})


def relay(way: Way, name: str) -> Case:
    """Put on the list what hands the packet to its agency.

    Raises `TooEarlyError` while a citizen may object, `TooLateError`, `ForbiddenStatusError`,
    `StillWaitingError`.
    """
    case = way.desk.casebook.case(name)
    if any(todo.kind == "relay" for todo in case.todo):
        raise StillWaitingError
    proposal = approved(case, team.PROPOSE)
    if proposal is None or case.status != Status.REDACTED:
        raise ForbiddenStatusError
    if case.objection_until and way.today < date.fromisoformat(case.objection_until):
        raise TooEarlyError
    packet, link = packet_of(proposal), LinkSecret.parse(proposal.facts["link"])
    _require_in_time(way, packet)
    note = _both(way, case, proposal, packet.encode())
    request = {
        "record": _both(way, case, proposal, Relay.of(packet).encode()),
        "packet": encode_bytes(seal_packet(note, link, way.desk.random)),
        "link_hash": encode_bytes(link.proof_hash),
    }
    for each in _cases_of(way, proposal):
        _step_for(way, case, proposal, each, Status.RELAYED)
    # Last: where the citizen has objected meanwhile, the site refuses the step before it.
    return way.desk.casebook.change(case.id, lambda now: now.with_todo(Todo("relay", request)))


def link_of(case: Case) -> LinkSecret | None:
    """The secret for the agency, of a packet that two have approved."""
    proposal = approved(case, team.PROPOSE)
    return None if proposal is None else LinkSecret.parse(proposal.facts["link"])


def letter_code(case: Case) -> str:
    """The code for the agency's letter, once the site has the packet; else nothing."""
    link, word = link_of(case), Status(case.status).word
    waits = any(todo.kind == "relay" for todo in case.todo)
    return link.encode() if link and word in {"relayed", "answered"} and not waits else ""


# The answer and the outcome.


def relay_of(desk: Desk, case: Case) -> KnownRelay | None:
    """The relay that holds the case, as the site knows it."""
    proposal = approved(case, team.PROPOSE)
    if proposal is None:
        return None
    wanted = encode_base64(packet_of(proposal).relay)
    return next((each for each in desk.casebook.state.relays if each.id == wanted), None)


def take_answer(way: Way, name: str, answer: int, words: str) -> Case:
    """Tell the citizens of a packet what the agency answered (or that it did not).

    Raises `ForbiddenStatusError`, `StillWaitingError`, `EmptyTextError`.
    """
    case = way.desk.casebook.case(name)
    proposal = approved(case, team.PROPOSE)
    status = Status(f"answered:{answer}")
    if proposal is None:
        raise ForbiddenStatusError
    for each in _cases_of(way, proposal):
        if may_become(Status(each.status), status):
            replies.write(
                way.desk, each.id, words, status=status, lang=each.lang, keyring=way.keyring
            )
    return way.desk.casebook.case(case.id)


def propose_outcome(way: Way, name: str, result: Result) -> Case:
    """Propose what the public record says. Raises as `propose`."""
    case = way.desk.casebook.case(name)
    _require_part(way, case)
    proposal = approved(case, team.PROPOSE)
    if proposal is None or Status(case.status).word != "answered":
        raise ForbiddenStatusError
    outcome = Outcome(
        way.origin,
        packet_of(proposal).relay,
        result.answer,
        result.changed,
        result.decided,
        result.said,
        result.answered,
        result.change,
    )
    texts = [outcome.encode(), *_outcome_steps(way, outcome, _cases_of(way, proposal))]
    facts = {
        "outcome": outcome.encode(),
        "week": way.week,
        "cases": proposal.facts["cases"],
        "statements": [way.signs(text) for text in texts],
    }
    return tell(way, name, team.OUTCOME, facts)


def approve_outcome(way: Way, name: str) -> Case:
    """Approve the newest outcome: it becomes public. Raises as `approve`."""
    case = way.desk.casebook.case(name)
    proposal = _to_judge(way, case, team.OUTCOME)
    outcome = Outcome.parse(proposal.facts["outcome"])
    cases = _cases_of(way, proposal)
    texts = _texts_of(proposal)
    if texts != [outcome.encode(), *_outcome_steps(way, outcome, cases, proposal.facts["week"])]:
        raise ForbiddenStatusError
    facts = {"of": proposal.id, "statements": [way.signs(text) for text in texts]}
    after = tell(way, name, team.APPROVE, facts)
    record = {"note": _both(way, after, proposal, outcome.encode())}
    way.desk.casebook.change(case.id, lambda now: now.with_todo(Todo("record", record)))
    for each in cases:
        _step_for(way, after, proposal, each, Status(f"published:{outcome.answer}"))
    return way.desk.casebook.case(case.id)


# Looking at a case.


def approved(case: Case, kind: str) -> Proposal | None:
    """The newest proposal of *kind* that another reviewer approved and nobody rejected."""
    found = [each for each in case.team.proposals(kind) if each.approvals and not each.rejected]
    return found[-1] if found else None


def packet_of(proposal: Proposal) -> Packet:
    """Raise `MalformedStatementError` for what no desk of ours proposes."""
    return Packet.parse(proposal.facts["packet"])


def content_of(way: Way, case: Case) -> Content | None:
    """The approved packet with names, as its agency sees it; None before there is one."""
    proposal = approved(case, team.PROPOSE)
    if proposal is None:
        return None
    packet = packet_of(proposal)
    plan = next((each for each in plans(way.desk) if each.slug == packet.agency), None)
    if plan is None:
        return None
    note, names = team.combined(
        packet.encode(), case.team.statements(proposal), way.keyring.deciding_devices
    )
    titles = way.desk.casebook.state.topics.get(case.topic, {})
    signers = tuple(sorted(name.rpartition("/")[2] for name in names))
    title = titles.get(packet.lang, case.topic)
    there = way.desk.casebook.state.portals.get(case.topic, {})
    deadline = there.get("deadline")
    consultation = Consultation(
        there.get(packet.lang, ""),
        there.get("number", ""),
        date.fromisoformat(deadline) if deadline else None,
    )
    return Content(packet, note, plan, title, signers, consultation)


def sent_content(way: Way, case: Case) -> Content | None:
    """The same, if the agency has it and two valid signatures are over it."""
    content = content_of(way, case) if Status(case.status).word in SENT else None
    known = content is not None and relay_of(way.desk, case) is not None
    return content if content is not None and known and len(content.signers) >= 2 else None


def to_judge(desk: Desk, case: Case, kind: str) -> Proposal | None:
    """The newest proposal of *kind* that waits for this desk's reviewer."""
    newest = case.team.newest(kind)
    me = desk.profile.reviewer
    if newest is None or not newest.is_open or newest.by == me or me in case.team.recused:
        return None
    return newest


# Small steps.


def _due(way: Way, agency: str) -> date:
    """From the day on which the packet can go."""
    days = timedelta(days=way.desk.casebook.state.objection_days)
    return plan_of(way.desk, agency).due(way.today + days)


def _require_in_time(way: Way, packet: Packet) -> None:
    """Else the site would refuse the packet after the citizens were told that it goes."""
    slack = DUE_SLACK - COURIERS_WAY if way.desk.profile.courier else DUE_SLACK
    if abs(packet.due - plan_of(way.desk, packet.agency).due(way.today)) > slack:
        raise TooLateError


def _require_part(way: Way, case: Case) -> None:
    way.require_deciding()
    if way.reviewer in case.team.recused:
        raise NotYoursError


def _to_judge(way: Way, case: Case, kind: str) -> Proposal:
    way.require_deciding()
    newest = case.team.newest(kind)
    if newest is None or not newest.is_open:
        raise ForbiddenStatusError
    if newest.by == way.reviewer or way.reviewer in case.team.recused:
        raise NotYoursError
    return newest


def _cases_of(way: Way, proposal: Proposal) -> list[Case]:
    """Every case that the proposal speaks for and this desk has."""
    slots = {decode_base64(slot, 32) for slot in proposal.facts["cases"]}
    found = [case for case in way.desk.casebook.cases() if case.slot in slots]
    if len(found) != len(slots):
        raise ForbiddenStatusError
    return sorted(found, key=lambda case: case.slot)


def _steps(way: Way, packet: Packet, salt: bytes, cases: Sequence[Case]) -> list[str]:
    """The statements that bring each case before its citizen, and then to the agency."""
    window = way.today + timedelta(days=way.desk.casebook.state.objection_days)
    return _step_texts(packet, salt, cases, (way.week, week_of(window)))


def _step_texts(
    packet: Packet, salt: bytes, cases: Sequence[Case], weeks: tuple[str, str]
) -> list[str]:
    subject = subject_of(salt, packet.digest)
    statuses = zip((Status.REDACTED, Status.RELAYED), weeks, strict=True)
    return [
        Disposition(packet.origin, case.slot, status, week, subject).encode()
        for status, week in statuses
        for case in sorted(cases, key=lambda each: each.slot)
    ]


def _steps_as_of(
    way: Way, proposal: Proposal, packet: Packet, salt: bytes, cases: Sequence[Case]
) -> list[str]:
    """The same statements as when it was proposed: the approver signs what the proposer did."""
    days = way.desk.casebook.state.objection_days
    proposed = proposal.note.week
    for offset in range(7):
        later = week_of(monday_of(proposed) + timedelta(days=offset + days))
        texts = _step_texts(packet, salt, cases, (proposed, later))
        if texts == _texts_of(proposal)[2:]:
            return texts
    return []


def _outcome_steps(
    way: Way, outcome: Outcome, cases: Sequence[Case], week: str | None = None
) -> list[str]:
    subject = sha256(outcome.encode().encode())
    status = f"published:{outcome.answer}"
    return [
        Disposition(way.origin, case.slot, status, week or way.week, subject).encode()
        for case in sorted(cases, key=lambda each: each.slot)
    ]


def _texts_of(proposal: Proposal) -> list[str]:
    """What the proposer signed, in order."""
    return [statement.rpartition("\n\n")[0] + "\n" for statement in proposal.facts["statements"]]


def _both(way: Way, case: Case, proposal: Proposal, text: str) -> str:
    """The note over *text* with the signatures of two; raise `ForbiddenStatusError`."""
    statements = case.team.statements(proposal)
    note, names = team.combined(text, statements, way.keyring.deciding_devices)
    if len(names) < 2:
        raise ForbiddenStatusError
    return note


def _lay_before(way: Way, about: Case, proposal: Proposal, packet: Packet, case: Case) -> None:
    """Show the citizen the exact words, and move the case."""
    replies.write(
        way.desk,
        case.id,
        packet.words,
        status=Status.REDACTED,
        lang=packet.lang,
        keyring=way.keyring,
        moves=False,
    )
    _step_for(way, about, proposal, case, Status.REDACTED)


def _step_for(way: Way, about: Case, proposal: Proposal, case: Case, status: Status) -> None:
    """Put the statement that moves *case* to *status* on its list."""
    for text in _texts_of(proposal):
        if text.startswith(f"{way.origin}/disposition/v1\n"):
            step = Disposition.parse(text)
            if (step.slot, step.status) == (case.slot, status):
                request = {"note": _both(way, about, proposal, text)}
                _list(way, case, Todo("status", request))
                return
    raise ForbiddenStatusError


def _list(way: Way, case: Case, todo: Todo) -> None:
    way.desk.casebook.change(case.id, lambda now: now.with_todo(todo))


def _letter(
    way: Way, kind: str, facts: Facts, slot: bytes | None, known: Sequence[Note]
) -> team.Letter:
    return team.write(
        kind,
        facts,
        case=slot,
        known=known,
        week=way.week,
        device=way.desk.keystore.secrets.device,
        reviewer=way.reviewer,
        keyring=way.keyring,
        random=way.desk.random,
    )


def todo_of(letter: team.Letter) -> Todo:
    """What brings *letter* to the site."""
    return Todo(
        "team",
        {"slot": encode_bytes(letter.slot), "envelope": encode_bytes(letter.envelope)},
    )
