"""What an auditor finds: nothing in an honest log, and every cheat by its name."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import pytest

from crypto.encoding import encode_base64
from crypto.keyring import next_keyring
from crypto.note import SigningKey, sign
from crypto.tlog.audit import MAX_BATCH_ENTRIES, LogAuditor, judge_pair
from crypto.tlog.batch import Roll
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.findings import MEANINGS, Code, Finding
from crypto.tlog.leaves import Accept, Bundle, BundleLeaf, State, Stats
from crypto.tlog.policy import Witnessed
from crypto.tlog.times import DAY, encode_instant
from tests.units.crypto.people import KEYRING, ORIGIN, ROOT_KEYS, ROOTS
from tests.units.tlog.operator import (
    PROMISE_KEY,
    RELEASE_KEY,
    RULES,
    Operator,
    audited,
    seed,
    signed_keyring,
    signed_rules,
)

Entries = list[bytes]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def opened(**changes: Any) -> Operator:
    """An operator whose log has rules, a keyring and some submissions."""
    operator = Operator(**changes)
    for _ in range(3):
        operator.accepts()
    operator.opens()
    return operator


def through_the_first_roll(operator: Operator) -> Operator:
    """Publish until the next batch is the one in which the first roll is due."""
    operator.runs(13)
    return operator


def test_an_honest_year_has_no_findings() -> None:
    operator = opened()
    for day in range(365):
        for number in range(day % 4):
            operator.accepts(("answered:1", "declined", "expired")[number % 3])
        operator.publishes()
    assert audited(operator) == []


def test_an_honest_demonstration_with_slots_of_seconds_has_no_findings() -> None:
    rules = replace(RULES, slot=5, gap=5, cohort=60, ages=(60, 120, 300))
    operator = opened(rules=rules)
    for _ in range(200):
        operator.accepts()
        operator.publishes()
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    cohorts = auditor.statistics()["cohorts"]
    assert next(iter(cohorts)).startswith("2026-11-23")
    assert cohorts["2026-11-23T00:01:00Z"]["histogram"]["300s"] == {"answered:1": 12, "cover": 24}


def test_small_cohorts_that_go_on_have_no_findings() -> None:
    operator = opened(rules=replace(RULES, fewest=1_000, longest=4))
    operator.runs(150)
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    assert list(auditor.statistics()["cohorts"])[:2] == ["2026-W48", "2026-W52"]


def test_the_statistics_are_those_of_the_cohorts() -> None:
    operator = opened()
    for status in ("answered:1", "declined", "answered:1"):
        operator.accepts(status)
    operator.runs(80)
    auditor = LogAuditor(ORIGIN, ROOTS)
    audited(operator, auditor)

    statistics = auditor.statistics()
    histogram = {"answered:1": 5, "cover": 14, "declined": 1}
    assert statistics["cohorts"]["2026-W48"] == {
        "accepted": 20,
        "cover": 14,
        "real": 6,
        "histogram": {"7d": histogram, "28d": histogram, "60d": histogram},
        "on_time": {"7d": True, "28d": True, "60d": True},
        "missing": [],
    }
    assert statistics["cohorts"]["2027-W05"]["real"] is None
    assert statistics["leaves"]["accept"] == 6 + 2 * 81
    assert statistics["leaves"]["seal"] == 81
    assert statistics["size"] == operator.log.size
    assert json.loads(json.dumps(statistics)) == statistics


def test_an_auditor_may_stop_and_go_on_anywhere() -> None:
    """Whatever the pieces, what is found and what is remembered are the same."""
    operator = opened()
    operator.publishes(sealed={"accept": 9})
    operator.runs(20)
    operator.publishes(rolls=lambda _: [])
    operator.runs(60)
    entries = operator.log.entries
    whole = LogAuditor(ORIGIN, ROOTS)
    expected = whole.read(entries)
    for step in (1, 7, 100):
        auditor, found = LogAuditor(ORIGIN, ROOTS), []
        while (before := auditor.size) < len(entries):
            ahead = step
            while auditor.size == before:
                found += auditor.read(entries[before : before + ahead])
                # What was not judged is read again by the next auditor.
                auditor = LogAuditor.resume(ORIGIN, ROOTS, auditor.state())
                ahead *= 2
        assert found == expected
        assert auditor.state() == whole.state()


def test_the_state_has_one_spelling_and_forgets_what_is_settled() -> None:
    operator = opened()
    operator.runs(200)
    auditor = LogAuditor(ORIGIN, ROOTS)
    audited(operator, auditor)
    state = auditor.state()
    assert json.dumps(json.loads(state), sort_keys=True, separators=(",", ":")) == state
    remembered = json.loads(state)["accepted"]
    assert len(remembered) <= 11
    assert sum(map(len, remembered.values())) < 11 * 7 * 3


# Batches


def swap(entries: Entries) -> Entries:
    return [entries[1], entries[0], *entries[2:]]


@pytest.mark.parametrize(
    ("forged", "expected"),
    [
        (swap, ["batch-order"]),
        (
            lambda entries: [entries[0], *entries],
            ["batch-order", "duplicate-accept", "seal-counts"],
        ),
        (lambda entries: entries[1:], ["seal-counts"]),
        (lambda entries: [b"hello\n", *entries], ["entry-malformed", "batch-order", "seal-counts"]),
        (lambda entries: [entries[0][:-1], *entries[1:]], ["entry-malformed"]),
        (lambda entries: [*entries[:-1], b"seal/v1\n"], ["entry-malformed"]),
        (
            lambda entries: [*entries[:-1], State().encode(), entries[-1]],
            ["state-wrong", "seal-counts", "state-wrong"],
        ),
    ],
    ids=["swapped", "twice", "one less", "no leaf", "no line end", "no seal", "no state"],
)
def test_a_batch_that_is_not_as_it_must_be_is_found(
    forged: Callable[[Entries], Entries], expected: list[str]
) -> None:
    operator = opened()
    operator.accepts()
    operator.publishes(forged=forged)
    assert codes(audited(operator)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accept": 4}, ["seal-counts"]),
        ({"roll": 1}, ["seal-counts"]),
        ({"control": 1}, ["seal-counts"]),
        ({"first": 0}, ["seal-counts"]),
        ({"previous": None}, ["seal-counts"]),
        ({"previous": 3}, ["seal-counts"]),
        ({"state": None}, ["state-wrong"]),
        ({"state": 0}, ["state-wrong"]),
        ({"cohort": "2026-W47"}, ["cohort-wrong"]),
        ({"kind": "control"}, ["batch-order"]),
    ],
    ids=lambda value: next(iter(value.items())).__repr__() if isinstance(value, dict) else "",
)
def test_a_seal_that_lies_is_found(changes: dict[str, Any], expected: list[str]) -> None:
    operator = opened()
    operator.publishes(sealed=changes)
    assert codes(audited(operator)) == expected


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (0, 1, 1, 2), (0, 1, 2, 2)])
def test_the_other_leaves_are_in_order_too(order: tuple[int, ...]) -> None:
    """Right would be rules, state, stats: 0, 1, 2."""
    operator = Operator(cover=0)
    stats = Stats(operator.slot, "0-9", 0, 2, 0).encode()

    def disorder(entries: Entries) -> Entries:
        leaves = [*entries[:-1], stats]
        return [*(leaves[at] for at in order), entries[-1]]

    operator.publishes(
        control=[signed_rules(RULES)], forged=disorder, sealed={"control": len(order)}
    )
    assert "batch-order" in codes(audited(operator))


def test_an_accept_leaf_comes_once_while_its_cohort_is_open() -> None:
    operator = opened()
    case = operator.accepts()
    operator.publishes()
    operator.pending.append(replace(case))
    operator.publishes()
    (finding,) = audited(operator)
    assert finding.code == "duplicate-accept"
    assert operator.log.entries[finding.index] == Accept(case.commitment).encode()


def test_a_checkpoint_ends_with_a_seal() -> None:
    operator = opened()
    operator.publishes(forged=lambda entries: entries[:-1])
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    assert codes(auditor.judge_checkpoint(seen(operator))) == ["seal-missing"]


def test_a_seal_that_cannot_be_read_is_still_the_one_before() -> None:
    operator = opened(rules=replace(RULES, gap=3 * DAY))
    operator.publishes(forged=lambda entries: [*entries[:-1], b"seal/v1\n"])
    operator.publishes()
    assert codes(audited(operator)) == ["entry-malformed"]


def test_a_batch_does_not_go_on_for_ever() -> None:
    entries = sorted(Accept(seed(str(number))).encode() for number in range(MAX_BATCH_ENTRIES + 1))
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert auditor.read(entries[:-1]) == []
    assert codes(auditor.read(entries[-1:])) == ["seal-missing"]
    assert auditor.size == len(entries)


def test_a_cohort_does_not_go_on_for_ever() -> None:
    operator = opened(rules=replace(RULES, fewest=1_000, longest=2))
    operator.runs(13)
    operator.publishes(sealed={"cohort": "2026-W48"})
    assert codes(audited(operator)) == ["cohort-wrong"]


# Slots


def test_a_slot_that_is_left_out_is_found() -> None:
    operator = opened()
    operator.slot += DAY
    operator.publishes()
    (finding,) = audited(operator)
    assert finding.encode() == {
        "code": "slot-missing",
        "index": operator.log.size - 1,
        "after": "2026-11-23",
        "slot": "2026-11-25",
    }


@pytest.mark.parametrize("shift", [-DAY, 1, DAY // 2])
def test_a_batch_of_no_slot_or_of_one_before_is_found(shift: int) -> None:
    operator = opened()
    operator.slot += shift
    operator.publishes()
    assert codes(audited(operator)) == ["slot-order"]


def test_a_control_batch_is_not_of_a_slot_before() -> None:
    operator = opened()
    operator.cover = 0
    operator.publishes(sealed={"kind": "control"})
    assert audited(operator) == []
    operator.publishes(sealed={"kind": "control", "slot": operator.slot - 2 * DAY})
    assert codes(audited(operator)) == ["slot-order"]


def test_rules_may_allow_gaps() -> None:
    operator = opened(rules=replace(RULES, gap=3 * DAY))
    operator.slot += 2 * DAY
    operator.publishes()
    assert audited(operator) == []


def test_a_log_without_rules_is_found() -> None:
    operator = Operator()
    operator.publishes()
    assert codes(audited(operator)) == ["policy-missing"]


def test_statistics_are_of_their_batch() -> None:
    operator = opened()
    stats = Stats(operator.slot + DAY, "0-9", 0, 2, 0).encode()
    operator.publishes(
        forged=lambda entries: [*entries[:-1], stats, entries[-1]], sealed={"control": 1}
    )
    assert codes(audited(operator)) == ["slot-order"]


# Rolls


def test_a_roll_that_is_missing_and_comes_later_is_found_twice() -> None:
    operator = through_the_first_roll(opened())
    held_back: list[Roll] = []

    def hold_back(rolls: list[Roll]) -> list[Roll]:
        held_back.extend(rolls)
        return []

    operator.publishes(rolls=hold_back)
    operator.publishes(rolls=lambda _: held_back)
    auditor = LogAuditor(ORIGIN, ROOTS)
    missing, late = audited(operator, auditor)
    assert missing.encode() == {
        "code": "roll-missing",
        "index": operator.batches[-2].seal.index,
        "cohort": "2026-W48",
        "age": "7d",
    }
    assert late.code == "roll-late"
    assert auditor.statistics()["cohorts"]["2026-W48"]["on_time"] == {"7d": False}


def change_line(rolls: list[Roll], old: str, new: str) -> list[Roll]:
    (roll,) = rolls
    changed = list(roll.lines)
    at = next(at for at, line in enumerate(changed) if line.endswith(old))
    changed[at] = changed[at].replace(old, new)
    return [replace(roll, lines=tuple(changed))]


@pytest.mark.parametrize(
    ("rolls", "expected"),
    [
        (lambda rolls: [replace(rolls[0], lines=rolls[0].lines[1:])], ["roll-short"]),
        (
            lambda rolls: [
                replace(rolls[0], lines=(*rolls[0].lines, f"{encode_base64(seed('x'))} read"))
            ],
            ["roll-long"],
        ),
        (
            lambda rolls: [replace(rolls[0], lines=(*rolls[0].lines[1:], rolls[0].lines[-1]))],
            ["roll-order"],
        ),
        (lambda rolls: change_line(rolls, "answered:1", "mislaid"), ["status-unknown"]),
        (lambda rolls: [*rolls, *rolls], ["roll-order", "roll-long"]),
        (
            lambda rolls: [replace(rolls[0], age=28 * DAY)],
            ["roll-unexpected", "roll-missing"],
        ),
        (lambda rolls: [replace(rolls[0], age=DAY)], ["roll-unexpected", "roll-missing"]),
        (
            lambda rolls: [replace(rolls[0], cohort="2026-W40")],
            ["roll-unexpected", "roll-missing"],
        ),
        (
            lambda rolls: [replace(rolls[0], cohort="2026-W49"), *rolls],
            ["roll-unexpected"],
        ),
    ],
    ids=[
        "short",
        "long",
        "a line twice",
        "unknown status",
        "twice",
        "too early",
        "no such age",
        "no such cohort",
        "cohort still open",
    ],
)
def test_a_roll_that_is_not_as_it_must_be_is_found(
    rolls: Callable[[list[Roll]], list[Roll]], expected: list[str]
) -> None:
    operator = through_the_first_roll(opened())
    operator.publishes(rolls=rolls)
    assert codes(audited(operator)) == expected


def test_parts_of_a_roll_are_all_there_and_in_order() -> None:
    operator = through_the_first_roll(opened(cover=40))
    parts = [b"roll/v1"] * 3

    def reverse(entries: Entries) -> Entries:
        rolls = [entry for entry in entries if entry.startswith(parts[0])]
        assert len(rolls) == len(parts)
        first = entries.index(rolls[0])
        return [*entries[:first], *rolls[::-1], *entries[first + 3 :]]

    operator.publishes(forged=reverse)
    assert codes(audited(operator)) == ["roll-order"]


def test_a_roll_without_one_of_its_parts_is_found() -> None:
    operator = through_the_first_roll(opened(cover=40))

    def leave_out(entries: Entries) -> Entries:
        first = next(at for at, entry in enumerate(entries) if entry.startswith(b"roll/v1"))
        return [*entries[: first + 1], *entries[first + 2 :]]

    operator.publishes(forged=leave_out, sealed={"roll": 2})
    assert codes(audited(operator)) == ["roll-order", "roll-short"]


def test_a_roll_is_not_published_again() -> None:
    operator = through_the_first_roll(opened())
    published: list[Roll] = []

    def keep(rolls: list[Roll]) -> list[Roll]:
        published.extend(rolls)
        return rolls

    operator.publishes(rolls=keep)
    operator.publishes(rolls=lambda _: published)
    assert codes(audited(operator)) == ["roll-unexpected"]


def test_cover_does_not_become_real_between_rolls() -> None:
    operator = opened()
    operator.runs(34)
    operator.publishes(
        rolls=lambda rolls: [*change_line(rolls[:1], "cover", "declined"), *rolls[1:]]
    )
    (finding,) = audited(operator)
    assert finding.code == "roll-cover"
    assert dict(finding.facts) == {"cohort": "2026-W48", "age": "28d", "cover": 13}


def test_submissions_that_wait_at_the_last_roll_are_counted() -> None:
    operator = opened()
    for status in ("received", "read", "declined"):
        operator.accepts(status)
    operator.runs(75)
    (finding,) = audited(operator)
    assert finding.code == "unanswered"
    assert dict(finding.facts) == {"cohort": "2026-W48", "age": "60d", "submissions": 2}


# Keyrings, rules, bundles


def test_keyrings_follow_one_another() -> None:
    operator = opened()
    second = next_keyring(KEYRING, "2026-W49", KEYRING.orgs)
    third = next_keyring(second, "2026-W50", KEYRING.orgs)
    operator.publishes(control=[signed_keyring(second)])
    operator.publishes(control=[signed_keyring(third)])
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    assert auditor.judge_keyring(third) == []
    elsewhere = replace(third, previous=seed("elsewhere"))
    assert codes(auditor.judge_keyring(elsewhere)) == ["key-not-logged"]
    unlogged = next_keyring(third, "2026-W51", KEYRING.orgs)
    assert codes(auditor.judge_keyring(unlogged)) == ["key-not-logged"]


def test_old_keyrings_are_forgotten_long_after_anyone_may_use_them() -> None:
    operator, rings = opened(), [KEYRING]
    for _ in range(18):
        rings.append(next_keyring(rings[-1], rings[-1].week, KEYRING.orgs))
        operator.publishes(control=[signed_keyring(rings[-1])])
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    assert [bool(auditor.judge_keyring(ring)) for ring in rings] == [True] * 3 + [False] * 16


def test_a_keyring_that_goes_back_or_aside_is_found() -> None:
    second = next_keyring(KEYRING, "2026-W49", KEYRING.orgs)
    for ring in (KEYRING, replace(second, previous=seed("x")), replace(second, serial=3)):
        operator = opened()
        operator.publishes(control=[signed_keyring(ring)])
        assert codes(audited(operator)) == ["keyring-rollback"]


def test_a_keyring_that_too_few_signed_is_found_and_not_counted() -> None:
    operator = opened()
    second = next_keyring(KEYRING, "2026-W49", KEYRING.orgs)
    operator.publishes(control=[signed_keyring(second, ROOT_KEYS[:1])])
    found = audited(operator)
    assert codes(found) == ["control-unverified", "state-wrong"]


def test_rules_follow_one_another_and_bind_from_then_on() -> None:
    operator = opened()
    wider = replace(RULES, serial=2, previous=RULES.digest, gap=3 * DAY)
    operator.publishes(control=[signed_rules(wider)])
    operator.slot += DAY
    operator.publishes()
    auditor = LogAuditor(ORIGIN, ROOTS)
    assert audited(operator, auditor) == []
    assert auditor.rules == wider
    resumed = LogAuditor.resume(ORIGIN, ROOTS, auditor.state())
    assert resumed.rules == wider


def test_rules_that_do_not_follow_are_found() -> None:
    second = replace(RULES, serial=2, previous=RULES.digest)
    for rules in (RULES, replace(second, serial=3), replace(second, previous=seed("x"))):
        operator = opened()
        operator.publishes(control=[signed_rules(rules)])
        assert codes(audited(operator)) == ["policy-rollback"]
    operator = opened()
    operator.publishes(control=[signed_rules(replace(RULES, stale=DAY), ROOT_KEYS[:1])])
    assert codes(audited(operator)) == ["control-unverified", "state-wrong"]


def test_a_bundle_is_signed_by_a_release_key() -> None:
    text = Bundle(ORIGIN, "1.0.0", seed("manifest")).encode()
    operator = opened()
    operator.publishes(control=[BundleLeaf(sign(text, RELEASE_KEY))])
    assert audited(operator) == []
    stranger = SigningKey(RELEASE_KEY.name, seed("stranger"))
    operator.publishes(control=[BundleLeaf(sign(text, stranger))])
    assert codes(audited(operator)) == ["control-unverified", "state-wrong"]
    operator = opened()
    operator.publishes(control=[BundleLeaf(sign("a poem\n", RELEASE_KEY))])
    assert codes(audited(operator)) == ["entry-malformed", "state-wrong"]
    operator = opened()
    elsewhere = Bundle("other.example", "1.0.0", seed("manifest")).encode()
    operator.publishes(control=[BundleLeaf(sign(elsewhere, RELEASE_KEY))])
    assert codes(audited(operator)) == ["control-unverified", "state-wrong"]


def test_a_missing_state_leaf_is_found() -> None:
    operator = opened()
    second = next_keyring(KEYRING, "2026-W49", KEYRING.orgs)
    operator.publishes(
        control=[signed_keyring(second)],
        forged=lambda entries: [*entries[:-2], entries[-1]],
        sealed={"control": 1, "state": 7},
    )
    assert codes(audited(operator)) == ["state-wrong"]


def test_the_promise_key_is_the_one_in_the_rules() -> None:
    operator = opened()
    auditor = LogAuditor(ORIGIN, ROOTS)
    audited(operator, auditor)
    assert auditor.judge_promise_key(PROMISE_KEY.verifier) == []
    other = SigningKey(PROMISE_KEY.name, seed("other"))
    assert codes(auditor.judge_promise_key(other.verifier)) == ["key-not-logged"]


# Witnesses


def seen(operator: Operator, seen_at: int | None = None) -> Witnessed:
    return Witnessed(operator.checkpoint, (), seen_at)


def test_checkpoints_seen_in_time_have_no_findings() -> None:
    operator = opened()
    auditor = LogAuditor(ORIGIN, ROOTS)
    for _ in range(10):
        operator.publishes()
        last_slot = operator.slot - DAY
        audited(operator, auditor)
        assert auditor.judge_checkpoint(seen(operator, last_slot + 60)) == []
        assert auditor.judge_freshness(seen(operator, last_slot + 60), last_slot + DAY) == []
        assert auditor.checkpoint == operator.checkpoint


def test_batches_that_come_after_their_time_are_found() -> None:
    operator = opened()
    auditor = LogAuditor(ORIGIN, ROOTS)
    audited(operator, auditor)
    late = operator.slot + 3 * DAY
    assert codes(auditor.judge_checkpoint(seen(operator, late))) == ["slot-missing"]
    operator.runs(4)
    audited(operator, auditor)
    found = auditor.judge_checkpoint(seen(operator, late + 60))
    assert codes(found) == ["back-dated"]
    assert dict(found[0].facts)["slot"] == "2026-11-24"


def test_batches_of_the_future_are_found() -> None:
    operator = opened()
    auditor = LogAuditor(ORIGIN, ROOTS)
    operator.runs(3)
    audited(operator, auditor)
    found = auditor.judge_checkpoint(seen(operator, operator.slot - 2 * DAY))
    assert codes(found) == ["post-dated"]


def test_an_old_checkpoint_is_stale() -> None:
    operator = opened()
    auditor = LogAuditor(ORIGIN, ROOTS)
    audited(operator, auditor)
    at = operator.slot
    assert auditor.judge_freshness(seen(operator, at), at + 3 * DAY) == []
    (finding,) = auditor.judge_freshness(seen(operator, at), at + 3 * DAY + 1)
    assert (finding.code, dict(finding.facts)) == ("stale", {"seen": encode_instant(at)})
    assert codes(auditor.judge_freshness(seen(operator), at + 4 * DAY)) == ["stale"]


def test_two_histories_are_a_fork_or_a_rewrite() -> None:
    old, new = Checkpoint(ORIGIN, 7, seed("a")), Checkpoint(ORIGIN, 9, seed("b"))
    assert judge_pair(old, new, extends=True) == []
    assert codes(judge_pair(old, new, extends=False)) == ["rewrite"]
    assert codes(judge_pair(old, replace(old, root=seed("c")), extends=False)) == ["fork"]


def test_every_finding_has_a_meaning() -> None:
    assert set(MEANINGS) == set(get_args(Code))
