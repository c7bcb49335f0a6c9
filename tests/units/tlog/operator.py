"""An operator in memory: accepts cases, seals a batch each slot, cheats where a test says so."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from crypto.commitment import Promise, accept_commitment, merge_by, roll_commit
from crypto.encoding import Random, sha256
from crypto.keyring import Keyring, sign_keyring
from crypto.note import SigningKey
from crypto.tlog.audit import LogAuditor
from crypto.tlog.batch import (
    Batch,
    Position,
    Roll,
    build_batch,
    cohort_end,
    due_ages,
    next_cohort,
)
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.findings import Finding
from crypto.tlog.leaves import Control, KeyringLeaf, PolicyLeaf, make_cover, roll_line
from crypto.tlog.rules import FIRST_PREVIOUS, Rules, sign_rules
from crypto.tlog.times import DAY, midnight
from tests.units.crypto.people import KEYRING, ORIGIN, ROOT_KEYS, ROOTS, seeded
from tests.units.tlog.memory_log import MemoryLog

MONDAY = date(2026, 11, 23)


def seed(label: str) -> bytes:
    return sha256(label.encode())


LOG_KEY = SigningKey(ORIGIN, seed("log"))
PROMISE_KEY = SigningKey(f"{ORIGIN}/promise", seed("promise"))
RELEASE_KEY = SigningKey(f"{ORIGIN}/release", seed("release"))
RULES = Rules(
    origin=ORIGIN,
    serial=1,
    previous=FIRST_PREVIOUS,
    log_keys=(LOG_KEY.verifier,),
    promise_key=PROMISE_KEY.verifier,
    release_keys=(RELEASE_KEY.verifier,),
    witnesses=seed("witnesses"),
    fewest=0,
)


def signed_keyring(
    keyring: Keyring = KEYRING, keys: Sequence[SigningKey] = ROOT_KEYS[:2]
) -> KeyringLeaf:
    return KeyringLeaf(sign_keyring(keyring, *keys))


def signed_rules(rules: Rules, keys: Sequence[SigningKey] = ROOT_KEYS[:2]) -> PolicyLeaf:
    return PolicyLeaf(sign_rules(rules, *keys))


@dataclass
class Case:
    roll_seed: bytes
    commitment: bytes
    status: str = "received"
    cohort: str | None = None
    accepted_on: date = MONDAY

    @property
    def promise(self) -> Promise:
        return Promise(ORIGIN, self.commitment, merge_by(self.accepted_on))


@dataclass
class Operator:
    """`slot` is that of the next batch. Cover leaves are cases whose status is `cover`."""

    rules: Rules = RULES
    slot: int = midnight(MONDAY)
    cover: int = 2
    log: MemoryLog = field(default_factory=MemoryLog)
    position: Position = field(default_factory=Position)
    pending: list[Case] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    cohort: str | None = None
    last_slots: dict[str, int] = field(default_factory=dict)
    published: set[tuple[str, int]] = field(default_factory=set)
    random: Random = field(default_factory=lambda: seeded("operator"))
    batches: list[Batch] = field(default_factory=list)

    def accepts(self, status: str = "answered:1") -> Case:
        roll_seed = self.random(32)
        salt, content = self.random(32), self.random(32)
        commitment = accept_commitment(salt, content, roll_commit(roll_seed))
        today = date.fromordinal(self.slot // DAY + date(1970, 1, 1).toordinal() - 1)
        case = Case(roll_seed, commitment, status, accepted_on=today)
        self.pending.append(case)
        return case

    def opens(self) -> Batch:
        """The first batch, with rules and a keyring."""
        return self.publishes(control=[signed_rules(self.rules), signed_keyring()])

    def publishes(
        self,
        *,
        control: Sequence[Control] = (),
        rolls: Callable[[list[Roll]], list[Roll]] = lambda rolls: rolls,
        forged: Callable[[list[bytes]], list[bytes]] = lambda entries: entries,
        sealed: Mapping[str, Any] | None = None,
    ) -> Batch:
        """The batch of `slot`.

        *rolls* and *forged* may change what is published, *sealed* what the seal says.
        """
        for _ in range(self.cover):
            cover = make_cover(self.random)
            self.pending.append(Case(cover.roll_seed, cover.commitment, "cover"))
        real = sum(case.status != "cover" for case in self.cases if case.cohort == self.cohort)
        cohort = next_cohort(self.rules, self.slot, self.cohort, real)
        self.cohort, self.last_slots[cohort] = cohort, self.slot
        accepted, self.pending = self.pending, []
        for case in accepted:
            case.cohort = cohort
        self.cases += accepted
        batch = build_batch(
            self.position,
            slot=self.slot,
            cohort=cohort,
            commitments=[case.commitment for case in accepted],
            rolls=rolls(self._due()),
            control=control,
        )
        batch = replace(batch, seal=replace(batch.seal, **(sealed or {})))
        entries = forged([*batch.entries[:-1], batch.seal.encode()])
        self.log.grow(entries)
        self.position = replace(batch.position, size=self.log.size, seal=self.log.size - 1)
        self.slot += self.rules.slot
        self.batches.append(batch)
        return batch

    def runs(self, batches: int) -> None:
        for _ in range(batches):
            self.publishes()

    def _due(self) -> list[Roll]:
        due = []
        for cohort, last_slot in self.last_slots.items():
            if cohort == self.cohort:
                continue
            for age in due_ages(self.rules.ages, cohort_end(self.rules, last_slot), self.slot):
                if (cohort, age) not in self.published:
                    self.published.add((cohort, age))
                    due.append(Roll(cohort, age, self._lines(cohort, age)))
        return due

    def _lines(self, cohort: str, age: int) -> tuple[str, ...]:
        return tuple(
            roll_line(case.roll_seed, ORIGIN, cohort, age, case.status)
            for case in self.cases
            if case.cohort == cohort
        )

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(ORIGIN, self.log.size, self.log.root)


def audited(operator: Operator, auditor: LogAuditor | None = None) -> list[Finding]:
    """What a new auditor finds in all of an operator's log."""
    auditor = auditor or LogAuditor(ORIGIN, ROOTS)
    return auditor.read(operator.log.entries[auditor.size :])
