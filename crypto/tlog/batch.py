"""One slot's batch, put together without I/O: the sequencer's arithmetic (SPEC.md §11).

Accept leaves ascend, so their order is a shuffle that anyone can check and that carries
nothing. Cover leaves make the number of a day's submissions uncertain: how many is drawn from
a two-sided geometric law with integers only, since floating point would leak at its edges.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final, Self

from crypto.encoding import SYSTEM_RANDOM, Random, sha256
from crypto.note import read_text_unverified
from crypto.tlog.leaves import (
    Accept,
    BatchKind,
    BundleLeaf,
    Control,
    KeyringLeaf,
    Pointer,
    PolicyLeaf,
    Seal,
    State,
    Stats,
    roll_parts,
)
from crypto.tlog.rules import Rules
from crypto.tlog.times import decode_cohort, encode_cohort

_DRAW_BYTES: Final = 16
_POINTERS: Final[dict[type[Control], str]] = {
    KeyringLeaf: "keyring",
    PolicyLeaf: "policy",
    BundleLeaf: "bundle",
}


@dataclass(frozen=True)
class Roll:
    """A whole roll that is due; its lines (`crypto.tlog.leaves.roll_line`) in any order."""

    cohort: str
    age: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Position:
    """Where the log stands after its last batch: all that the next one must know of it."""

    size: int = 0
    seal: int | None = None
    state_index: int | None = None
    state: State = field(default_factory=State)

    @classmethod
    def after(cls, seal: Seal, state: State | None) -> Self:
        """Where a log stands whose last leaf is *seal*, which points at *state*."""
        return cls(seal.index + 1, seal.index, seal.state, state or State())


@dataclass(frozen=True)
class Batch:
    """Entries in order, the seal last, and where the log stands after them."""

    entries: tuple[bytes, ...]
    seal: Seal
    position: Position


def build_batch(
    position: Position,
    *,
    slot: int,
    cohort: str,
    commitments: Iterable[bytes] = (),
    rolls: Sequence[Roll] = (),
    control: Sequence[Control] = (),
    stats: Stats | None = None,
    kind: BatchKind = "daily",
) -> Batch:
    """The batch of *slot*; *commitments* are those of submissions and of cover leaves.

    A control batch has no accept leaves, no rolls, and no stats. Raise ValueError for a
    commitment given twice, `MalformedLeafError` for one that is not 32 bytes.
    """
    accept = sorted(Accept(commitment).encode() for commitment in commitments)
    if any(one == other for one, other in itertools.pairwise(accept)):
        raise ValueError("an accept leaf twice")
    if kind == "control" and (accept or rolls or stats):
        raise ValueError("a control batch holds control leaves only")
    parts = [part.encode() for roll in rolls for part in roll_parts(*_fields(roll))]
    first_control = position.size + len(accept) + len(parts)
    others, state_index, state = _control_entries(position, first_control, control)
    if stats:
        others.append(stats.encode())
    seal = Seal(
        slot=slot,
        kind=kind,
        first=position.size,
        accept=len(accept),
        roll=len(parts),
        control=len(others),
        cohort=cohort,
        state=state_index,
        previous=position.seal,
    )
    after = Position(seal.index + 1, seal.index, state_index, state)
    return Batch((*accept, *parts, *others, seal.encode()), seal, after)


def _fields(roll: Roll) -> tuple[str, int, tuple[str, ...]]:
    return roll.cohort, roll.age, roll.lines


def _control_entries(
    position: Position, first: int, control: Sequence[Control]
) -> tuple[list[bytes], int | None, State]:
    """The control leaves, and the state leaf that they make necessary."""
    entries = [leaf.encode() for leaf in control]
    if not control:
        return entries, position.state_index, position.state
    state = position.state
    for index, leaf in enumerate(control, first):
        state = point_at(state, leaf, index)
    return [*entries, state.encode()], first + len(entries), state


def point_at(state: State, leaf: Control, index: int) -> State:
    """The state after that leaf, which is at *index*; not every kind has a pointer in it."""
    if type(leaf) not in _POINTERS:
        return state
    pointer = Pointer(index, sha256(read_text_unverified(leaf.note).encode()))
    return replace(state, **{_POINTERS[type(leaf)]: pointer})


def next_cohort(rules: Rules, slot: int, current: str | None, submissions: int) -> str:
    """The cohort of the batch of *slot*: the period it is in, or *current* continued.

    A cohort with fewer *submissions* than the rules want goes on for another period, so that
    its rolls do not single anybody out; but not for more periods than the rules allow.
    """
    start = rules.period_start(slot)
    if current is not None:
        periods = (start - decode_cohort(current)) // rules.cohort + 1
        few = submissions < rules.fewest
        if periods == 1 or (few and periods <= rules.longest):
            return current
    return encode_cohort(start, rules.cohort)


def cohort_end(rules: Rules, last_slot: int) -> int:
    """When a cohort ended whose last batch was that of *last_slot*; ages count from here."""
    return rules.period_start(last_slot) + rules.cohort


def due_ages(ages: Iterable[int], end: int, slot: int) -> list[int]:
    """Those of *ages* whose rolls must be in the batch of *slot* or were due before."""
    return [age for age in ages if end + age <= slot]


def cover_count(
    random: Random = SYSTEM_RANDOM, *, mean: int = 26, epsilon: Fraction = Fraction(1, 2)
) -> int:
    """How many cover leaves: max(0, mean + Z), P[Z = z] proportional to exp(-epsilon |z|).

    So the number of accept leaves of a batch hides one submission more or less: its
    probabilities differ at most by the factor exp(epsilon).
    """
    return max(0, mean + two_sided_geometric(random, epsilon))


def two_sided_geometric(random: Random, epsilon: Fraction) -> int:
    """Z with P[Z = z] proportional to exp(-epsilon |z|), by integers alone."""
    draw = _uniform(random)
    # 0 comes with either sign, and would come twice as often as it should.
    while True:
        negative, magnitude = draw(2), _geometric(draw, epsilon)
        if magnitude or not negative:
            return -magnitude if negative else magnitude


def _geometric(draw: Callable[[int], int], epsilon: Fraction) -> int:
    """P[k] proportional to exp(-epsilon k): how often a chance of exp(-epsilon) comes."""
    count = 0
    while _happens(draw, epsilon):
        count += 1
    return count


def _happens(draw: Callable[[int], int], gamma: Fraction) -> bool:
    """With probability exp(-gamma), exactly (Canonne, Kamath and Steinke, 2020, algorithm 1)."""
    while gamma > 1:
        if not _happens(draw, Fraction(1)):
            return False
        gamma -= 1
    terms = 1
    while draw(gamma.denominator * terms) < gamma.numerator:
        terms += 1
    return terms % 2 == 1


def _uniform(random: Random) -> Callable[[int], int]:
    """Draws below a bound, each equally likely, from random bytes."""

    def draw(bound: int) -> int:
        whole = 1 << 8 * _DRAW_BYTES
        limit = whole - whole % bound
        while (number := int.from_bytes(random(_DRAW_BYTES), "big")) >= limit:
            pass
        return number % bound

    return draw
