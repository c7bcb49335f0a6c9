"""A receipt is made by its holder, so repeating is safe and clashing changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from app.store.models import AttachmentFile, CaseFile, MessageFile, PendingLeaf
from tests.world import SEALED_HEADERS, World, sealed_body


def _rows(world: World) -> list[int]:
    with world.state.reading() as connection:
        tables = (CaseFile, AttachmentFile, MessageFile, PendingLeaf)
        return [connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


def test_a_repeated_submission_gets_the_same_promise(world: World) -> None:
    request = world.citizen().request()
    first, second = world.post("/submissions", request), world.post("/submissions", request)

    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert _rows(world) == [1, 0, 0, 1]


def test_a_repeat_is_promised_the_day_it_was_promised_first(world: World) -> None:
    request = world.citizen().request()
    first = world.post("/submissions", request)
    world.today += timedelta(days=1)

    assert world.post("/submissions", request).data == first.data


def test_a_repeat_is_answered_after_the_keys_have_changed(world: World) -> None:
    """Whoever lost the answer on Sunday night gets it on Monday."""
    request = world.citizen().request()
    first = world.post("/submissions", request)
    world.today += timedelta(weeks=1)
    world.publish_next("2026-W49")

    assert world.post("/submissions", request).data == first.data


def test_fifty_repeats_at_once_make_one_case(world: World) -> None:
    """Half of them carry the same file, and the upload can be used up only once."""
    citizen = world.citizen()
    request = citizen.request(attachments=[citizen.uploads(b"photo")])

    def send(_: int) -> tuple[int, bytes]:
        response = world.site.test_client().post(
            "/api/v1/submissions", data=sealed_body(request), headers=SEALED_HEADERS
        )
        return response.status_code, response.data

    with ThreadPoolExecutor(16) as pool:
        answers = set(pool.map(send, range(50)))

    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    assert _rows(world) == [1, 1, 0, 1]


def test_another_submission_under_a_taken_name_changes_nothing(world: World) -> None:
    citizen = world.citizen()
    citizen.submits("first")
    before = world.at_rest()
    second = citizen.submits("forged")

    assert (second.status_code, second.get_json()["type"]) == (409, "urn:wasl:problem:already-sent")
    assert _rows(world) == [1, 0, 0, 1]
    assert world.at_rest() == before


def test_every_field_of_a_submission_makes_it_another_one(world: World) -> None:
    citizen, stranger = world.citizen(), world.citizen().request()
    request = citizen.request()
    world.post("/submissions", request)

    for field in ("auth_hash", "log_salt", "content_commit", "roll_seed", "envelope"):
        clash = world.post("/submissions", {**request, field: stranger[field]})
        assert clash.status_code == 409, field


def test_a_repeated_follow_up_is_stored_once(world: World) -> None:
    citizen = world.citizen()
    citizen.submits()
    message = citizen.follow_up(1)

    assert [world.post("/messages", message).status_code for _ in range(3)] == [201] * 3
    assert _rows(world) == [1, 0, 1, 1]
    assert world.post("/messages", citizen.follow_up(1, "other")).status_code == 409


def test_a_repeated_reply_is_stored_once(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    reply = desk.reply(citizen, 0)

    assert [desk.post("/replies", reply).status_code for _ in range(3)] == [201] * 3
    assert _rows(world) == [1, 0, 1, 1]
    assert world.desk(world.basil).replies(citizen, 0, "other").status_code == 409


def test_parts_may_come_again_but_not_otherwise(world: World) -> None:
    citizen = world.citizen()
    upload = citizen.begins_upload(3)
    path = f"/api/v1/uploads/{upload['id']}/0"

    assert [world.client.put(path, data=b"abc").status_code for _ in range(2)] == [204, 204]
    assert world.client.put(path, data=b"xyz").status_code == 409
    assert world.client.get(f"/api/v1/uploads/{upload['id']}").get_json()["have"] == [0]
