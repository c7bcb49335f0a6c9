"""What the table of transitions does not have cannot happen, and steps need the right people."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.domain.cases import BY_TWO, TRANSITIONS, Status, may_become, same_answer
from app.store import cases
from crypto.commitment import Disposition
from crypto.encoding import encode_base64
from crypto.note import SigningKey, sign
from crypto.weeks import week_of
from tests.world import ORIGIN, Citizen, World

ENDS = {"published", "declined", "withdrawn", "expired"}


def problem(answer: TestResponse) -> str:
    return str(answer.get_json()["type"]).removeprefix("urn:wasl:problem:")


def placed(world: World, citizen: Citizen, status: Status) -> None:
    """Put the case where no request needs to bring it."""
    with world.state.transaction() as connection:
        cases.set_status(connection, citizen.slot, status, None)


def holder(world: World, citizen: Citizen, action: str) -> TestResponse:
    thread = citizen.keys.thread
    body = {
        "name": encode_base64(thread.name("citizen", 0)),
        "auth": encode_base64(thread.auth("citizen", 0)),
    }
    return world.post(f"/case/{action}", body)


def is_allowed(before: Status, after: Status) -> bool:
    by_reviewers = after.word not in {"received", "withdrawn"}
    same = after.word != "published" or same_answer(before, after)
    return before == after if not by_reviewers else may_become(before, after) and same


@pytest.mark.parametrize("before", Status)
def test_a_case_moves_as_the_table_says(world: World, before: Status) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    for after in Status:
        placed(world, citizen, before)

        answer = desk.decides(citizen, after, world.basil)

        allowed = is_allowed(before, after) and after.word not in {"received", "withdrawn"}
        assert (answer.status_code == 200) == allowed, (before, after, answer.text)
        assert citizen.asks()["status"].strip() == (after if allowed else before)


def test_nothing_leads_out_of_an_end_or_back_to_the_beginning() -> None:
    assert not [step for step in TRANSITIONS if step[0].word in ENDS]
    assert not [step for step in TRANSITIONS if step[1] == Status.RECEIVED]


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Status), st.integers(1, 2)), max_size=12), st.data())
def test_no_sequence_of_events_takes_a_forbidden_step(
    world: World, steps: list[tuple[Status, int]], data: st.DataObject
) -> None:
    """Reviewers alone and together, and the citizen, in any order."""
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    now = Status.RECEIVED
    for wanted, signers in steps:
        event = data.draw(st.sampled_from(["team", "team", "object", "withdraw"]))
        if event == "team":
            others = [world.basil] if signers == 2 else []
            answer = desk.decides(citizen, wanted, *others)
            enough = signers == 2 or wanted.word not in BY_TWO
            expected = wanted if is_allowed(now, wanted) and enough else now
        else:
            answer = holder(world, citizen, event)
            expected = _after(now, event)
        said = Status(citizen.asks()["status"].strip())
        assert said == expected, (now, event, wanted, signers, answer.text)
        now = said


def _after(now: Status, event: str) -> Status:
    if event == "object":
        return Status.READ if now is Status.REDACTED else now
    return Status.WITHDRAWN if may_become(now, Status.WITHDRAWN) else now


@pytest.fixture
def redacted(world: World) -> Citizen:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    placed(world, citizen, Status.READ)
    assert desk.decides(citizen, "redacted", world.basil).status_code == 200
    return citizen


@pytest.mark.parametrize("status", ["redacted", "relayed", "published:1"])
def test_some_steps_need_two_people(world: World, status: str) -> None:
    before = {"redacted": "read", "relayed": "redacted", "published:1": "answered:1"}[status]
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    placed(world, citizen, Status(before))

    alone = desk.decides(citizen, status)
    twice_herself = desk.decides(citizen, status, world.amal)
    together = desk.decides(citizen, status, world.basil)

    assert problem(alone) == "two-signatures-needed"
    assert twice_herself.status_code == 422
    assert together.status_code == 200


def test_a_statement_moves_a_case_once(world: World, redacted: Citizen) -> None:
    """What two people signed before the citizen objected is worth nothing afterwards."""
    desk = world.desk()
    disposition = Disposition(ORIGIN, redacted.slot, "redacted", week_of(world.today), bytes(32))
    note = sign(disposition.encode(), world.amal.device, world.basil.device)
    assert desk.post("/status", {"note": note}).status_code == 200
    assert desk.post("/status", {"note": note}).status_code == 200
    assert holder(world, redacted, "object").status_code == 200

    replayed = desk.post("/status", {"note": note})

    assert problem(replayed) == "spent-statement"
    assert redacted.asks()["status"].strip() == "read"


def test_changed_bytes_and_strangers_count_for_nothing(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    placed(world, citizen, Status.READ)
    good = Disposition(ORIGIN, citizen.slot, "redacted", week_of(world.today), bytes(32))
    changed = Disposition(ORIGIN, citizen.slot, "redacted", week_of(world.today), b"x" * 32)
    signature = sign(changed.encode(), world.basil.device).rpartition("\n\n")[2]
    stranger = SigningKey.generate(world.basil.device.name)

    for note in (
        sign(good.encode(), world.amal.device) + signature,
        sign(good.encode(), world.amal.device, stranger),
    ):
        answer = desk.post("/status", {"note": note})
        assert problem(answer) in {"bad-disposition", "two-signatures-needed"}
    assert citizen.asks()["status"].strip() == "read"


def test_a_removed_reviewer_counts_no_more(world: World) -> None:
    citizen = world.citizen()
    citizen.submits()
    placed(world, citizen, Status.READ)
    world.publish_next(week_of(world.today + timedelta(weeks=1)), [world.amal])
    world.today += timedelta(weeks=1)

    answer = world.desk().decides(citizen, "redacted", world.basil)

    assert problem(answer) == "two-signatures-needed"
    assert citizen.asks()["status"].strip() == "read"


def test_the_citizen_has_days_to_object(world: World, redacted: Citizen) -> None:
    desk = world.desk()
    early = desk.decides(redacted, "relayed", world.basil)
    listed = desk.get("/cases").get_json()["cases"][0]["objection_until"]
    world.next_day(2)
    still_early = world.desk().decides(redacted, "relayed", world.basil)
    world.next_day()
    in_time = world.desk().decides(redacted, "relayed", world.basil)

    assert [problem(early), problem(still_early)] == ["objection-window", "objection-window"]
    assert listed == (world.today).isoformat()
    assert in_time.status_code == 200


def test_an_objection_stops_the_relay(world: World, redacted: Citizen) -> None:
    answer = holder(world, redacted, "object")
    world.next_day(5)

    relayed = world.desk().decides(redacted, "relayed", world.basil)

    assert answer.get_json() == {"status": "read"}
    assert problem(relayed) == "forbidden-transition"


def test_only_the_holder_objects_or_withdraws(world: World, redacted: Citizen) -> None:
    stranger = world.citizen()
    thread, wrong = redacted.keys.thread, stranger.keys.thread
    body = {
        "name": encode_base64(thread.name("citizen", 0)),
        "auth": encode_base64(wrong.auth("citizen", 0)),
    }
    for action in ("object", "withdraw"):
        refused = world.post(f"/case/{action}", body)
        nobody = holder(world, stranger, action)
        assert (refused.status_code, refused.get_json()) == (404, nobody.get_json())
    assert redacted.asks()["status"].strip() == "redacted"


def test_withdrawing_deletes_what_was_sent(world: World) -> None:
    citizen = world.citizen()
    citizen.submits()
    [listed] = world.desk().get("/cases").get_json()["cases"]
    before = len(list(world.state.blobs.digests()))

    first, again = holder(world, citizen, "withdraw"), holder(world, citizen, "withdraw")

    assert (first.status_code, again.status_code) == (200, 200)
    assert citizen.asks()["status"].strip() == "withdrawn"
    assert len(list(world.state.blobs.digests())) == before - 1
    assert listed["digest"] not in [encode_base64(each) for each in world.state.blobs.digests()]


def test_a_disposition_must_be_signed_for_this_origin_and_week(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    week = week_of(world.today)
    stranger = SigningKey.generate(world.amal.device.name)
    ours = world.amal.device
    refused = {
        "a stranger": Disposition(ORIGIN, citizen.slot, "read", week).sign(stranger),
        "another origin": Disposition("b.example", citizen.slot, "read", week).sign(ours),
        "an old week": Disposition(ORIGIN, citizen.slot, "read", "2026-W46").sign(ours),
        "a week to come": Disposition(ORIGIN, citizen.slot, "read", "2026-W49").sign(ours),
        "no note": "read",
    }
    for name, note in refused.items():
        answer = desk.post("/status", {"note": note})
        assert problem(answer) == "bad-disposition", name
    last_week = Disposition(ORIGIN, citizen.slot, "read", "2026-W47").sign(ours)
    assert desk.post("/status", {"note": last_week}).status_code == 200


def test_a_case_that_does_not_exist_has_no_status(world: World) -> None:
    answer = world.desk().decides(world.citizen(), "read")

    assert (answer.status_code, problem(answer)) == (404, "unknown-case")
