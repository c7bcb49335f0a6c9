"""Whatever happens on the days of a log, it stays auditable and keeps its promises."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.commitment import Promise
from crypto.tlog.holder import Receipt, check_promise, check_receipt
from tests.world import ORIGIN, Citizen, World

DAYS = st.lists(
    st.tuples(
        st.integers(0, 3),  # submissions
        st.sampled_from([None, None, "read", "declined", "withdrawn"]),  # of the first open case
        st.sampled_from(["run", "run", "run", "twice", "skip"]),  # the sequencer
    ),
    min_size=20,
    max_size=45,
)
LAWS = st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from([0, 1, 5]))


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(DAYS, LAWS)
def test_random_days_leave_an_honest_log(
    days: list[tuple[int, str | None, str]], law: tuple[int, int, int]
) -> None:
    fewest, longest, cover = law
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        # Short ages, so that the rolls of a few weeks fit into a few weeks.
        ages = (86_400, 3 * 86_400, 8 * 86_400)
        world.starts_log(fewest=fewest, longest=longest, ages=ages, cover_mean=cover)
        try:
            _live(world, days)
        finally:
            world.close()


def _live(world: World, days: list[tuple[int, str | None, str]]) -> None:
    holders: list[tuple[Citizen, Promise]] = []
    skipped = False
    for submissions, status, sequencer in days:
        # Two days without a batch are more than the rules allow.
        if sequencer != "skip" or skipped:
            for _ in range(1 + (sequencer == "twice")):
                world.sequences()
        skipped = sequencer == "skip" and not skipped
        holders += [_submits(world) for _ in range(submissions)]
        if status and holders:
            world.desk().decides(holders[len(holders) // 2][0], status)
        world.next_day()
    world.sequences()
    world.next_day()
    world.sequences()

    entries = world.entries()
    for citizen, promise in holders:
        receipt = Receipt(ORIGIN, promise.commitment, citizen.keys.roll_seed)
        receipt.read(entries)
        assert check_promise(promise, receipt) == ("kept", [])
        assert check_receipt(receipt) == []
    auditor, findings = world.judges()
    assert {finding.code for finding in findings} <= {"unanswered"}
    real = sum(each["real"] or 0 for each in auditor.statistics()["cohorts"].values())
    assert real <= len(holders)


def _submits(world: World) -> tuple[Citizen, Promise]:
    citizen = world.citizen()
    answer = citizen.submits()
    assert answer.status_code == 201, answer.text
    key = world.state.promise_key.verifier
    return citizen, Promise.open(answer.get_json()["promise"], key)
