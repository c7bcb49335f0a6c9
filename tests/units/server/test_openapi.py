"""The description and the routes agree, both ways."""

import re

from app.api.openapi import DESCRIPTION
from tests.world import World

PREFIX = "/api/v1"


def _routes(world: World) -> set[tuple[str, str]]:
    found = set()
    for rule in world.site.url_map.iter_rules():
        if rule.rule.startswith(PREFIX):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX))
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found |= {(path, method.lower()) for method in methods}
    return found


def _described() -> set[tuple[str, str]]:
    return {
        (path, method)
        for path, item in DESCRIPTION["paths"].items()
        for method in item
        if method != "parameters"
    }


def test_every_route_is_described_and_every_description_is_a_route(world: World) -> None:
    assert _described() == _routes(world)


def test_every_parameter_of_a_path_is_described() -> None:
    for path, item in DESCRIPTION["paths"].items():
        named = {parameter["name"] for parameter in item.get("parameters", ())}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_every_guarded_route_says_so(world: World) -> None:
    for path, method in _described():
        operation = DESCRIPTION["paths"][path][method]
        concrete = re.sub(r"{\w+}", "0", path)
        answer = world.client.open(f"{PREFIX}{concrete}", method=method.upper(), json={})
        is_guarded = answer.status_code == 401 and path != "/desk/session"
        assert is_guarded == ("security" in operation), path


def test_what_is_answered_has_the_described_fields(world: World) -> None:
    citizen = world.citizen()
    answers = {
        ("/intake", "get", "200"): world.client.get(f"{PREFIX}/intake"),
        ("/uploads", "post", "201"): world.post("/uploads", {"size": 5}),
        ("/submissions", "post", "201"): citizen.submits(),
        ("/messages", "post", "201"): world.post("/messages", citizen.follow_up(1)),
        ("/mailbox", "post", "200"): world.post("/mailbox", citizen.question()),
        ("/desk/challenge", "post", "200"): world.post("/desk/challenge", {}),
        ("/desk/cases", "get", "200"): world.desk().get("/cases"),
        ("/desk/replies", "post", "201"): world.desk().replies(citizen, 0),
        ("/desk/status", "post", "200"): world.desk().decides(citizen, "read"),
    }
    for (path, method, status), answer in answers.items():
        assert answer.status_code == int(status), (path, answer.text)
        response = DESCRIPTION["paths"][path][method]["responses"][status]
        _matches(response["content"]["application/json"]["schema"], answer.get_json(), path)


def _matches(schema: dict[str, object], value: object, path: str) -> None:
    """Objects have exactly the described fields, all the way down."""
    if isinstance(value, dict):
        properties = schema["properties"]
        assert isinstance(properties, dict)
        assert set(properties) == set(value), path
        for name, inner in value.items():
            _matches(properties[name], inner, f"{path}.{name}")
    if isinstance(value, list):
        items = schema["items"]
        assert isinstance(items, dict)
        for inner in value:
            _matches(items, inner, f"{path}[]")


def test_the_description_is_served(world: World) -> None:
    assert world.client.get(f"{PREFIX}/openapi.json").get_json() == DESCRIPTION


def test_the_intake_says_what_a_client_needs(world: World) -> None:
    intake = world.client.get(f"{PREFIX}/intake").get_json()

    assert intake["roots"] == world.roots.encode()
    assert intake["topics"] == [
        {
            "slug": "bus-lines",
            "title": {"ar": "خطوط الحافلات", "en": "Bus lines"},
            "closes": "2026-12-31",
            "portal": None,
        }
    ]
    assert intake["limits"] == {
        "attachment_bytes": 104_857_600,
        "attachments": 10,
        "part_bytes": 1_048_576,
        "text_bytes": 200_000,
        "objection_days": 3,
    }
    assert intake["promise_key"] == world.state.promise_key.verifier.encode()
