"""What the table of transitions does not have cannot happen."""

import itertools

import pytest

from app.domain.cases import TRANSITIONS, Status
from crypto.commitment import Disposition
from crypto.note import SigningKey
from crypto.weeks import week_of
from tests.world import ORIGIN, World

FINAL = (Status.DECLINED, Status.WITHDRAWN)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(Status, Status)))
def test_a_case_moves_as_the_table_says(world: World, before: Status, after: Status) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    if before is not Status.RECEIVED:
        assert desk.decides(citizen, before).status_code == 200

    answer = desk.decides(citizen, after)
    allowed = before == after or (before, after) in TRANSITIONS
    assert answer.status_code == (200 if allowed else 409)
    assert citizen.asks()["status"].strip() == (after if allowed else before)


def test_nothing_leads_out_of_an_end_or_back_to_the_beginning() -> None:
    assert not [step for step in TRANSITIONS if step[0] in FINAL or step[1] == Status.RECEIVED]


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
        assert answer.get_json()["type"] == "urn:wasl:problem:bad-disposition", name
    last_week = Disposition(ORIGIN, citizen.slot, "read", "2026-W47").sign(ours)
    assert desk.post("/status", {"note": last_week}).status_code == 200


def test_a_case_that_does_not_exist_has_no_status(world: World) -> None:
    answer = world.desk().decides(world.citizen(), "read")

    assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:wasl:problem:unknown-case")
