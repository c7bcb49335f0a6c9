"""The leaves of the log: one spelling each, and nothing else is a leaf."""

import hashlib
import hmac
import itertools
from dataclasses import replace

import pytest

from crypto.commitment import accept_commitment, roll_commit
from crypto.encoding import encode_base64
from crypto.errors import MalformedLeafError
from crypto.note import sign
from crypto.status import STATUSES
from crypto.tlog.leaves import (
    ROLL_STATUSES,
    Accept,
    Bundle,
    BundleLeaf,
    KeyringLeaf,
    Leaf,
    Pointer,
    RollPart,
    Seal,
    State,
    Stats,
    backlog_bucket,
    make_cover,
    parse_leaf,
    roll_line,
    roll_parts,
    roll_tag,
)
from crypto.tlog.rules import Rules
from crypto.tlog.times import DAY, midnight
from tests.units.crypto.people import ORIGIN, seeded
from tests.units.tlog.operator import (
    MONDAY,
    RELEASE_KEY,
    RULES,
    seed,
    signed_keyring,
    signed_rules,
)

SLOT = midnight(MONDAY)
LINES = [roll_line(seed(str(n)), ORIGIN, "2026-W48", 7 * DAY, "answered") for n in range(300)]
SEAL = Seal(SLOT, "daily", 256, 3, 2, 1, "2026-W48", 7, None)
BUNDLE = Bundle(ORIGIN, "1.0.0", seed("manifest"))
LEAVES: list[Leaf] = [
    Accept(seed("one")),
    RollPart("2026-W48", 7 * DAY, 1, 1, tuple(sorted(LINES[:2]))),
    RollPart("2026-11-23T10:00:05Z", 30, 1, 1, ()),
    signed_keyring(),
    signed_rules(RULES),
    BundleLeaf(sign(BUNDLE.encode(), RELEASE_KEY)),
    State(Pointer(3, seed("keyring")), None, Pointer(0, seed("bundle"))),
    Stats(SLOT, "10-49", 12, 3, 0),
    SEAL,
]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_a_leaf_reads_back(leaf: Leaf) -> None:
    assert parse_leaf(leaf.encode()) == leaf


def test_leaves_are_spelled_as_written_down() -> None:
    assert SEAL.encode() == (
        b"seal/v1 2026-11-23 daily\nfirst 256\naccept 3\nroll 2\ncontrol 1\n"
        b"cohort 2026-W48\nstate 7\nprev none\n"
    )
    assert Accept(bytes(32)).encode() == b"accept/v1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    assert len(Accept(bytes(32)).encode()) == 55
    assert RollPart("2026-W48", 28 * DAY, 1, 1, ()).encode() == b"roll/v1 2026-W48 28d 1/1\n"
    assert State().encode() == b"state/v1\nkeyring none\npolicy none\nbundle none\n"
    assert Stats(SLOT, "0-9", 0, 3, 1).encode() == (
        b"stats/v1 2026-11-23\nbacklog 0-9\npublished 0\nreviewers 3\norders 1\n"
    )
    assert signed_keyring().encode().startswith(b"key/v1\nwasl/keyring/v1\norigin ")


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.name)
def test_no_byte_of_a_leaf_can_be_left_out_doubled_or_added(leaf: Leaf) -> None:
    """What still parses is another leaf, spelled as that one is."""
    entry = leaf.encode()
    for at in range(len(entry)):
        for changed in (
            entry[:at] + entry[at + 1 :],
            entry[:at] + entry[at : at + 1] + entry[at:],
            entry[:at] + b" " + entry[at:],
            entry[:at] + b"\x00" + entry[at + 1 :],
        ):
            try:
                parsed = parse_leaf(changed)
            except MalformedLeafError:
                continue
            assert parsed.encode() == changed != entry


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"\n",
        b"accept/v1",
        b"accept/v1 \n",
        b"accept/v2 " + encode_base64(bytes(32)).encode() + b"\n",
        b"accept/v1 " + encode_base64(bytes(31)).encode() + b"\n",
        b"accept/v1 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        b"roll/v1 2026-W54 7d 1/1\n",
        b"roll/v1 2026-W48 7d 2/1\n",
        b"roll/v1 2026-W48 7d 0/0\n",
        b"roll/v1 2026-W48 604800s 1/1\n",
        b"roll/v1 2026-W48 0d 1/1\n",
        b"roll/v1 2026-W48 7d 1/1\nAAAA answered\n",
        b"roll/v1 2026-W48 7d 1/1\n" + LINES[0].upper().encode() + b"\n",
        b"roll/v1 2026-W48 7d 1/1\n" + LINES[0].replace("= ", "A ").encode() + b"\n",
        b"roll/v1 2026-W48 7d 1/1\n" + b"A" * 42 + b"B= read\n",
        b"roll/v1 2026-W48 7d 1/2\n" + LINES[0].encode() + b"\n",
        b"roll/v1 2026-W48 7d 2/2\n",
        b"state/v1\nkeyring 03 " + encode_base64(bytes(32)).encode() + b"\npolicy none\n",
        b"key/v1\nnot a note\n",
        b"stats/v1 2026-11-23\nbacklog 7\npublished 0\nreviewers 3\norders 1\n",
        SEAL.encode().replace(b"daily", b"weekly"),
        SEAL.encode().replace(b"2026-11-23", b"2026-11-23T00:00:00Z"),
        SEAL.encode().replace(b"first 256", b"first +256"),
        SEAL.encode().replace(b"first 256\n", b""),
        b"\xff\xfe",
    ],
)
def test_anything_else_is_refused(entry: bytes) -> None:
    with pytest.raises(MalformedLeafError):
        parse_leaf(entry)


def test_a_roll_is_cut_into_parts_of_128_lines_in_order() -> None:
    parts = roll_parts("2026-W48", 7 * DAY, LINES)
    assert [len(part.lines) for part in parts] == [128, 128, 44]
    assert [(part.part, part.parts) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    lines = list(itertools.chain.from_iterable(part.lines for part in parts))
    assert lines == sorted(LINES)
    assert max(len(part.encode()) for part in parts) < 8192


def test_an_empty_cohort_has_an_empty_roll() -> None:
    assert roll_parts("2026-W48", 7 * DAY, []) == [RollPart("2026-W48", 7 * DAY, 1, 1, ())]


def test_a_leaf_of_lines_is_never_larger_than_8_kilobytes() -> None:
    lines = [
        roll_line(seed(str(n)), ORIGIN, "2026-W48", 7 * DAY, "x" * 12 + ":99") for n in range(128)
    ]
    part = RollPart("2026-11-23T10:00:05Z", 86_399, 99_999, 100_000, tuple(lines))
    assert len(part.encode()) <= 8192


def test_a_tag_is_an_hmac_over_origin_cohort_and_age() -> None:
    text = f"roll/v1\n{ORIGIN}\n2026-W48\n7d\n".encode()
    expected = hmac.new(seed("case"), text, hashlib.sha256).digest()
    assert roll_tag(seed("case"), ORIGIN, "2026-W48", 7 * DAY) == expected


def test_the_tags_of_a_case_have_nothing_in_common() -> None:
    tags = {
        roll_tag(roll_seed, origin, cohort, age)
        for roll_seed in (seed("a"), seed("b"))
        for origin in (ORIGIN, "other.example")
        for cohort in ("2026-W48", "2026-W49")
        for age in RULES.ages
    }
    assert len(tags) == 24


def test_every_status_of_a_case_has_a_word_in_the_rolls() -> None:
    assert set(ROLL_STATUSES) == set(STATUSES)
    assert set(ROLL_STATUSES.values()) <= {*Rules.pending, *Rules.settled}


def test_cover_leaves_look_like_any_other() -> None:
    one, other = make_cover(seeded("one")), make_cover(seeded("other"))
    assert len(one.commitment) == len(one.roll_seed) == 32
    assert one != other
    assert make_cover(seeded("one")) == one


def test_cover_is_committed_to_be_cover() -> None:
    random = seeded("one")
    roll_seed, salt, content = random(32), random(32), random(32)
    cover = make_cover(seeded("one"))
    assert cover.roll_seed == roll_seed
    assert cover.commitment == accept_commitment(salt, content, roll_commit(roll_seed), kind=0)


def test_a_keyring_too_large_for_the_log_is_refused() -> None:
    leaf = signed_keyring()
    text = "x" * 65_000
    with pytest.raises(MalformedLeafError):
        KeyringLeaf(sign(f"{text}\n{text}\n", RELEASE_KEY))
    assert replace(leaf) == leaf


def test_a_bundle_has_one_spelling() -> None:
    assert Bundle.parse(BUNDLE.encode()) == BUNDLE
    for changed in ("version 1 0", "version ", "Version 1.0.0"):
        with pytest.raises(MalformedLeafError):
            Bundle.parse(BUNDLE.encode().replace("version 1.0.0", changed))


@pytest.mark.parametrize(
    ("cases", "bucket"),
    [(0, "0-9"), (9, "0-9"), (10, "10-49"), (49, "10-49"), (50, "50-199"), (200, "200+")],
)
def test_a_backlog_is_told_coarsely(cases: int, bucket: str) -> None:
    assert backlog_bucket(cases) == bucket
