"""What the holder of a promise or of a receipt code can check by herself (SPEC.md §12).

Both read the entries of the log in order, all of them: asking for one's own leaf would tell
the log whose it is. The entries must have been verified first (`crypto.tlog.verify`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from crypto.commitment import Promise
from crypto.encoding import encode_base64
from crypto.errors import MalformedLeafError
from crypto.tlog.findings import Finding, finding
from crypto.tlog.leaves import (
    Accept,
    RollPart,
    Seal,
    parse_leaf,
    roll_status,
    roll_tag,
    split_lines,
)
from crypto.tlog.policy import Witnessed
from crypto.tlog.rules import COVER
from crypto.tlog.times import DAY, encode_duration, midnight

PromiseState = Literal["kept", "late", "broken", "open"]


@dataclass
class Receipt:
    """What the log says about one submission, from its first entry to where it was read.

    Who holds a promise and no receipt code has no `roll_seed`, and reads no rolls.
    """

    origin: str
    commitment: bytes
    roll_seed: bytes | None = None
    size: int = 0
    index: int | None = None
    """Of the accept leaf."""
    cohort: str | None = None
    accepted_in: int | None = None
    """The slot of the batch that has it."""
    statuses: dict[int, str | None] = field(default_factory=dict)
    """By age in seconds, of the rolls that the log has; None where the tag is missing."""
    slot: int | None = None
    """Of the last daily batch."""

    def read(self, entries: Iterable[bytes]) -> None:
        """Entries that follow those read before."""
        leaf = Accept(self.commitment).encode()
        for index, entry in enumerate(entries, self.size):
            self.size = index + 1
            if entry == leaf:
                self.index = index
            elif entry.startswith((b"roll/v1 ", b"seal/v1 ")):
                self._read_leaf(entry)

    def _read_leaf(self, entry: bytes) -> None:
        try:
            leaf = parse_leaf(entry)
        except MalformedLeafError:
            # For auditors to judge; it holds nothing for anybody.
            return
        if isinstance(leaf, Seal) and leaf.kind == "daily":
            self.slot = leaf.slot
            if self.index is not None and self.cohort is None:
                self.cohort, self.accepted_in = leaf.cohort, leaf.slot
        elif isinstance(leaf, RollPart) and leaf.cohort == self.cohort and self.roll_seed:
            self._read_roll(leaf, self.roll_seed)

    def _read_roll(self, part: RollPart, roll_seed: bytes) -> None:
        tag = encode_base64(roll_tag(roll_seed, self.origin, part.cohort, part.age))
        mine = dict(zip(*split_lines(part.lines), strict=True)).get(tag)
        self.statuses[part.age] = self.statuses.get(part.age) or mine


def check_receipt(receipt: Receipt, shown: Mapping[int, str] | None = None) -> list[Finding]:
    """What is wrong for the holder: the leaf or a tag is missing, or a status is another.

    *shown* has, by age, the statuses of the case that she was shown when that roll was made;
    a roll that calls her submission a cover leaf is wrong in any case.
    """
    if receipt.index is None:
        return [finding("leaf-missing", receipt.size)]
    findings = []
    for age, status in sorted(receipt.statuses.items()):
        expected = roll_status(shown[age]) if shown and age in shown else None
        facts = {"cohort": receipt.cohort or "", "age": encode_duration(age)}
        if status is None:
            findings.append(finding("tag-missing", receipt.size, **facts))
        elif status == COVER or (expected and status != expected):
            findings.append(finding("status-differs", receipt.size, **facts, status=status))
    return findings


def check_promise(
    promise: Promise, receipt: Receipt, witnessed: Witnessed | None = None
) -> tuple[PromiseState, list[Finding]]:
    """Whether the promised leaf is in the log that *receipt* has read to its end.

    Without it the promise is broken once the log has sealed the batch of the promised date,
    or a quorum saw the log after that day; until then it is open. The promise, the
    checkpoint and the entries prove a broken one to anybody. Raise ValueError for a receipt
    of another submission.
    """
    if receipt.commitment != promise.commitment:
        raise ValueError("the receipt is not of what was promised")
    due, facts = midnight(promise.merge_by), {"commitment": encode_base64(promise.commitment)}
    if receipt.index is not None:
        if receipt.accepted_in is None or receipt.accepted_in <= due:
            return "kept", []
        return "late", [finding("promise-late", receipt.index, **facts)]
    sealed = receipt.slot is not None and receipt.slot >= due
    seen = witnessed is not None and (witnessed.seen_at or 0) >= due + DAY
    if sealed or seen:
        return "broken", [finding("promise-broken", receipt.size, **facts)]
    return "open", []
