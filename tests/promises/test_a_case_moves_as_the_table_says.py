"""What the table of transitions does not have cannot happen, and steps need the right people."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from secrets import token_bytes

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

OBJECTION_DAYS = 3
EVENTS = ["team"] * 28 + ["days"] * 8 + ["replay"] * 4 + ["object", "object", "withdraw"]
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


@dataclass
class Course:
    """A case and what must be true of it, whatever anybody does."""

    world: World
    citizen: Citizen
    now: Status = Status.RECEIVED
    objects_until: date | None = None
    signed_by_two: list[str] = field(default_factory=list)

    def team(self, wanted: Status, *, together: bool) -> str:
        disposition = Disposition(
            ORIGIN, self.citizen.slot, wanted, week_of(self.world.today), token_bytes(32)
        )
        signers = [self.world.amal.device] + [self.world.basil.device] * together
        note = sign(disposition.encode(), *signers)
        answer = self.world.desk().post("/status", {"note": note})
        early = self.objects_until is not None and self.world.today < self.objects_until
        if (
            is_allowed(self.now, wanted)
            and (together or wanted.word not in BY_TWO)
            and not (wanted is Status.RELAYED and early)
        ):
            self.now, self.objects_until = wanted, None
            if wanted is Status.REDACTED:
                self.objects_until = self.world.today + timedelta(days=OBJECTION_DAYS)
            self.signed_by_two += [note] * (wanted.word in BY_TWO)
        return answer.text

    def replay(self) -> str:
        """Hand in again what two have signed, one after the other: none of it moves the case."""
        notes = [{"note": note} for note in self.signed_by_two]
        return "".join(self.world.desk().post("/status", note).text for note in notes)

    def holder(self, action: str) -> str:
        answer = holder(self.world, self.citizen, action)
        if action == "withdraw" and may_become(self.now, Status.WITHDRAWN):
            self.now, self.objects_until = Status.WITHDRAWN, None
        elif action == "object" and self.now is Status.REDACTED:
            self.now, self.objects_until = Status.READ, None
        return answer.text

    def some_step(self, dice: Random) -> Status:
        """Any word at all, but more often one that leads further."""
        further = [after for after in Status if is_allowed(self.now, after)]
        onward = [after for after in further if after.word not in ENDS - {"published"}]
        among = dice.choice([list(Status), onward or further, onward or further])
        word = dice.choice(sorted({each.word for each in among}))
        return dice.choice([each for each in among if each.word == word])


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_no_sequence_of_events_takes_a_forbidden_step(world: World, dice: Random) -> None:
    """Reviewers alone and together, the citizen, whoever kept old statements, and the days."""
    citizen = world.citizen()
    citizen.submits()
    course = Course(world, citizen)
    for _ in range(30):
        match event := dice.choice(EVENTS):
            case "team":
                step, together = course.some_step(dice), dice.random() < 0.7
                said = course.team(step, together=together)
            case "replay":
                said = course.replay()
            case "days":
                world.next_day(OBJECTION_DAYS)
                said = ""
            case _:
                said = course.holder(event)
        shown = Status(citizen.asks()["status"].strip())
        assert shown == course.now, (event, said)


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
