"""Only devices on today's keyring get in; nothing about their sessions is stored."""

import pytest

from crypto.note import SigningKey, sign
from tests.world import ORIGIN, Member, World


def test_every_desk_route_but_the_door_asks_for_a_session(world: World) -> None:
    public = {f"/api/v1/desk/{each}" for each in ("challenge", "session", "courier")}
    rules = [rule for rule in world.site.url_map.iter_rules() if "/desk/" in rule.rule]
    asked = 0
    for rule in rules:
        path = rule.rule.replace("<hex_digest>", "0" * 64)
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            answer = world.client.open(path, method=method, json={})
            assert (answer.status_code == 401) == (path not in public), path
            asked += 1
    assert asked == 10


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic eDp4", "Bearer x", "Bearer " + "A" * 96, "Bearer ü"]
)
def test_a_forged_token_opens_nothing(world: World, value: str) -> None:
    answer = world.client.get("/api/v1/desk/cases", headers={"Authorization": value})

    assert answer.get_json()["type"] == "urn:wasl:problem:bad-session"


def test_a_changed_token_opens_nothing(world: World) -> None:
    token = world.desk().headers["Authorization"]
    for place in (8, 20, len(token) - 2):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        answer = world.client.get("/api/v1/desk/cases", headers={"Authorization": changed})
        assert answer.status_code == 401


def test_a_token_ends_after_a_quarter_of_an_hour(world: World) -> None:
    desk = world.desk()
    assert desk.get("/cases").status_code == 200
    world.now += 900
    assert desk.get("/cases").status_code == 200
    world.now += 1
    assert desk.get("/cases").status_code == 401


def test_a_challenge_ends_after_two_minutes_and_is_no_token(world: World) -> None:
    desk = world.desk()
    challenge = world.post("/desk/challenge", {}).get_json()["challenge"]
    note = desk.signs(challenge)
    as_token = {"Authorization": f"Bearer {challenge}"}

    assert world.client.get("/api/v1/desk/cases", headers=as_token).status_code == 401
    assert world.post("/desk/session", {"note": note}).status_code == 200
    world.now += 121
    assert world.post("/desk/session", {"note": note}).status_code == 401


def test_a_token_is_no_challenge(world: World) -> None:
    desk = world.desk()
    token = desk.headers["Authorization"].removeprefix("Bearer ")

    assert world.post("/desk/session", {"note": desk.signs(token)}).status_code == 401


def test_a_device_that_left_the_keyring_is_out_at_once(world: World) -> None:
    amal, basil = world.desk(), world.desk(world.basil)
    assert amal.get("/cases").status_code == 200
    world.publish_next("2026-W48", [world.basil])

    assert amal.get("/cases").status_code == 401
    assert basil.get("/cases").status_code == 200
    challenge = world.post("/desk/challenge", {}).get_json()["challenge"]
    assert world.post("/desk/session", {"note": amal.signs(challenge)}).status_code == 401


def test_a_key_of_another_instance_opens_nothing(world: World) -> None:
    challenge = world.post("/desk/challenge", {}).get_json()["challenge"]
    stranger = SigningKey.generate(world.amal.device.name)
    texts = {
        "a stranger's key": sign(f"wasl/desk-session/v1\n{ORIGIN}\n{challenge}\n", stranger),
        "another origin": sign(
            f"wasl/desk-session/v1\nother.example\n{challenge}\n", world.amal.device
        ),
        "another statement": sign(f"wasl/desk-session/v2\n{ORIGIN}\n{challenge}\n", stranger),
        "our key, another statement": sign(
            f"wasl/reply/v1\n{ORIGIN}\n{challenge}\n", world.amal.device
        ),
        "a made-up challenge": sign(
            f"wasl/desk-session/v1\n{ORIGIN}\n{'A' * 96}\n", world.amal.device
        ),
        "no note": "hello",
        "nothing": "",
    }
    for name, note in texts.items():
        assert world.post("/desk/session", {"note": note}).status_code == 401, name


def test_a_session_leaves_nothing_behind(world: World) -> None:
    before = world.at_rest()
    assert world.desk().get("/cases").status_code == 200

    assert world.at_rest() == before


def test_a_blob_that_is_not_there_is_not_found(world: World) -> None:
    desk = world.desk()
    for name in ("0" * 64, "0" * 63, "F" * 64, "..", "x" * 64, " " * 64):
        assert desk.get(f"/blobs/{name}").status_code == 404


def test_a_new_reviewer_gets_in_with_the_next_keyring(world: World) -> None:
    carla = Member("carla")
    world.publish_next("2026-W48", [world.amal, world.basil, carla])

    assert world.desk(carla).get("/cases").status_code == 200
