"""Every format of the log: a value reads back, and what parses has one spelling."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.encoding import encode_base64
from crypto.errors import CryptoError
from crypto.tlog.audit import LogAuditor
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.cosignature import WitnessKey, cosign
from crypto.tlog.leaves import (
    BACKLOGS,
    BATCH_KINDS,
    Accept,
    Bundle,
    Leaf,
    Pointer,
    RollPart,
    Seal,
    State,
    Stats,
    parse_leaf,
    roll_parts,
)
from crypto.tlog.policy import Policy
from crypto.tlog.proof import TlogProof
from crypto.tlog.rules import Rules
from crypto.tlog.tiles import TilePath
from crypto.tlog.times import (
    DAY,
    WEEK,
    decode_cohort,
    decode_duration,
    decode_instant,
    encode_cohort,
    encode_duration,
    encode_instant,
    period_start,
)
from tests.units.crypto.people import ORIGIN, ROOTS
from tests.units.tlog.operator import LOG_KEY, RULES, Operator, seed
from tests.units.tlog.test_checkpoint import POLICY, proof_of, seen_by

hashes = st.binary(min_size=32, max_size=32)
numbers = st.integers(0, (1 << 53) - 1)
instants = st.integers(978_307_200, 32_000_000_000)
durations = st.integers(1, 36_500).map(lambda days: days * DAY) | st.integers(1, DAY)
cohorts = st.builds(
    lambda instant, length: encode_cohort(period_start(instant, length), length),
    instants,
    st.sampled_from([WEEK, DAY, 60]),
)
statuses = st.from_regex(r"[a-z]{1,12}(:[1-9][0-9]?)?", fullmatch=True)
lines = st.builds(lambda tag, status: f"{encode_base64(tag)} {status}", hashes, statuses)
pointers = st.none() | st.builds(Pointer, numbers, hashes)
leaves: st.SearchStrategy[Leaf] = st.one_of(
    st.builds(Accept, hashes),
    st.builds(State, pointers, pointers, pointers),
    st.builds(Stats, instants, st.sampled_from(BACKLOGS), numbers, numbers, numbers),
    st.builds(
        Seal,
        instants,
        st.sampled_from(BATCH_KINDS),
        *[numbers] * 4,
        cohorts,
        st.none() | numbers,
        st.none() | numbers,
    ),
    st.builds(
        lambda cohort, age, read: roll_parts(cohort, age, read)[0],
        cohorts,
        durations,
        st.lists(lines, max_size=5),
    ),
)


@given(leaf=leaves)
def test_leaves_read_back(leaf: Leaf) -> None:
    assert parse_leaf(leaf.encode()) == leaf


@given(cohort=cohorts, age=durations, count=st.integers(0, 400))
def test_rolls_of_any_length_read_back(cohort: str, age: int, count: int) -> None:
    written = [f"{encode_base64(seed(str(number)))} read" for number in range(count)]
    parts = roll_parts(cohort, age, written)
    read = [parse_leaf(part.encode()) for part in parts]
    assert read == parts
    assert [line for part in parts for line in part.lines] == sorted(written)
    assert all(isinstance(part, RollPart) for part in read)


@given(instant=instants, seconds=durations, length=st.sampled_from([WEEK, DAY, 3600, 60, 5]))
def test_times_read_back(instant: int, seconds: int, length: int) -> None:
    assert decode_instant(encode_instant(instant)) == instant
    assert decode_duration(encode_duration(seconds)) == seconds
    start = period_start(instant, length)
    assert start <= instant < start + length
    assert decode_cohort(encode_cohort(start, length)) == start


@given(checkpoint=st.builds(Checkpoint, st.just(ORIGIN), numbers, hashes))
def test_checkpoints_read_back(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.encode()) == checkpoint
    assert open_checkpoint(checkpoint.sign(LOG_KEY), LOG_KEY.verifier).checkpoint == checkpoint


SAMPLES: list[tuple[Callable[[str], Any], str]] = [
    (Checkpoint.parse, Checkpoint(ORIGIN, 1234, seed("root")).encode()),
    (Rules.parse, RULES.encode()),
    (Policy.parse, POLICY.encode()),
    (TlogProof.parse, proof_of(123, seen_by(5), b"extra").encode()),
    (Bundle.parse, Bundle(ORIGIN, "1.0.0", seed("manifest")).encode()),
    (TilePath.parse, "tile/0/x001/x234/067.p/5"),
]
letters = st.sampled_from("\n +-_=/.:0129aAzZ\u0661\u00e9\u202e")


@given(sample=st.sampled_from(SAMPLES), at=st.data())
def test_whatever_still_parses_is_spelled_as_it_is_written(
    sample: tuple[Callable[[str], Any], str], at: st.DataObject
) -> None:
    parse, text = sample
    place = at.draw(st.integers(0, len(text) - 1))
    skipped = at.draw(st.integers(0, 3))
    changed = text[:place] + at.draw(st.text(letters, max_size=3)) + text[place + skipped :]
    try:
        value = parse(changed)
    except CryptoError:
        return
    if parse != Policy.parse:
        assert value.encode() == changed
    assert parse(value.encode()) == value


@given(leaf=leaves, at=st.data())
def test_whatever_is_still_a_leaf_is_spelled_as_it_is_written(
    leaf: Leaf, at: st.DataObject
) -> None:
    entry = leaf.encode()
    place = at.draw(st.integers(0, len(entry) - 1))
    changed = entry[:place] + at.draw(st.binary(max_size=2)) + entry[place + 1 :]
    try:
        parsed = parse_leaf(changed)
    except CryptoError:
        return
    assert parsed.encode() == changed


@given(text=st.text(max_size=60), raw=st.binary(max_size=60))
def test_anything_can_be_given_to_a_parser(text: str, raw: bytes) -> None:
    """What comes out is a value or an error of ours."""
    for parse, _ in SAMPLES:
        give(parse, text)
    give(parse_leaf, raw)
    for name in ("accept", "roll", "key", "policy", "bundle", "state", "stats", "seal"):
        give(parse_leaf, name.encode() + b"/v1" + raw)


def give(parse: Callable[[Any], Any], value: str | bytes) -> None:
    try:
        parse(value)
    except CryptoError:
        return


NOTE = cosign(
    Checkpoint(ORIGIN, 1234, seed("root")).sign(LOG_KEY), WitnessKey("w.example", seed("w")), 77
)
WITNESS = WitnessKey("w.example", seed("w")).verifier


@given(bit=st.integers(0, 8 * len(NOTE.encode()) - 1))
def test_a_checkpoint_with_a_flipped_bit_is_not_what_was_signed(bit: int) -> None:
    """At most a signature becomes one of somebody unknown; the tree stays the same."""
    changed = bytearray(NOTE.encode())
    changed[bit // 8] ^= 1 << bit % 8
    try:
        opened = open_checkpoint(bytes(changed), LOG_KEY.verifier, [WITNESS])
    except CryptoError:
        return
    assert opened.checkpoint == Checkpoint(ORIGIN, 1234, seed("root"))
    assert opened.verified == (LOG_KEY.verifier,)


LOG = Operator()
LOG.opens()
LOG.runs(16)


@settings(max_examples=50)
@given(at=st.data())
def test_an_auditor_judges_anything_that_is_in_a_log(at: st.DataObject) -> None:
    """Whatever one entry is replaced with, there is a verdict and not an error."""
    entries = [*LOG.log.entries]
    place = at.draw(st.integers(0, len(entries) - 1))
    entries[place] = at.draw(
        st.one_of(
            st.binary(max_size=80),
            leaves.map(lambda leaf: leaf.encode()),
            st.sampled_from(entries),
        )
    )
    auditor = LogAuditor(ORIGIN, ROOTS)
    findings = auditor.read(entries)
    assert findings == [] or entries != LOG.log.entries
    assert all(0 <= finding.index <= len(entries) for finding in findings)
    assert LogAuditor.resume(ORIGIN, ROOTS, auditor.state()).state() == auditor.state()
