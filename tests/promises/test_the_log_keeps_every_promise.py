"""What the site promised is in the log by its date, whatever happened in between."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.log.errors import NotReadyError
from crypto.commitment import Promise
from crypto.encoding import decode_base64
from crypto.tlog.findings import Finding
from crypto.tlog.holder import Receipt, check_promise, check_receipt
from crypto.tlog.leaves import Seal, parse_leaf
from tests.world import ORIGIN, SEALED_HEADERS, Citizen, World, sealed_body


@dataclass
class Holder:
    """Someone with a promise and a receipt code."""

    citizen: Citizen
    promise: Promise

    def reads(self, world: World) -> Receipt:
        seed = self.citizen.keys.roll_seed
        receipt = Receipt(ORIGIN, self.promise.commitment, seed)
        receipt.read(world.entries())
        return receipt

    def checks(self, world: World) -> tuple[str, list[Finding]]:
        return check_promise(self.promise, self.reads(world))


def submits(world: World) -> Holder:
    citizen = world.citizen()
    answer = citizen.submits()
    assert answer.status_code == 201, answer.text
    key = world.state.promise_key.verifier
    promise = Promise.open(answer.get_json()["promise"], key)
    assert promise.commitment == decode_base64(answer.get_json()["commitment"])
    return Holder(citizen, promise)


@pytest.fixture
def logging(world: World) -> World:
    """A world whose log has begun."""
    world.starts_log()
    world.sequences()
    return world


def test_a_promise_of_today_is_kept_at_the_next_slot(logging: World) -> None:
    holder = submits(logging)
    assert holder.checks(logging) == ("open", [])

    logging.next_day()
    logging.sequences()

    assert holder.checks(logging) == ("kept", [])
    logging.audits()


def test_a_month_of_submissions_breaks_nothing(logging: World) -> None:
    holders = []
    for day in range(30):
        logging.next_day()
        logging.sequences()
        holders += [submits(logging) for _ in range(day % 4)]
    logging.next_day()
    logging.sequences()

    assert {holder.checks(logging)[0] for holder in holders} == {"kept"}
    logging.audits()


@pytest.mark.parametrize(
    ("days", "kept", "found"),
    [(2, "kept", []), (3, "kept", ["slot-missing"]), (4, "late", ["slot-missing"])],
)
def test_days_without_a_sequencer_are_made_up_for_as_long_as_the_rules_allow(
    logging: World, days: int, kept: str, found: list[str]
) -> None:
    """Batches of slots that were missed come late, but each within two days of its slot.

    Whatever waits goes into the first of them. What cannot be made up for, auditors see.
    """
    holder = submits(logging)
    logging.next_day(days)
    logging.sequences(after_outage=days > 2)

    assert holder.checks(logging)[0] == kept
    _, findings = logging.judges()
    assert [each.code for each in findings] == found


def test_a_submission_during_a_batch_waits_for_the_next(logging: World) -> None:
    """A hundred promises while batches are being sealed: each is in one of them, once."""
    holders: list[Holder] = []
    bodies = [(citizen, citizen.request()) for citizen in (logging.citizen() for _ in range(40))]
    key = logging.state.promise_key.verifier

    def send() -> None:
        client = logging.site.test_client()
        for citizen, body in bodies:
            answer = client.post(
                "/api/v1/submissions", data=sealed_body(body), headers=SEALED_HEADERS
            ).get_json()
            holders.append(Holder(citizen, Promise.open(answer["promise"], key)))

    ticks = 0
    sequencer = logging.sequencer(clock=lambda: logging.slot_time + ticks)
    sequencer.begin()
    thread = threading.Thread(target=send)
    thread.start()
    while thread.is_alive():
        ticks += 86_400
        sequencer.run()
    thread.join()
    ticks += 86_400
    sequencer.run()

    assert {holder.checks(logging)[0] for holder in holders} == {"kept"}
    logging.audits()


def test_a_repeated_request_is_promised_again_after_it_is_in_the_log(logging: World) -> None:
    citizen = logging.citizen()
    body = citizen.request()
    first = logging.post("/submissions", body)
    logging.next_day()
    logging.sequences()
    again = logging.post("/submissions", body)
    logging.next_day()
    logging.sequences()

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json()["commitment"] == again.get_json()["commitment"]
    assert logging.audits().statistics()["leaves"]["accept"] == len(
        {entry for entry in logging.entries() if entry.startswith(b"accept/v1")}
    )


# Clocks


def test_a_clock_that_goes_back_does_not_break_a_promise(logging: World) -> None:
    """Slots never go back, so the date that is promised is one that they can keep."""
    logging.next_day(2)
    logging.sequences()
    logging.next_day(-2)
    holder = submits(logging)
    assert holder.promise.merge_by == logging.today + timedelta(days=4)
    logging.sequences()
    assert holder.checks(logging)[0] == "open"

    logging.next_day(3)
    logging.sequences()

    assert holder.checks(logging) == ("kept", [])


def test_a_clock_that_jumps_ahead_seals_nothing(logging: World) -> None:
    """Nobody could take back a slot of next year."""
    holder = submits(logging)
    logging.next_day(400)
    with pytest.raises(NotReadyError, match="--after-outage"):
        logging.sequences()
    logging.next_day(-399)
    logging.sequences()

    assert holder.checks(logging) == ("kept", [])
    logging.audits()


def test_a_small_jump_ahead_costs_no_promise(logging: World) -> None:
    before = submits(logging)
    logging.next_day(2)
    logging.sequences()
    logging.next_day(-2)
    after = submits(logging)
    logging.next_day(1)
    logging.sequences()
    logging.next_day(2)
    logging.sequences()

    assert [before.checks(logging)[0], after.checks(logging)[0]] == ["kept", "kept"]


# What the log says


def test_the_last_leaf_of_every_checkpoint_is_a_seal(logging: World) -> None:
    sizes = []
    for _ in range(5):
        logging.next_day()
        submits(logging)
        logging.sequences()
        entries = logging.entries()
        seal = parse_leaf(entries[-1])
        assert isinstance(seal, Seal)
        assert seal.index == len(entries) - 1
        sizes.append(len(entries))
    assert sizes == sorted(set(sizes))


def test_a_batch_comes_on_a_day_without_submissions(logging: World) -> None:
    for _ in range(3):
        logging.next_day()
        logging.sequences()

    statistics = logging.audits().statistics()
    assert statistics["leaves"]["seal"] == 4
    assert statistics["leaves"]["accept"] > 40, "nobody sees that it was a quiet week"


def test_a_new_keyring_is_in_the_log_at_once(logging: World) -> None:
    logging.publish_next("2026-W49")
    logging.sequences()
    auditor = logging.audits()

    assert auditor.judge_keyring(logging.keyring) == []
    assert auditor.judge_promise_key(logging.state.promise_key.verifier) == []
    assert auditor.statistics()["leaves"]["seal"] == 2


def test_without_rules_nothing_is_sealed(world: World) -> None:
    with pytest.raises(NotReadyError, match="rules"):
        world.sequences()


def test_nobody_can_make_the_log_accept_a_leaf_twice(logging: World) -> None:
    """The same commitment under two names would stand twice, or once for two cases."""
    first, thief = logging.citizen(), logging.citizen()
    body = first.request()
    name = {key: thief.request()[key] for key in ("name", "auth_hash")}
    assert logging.post("/submissions", body).status_code == 201
    for _ in range(2):
        answer = logging.post("/submissions", {**body, **name})
        assert answer.status_code == 409, answer.text
        logging.next_day()
        logging.sequences()
    logging.audits()


def test_nor_after_its_rolls_are_over_and_its_seed_is_gone(world: World) -> None:
    day = 86_400
    world.starts_log(cohort=day, fewest=0, ages=(day,))
    first, thief = world.citizen(), world.citizen()
    body = first.request()
    assert world.post("/submissions", body).status_code == 201
    for _ in range(4):
        world.next_day()
        world.sequences()
    assert first.keys.roll_seed not in world.at_rest()

    name = {key: thief.request()[key] for key in ("name", "auth_hash")}
    again = {**body, **name, "keyring": world.keyring.serial}
    assert world.post("/submissions", again).status_code == 409


def test_rolls_that_were_missed_come_all_together(world: World) -> None:
    """After an outage two rolls of one cohort may be due at once."""
    day = 86_400
    world.starts_log(cohort=day, fewest=0, ages=(day, 2 * day, 3 * day))
    world.sequences()
    holder = submits(world)
    for days in (1, 1, 4):
        world.next_day(days)
        world.sequences(after_outage=True)

    receipt = holder.reads(world)
    assert dict.fromkeys(receipt.statuses, "received") == receipt.statuses
    assert list(receipt.statuses) == [day, 2 * day, 3 * day]
    _, findings = world.judges()
    assert {each.code for each in findings} == {"slot-missing", "unanswered"}


def test_nobody_can_make_a_roll_say_a_tag_twice(world: World) -> None:
    """Tags come from roll seeds: two cases with one seed would spoil the roll of all."""
    world.starts_log(fewest=0)
    first, thief = world.citizen(), world.citizen()
    body = first.request()
    stolen = thief.request(roll_seed=body["roll_seed"])
    assert world.post("/submissions", body).status_code == 201
    assert world.post("/submissions", stolen).status_code == 409
    for _ in range(70):
        world.next_day()
        world.sequences()
    auditor, findings = world.judges()
    assert auditor.statistics()["leaves"]["roll"] > 10
    assert {each.code for each in findings} == {"unanswered"}


def test_every_holder_finds_her_status_in_every_roll(world: World) -> None:
    """Statuses are those at the time of the roll; nobody is missing, and the seeds are gone."""
    world.starts_log(fewest=0)
    holders = {word: submits(world) for word in ("received", "read", "declined", "question")}
    quiet = submits(world)
    for word, holder in holders.items():
        if word != "received":
            assert world.desk().decides(holder.citizen, word).status_code == 200
    world.next_day()
    seeds = [each.citizen.keys.roll_seed for each in [*holders.values(), quiet]]
    shown: dict[int, str] = {}
    for _ in range(66):
        world.sequences()
        receipt = quiet.reads(world)
        for age in receipt.statuses.keys() - shown.keys():
            shown[age] = world.client_status(quiet.citizen)
            if len(shown) < 3:
                assert all(seed in world.at_rest() for seed in seeds)
        if world.today.isoformat() == "2026-12-20":
            world.desk().decides(quiet.citizen, "declined")
        world.next_day()

    assert list(shown.values()) == ["received", "declined", "declined"]
    assert check_receipt(quiet.reads(world), shown) == []
    for word, holder in holders.items():
        receipt = holder.reads(world)
        roll_word = "read" if word == "question" else word
        assert set(receipt.statuses.values()) == {roll_word}, word
        assert check_receipt(receipt) == []
    assert [seed for seed in seeds if seed in world.at_rest()] == []
    _, findings = world.judges()
    assert {each.code for each in findings} == {"unanswered"}
