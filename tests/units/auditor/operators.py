"""An operator whose log is published in a folder, with witnesses; honest unless told otherwise.

120 days with 50 cases a day: each is read, relayed and answered, declined or withdrawn within
60 days; every Monday has a new keyring. Nothing in here is random from one run to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.auditor.receipts import Opening, ReceiptFile
from crypto.commitment import Promise, accept_commitment, roll_commit
from crypto.keyring import Keyring, next_keyring
from crypto.tlog.batch import Batch, Roll
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import WitnessKey, cosign
from crypto.tlog.leaves import Control
from crypto.tlog.policy import Group, KnownLog, Policy, Witness
from crypto.tlog.rules import Rules
from crypto.tlog.times import DAY, WEEK
from crypto.weeks import monday_of, week_of
from tests.units.crypto.people import KEYRING, ORIGIN, ROOTS
from tests.units.tlog.operator import (
    LOG_KEY,
    MONDAY,
    PROMISE_KEY,
    RULES,
    Case,
    Operator,
    seed,
    signed_keyring,
    signed_rules,
)

WITNESSES = [WitnessKey(f"{name}.example", seed(name)) for name in ("amman", "irbid")]
POLICY = Policy(
    logs=(KnownLog(LOG_KEY.verifier, "https://wasl.example/log"),),
    witnesses=tuple(
        Witness(key.name.partition(".")[0], key.verifier, f"https://{key.name}")
        for key in WITNESSES
    ),
    groups=(Group("both", 2, ("amman", "irbid")),),
    quorum="both",
)
TOWN_RULES = replace(RULES, witnesses=POLICY.digest)
FINALS = ("answered:1", "answered:2", "answered:4", "declined", "withdrawn")

Forge = Callable[[list[bytes]], list[bytes]]


@dataclass
class Citizen(Case):
    """A case, what its commitment was made of, and the days on which its status changes."""

    opening: Opening | None = None
    promise_note: str = ""
    changes: dict[int, str] = field(default_factory=dict)
    """Slot to the status that the case has from then on."""

    @property
    def receipt(self) -> ReceiptFile:
        return ReceiptFile(self.commitment, self.promise_note, opening=self.opening)


@dataclass
class Town(Operator):
    """`a_day` cases come every day."""

    rules: Rules = TOWN_RULES
    cover: int = 26
    a_day: int = 50
    keyring: Keyring = KEYRING
    citizens: list[Citizen] = field(default_factory=list)

    def receives(self) -> Citizen:
        """A case of the day before the next slot, with a promise."""
        opening = Opening(self.random(32), self.random(32), self.random(32))
        commitment = accept_commitment(
            opening.log_salt, opening.content_commit, roll_commit(opening.roll_seed)
        )
        citizen = Citizen(opening.roll_seed, commitment, opening=opening)
        citizen.accepted_on = MONDAY + timedelta(days=(self.slot // DAY - 1) - _MONDAY_NUMBER)
        citizen.promise_note = citizen.promise.sign(PROMISE_KEY)
        number = len(self.citizens)
        read, relayed, final = (self.slot + days * DAY for days in (2 + number % 3, 5, 9))
        final += (number * 7 % 45) * DAY
        citizen.changes = {read: "read", relayed: "relayed", final: FINALS[number % 5]}
        self.citizens.append(citizen)
        self.pending.append(citizen)
        return citizen

    def day(self, *, control: Sequence[Control] = (), **forging: Any) -> Batch:
        """One more day: cases come in, statuses change, the batch of the slot is sealed."""
        for _ in range(self.a_day):
            self.receives()
        return self.seals(control=control, **forging)

    def seals(self, *, control: Sequence[Control] = (), **forging: Any) -> Batch:
        for citizen in self.citizens:
            citizen.status = citizen.changes.get(self.slot, citizen.status)
        if not self.batches:
            control = [signed_rules(self.rules), signed_keyring(self.keyring), *control]
        elif self.slot % WEEK == _MONDAY_OFFSET:
            control = [self.renews(), *control]
        return self.publishes(control=control, **forging)

    def renews(self) -> Control:
        """The next week's keyring, for the same people."""
        monday = monday_of(self.keyring.week) + timedelta(days=7)
        self.keyring = next_keyring(self.keyring, week_of(monday), self.keyring.orgs)
        return signed_keyring(self.keyring)

    def days(self, count: int) -> None:
        for _ in range(count):
            self.day()

    @property
    def seen_at(self) -> int:
        """When the witnesses see a batch that was sealed in its time."""
        return self.slot - self.rules.slot + 120

    def publish(self, folder: Path, seen_at: int | None = None) -> str:
        """Write the log as it stands; return the checkpoint."""
        for path, data in self.log.files.items():
            if not (folder / path).exists():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
        note = signed(self.checkpoint, self.seen_at if seen_at is None else seen_at)
        (folder / "checkpoint").write_text(note)
        return note


_MONDAY_NUMBER = RULES.period_start(Operator().slot) // DAY
_MONDAY_OFFSET = Operator().slot % WEEK


def signed(checkpoint: Checkpoint, seen_at: int) -> str:
    """By the log and both witnesses."""
    note = checkpoint.sign(LOG_KEY)
    for witness in WITNESSES:
        note = cosign(note, witness, seen_at)
    return note


def without(rolls: list[Roll]) -> list[Roll]:
    return rolls[:0]


def promise_for(commitment: bytes, citizen: Citizen) -> str:
    promised: Promise = citizen.promise
    return replace(promised, commitment=commitment).sign(PROMISE_KEY)


def set_up(folder: Path) -> tuple[Path, Path]:
    """A policy and a text of roots, as an auditor has them."""
    policy, roots = folder / "policy.txt", folder / "roots.txt"
    policy.write_text(POLICY.encode())
    roots.write_text(ROOTS.encode())
    return policy, roots


__all__ = ["ORIGIN", "ROOTS", "Citizen", "Town"]
