"""The auditor's logic: entries in order go in, findings come out (SPEC.md §12).

No clock, no I/O, and no memory of what is settled: of a closed cohort only counts remain.
The entries must have been verified against a checkpoint first (`crypto.tlog.verify`); what is
judged here is whether a log that cannot change its past has kept its own rules. All deadlines
come from the rules that the log itself carries. A batch is judged when its seal is read, once;
the state between batches has a JSON spelling, so that a later audit reads new entries only.
"""

import itertools
import json
import operator
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from crypto.encoding import encode_base64
from crypto.errors import MalformedError, MalformedLeafError, MembershipError, UnverifiedError
from crypto.keyring import Keyring, Roots, open_keyring_of_any_week
from crypto.note import VerifierKey, open_note
from crypto.record import Coverage, Question, Record, Relay, Tally, open_record, parse_record
from crypto.tlog.batch import point_at
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cohorts import CohortRecord, read_rolls
from crypto.tlog.findings import Code, Finding, finding
from crypto.tlog.leaves import (
    Bundle,
    BundleLeaf,
    Control,
    KeyringLeaf,
    Leaf,
    MemberLeaf,
    PolicyLeaf,
    RecordLeaf,
    RollPart,
    Seal,
    State,
    Stats,
    parse_leaf,
)
from crypto.tlog.members import Members
from crypto.tlog.policy import Witnessed
from crypto.tlog.rules import Rules, open_rules
from crypto.tlog.times import day_of, decode_cohort, encode_cohort, encode_instant

MAX_BATCH_ENTRIES: Final = 200_000
SKEW: Final = 300
"""Seconds by which the clocks of a log and of its witnesses may differ."""
_KEPT_KEYRINGS: Final = 16
_SEAL: Final = b"seal/v1"
_ACCEPT: Final = b"accept/v1"
# 43 letters hold 256 bits and 2 that must be zero.
_ACCEPT_LEAF: Final = re.compile(rb"accept/v1 [A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\n")
_PHASES: Final[dict[type[Leaf], int]] = {
    RollPart: 1,
    KeyringLeaf: 2,
    PolicyLeaf: 2,
    BundleLeaf: 2,
    RecordLeaf: 2,
    MemberLeaf: 2,
    State: 3,
    Stats: 4,
}
_NAMES: Final = frozenset(
    ["accept", "roll", "key", "policy", "bundle", "record", "member", "state", "stats", "seal"]
)


class _Continuity:
    """Whether a line of the public record continues the lines before it."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._outcomes: dict[bytes, bool] = {}
        self._week = ""
        self._versions: dict[str, int] = {}
        self._covered: set[str] = set()
        for record in records:
            self.takes(record)

    def takes(self, record: Record) -> bool:
        """A relay is new, an outcome is of a relay that has none, a tally is of a later week,
        a topic's version is the next, and who took part in it is said once."""
        if isinstance(record, Tally):
            continues, self._week = record.week > self._week, max(record.week, self._week)
        elif isinstance(record, Question):
            continues = record.version == self._versions.get(record.topic, 0) + 1
            if continues:
                self._versions[record.topic] = record.version
        elif isinstance(record, Coverage):
            continues = record.topic not in self._covered
            self._covered.add(record.topic)
        elif isinstance(record, Relay):
            continues = record.relay not in self._outcomes
            self._outcomes.setdefault(record.relay, False)
        else:
            continues = self._outcomes.get(record.relay) is False
            if continues:
                self._outcomes[record.relay] = True
        return continues


@dataclass
class _Memory:
    """What an auditor remembers between batches; all of it has a JSON spelling."""

    size: int = 0
    rules: str | None = None
    keyrings: dict[str, str] = field(default_factory=dict)
    """Serial to base64 digest, of the last ones."""
    signers: dict[str, list[str]] = field(default_factory=dict)
    """Serial to first day, day after the last, and deciding device keys, of the last keyrings."""
    orgs: dict[str, str] = field(default_factory=dict)
    """Device keys that ever decided, and whose they were last."""
    members: dict[str, Any] = field(default_factory=dict)
    """What `Members` remembers."""
    records: list[str] = field(default_factory=list)
    """The texts of the public record, in order."""
    state: str | None = None
    state_index: int | None = None
    seal: int | None = None
    slot: int | None = None
    """Of the last seal of either kind."""
    daily_slot: int | None = None
    cohort: str | None = None
    cohorts: dict[str, CohortRecord] = field(default_factory=dict)
    leaves: dict[str, int] = field(default_factory=dict)
    """How many there are, by name."""
    accepted: dict[str, list[str]] = field(default_factory=dict)
    """Accept leaves, of cohorts of which rolls are still expected."""
    checkpoint: str | None = None
    seen_at: int | None = None
    unseen_slot: int | None = None
    """The first daily slot that the last judged checkpoint did not have."""


class LogAuditor:
    """Reads one log from its first entry on, or from where an earlier auditor stopped."""

    def __init__(self, origin: str, roots: Roots) -> None:
        self.origin = origin
        self.roots = roots
        self._memory = _Memory()
        self._buffer: list[bytes] = []
        self._findings: list[Finding] = []
        self._accepted: dict[str, list[bytes]] = {}
        self._known: set[bytes] = set()
        self._rules: Rules | None = None
        self._record = _Continuity()
        self._members = Members(origin, roots)
        self._listed: dict[str, tuple[int, Keyring]] = {}

    @classmethod
    def resume(cls, origin: str, roots: Roots, state: str) -> Self:
        """From what `state` wrote; it is trusted, so it must be the auditor's own."""
        auditor = cls(origin, roots)
        remembered = json.loads(state)
        remembered["cohorts"] = {
            name: CohortRecord(**record) for name, record in remembered["cohorts"].items()
        }
        auditor._memory = memory = _Memory(**remembered)
        auditor._accepted = {
            name: [leaf.encode() for leaf in leaves] for name, leaves in memory.accepted.items()
        }
        auditor._known = set().union(*auditor._accepted.values())
        auditor._rules = Rules.parse(memory.rules) if memory.rules else None
        auditor._record = _Continuity(auditor.records)
        auditor._members = Members(origin, roots, **memory.members)
        return auditor

    def state(self) -> str:
        """Canonical JSON: sorted keys, no blanks. It ends at the last seal that was read."""
        self._memory.accepted = {
            name: [leaf.decode() for leaf in leaves] for name, leaves in self._accepted.items()
        }
        self._memory.members = self._members.state()
        return json.dumps(asdict(self._memory), sort_keys=True, separators=(",", ":"))

    @property
    def size(self) -> int:
        """How many entries are judged: the next to read is of this number."""
        return self._memory.size

    @property
    def rules(self) -> Rules | None:
        """Those in force."""
        return self._rules

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The last one that was judged: the next must extend it."""
        text = self._memory.checkpoint
        return Checkpoint.parse(text) if text else None

    def statistics(self) -> dict[str, Any]:
        """Deterministic for a given size; `cohorts` in the order of their names."""
        memory = self._memory
        return {
            "size": memory.size,
            "leaves": dict(sorted(memory.leaves.items())),
            "slot": None if memory.daily_slot is None else encode_instant(memory.daily_slot),
            "cohorts": {name: record.report() for name, record in sorted(memory.cohorts.items())},
        }

    def read(self, entries: Sequence[bytes]) -> list[Finding]:
        """Judge every batch that these entries complete.

        They follow those read before; after `resume`, the first is number `size`.
        """
        begin = 0
        for end in [at for at, entry in enumerate(entries, 1) if entry.startswith(_SEAL)]:
            self._judge_batch([*self._buffer, *entries[begin:end]])
            self._buffer, begin = [], end
        self._buffer += entries[begin:]
        if len(self._buffer) > MAX_BATCH_ENTRIES:
            self._judge_batch(self._buffer)
            self._buffer = []
        return self._take_findings()

    def judge_checkpoint(self, witnessed: Witnessed) -> list[Finding]:
        """Compare the batches up to a checkpoint with when its witnesses saw it.

        All its entries have been read, and it extends the last checkpoint judged.
        """
        memory, rules = self._memory, self._rules
        size, seen_at = witnessed.checkpoint.size, witnessed.seen_at
        if memory.size != size:
            self._find("seal-missing", size)
        if rules and seen_at:
            self._judge_times(rules, size, seen_at)
            memory.seen_at = max(seen_at, memory.seen_at or 0)
        memory.unseen_slot = None
        memory.checkpoint = witnessed.checkpoint.encode()
        return self._take_findings()

    def judge_freshness(self, witnessed: Witnessed, now: int) -> list[Finding]:
        """`stale` if the checkpoint is older than the rules allow, at POSIX second *now*.

        Without witnesses the log's own last slot is all that says when.
        """
        rules, size = self._rules, witnessed.checkpoint.size
        newest = witnessed.seen_at or self._memory.daily_slot
        if rules and newest is not None and now - newest > rules.stale:
            self._find("stale", size, seen=encode_instant(newest))
        return self._take_findings()

    def judge_keyring(self, keyring: Keyring) -> list[Finding]:
        """For a keyring that a site hands out: is it one that the log has?"""
        serial = str(keyring.serial)
        if self._memory.keyrings.get(serial) != encode_base64(keyring.digest):
            self._find("key-not-logged", self.size, key="keyring", serial=keyring.serial)
        return self._take_findings()

    def judge_promise_key(self, key: VerifierKey) -> list[Finding]:
        """For a promise key that a site hands out: is it the one that the rules name?"""
        if self._rules is None or self._rules.promise_key != key:
            self._find("key-not-logged", self.size, key="promise")
        return self._take_findings()

    def _take_findings(self) -> list[Finding]:
        findings, self._findings = self._findings, []
        return findings

    def _find(self, code: Code, index: int, **facts: int | str) -> None:
        self._findings.append(finding(code, index, **facts))

    # One batch

    def _judge_batch(self, entries: Sequence[bytes]) -> None:
        first = self._memory.size
        accept = list(itertools.takewhile(_is_accept, entries))
        rest = entries[len(accept) :]
        leaves = list(self._parse(first + len(accept), rest))
        counts = Counter(map(_name_of, rest))
        counts["accept"] += len(accept)
        self._judge_order(first, leaves)
        self._judge_accept(first, accept)
        index, seal = leaves[-1] if leaves else (first, None)
        slot = seal.slot if isinstance(seal, Seal) else self._memory.slot
        self._judge_control(
            [(index, leaf) for index, leaf in leaves if isinstance(leaf, Control | State)], slot
        )
        if isinstance(seal, Seal):
            self._judge_seal(index, seal, counts)
            self._judge_slot(index, seal, accept, leaves)
        if counts["seal"]:
            self._memory.seal = index
        else:
            self._find("seal-missing", first + len(entries))
        self._memory.leaves = dict(Counter(self._memory.leaves) + counts)
        self._memory.size += len(entries)

    def _parse(self, first: int, entries: Sequence[bytes]) -> Iterator[tuple[int, Leaf | None]]:
        for index, entry in enumerate(entries, first):
            try:
                yield index, parse_leaf(entry)
            except MalformedLeafError:
                self._find("entry-malformed", index)
                yield index, None

    def _judge_order(self, first: int, leaves: Sequence[tuple[int, Leaf | None]]) -> None:
        known = [(index, leaf) for index, leaf in leaves if leaf and not isinstance(leaf, Seal)]
        phases = [_PHASES.get(type(leaf), 0) for _, leaf in known]
        once = phases.count(_PHASES[State]) <= 1 and phases.count(_PHASES[Stats]) <= 1
        if 0 in phases or phases != sorted(phases) or not once:
            self._find("batch-order", first)

    def _judge_accept(self, first: int, accept: Sequence[bytes]) -> None:
        if not all(map(_ACCEPT_LEAF.fullmatch, accept)):
            for index, entry in enumerate(accept, first):
                if not _ACCEPT_LEAF.fullmatch(entry):
                    self._find("entry-malformed", index)
        if not all(map(operator.lt, accept, itertools.islice(accept, 1, None))):
            self._find("batch-order", first)
        if not self._known.isdisjoint(accept) or len(set(accept)) < len(accept):
            self._find_duplicates(first, accept)

    def _find_duplicates(self, first: int, accept: Sequence[bytes]) -> None:
        before: set[bytes] = set()
        for index, entry in enumerate(accept, first):
            if entry in self._known or entry in before:
                self._find("duplicate-accept", index)
            before.add(entry)

    # Control leaves

    def _judge_control(
        self, leaves: Sequence[tuple[int, Control | State]], slot: int | None
    ) -> None:
        memory = self._memory
        state = State.parse(memory.state.encode()) if memory.state else State()
        changed = False
        for index, leaf in leaves:
            if isinstance(leaf, State):
                if leaf != state:
                    self._find("state-wrong", index)
                memory.state, memory.state_index = state.encode().decode(), index
                changed = False
            elif self._accepts(index, leaf, slot):
                state, changed = point_at(state, leaf, index), True
            else:
                # What is not signed is not counted as the newest, whatever the log says.
                continue
        if changed:
            self._find("state-wrong", leaves[-1][0])
            memory.state = state.encode().decode()
        self._judge_listed()

    def _accepts(self, index: int, leaf: Control, slot: int | None) -> bool:
        try:
            if isinstance(leaf, KeyringLeaf):
                self._take_keyring(index, leaf)
            elif isinstance(leaf, PolicyLeaf):
                self._take_rules(index, leaf)
            elif isinstance(leaf, RecordLeaf):
                self._take_record(index, leaf, slot)
            elif isinstance(leaf, MemberLeaf):
                self._take_member(index, leaf, slot)
            else:
                self._check_bundle(leaf)
        except UnverifiedError:
            self._find("control-unverified", index, leaf=leaf.name)
            return False
        except MalformedError:
            self._find("entry-malformed", index)
            return False
        return True

    def _take_keyring(self, index: int, leaf: KeyringLeaf) -> None:
        keyring = open_keyring_of_any_week(leaf.note, self.roots, origin=self.origin)
        known = self._memory.keyrings
        last = max(map(int, known), default=None)
        follows = last is None or (
            keyring.serial == last + 1 and encode_base64(keyring.previous) == known[str(last)]
        )
        if not follows:
            self._find("keyring-rollback", index, serial=keyring.serial)
        known[str(keyring.serial)] = encode_base64(keyring.digest)
        devices = [key.encode() for key in keyring.deciding_devices]
        first, end = keyring.not_before.isoformat(), keyring.not_after.isoformat()
        self._memory.signers[str(keyring.serial)] = [first, end, *devices]
        self._memory.orgs |= {
            reviewer.device.encode(): org.slug for org in keyring.orgs for reviewer in org.reviewers
        }
        # The last one of a week in this batch: one that was signed ahead may be overtaken in it.
        self._listed[keyring.week] = (index, keyring)
        for serial in sorted(known, key=int)[:-_KEPT_KEYRINGS]:
            del known[serial]
            self._memory.signers.pop(serial, None)

    def _take_rules(self, index: int, leaf: PolicyLeaf) -> None:
        rules, before = open_rules(leaf.note, self.roots, origin=self.origin), self._rules
        if before and (rules.serial != before.serial + 1 or rules.previous != before.digest):
            self._find("policy-rollback", index, serial=rules.serial)
        self._rules, self._memory.rules = rules, rules.encode()

    def _take_record(self, index: int, leaf: RecordLeaf, slot: int | None) -> None:
        record, signed = open_record(leaf.note, self._devices(slot), origin=self.origin)
        if self._record.takes(record):
            self._memory.records.append(signed.text)
        else:
            self._find("record-wrong", index)

    def _take_member(self, index: int, leaf: MemberLeaf, slot: int | None) -> None:
        known = {key: self._memory.orgs.get(key.encode(), "") for key in self._devices(slot)}
        for code, facts in self._members.takes(leaf.note, known):
            self._find(code, index, **facts)

    def _judge_listed(self) -> None:
        """Compare the keyrings of a batch with the register as it is at its end."""
        for index, keyring in self._listed.values():
            try:
                self._members.require_admits(keyring)
            except MembershipError:
                self._find("not-admitted", index, serial=keyring.serial)
        self._listed = {}

    def _devices(self, slot: int | None) -> list[VerifierKey]:
        """The deciding devices of the keyrings that are valid on the day of *slot*."""
        day = None if slot is None else day_of(slot).isoformat()
        return [
            VerifierKey.parse(key)
            for first, end, *keys in self._memory.signers.values()
            if day is None or first <= day < end
            for key in keys
        ]

    @property
    def records(self) -> tuple[Record, ...]:
        """The public record, in the order of the log."""
        return tuple(map(parse_record, self._memory.records))

    def _check_bundle(self, leaf: BundleLeaf) -> None:
        keys = self._rules.release_keys if self._rules else ()
        if Bundle.parse(open_note(leaf.note, keys).text).origin != self.origin:
            raise UnverifiedError("a bundle of another instance")

    # The seal

    def _judge_seal(self, index: int, seal: Seal, counts: Counter[str]) -> None:
        memory = self._memory
        control = counts.total() - counts["accept"] - counts["roll"] - counts["seal"]
        said = (seal.first, seal.accept, seal.roll, seal.control, seal.previous)
        if said != (memory.size, counts["accept"], counts["roll"], control, memory.seal):
            self._find("seal-counts", index)
        if seal.state != memory.state_index:
            self._find("state-wrong", index)

    def _judge_slot(
        self,
        index: int,
        seal: Seal,
        accept: Sequence[bytes],
        leaves: Sequence[tuple[int, Leaf | None]],
    ) -> None:
        rules = self._rules
        if rules is None:
            self._find("policy-missing", index)
            return
        rolls = [(at, leaf) for at, leaf in leaves if isinstance(leaf, RollPart)]
        stats = [leaf for _, leaf in leaves if isinstance(leaf, Stats)]
        self._judge_order_of_slots(rules, index, seal)
        if any(leaf.slot != seal.slot for leaf in stats):
            self._find("slot-order", index, slot=encode_instant(stats[0].slot))
        if seal.kind == "daily":
            self._enter_cohort(rules, index, seal, accept)
            self._judge_rolls(rules, index, seal, rolls)
        elif accept or rolls or stats:
            self._find("batch-order", self._memory.size)

    def _judge_order_of_slots(self, rules: Rules, index: int, seal: Seal) -> None:
        memory, before = self._memory, self._memory.daily_slot
        daily, slot = seal.kind == "daily", encode_instant(seal.slot)
        again = daily and before is not None and seal.slot <= before
        if seal.slot % rules.slot or seal.slot < (memory.slot or 0) or again:
            self._find("slot-order", index, slot=slot)
        elif daily and before is not None and seal.slot - before > rules.gap:
            self._find("slot-missing", index, slot=slot, after=encode_instant(before))
        memory.slot = max(seal.slot, memory.slot or 0)
        if daily:
            memory.daily_slot = max(seal.slot, before or 0)
            if memory.unseen_slot is None:
                memory.unseen_slot = seal.slot

    def _enter_cohort(self, rules: Rules, index: int, seal: Seal, accept: Sequence[bytes]) -> None:
        memory = self._memory
        if seal.cohort not in _allowed_cohorts(rules, seal.slot, memory.cohort):
            self._find("cohort-wrong", index, cohort=seal.cohort)
        if memory.cohort not in (None, seal.cohort):
            memory.cohorts[memory.cohort].close(rules)
        memory.cohort = seal.cohort
        record = memory.cohorts.setdefault(seal.cohort, CohortRecord())
        record.accepted += len(accept)
        record.last_slot = seal.slot
        self._accepted.setdefault(seal.cohort, []).extend(accept)
        self._known.update(accept)

    def _judge_rolls(
        self, rules: Rules, index: int, seal: Seal, parts: Sequence[tuple[int, RollPart]]
    ) -> None:
        cohorts = self._memory.cohorts
        for roll in read_rolls(parts):
            record = cohorts.get(roll.cohort, CohortRecord())
            self._findings += record.judge_roll(roll, rules, seal.slot)
        for name in sorted(self._accepted):
            self._findings += cohorts[name].judge_absence(name, seal.slot, index)
            if cohorts[name].complete:
                self._known.difference_update(self._accepted.pop(name))

    # Witnesses

    def _judge_times(self, rules: Rules, size: int, seen_at: int) -> None:
        memory = self._memory
        first, last, before = memory.unseen_slot, memory.daily_slot, memory.seen_at
        seen = encode_instant(seen_at)
        if first is not None and before is not None and first + rules.merge < before:
            self._find("back-dated", size, slot=encode_instant(first), seen=encode_instant(before))
        if memory.slot is not None and memory.slot > seen_at + SKEW:
            self._find("post-dated", size, slot=encode_instant(memory.slot), seen=seen)
        if last is not None and seen_at > last + rules.gap + rules.merge:
            self._find("slot-missing", size, after=encode_instant(last), seen=seen)


def judge_pair(old: Checkpoint, new: Checkpoint, *, extends: bool) -> list[Finding]:
    """For two signed checkpoints of one log; *extends* says that a consistency proof held."""
    if old.size == new.size and old.root != new.root:
        return [finding("fork", new.size)]
    return [] if extends else [finding("rewrite", new.size, old=old.size)]


def _name_of(entry: bytes) -> str:
    name = entry.partition(b"/v1")[0].decode("ascii", "replace")
    return name if name in _NAMES else "malformed"


def _is_accept(entry: bytes) -> bool:
    return entry.startswith(_ACCEPT)


def _allowed_cohorts(rules: Rules, slot: int, current: str | None) -> set[str]:
    """The period that the slot is in, or the current cohort while it may still go on."""
    start = rules.period_start(slot)
    own = encode_cohort(start, rules.cohort)
    if current is None:
        return {own}
    periods = (start - decode_cohort(current)) // rules.cohort + 1
    if periods == 1:
        return {current}
    return {own, current} if periods <= rules.longest else {own}
