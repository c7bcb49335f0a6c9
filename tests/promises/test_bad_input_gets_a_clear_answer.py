"""Whatever is sent, the answer is a problem document and never a 500."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain import media_types
from app.services.envelopes import MAX_MESSAGE_BYTES
from crypto.encoding import decode_base64
from tests.world import SEALED_PATHS, World

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "not JSON": (b"name=1", 400),
    "cut off": (b'{"name": "', 400),
    "not UTF-8": (b'{"name": "\xff"}', 400),
    "UTF-16": ('{"name": 1}'.encode("utf-16"), 400),
    "a byte order mark": (b'\xef\xbb\xbf{"name": 1}', 400),
    "a lone surrogate": (b'{"name": "\\ud800"}', 400),
    "a key twice": (b'{"name": "a", "name": "b"}', 400),
    "not a number": (b'{"keyring": NaN}', 400),
    "infinity": (b'{"keyring": -Infinity}', 400),
    "a fraction": (b'{"keyring": 1.5}', 400),
    "an exponent": (b'{"keyring": 1e3}', 400),
    "a list": (b"[]", 422),
    "a text": (b'"name"', 422),
    "null": (b"null", 422),
    "an empty object": (b"{}", 422),
    "a field too many": (b'{"unknown": 1}', 422),
}
PATHS = ("/submissions", "/messages", "/mailbox", "/uploads", "/desk/session")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_not_ours_is_refused(
    world: World, path: str, body: bytes, status: int
) -> None:
    answer = _posts(world, path, body)

    _is_problem(answer, status)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 30_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"keyring": ' + b"9" * 5_000 + b"}",
    ],
    ids=["nested without end", "nested and closed", "five thousand digits"],
)
def test_a_body_that_exhausts_the_parser_is_refused(world: World, body: bytes) -> None:
    _is_problem(_posts(world, "/submissions", body), 400)


def _posts(world: World, path: str, body: bytes) -> TestResponse:
    """Send *body* as the JSON that *path* takes."""
    sealed = b"\n" + world.citizen().seals() if path in SEALED_PATHS else b""
    return world.client.post(f"/api/v1{path}", data=body + sealed, content_type=_type_of(path))


def _type_of(path: str) -> str:
    return media_types.SEALED if path in SEALED_PATHS else media_types.JSON


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_another_type_is_refused(world: World, path: str) -> None:
    other = media_types.JSON if path in SEALED_PATHS else media_types.SEALED
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "multipart/a",
        other,
    ):
        answer = world.client.post(f"/api/v1{path}", data=b"{}", content_type=content_type)
        _is_problem(answer, 415)


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_too_large_is_refused_unread(world: World, path: str) -> None:
    answer = world.client.post(f"/api/v1{path}", data=b" " * 1_000_000, content_type=_type_of(path))

    _is_problem(answer, 413)


@pytest.mark.parametrize("path", SEALED_PATHS)
def test_a_line_before_the_envelope_and_an_envelope_have_bounds_of_their_own(
    world: World, path: str
) -> None:
    _is_problem(_posts(world, path, b" " * 40_000), 413)

    line = b"{}\n" + bytes(MAX_MESSAGE_BYTES + 1)
    _is_problem(world.client.post(f"/api/v1{path}", data=line, content_type=_type_of(path)), 413)


def test_an_envelope_may_have_any_bytes_and_only_the_first_newline_ends_the_line(
    world: World,
) -> None:
    citizen = world.citizen()
    envelope = citizen.seals()
    assert envelope.count(b"\n") > 1

    assert world.post("/submissions", citizen.request(envelope)).status_code == 201
    stored = world.desk().get("/cases").get_json()["cases"][0]["digest"]
    assert world.desk().get(f"/blobs/{decode_base64(stored).hex()}").data == envelope


FIELDS: dict[str, tuple[str, Any]] = {
    "a name too short": ("name", "AAAA"),
    "a name in hex": ("name", "00" * 32),
    "a name in base64url": ("name", "_" * 43 + "="),
    "a name without padding": ("name", "A" * 43),
    "a name with a line break": ("name", "A" * 43 + "=\n"),
    "a name with loose bits": ("name", "A" * 42 + "B="),
    "a number for a name": ("name", 7),
    "a list for a name": ("auth_hash", ["A"]),
    "an Arabic name": ("roll_seed", "اسم"),
    "a text for a serial": ("keyring", "1"),
    "true for a serial": ("keyring", True),
    "a serial of zero": ("keyring", 0),
    "a serial out of range": ("keyring", 2**63),
    "attachments that are a text": ("attachments", "x"),
    "attachments without fields": ("attachments", [{}]),
    "an attachment that is a number": ("attachments", [1]),
    "an upload that is a path": ("attachments", [{"upload": "../../x", "digest": "A" * 43 + "="}]),
}


@pytest.mark.parametrize(("field", "value"), FIELDS.values(), ids=FIELDS.keys())
def test_a_wrong_field_is_named(world: World, field: str, value: object) -> None:
    answer = world.post("/submissions", {**world.citizen().request(), field: value})

    if "upload" in str(value):
        _is_problem(answer, 404)
    else:
        _is_problem(answer, 422)
        assert field in answer.get_json()["detail"]


def test_a_missing_field_is_named_and_an_unknown_one_is_not_repeated(world: World) -> None:
    request = world.citizen().request()
    for field in request:
        rest = {name: value for name, value in request.items() if name != field}
        answer = world.post("/submissions", rest)
        assert f"Field {field}: is missing" in answer.get_json()["detail"]
    answer = world.post("/submissions", {**request, "CANARY": 1})
    _is_problem(answer, 422)
    assert b"CANARY" not in answer.data


def test_the_same_file_twice_is_refused(world: World) -> None:
    citizen = world.citizen()
    named = citizen.uploads(b"photo")

    _is_problem(world.post("/submissions", citizen.request(attachments=[named, named])), 422)


def test_more_files_than_allowed_are_refused(world: World) -> None:
    citizen = world.citizen()
    digests = [f"{'A' * 41}{letter}A=" for letter in "ABCDEFGHIJK"]
    named = [{"upload": "0" * 32, "digest": digest} for digest in digests]

    _is_problem(world.post("/submissions", citizen.request(attachments=named)), 413)


def test_a_mailbox_is_asked_for_exactly_sixteen_names(world: World) -> None:
    question = world.citizen().question()
    wrong: list[object] = [question["names"][:15], question["names"] * 2, [], "x", None]
    for names in wrong:
        _is_problem(world.post("/mailbox", {**question, "names": names}), 422)


@pytest.mark.parametrize(
    ("part", "size", "status"),
    [
        ("0", 1_048_575, 422),
        ("0", 1_048_577, 413),
        ("1", 1, 422),
        ("1", 3, 413),
        ("2", 1, 422),
        ("-1", 1, 404),
        ("1.0", 1, 404),
        ("99999999999999999999", 1, 422),
        ("0", 0, 422),
    ],
)
def test_a_wrong_part_is_refused(world: World, part: str, size: int, status: int) -> None:
    upload = world.citizen().begins_upload(1_048_578)
    answer = world.client.put(f"/api/v1/uploads/{upload['id']}/{part}", data=bytes(size))

    _is_problem(answer, status)
    assert world.client.get(f"/api/v1/uploads/{upload['id']}").get_json()["have"] == []


@pytest.mark.parametrize("size", [0, -1, 2**40, 10**10, "5", 1.0, None])
def test_an_upload_of_an_impossible_size_is_refused(world: World, size: object) -> None:
    answer = world.post("/uploads", {"size": size})

    assert answer.status_code in {400, 413, 422}
    _is_problem(answer, answer.status_code)


@pytest.mark.parametrize("name", ["0" * 64, "x", "..", "0" * 63 + "A", "%2e%2e", "0" * 4000])
def test_an_unknown_upload_is_not_found(world: World, name: str) -> None:
    _is_problem(world.client.get(f"/api/v1/uploads/{name}"), 404)
    _is_problem(world.client.put(f"/api/v1/uploads/{name}/0", data=b"x"), 404)


def test_a_wrong_method_says_which_one_is_right(world: World) -> None:
    answer = world.client.get("/api/v1/submissions")

    _is_problem(answer, 405)
    assert answer.headers["Allow"] == "OPTIONS, POST"


def test_an_unknown_address_is_not_found(world: World) -> None:
    _is_problem(world.client.get("/api/v1/nothing"), 404)
    _is_problem(world.client.get("/api/v2/intake"), 404)


def test_nothing_can_be_sent_without_a_keyring_for_today(world: World) -> None:
    request = world.citizen().request()
    world.today = world.keyring.not_after

    for answer in (world.client.get("/api/v1/intake"), world.post("/submissions", request)):
        _is_problem(answer, 503)


def _is_problem(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    document = json.loads(answer.data)
    assert document["status"] == status
    assert document["type"].startswith("urn:wasl:problem:")
    assert set(document) == {"type", "title", "status", "detail", "title_ar", "detail_ar"}
    assert all(document.values())
