"""What people are asked: written at one desk, signed at another, then public.

The text that both sign is the whole page. Whoever signs second measures it again. Where the
Arabic is above the limit, a reviewer who did not write it says why, and its writer signs that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.desk import relaying, team
from app.desk.casebook import Case, KnownTopic, State, Todo
from app.desk.errors import (
    ForbiddenStatusError,
    NoDecisionDayError,
    NoReasonError,
    NotPlainError,
    NotYoursError,
)
from app.desk.relaying import Way
from app.desk.team import Proposal, Team
from app.domain.topic_gate import Judgement, judge
from app.domain.topics import Bilingual, Topic, Waiver
from crypto.record import Question


@dataclass(frozen=True)
class Waiting:
    """A proposed page that waits for a signature, a reason, or its writer."""

    proposal: Proposal
    question: Question
    topic: Topic

    @property
    def id(self) -> str:
        """The proposal's, as it can stand in an address."""
        return self.proposal.id.replace("/", "_").replace("+", "-").rstrip("=")


def asked(way: Way, slug: str) -> KnownTopic | None:
    """The topic as the site has it."""
    return next((each for each in way.desk.casebook.state.asked if each.slug == slug), None)


def missing(state: State, case: Case) -> list[str]:
    """What the case's topic asks for and its sender did not tell: names of sections."""
    known = next((each for each in state.asked if each.slug == case.topic), None)
    told = {section.name for section in case.sections}
    needs = Topic.parse(known.content).needs if known and told else ()
    return [need.value for need in needs if need.value not in told]


def waiting(way: Way) -> list[Waiting]:
    """What colleagues proposed and nobody has decided, the newest of each topic, by slug."""
    heard = Team(way.desk.casebook.state.notes)
    newest: dict[str, Waiting] = {}
    for proposal in heard.proposals(team.TOPIC):
        question = _question_of(proposal)
        newest[question.topic] = Waiting(proposal, question, Topic.parse(question.content))
    return [
        each
        for _, each in sorted(newest.items())
        if each.proposal.is_open and each.question.version == _next_version(way, each.topic.slug)
    ]


def find(way: Way, name: str) -> Waiting:
    """The waiting proposal called *name*.

    Raises `ForbiddenStatusError` where there is none, or the site has a newer version.
    """
    found = next((each for each in waiting(way) if each.id == name), None)
    if found is None:
        raise ForbiddenStatusError
    return found


def propose(way: Way, topic: Topic) -> Judgement:
    """Sign a page, and ask a colleague to sign it too.

    A page above the limit may be proposed, for a colleague to say why. Raises
    `OnProbationError`, `NoDecisionDayError`, `NotPlainError` for a reason of one's own,
    `ReadabilityError`, `crypto.errors.MalformedStatementError` for a page that is too long.
    """
    way.require_deciding()
    judgement = judge(topic)
    if topic.decision is None:
        raise NoDecisionDayError
    if topic.waiver is not None:
        raise NotPlainError
    _tell_topic(
        way, Question(way.origin, topic.slug, _next_version(way, topic.slug), topic.encode())
    )
    way.desk.casebook.change_state(lambda now: _without_draft(now, topic.slug))
    return judgement


def waive(way: Way, name: str, reason: Bilingual) -> Waiting:
    """Say why a colleague's page is above the limit, and sign it; its writer signs last.

    Raises `NotYoursError` for the page's writer, `NoReasonError` without a reason,
    `ForbiddenStatusError` where none is needed.
    """
    found = _to_judge(way, name)
    if not judge(found.topic).needs_waiver or found.topic.waiver is not None:
        raise ForbiddenStatusError
    if not reason.ar.strip() or not reason.en.strip():
        raise NoReasonError
    topic = replace(found.topic, waiver=Waiver(reason, way.reviewer))
    _tell_topic(way, replace(found.question, content=topic.encode()))
    return found


def approve(way: Way, name: str) -> Question:
    """Sign a colleague's page: it becomes public with the next sync.

    Raises `NotYoursError` for whoever proposed it, `NotPlainError` while it lacks a reason or has
    one by its own writer, `ForbiddenStatusError`, `ReadabilityError`.
    """
    found = _to_judge(way, name)
    _require_publishable(way, found)
    text = found.question.encode()
    statements = [*found.proposal.facts["statements"], way.signs(text)]
    note, names = team.combined(text, statements, way.keyring.deciding_devices)
    if len(names) < 2:
        raise ForbiddenStatusError
    relaying.tell_all(way, team.APPROVE, {"of": found.proposal.id, "statements": statements[1:]})
    way.desk.casebook.change_state(lambda now: now.with_todo(Todo("record", {"note": note})))
    return found.question


def reject(way: Way, name: str, reason: str) -> None:
    """Say what must change. Raises `NotYoursError`, `NoReasonError`, `ForbiddenStatusError`."""
    found = _to_judge(way, name)
    if not reason.strip():
        raise NoReasonError
    relaying.tell_all(way, team.REJECT, {"of": found.proposal.id, "reason": reason.strip()})


def sent_back(way: Way, slug: str) -> list[tuple[str, str]]:
    """Who sent the newest proposal of *slug* back, and why."""
    heard = Team(way.desk.casebook.state.notes)
    newest = [each for each in heard.proposals(team.TOPIC) if _question_of(each).topic == slug]
    return list(newest[-1].rejected) if newest else []


def keep_draft(way: Way, name: str, form: dict[str, str]) -> None:
    """Keep a form that is being written, sealed on this device."""

    def step(now: State) -> State:
        return replace(now, drafts={**now.drafts, name: form})

    way.desk.casebook.change_state(step)


def drop_draft(way: Way, name: str) -> None:
    way.desk.casebook.change_state(lambda now: _without_draft(now, name))


def _without_draft(now: State, name: str) -> State:
    return replace(now, drafts={slug: form for slug, form in now.drafts.items() if slug != name})


def _require_publishable(way: Way, found: Waiting) -> None:
    judgement, waiver = judge(found.topic), found.topic.waiver
    if found.topic.decision is None:
        raise NoDecisionDayError
    if judgement.needs_waiver:
        writers = _writers(way, found)
        if waiver is None or not writers or waiver.by in writers:
            raise NotPlainError


def _writers(way: Way, found: Waiting) -> set[str]:
    """Who proposed this very page before there was a reason: whose reason would not count."""
    page = replace(found.topic, waiver=None)
    heard = Team(way.desk.casebook.state.notes).proposals(team.TOPIC)
    return {each.by for each in heard if Topic.parse(_question_of(each).content) == page}


def _to_judge(way: Way, name: str) -> Waiting:
    way.require_deciding()
    found = find(way, name)
    if found.proposal.by == way.reviewer:
        raise NotYoursError
    return found


def _question_of(proposal: Proposal) -> Question:
    """What no desk of ours proposes raises `MalformedStatementError`."""
    return Question.parse(str(proposal.facts["topic"]))


def _next_version(way: Way, slug: str) -> int:
    known = asked(way, slug)
    return known.version + 1 if known else 1


def _tell_topic(way: Way, question: Question) -> None:
    text = question.encode()
    relaying.tell_all(way, team.TOPIC, {"topic": text, "statements": [way.signs(text)]})
