"""What reviewers have told each other about a case, and what follows from it.

Every note is kept as it came. What is true of a case (whose it is, who keeps out of it, what is
proposed, which texts two people have signed) is computed from all of them, so that the order in
which they arrive does not matter: notes carry a number that is higher than all its writer knew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.desk.rubric import Marks, marks
from crypto.encoding import Random, encode_base64
from crypto.errors import CryptoError
from crypto.keyring import Keyring
from crypto.note import SigningKey, VerifierKey, open_note, read_text_unverified
from crypto.record import Coverage
from crypto.team import TeamNote, seal_team_note

ASSIGN: Final = "assign"
RECUSE: Final = "recuse"
PROPOSE: Final = "propose"
APPROVE: Final = "approve"
REJECT: Final = "reject"
THEME: Final = "theme"
REMARK: Final = "remark"
OUTCOME: Final = "outcome"
TALLY: Final = "tally"
MEETING: Final = "meeting"
TOPIC: Final = "topic"
COVERAGE: Final = "coverage"
KINDS: Final = frozenset(
    {
        *(ASSIGN, RECUSE, PROPOSE, APPROVE, REJECT, THEME, REMARK),
        *(OUTCOME, TALLY, MEETING, TOPIC, COVERAGE),
    }
)


@dataclass(frozen=True)
class Note:
    """A note that was read: `slot` names it at the site, `number` orders it among the others."""

    slot: str
    kind: str
    number: int
    week: str
    by: str
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, slot: bytes, note: TeamNote) -> Note:
        """Raise ValueError unless the body is what this desk writes."""
        facts = json.loads(note.body)
        number = facts.pop("n")
        if note.kind not in KINDS or not isinstance(number, int) or note.signed_by is None:
            raise ValueError("not a note of a desk")
        return cls(encode_base64(slot), note.kind, number, note.week, note.signed_by, facts)


@dataclass(frozen=True)
class Letter:
    """A sealed note that waits to be sent: the same bytes go again after a broken line."""

    slot: bytes
    envelope: bytes
    note: Note


def write(
    kind: str,
    facts: Mapping[str, Any],
    *,
    case: bytes | None,
    known: Iterable[Note],
    week: str,
    device: SigningKey,
    reviewer: str,
    keyring: Keyring,
    random: Random,
) -> Letter:
    """Seal a note to everybody on the keyring. Raises `crypto.errors.TooLargeError`."""
    number = max((note.number for note in known), default=0) + 1
    body = json.dumps({**facts, "n": number}, ensure_ascii=False, sort_keys=True)
    note = TeamNote(keyring.origin, case, kind, week, body, signed_by=reviewer)
    slot = random(32)
    return Letter(slot, seal_team_note(note, device, keyring, random), Note.of(slot, note))


def in_order(notes: Iterable[Note]) -> list[Note]:
    """The same order at every desk."""
    return sorted(notes, key=lambda note: (note.number, note.slot))


@dataclass(frozen=True)
class Proposal:
    """A packet, or an outcome, that somebody proposed. `rejected` has the reasons of others.

    `marks` are who answered the rubric, and which of its questions with yes.
    """

    note: Note
    approvals: tuple[str, ...]
    rejected: tuple[tuple[str, str], ...]
    marks: tuple[tuple[str, Marks], ...]

    @property
    def id(self) -> str:
        return self.note.slot

    @property
    def by(self) -> str:
        return self.note.by

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.note.facts

    @property
    def is_open(self) -> bool:
        return not self.approvals and not self.rejected


class Team:
    """What all notes about a case say together."""

    def __init__(self, notes: Iterable[Note]) -> None:
        self.notes = in_order(notes)

    def of(self, *kinds: str) -> list[Note]:
        return [note for note in self.notes if note.kind in kinds]

    @property
    def assigned_to(self) -> str | None:
        """The reviewer whose case it is; one who keeps out of it loses it."""
        holder = None
        for note in self.of(ASSIGN, RECUSE):
            if note.kind == ASSIGN:
                holder = note.facts.get("to")
            elif note.by == holder:
                holder = None
        return holder

    @property
    def recused(self) -> frozenset[str]:
        return frozenset(note.by for note in self.of(RECUSE))

    @property
    def themes(self) -> tuple[str, ...]:
        notes = self.of(THEME)
        return tuple(notes[-1].facts.get("themes", ())) if notes else ()

    @property
    def covered(self) -> frozenset[str]:
        """The topics of which two reviewers have signed who took part."""
        proposals = self.proposals(COVERAGE)
        return frozenset(covers(each).topic for each in proposals if each.approvals)

    def proposals(self, kind: str) -> list[Proposal]:
        """All proposals of *kind*, the newest last."""
        return [self._proposal(note) for note in self.of(kind)]

    def newest(self, kind: str) -> Proposal | None:
        proposals = self.proposals(kind)
        return proposals[-1] if proposals else None

    def _proposal(self, note: Note) -> Proposal:
        about = [each for each in self.of(APPROVE, REJECT) if each.facts.get("of") == note.slot]
        apart = [each for each in about if each.by != note.by and each.by not in self.recused]
        approvals = tuple(each.by for each in apart if each.kind == APPROVE)
        rejected = tuple(
            (each.by, str(each.facts.get("reason", ""))) for each in apart if each.kind == REJECT
        )
        own = note.facts.get("review", {}).get("rubric", ())
        given = [(note.by, own)]
        given += [(each.by, each.facts.get("rubric", ())) for each in apart if each.kind == APPROVE]
        return Proposal(note, approvals, rejected, tuple((by, marks(yes)) for by, yes in given))

    def statements(self, proposal: Proposal) -> Iterator[str]:
        """The signed notes of a proposal and of its approvals."""
        yield from proposal.facts.get("statements", ())
        for note in self.of(APPROVE):
            if note.facts.get("of") == proposal.id:
                yield from note.facts.get("statements", ())


def covers(proposal: Proposal) -> Coverage:
    """What no desk of ours proposes raises `MalformedStatementError`."""
    return Coverage.parse(str(proposal.facts["coverage"]))


def combined(
    text: str, statements: Iterable[str], devices: Sequence[VerifierKey]
) -> tuple[str, frozenset[str]]:
    """One note over *text* with every true signature, and the names of the keys that made them.

    A statement over another text, or by a key that is not among *devices*, adds nothing.
    """
    lines: dict[str, str] = {}
    for statement in statements:
        try:
            if read_text_unverified(statement) != text:
                continue
            opened = open_note(statement, devices)
        except CryptoError:
            continue
        block = statement.rpartition("\n\n")[2].splitlines()
        for key in opened.verified:
            prefix = f"\u2014 {key.name} "
            lines[key.name] = next(line for line in block if line.startswith(prefix))
    note = text + "\n" + "".join(f"{lines[name]}\n" for name in sorted(lines))
    return note, frozenset(lines)
