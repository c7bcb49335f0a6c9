"""How the holder of a code looks her leaf up, and nobody learns which it is (SPEC.md §13).

She reads whole bundles only, from a boundary that is the same for everyone up to the newest
leaf, and goes further back in steps of `STEP` bundles until her leaf is there, or a batch from
before the week in which her submission came. Everything that is read is verified against the
root of a checkpoint that a quorum of witnesses has signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from crypto.commitment import MERGE_DELAY
from crypto.errors import DifferentTileError, MalformedLeafError, MalformedTileError
from crypto.keyring import Roots
from crypto.tlog.batch import cohort_end, due_ages
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.holder import Receipt
from crypto.tlog.leaves import (
    Accept,
    PolicyLeaf,
    Seal,
    State,
    parse_leaf,
    roll_status,
)
from crypto.tlog.merkle import Span, inclusion_ranges, leaf_hashes, tree_root
from crypto.tlog.policy import Policy, Witnessed
from crypto.tlog.rules import Rules, open_rules
from crypto.tlog.tiles import (
    WIDTH,
    TilePath,
    TileReader,
    parse_bundle,
    parse_tile,
    tile_width,
)
from crypto.tlog.times import DAY, encode_duration, midnight
from crypto.weeks import monday_of

STEP: Final = 32
"""Bundles: everyone reads at least so many, and fewer than twice as many, if there are."""

LookupState = Literal["included", "late", "pending", "missing", "disputed"]
LookupProblem = Literal["late", "missing", "tag", "status", "roll", "stale"]

_RANKS: Final = {"received": 0, "read": 1, "declined": 2, "withdrawn": 2}


def latest_merge(week: str) -> date:
    """The last day that the promise of a submission of that week may name."""
    return monday_of(week) + timedelta(days=6) + MERGE_DELAY


class Newest:
    """The newest entries of a log, in whole bundles, verified; `first` is the index of the first.

    Raises `DifferentTileError` for bytes that are not what the checkpoint says, and whatever
    the reader raises.
    """

    def __init__(self, reader: TileReader, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.entries: list[bytes] = []
        self._reader = reader
        self._roots = self._bundle_roots()
        self._begin = max(0, (len(self._roots) // STEP - 1) * STEP)
        self._read(self._begin, len(self._roots))

    @property
    def first(self) -> int:
        return self._begin * WIDTH

    def read_more(self) -> bool:
        """Go one step back; False at the beginning of the log."""
        if not self._begin:
            return False
        end, self._begin = self._begin, self._begin - STEP
        self._read(self._begin, end)
        return True

    def entry(self, index: int) -> bytes:
        """Any entry, also from before `first`: one that everyone who checks reads."""
        if index >= self.first:
            return self.entries[index - self.first]
        return self._bundle(index // WIDTH)[index % WIDTH]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The hashes that prove that entry *index*, which has been read, is in the tree."""
        return tuple(map(self._hash_of, inclusion_ranges(index, self.checkpoint.size)))

    def _bundle_roots(self) -> list[bytes]:
        """The root over each bundle, the last from its entries; together they make the root."""
        size = self.checkpoint.size
        full, rest = divmod(size, WIDTH)
        roots: list[bytes] = []
        for index in range(-(-full // WIDTH)):
            width = tile_width(1, index, size)
            try:
                roots += parse_tile(self._reader.read_tile(1, index, width), width)
            except MalformedTileError as exc:
                raise DifferentTileError(TilePath(1, index, width).encode()) from exc
        if rest:
            roots.append(tree_root(leaf_hashes(self._parsed(full))))
        if tree_root(roots) != self.checkpoint.root:
            raise DifferentTileError("the right edge")
        return roots

    def _read(self, begin: int, end: int) -> None:
        read = [entry for number in range(begin, end) for entry in self._bundle(number)]
        self.entries[:0] = read

    def _bundle(self, number: int) -> list[bytes]:
        entries = self._parsed(number)
        if tree_root(leaf_hashes(entries)) != self._roots[number]:
            raise DifferentTileError(TilePath(None, number, len(entries)).encode())
        return entries

    def _parsed(self, number: int) -> list[bytes]:
        width = tile_width(0, number, self.checkpoint.size)
        try:
            return parse_bundle(self._reader.read_entries(number, width), width)
        except MalformedTileError as exc:
            raise DifferentTileError(TilePath(None, number, width).encode()) from exc

    def _hash_of(self, span: Span) -> bytes:
        begin, end = span
        if begin // WIDTH == (end - 1) // WIDTH:
            inside = self.entries[begin - self.first : end - self.first]
            whole = not begin % WIDTH and (end - begin == WIDTH or end == self.checkpoint.size)
            return self._roots[begin // WIDTH] if whole else tree_root(leaf_hashes(inside))
        return tree_root(self._roots[begin // WIDTH : -(-end // WIDTH)])


@dataclass(frozen=True)
class Lookup:
    """What the log says about one submission. `problems` is empty where every promise is kept."""

    state: LookupState
    problems: tuple[LookupProblem, ...]
    receipt: Receipt
    due: date
    """The day by which the leaf must be there."""
    proof: tuple[bytes, ...] | None = None

    @property
    def rolls(self) -> dict[str, str | None]:
        """Status by age, None where the holder's line is missing."""
        return {
            encode_duration(age): status for age, status in sorted(self.receipt.statuses.items())
        }


def look_up(newest: Newest, receipt: Receipt, since: int) -> None:
    """Let *receipt* read the log, from so far back that its leaf cannot be before.

    *since* is the instant before which it cannot have been accepted.
    """
    leaf = Accept(receipt.commitment).encode()
    while leaf not in newest.entries and not _reaches(newest.entries, since):
        if not newest.read_more():
            break
    receipt.size = newest.first
    receipt.read(newest.entries)


def newest_rules(newest: Newest, roots: Roots) -> tuple[int, Rules]:
    """The rules that the newest state leaf names, and their index; the roots must have signed them.

    Raise `MalformedLeafError` where the log does not say, `UnverifiedError`.
    """
    seal = parse_leaf(newest.entries[-1]) if newest.entries else None
    if not isinstance(seal, Seal) or seal.state is None or seal.state >= newest.checkpoint.size:
        raise MalformedLeafError("a log without rules")
    state = parse_leaf(newest.entry(seal.state))
    pointer = state.policy if isinstance(state, State) else None
    if pointer is None or pointer.index >= newest.checkpoint.size:
        raise MalformedLeafError("a log without rules")
    leaf = parse_leaf(newest.entry(pointer.index))
    if not isinstance(leaf, PolicyLeaf):
        raise MalformedLeafError("a log without rules")
    return pointer.index, open_rules(leaf.note, roots, origin=newest.checkpoint.origin)


def names_policy(rules: Rules, policy: Policy) -> bool:
    """Whether the roots, who signed the rules, vouch for these log keys and witnesses."""
    return rules.witnesses == policy.digest and policy.log_keys(rules.origin) == rules.log_keys


def judge(
    newest: Newest,
    receipt: Receipt,
    witnessed: Witnessed,
    rules: tuple[int, Rules],
    *,
    due: date,
    status: str,
    now: int,
) -> Lookup:
    """Whether the log keeps what was promised.

    *receipt* has read all of *newest*. *status* is a word of SPEC.md §8: what the mailbox says.
    *now* is in POSIX seconds.
    """
    problems: list[LookupProblem] = []
    limit = midnight(due)
    if receipt.index is None:
        sealed = receipt.slot is not None and receipt.slot >= limit
        seen = (witnessed.seen_at or 0) >= limit + DAY
        state: LookupState = "missing" if sealed or seen else "pending"
        problems += ["missing"] if state == "missing" else []
    else:
        is_late = receipt.accepted_in is not None and receipt.accepted_in > limit
        problems += ["late"] if is_late else []
        wrong = [*_wrong_statuses(receipt, status), *_missing_rolls(newest, receipt, *rules)]
        problems += dict.fromkeys(wrong)
        state = "disputed" if wrong else "late" if is_late else "included"
    problems += ["stale"] if _is_stale(receipt, witnessed, rules[1], now) else []
    proof = None if receipt.index is None else newest.proof(receipt.index)
    return Lookup(state, tuple(problems), receipt, due, proof)


def _wrong_statuses(receipt: Receipt, status: str) -> list[LookupProblem]:
    """A status only goes forward, so no roll can be ahead of what the holder is shown."""
    present = roll_status(status)
    found: list[LookupProblem] = []
    for rolled in receipt.statuses.values():
        if rolled is None:
            found.append("tag")
        elif rolled != present and _RANKS.get(rolled, 9) >= _RANKS[present]:
            found.append("status")
    return found


def _missing_rolls(
    newest: Newest, receipt: Receipt, index: int, rules: Rules
) -> list[LookupProblem]:
    """Rolls that are due by now. Of rules that came later nobody can say here what they changed."""
    seals = [
        leaf
        for entry in newest.entries[(receipt.index or 0) - newest.first :]
        if entry.startswith(b"seal/v1 ") and isinstance(leaf := _leaf(entry), Seal)
        if leaf.kind == "daily"
    ]
    mine = [seal for seal in seals if seal.cohort == receipt.cohort]
    after = [seal for seal in seals if seal.cohort != receipt.cohort]
    if not mine or not after or index > after[0].index:
        return []
    end = cohort_end(rules, mine[-1].slot)
    due = due_ages(rules.ages, end, after[-1].slot)
    return ["roll" for age in due if age not in receipt.statuses]


def _is_stale(receipt: Receipt, witnessed: Witnessed, rules: Rules, now: int) -> bool:
    if witnessed.seen_at is not None:
        return now - witnessed.seen_at > rules.stale
    return receipt.slot is None or now - receipt.slot > max(rules.stale, rules.gap + rules.merge)


def _reaches(entries: Sequence[bytes], since: int) -> bool:
    """Whether these entries begin with a batch of before that instant."""
    for entry in entries:
        if entry.startswith(b"seal/v1 "):
            leaf = _leaf(entry)
            return isinstance(leaf, Seal) and leaf.slot < since
    return False


def _leaf(entry: bytes) -> object:
    try:
        return parse_leaf(entry)
    except MalformedLeafError:
        # For auditors to judge; it holds nothing for anybody.
        return None
