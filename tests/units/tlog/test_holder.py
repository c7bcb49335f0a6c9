"""What the holder of a receipt finds in the log about her own submission."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from crypto.tlog.findings import Finding
from crypto.tlog.holder import Receipt, check_promise, check_receipt
from crypto.tlog.leaves import Accept
from crypto.tlog.policy import Witnessed
from crypto.tlog.times import DAY, midnight
from tests.units.crypto.people import ORIGIN
from tests.units.tlog.operator import Case, Operator, audited

Entries = list[bytes]


def receipt_of(case: Case, operator: Operator) -> Receipt:
    receipt = Receipt(ORIGIN, case.commitment, case.roll_seed)
    receipt.read(operator.log.entries)
    return receipt


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


def opened() -> tuple[Operator, Case]:
    operator = Operator()
    operator.opens()
    return operator, operator.accepts()


def test_a_promise_that_is_kept() -> None:
    operator, case = opened()
    receipt = receipt_of(case, operator)
    assert check_promise(case.promise, receipt) == ("open", [])
    operator.publishes()
    receipt = receipt_of(case, operator)
    assert check_promise(case.promise, receipt) == ("kept", [])
    assert (receipt.cohort, receipt.accepted_in) == ("2026-W48", operator.slot - DAY)


def drop(case: Case) -> Callable[[Entries], Entries]:
    leaf = Accept(case.commitment).encode()
    return lambda entries: [entry for entry in entries if entry != leaf]


def test_a_promise_that_is_broken_is_proved_by_the_log_itself() -> None:
    operator, case = opened()
    operator.publishes(forged=drop(case), sealed={"accept": 2})
    assert check_promise(case.promise, receipt_of(case, operator)) == ("open", [])
    operator.publishes()
    state, found = check_promise(case.promise, receipt_of(case, operator))
    assert (state, codes(found)) == ("broken", ["promise-broken"])
    assert audited(operator) == []


def test_a_promise_is_broken_too_when_the_log_stands_still() -> None:
    operator, case = opened()
    receipt = receipt_of(case, operator)
    due = midnight(case.promise.merge_by)
    for seen_at, state in ((due, "open"), (due + DAY - 1, "open"), (due + DAY, "broken")):
        witnessed = Witnessed(operator.checkpoint, (), seen_at)
        assert check_promise(case.promise, receipt, witnessed)[0] == state
    assert (
        check_promise(case.promise, receipt, Witnessed(operator.checkpoint, (), None))[0] == "open"
    )


def test_a_promise_may_be_kept_too_late() -> None:
    operator, case = opened()
    operator.pending.clear()
    operator.runs(2)
    operator.pending.append(case)
    operator.publishes()
    state, found = check_promise(case.promise, receipt_of(case, operator))
    assert (state, codes(found)) == ("late", ["promise-late"])


def test_a_promise_needs_no_receipt_code() -> None:
    operator, case = opened()
    operator.runs(20)
    receipt = Receipt(ORIGIN, case.commitment)
    receipt.read(operator.log.entries)
    assert check_promise(case.promise, receipt)[0] == "kept"
    assert receipt.statuses == {}
    with pytest.raises(ValueError, match="receipt"):
        check_promise(replace(case.promise, commitment=bytes(32)), receipt)


def test_a_receipt_finds_its_status_in_every_roll() -> None:
    operator, case = opened()
    case.status = "read"
    operator.runs(14)
    case.status = "answered:1"
    operator.runs(66)
    receipt = receipt_of(case, operator)
    assert receipt.statuses == {7 * DAY: "read", 28 * DAY: "answered:1", 60 * DAY: "answered:1"}
    assert check_receipt(receipt) == []
    assert check_receipt(receipt, {7 * DAY: "question"}) == []
    assert codes(check_receipt(receipt, {7 * DAY: "declined"})) == ["status-differs"]


def test_a_receipt_can_be_read_piece_by_piece() -> None:
    operator, case = opened()
    operator.runs(80)
    receipt = Receipt(ORIGIN, case.commitment, case.roll_seed)
    for begin in range(0, operator.log.size, 13):
        receipt.read(operator.log.entries[begin : begin + 13])
    assert receipt == receipt_of(case, operator)


def test_a_leaf_that_is_not_there_is_missed() -> None:
    operator, case = opened()
    operator.publishes(forged=drop(case), sealed={"accept": 2})
    assert codes(check_receipt(receipt_of(case, operator))) == ["leaf-missing"]


def test_a_tag_that_is_replaced_is_missed_by_its_holder_only() -> None:
    operator, case = opened()
    operator.runs(14)
    other = replace(case, roll_seed=bytes(32))
    operator.cases[operator.cases.index(case)] = other
    operator.runs(66)
    assert audited(operator) == []
    found = check_receipt(receipt_of(case, operator))
    assert codes(found) == ["tag-missing", "tag-missing"]
    assert [dict(finding.facts)["age"] for finding in found] == ["28d", "60d"]


def test_a_submission_that_is_called_cover_is_found_by_its_holder() -> None:
    operator, case = opened()
    case.status = "cover"
    operator.runs(80)
    assert audited(operator) == []
    assert codes(check_receipt(receipt_of(case, operator))) == ["status-differs"] * 3


def test_one_leaf_for_two_people_is_found_by_one_of_them() -> None:
    """Her own salt is in what she committed to, so no leaf of another can be hers."""
    operator, case = opened()
    other = operator.accepts()
    operator.pending.remove(other)
    operator.runs(3)
    assert check_receipt(receipt_of(case, operator)) == []
    assert codes(check_receipt(receipt_of(other, operator))) == ["leaf-missing"]


def test_entries_that_are_no_leaves_do_not_stop_a_holder() -> None:
    operator, case = opened()
    operator.publishes(forged=lambda entries: [b"roll/v1 nonsense\n", b"seal/v1 \n", *entries])
    receipt = receipt_of(case, operator)
    assert receipt.index is not None
    assert receipt.cohort == "2026-W48"


def test_a_control_batch_is_no_answer_to_a_promise() -> None:
    operator, case = opened()
    operator.pending.clear()
    operator.runs(1)
    operator.cover = 0
    operator.publishes(sealed={"kind": "control"})
    assert check_promise(case.promise, receipt_of(case, operator)) == ("open", [])


def test_a_tag_is_found_in_any_part_of_a_roll() -> None:
    operator, _ = opened()
    operator.cover = 40
    operator.runs(80)
    cases = [case for case in operator.cases if case.cohort == "2026-W48"]
    assert len(cases) > 128
    for case in cases:
        assert None not in receipt_of(case, operator).statuses.values()


def test_rolls_of_other_cohorts_are_not_hers() -> None:
    operator, _ = opened()
    operator.runs(7)
    later = operator.accepts()
    operator.runs(8)
    assert receipt_of(later, operator).statuses == {}


def test_rolls_of_her_own_cohort_are_hers() -> None:
    operator, _ = opened()
    operator.runs(7)
    later = operator.accepts()
    operator.runs(80)
    receipt = receipt_of(later, operator)
    assert receipt.cohort == "2026-W49"
    assert set(receipt.statuses) == {7 * DAY, 28 * DAY, 60 * DAY}
    assert None not in receipt.statuses.values()
