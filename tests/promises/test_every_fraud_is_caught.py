"""120 days of a log with 50 cases a day, and an operator who cheats in one way at a time.

Who notices is as the design says: what the log shows, any auditor sees alone; what was done to
one person in secret, that person sees, or an auditor who has made herself such a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.auditor.receipts import ReceiptFile
from crypto.age import Identity
from crypto.commitment import Disposition
from crypto.encoding import encode_base64
from crypto.keyring import Organisation, Reviewer, next_keyring, sign_keyring
from crypto.tlog.batch import Roll
from crypto.tlog.findings import Finding
from crypto.tlog.holder import Receipt, check_receipt
from crypto.tlog.leaves import Accept, roll_tag
from crypto.tlog.times import DAY
from crypto.weeks import week_of
from tests.units.auditor.auditors import Auditor, codes_of
from tests.units.auditor.operators import Citizen, Town, promise_for, without
from tests.units.crypto.people import HUDA_DEVICE, KEYRING, ORIGIN, ROOT_KEYS, seeded
from tests.units.tlog.operator import MONDAY, signed_keyring

DAYS = 120
FRAUD_DAY = 35

Victims = Sequence[ReceiptFile]
Cheat = Callable[[Town], Victims]


@dataclass(frozen=True)
class Fraud:
    """`alone` are the codes that an auditor finds in the log, `victim` those of the victim."""

    name: str
    cheat: Cheat
    alone: frozenset[str] = frozenset()
    victim: frozenset[str] = frozenset()


def drop_after_promise(town: Town) -> Victims:
    victim = town.receives()
    town.pending.remove(victim)
    town.day()
    return [victim.receipt]


def one_leaf_for_two(town: Town) -> Victims:
    first, second = town.receives(), town.receives()
    town.pending.remove(second)
    second.promise_note = promise_for(first.commitment, second)
    town.day()
    return [second.receipt]


def merge_too_late(town: Town) -> Victims:
    victim = town.receives()
    town.pending.remove(victim)
    town.days(4)
    town.pending.append(victim)
    town.day()
    return [victim.receipt]


def reorder(town: Town) -> Victims:
    town.day(forged=lambda entries: [entries[1], entries[0], *entries[2:]])
    return []


def false_counts(town: Town) -> Victims:
    counts = b"accept %d\n" % (town.a_day + town.cover)
    town.day(forged=lambda entries: [*entries[:-1], entries[-1].replace(counts, b"accept 50\n")])
    return []


def same_leaf_twice(town: Town) -> Victims:
    again = Accept(town.citizens[-1].commitment).encode()
    town.day()
    town.day(forged=lambda entries: [*sorted([*entries[:76], again]), *entries[76:]])
    return []


def missing_roll(town: Town) -> Victims:
    town.day(rolls=without)
    return []


def late_roll(town: Town) -> Victims:
    held: list[Roll] = []
    town.day(rolls=lambda rolls: held.extend(rolls) or [])  # type: ignore[func-returns-value]
    town.day(rolls=lambda rolls: [*held, *rolls])
    return []


def short_roll(town: Town) -> Victims:
    town.day(rolls=lambda rolls: [replace(rolls[0], lines=rolls[0].lines[1:]), *rolls[1:]])
    return []


def wrong_status(town: Town) -> Victims:
    victim = town.receives()
    victim.changes = {town.slot + 4 * DAY: "answered:1"}
    shown = Disposition(ORIGIN, bytes(32), "declined", week_of(victim.accepted_on))
    town.day()
    return [replace(victim.receipt, dispositions=(shown.sign(HUDA_DEVICE),))]


def called_cover(town: Town) -> Victims:
    """The leaf itself says that it is a submission, so the roll cannot be right."""
    victim = town.receives()
    victim.changes = {town.slot: "cover"}
    town.day()
    return [victim.receipt]


def swapped_tag(town: Town) -> Victims:
    victim = town.citizens[7]

    def swap(rolls: list[Roll]) -> list[Roll]:
        return [
            replace(roll, lines=tuple(_swap(line, roll, victim) for line in roll.lines))
            for roll in rolls
        ]

    town.day(rolls=swap)
    return [victim.receipt]


def _swap(line: str, roll: Roll, victim: Citizen) -> str:
    tag = encode_base64(roll_tag(victim.roll_seed, ORIGIN, roll.cohort, roll.age))
    return line.replace(tag, encode_base64(bytes(31) + b"\1"))


def unanswered(town: Town) -> Victims:
    town.receives().changes = {}
    town.day()
    return []


def key_for_one_victim(town: Town) -> Victims:
    """Signed by the roots, shown to one person, and not in the log."""
    stranger = Reviewer("huda", Identity.generate(seeded("spy")).recipient, HUDA_DEVICE.verifier)
    orgs = [Organisation("amal", "جمعية أمل", "Amal Society", (stranger,))]
    shown = next_keyring(town.keyring, town.keyring.week, orgs)
    victim = town.receives()
    town.day()
    return [replace(victim.receipt, keyring=sign_keyring(shown, *ROOT_KEYS[:2]))]


def keyring_rollback(town: Town) -> Victims:
    town.day(control=[signed_keyring(KEYRING)])
    return []


FRAUDS = [
    Fraud("drop after promise", drop_after_promise, victim=frozenset(["promise-broken"])),
    Fraud("merge too late", merge_too_late, victim=frozenset(["promise-late"])),
    Fraud("one leaf for two", one_leaf_for_two, victim=frozenset(["commitment-differs"])),
    Fraud("reordered batch", reorder, frozenset(["batch-order"])),
    Fraud("false seal counts", false_counts, frozenset(["seal-counts"])),
    Fraud(
        "same leaf twice",
        same_leaf_twice,
        frozenset(["duplicate-accept", "seal-counts", "roll-short"]),
    ),
    Fraud("missing roll", missing_roll, frozenset(["roll-missing"])),
    Fraud("late roll", late_roll, frozenset(["roll-missing", "roll-late"])),
    Fraud("short roll", short_roll, frozenset(["roll-short"])),
    Fraud("wrong status", wrong_status, victim=frozenset(["status-differs"])),
    Fraud("a case called cover", called_cover, victim=frozenset(["status-differs"])),
    Fraud("swapped tag", swapped_tag, victim=frozenset(["tag-missing"])),
    Fraud("unanswered past day 60", unanswered, frozenset(["unanswered"])),
    Fraud("key shown to one victim", key_for_one_victim, victim=frozenset(["key-not-logged"])),
    Fraud("keyring rollback", keyring_rollback, frozenset(["keyring-rollback"])),
]


@pytest.mark.parametrize("fraud", FRAUDS, ids=lambda fraud: fraud.name)
def test_each_fraud_is_caught_by_whom_it_concerns(fraud: Fraud, tmp_path: Path) -> None:
    town, auditor = Town(), Auditor(tmp_path)
    town.days(FRAUD_DAY)

    victims = fraud.cheat(town)
    town.days(DAYS - len(town.batches))
    synced = auditor.audits(town)

    assert set(synced.codes) == fraud.alone
    assert synced.exit_code == bool(fraud.alone)
    for receipt in victims:
        checked = auditor.checks(receipt)
        assert set(checked.codes) == fraud.victim
        assert checked.exit_code == 1
    kept = {path.name.rpartition("-")[0].rpartition("-")[0] for path in _evidence(auditor)}
    assert kept == fraud.alone | fraud.victim
    assert all((path / "finding.json").exists() for path in _evidence(auditor))


def _evidence(auditor: Auditor) -> list[Path]:
    return auditor.evidence


def test_an_honest_log_has_no_findings_and_no_holder_has_a_problem(tmp_path: Path) -> None:
    town, auditor = Town(), Auditor(tmp_path)
    town.days(DAYS)

    synced = auditor.audits(town)

    assert (synced.exit_code, synced.codes) == (0, [])
    assert auditor.run("verify", "--full").exit_code == 0
    assert len(town.citizens) == DAYS * town.a_day
    assert _problems_of_holders(town) == []
    assert not (auditor.state / "evidence").exists()


def _problems_of_holders(town: Town) -> list[Finding]:
    """What every holder finds; each reads the batch of her leaf and the rolls of its cohort."""
    rolls: dict[str, list[bytes]] = {}
    for entry in town.log.entries:
        if entry.startswith(b"roll/v1 "):
            rolls.setdefault(entry.split(b" ")[1].decode(), []).append(entry)
    batches = {batch.seal.slot: batch for batch in town.batches}
    found: list[Finding] = []
    for citizen in town.citizens:
        receipt = Receipt(ORIGIN, citizen.commitment, citizen.roll_seed)
        slot = (citizen.accepted_on.toordinal() - MONDAY.toordinal() + 1) * DAY
        receipt.read(batches[town.batches[0].seal.slot + slot].entries)
        receipt.read(rolls.get(receipt.cohort or "", []))
        found += check_receipt(receipt)
    return found


def test_a_fork_is_two_signed_notes_of_one_size(tmp_path: Path) -> None:
    town, auditor = Town(), Auditor(tmp_path)
    town.days(FRAUD_DAY)
    other = _another_history(FRAUD_DAY)
    town.day()
    other.day()
    auditor.audits(town)
    before = auditor.remembered()["note"]

    synced = auditor.audits(other, tmp_path / "for-another")

    assert (synced.exit_code, synced.codes) == (1, ["fork"])
    [kept] = auditor.evidence
    notes = {(kept / name).read_text() for name in ("checkpoint-1", "checkpoint-2")}
    assert notes == {before, (tmp_path / "for-another" / "checkpoint").read_text()}
    assert auditor.remembered()["note"] == before


def test_a_rewrite_is_proved_by_the_larger_tree_itself(tmp_path: Path) -> None:
    town, auditor = Town(), Auditor(tmp_path)
    town.days(FRAUD_DAY)
    other = _another_history(FRAUD_DAY)
    town.days(3)
    other.days(9)
    auditor.audits(town)

    synced = auditor.audits(other, tmp_path / "for-another")

    assert (synced.exit_code, synced.codes) == (1, ["rewrite"])
    assert (auditor.evidence[0] / "consistency-proof").exists()


def _another_history(days: int) -> Town:
    """The same as far as *days*, and different from then on."""
    other = Town()
    other.days(days)
    other.random = seeded("another history")
    return other


def test_batches_that_were_filled_in_later_are_found_by_the_times_of_witnesses(
    tmp_path: Path,
) -> None:
    town, auditor = Town(), Auditor(tmp_path)
    town.days(FRAUD_DAY)
    assert auditor.audits(town).exit_code == 0
    seen = town.seen_at
    # For five days there is no batch, but the witnesses sign the old tree again.
    town.publish(auditor.log, seen + 5 * DAY)
    stopped = auditor.run("sync")

    town.days(6)
    town.publish(auditor.log, seen + 6 * DAY)
    filled_in = auditor.run("sync")

    assert codes_of([stopped]) == {"slot-missing"}
    assert codes_of([filled_in]) == {"back-dated"}
    assert filled_in.exit_code == 1
