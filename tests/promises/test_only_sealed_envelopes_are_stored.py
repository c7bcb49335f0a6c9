"""Plaintext, other encryption and odd sizes are refused before anything is stored."""

from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest

from crypto.age import Identity, encrypt, pad_recipients
from crypto.encoding import encode_base64, sha256
from crypto.padding import MESSAGE_CLASSES
from tests.world import Citizen, World

Change = Callable[[bytes, Citizen], bytes]


def _with_stanza(envelope: bytes, _: Citizen) -> bytes:
    return envelope.replace(b"-> mlkem768x25519 ", b"-> X25519 ", 1)


def _for_one(_: bytes, citizen: Citizen) -> bytes:
    recipients = citizen.world.keyring.recipients[:1]
    return encrypt(bytes(MESSAGE_CLASSES[0]), recipients)


def _of_size(size: int) -> Change:
    def seal(_: bytes, citizen: Citizen) -> bytes:
        return encrypt(bytes(size), pad_recipients(citizen.world.keyring.recipients))

    return seal


NOT_SEALED: dict[str, Change] = {
    "plaintext": lambda _e, _c: "نص مكشوف".encode() * 5000,
    "an age header and then plaintext": lambda e, _c: e[:12_700] + b"x" * 5000,
    "one byte less": lambda e, _c: e[:-1],
    "one byte more": lambda e, _c: e + b"\0",
    "one stanza": _for_one,
    "another kind of stanza": _with_stanza,
    "a size of no class": _of_size(65_535),
    "an empty payload": _of_size(0),
    "nothing": lambda _e, _c: b"",
    "an armored file": lambda e, _c: b"-----BEGIN AGE ENCRYPTED FILE-----\n" + b64encode(e),
}


@pytest.mark.parametrize("change", NOT_SEALED.values(), ids=NOT_SEALED.keys())
def test_a_submission_that_is_not_sealed_is_refused(world: World, change: Change) -> None:
    citizen = world.citizen()
    before = world.at_rest()
    answer = world.post("/submissions", citizen.request(change(citizen.seals(), citizen)))

    assert (answer.status_code, answer.get_json()["type"]) == (422, "urn:wasl:problem:not-sealed")
    assert world.at_rest() == before


def test_a_follow_up_that_is_not_sealed_is_refused(world: World) -> None:
    message = world.citizen().follow_up(1)
    answer = world.post("/messages", {**message, "envelope": b"plain" * 20_000})

    assert answer.get_json()["type"] == "urn:wasl:problem:not-sealed"


def test_a_reply_for_more_than_the_citizen_is_refused(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    reply = desk.reply(citizen, 0)
    for_two = encrypt(bytes(16_384), [Identity.generate().recipient for _ in range(2)])

    assert desk.post("/replies", {**reply, "envelope": reply["copy"]}).status_code == 422
    assert desk.post("/replies", {**reply, "copy": reply["envelope"]}).status_code == 422
    assert desk.post("/replies", {**reply, "envelope": encode_base64(for_two)}).status_code == 422


def test_a_file_that_is_not_sealed_is_refused_and_forgotten(world: World) -> None:
    citizen = world.citizen()
    for data in (
        b"\xff\xd8\xff plain photo" * 400,
        encrypt(bytes(5000), pad_recipients(world.keyring.recipients)),
    ):
        upload = citizen.begins_upload(len(data))
        world.client.put(f"/api/v1/uploads/{upload['id']}/0", data=data)
        named = {"upload": upload["id"], "digest": _digest(data)}
        before = sorted(world.settings.blobs_path.rglob("*"))
        answer = world.post("/submissions", citizen.request(attachments=[named]))

        assert answer.get_json()["type"] == "urn:wasl:problem:not-sealed"
        assert sorted(world.settings.blobs_path.rglob("*")) == before


def test_an_upload_that_is_another_file_is_refused(world: World) -> None:
    citizen = world.citizen()
    named = citizen.uploads(b"photo")
    wrong = {**named, "digest": _digest(b"other")}
    answer = world.post("/submissions", citizen.request(attachments=[wrong]))

    assert answer.get_json()["type"] == "urn:wasl:problem:wrong-digest"


def test_an_upload_with_a_part_missing_waits_for_it(world: World) -> None:
    citizen = world.citizen()
    sealed, digest = citizen.seals_file(bytes(1_000_000))
    upload = citizen.begins_upload(len(sealed))
    path = f"/api/v1/uploads/{upload['id']}"
    world.client.put(f"{path}/1", data=sealed[1_048_576:])
    request = citizen.request(
        attachments=[{"upload": upload["id"], "digest": encode_base64(digest)}]
    )

    assert world.post("/submissions", request).get_json()["type"].endswith("incomplete-upload")
    assert world.client.get(path).get_json()["have"] == [1]
    world.client.put(f"{path}/0", data=sealed[:1_048_576])
    assert world.post("/submissions", request).status_code == 201


def test_a_submission_sealed_to_old_keys_is_refused(world: World) -> None:
    """A reviewer who was removed reads nothing from the next keyring on."""
    citizen = world.citizen()
    request = citizen.request()
    world.publish_next("2026-W48", [world.basil])

    answer = world.post("/submissions", request)
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "urn:wasl:problem:stale-keyring"
    assert world.post("/submissions", citizen.request()).status_code == 201


def test_what_was_sealed_offline_may_come_in_the_week_after(world: World) -> None:
    """As long as its keyring is valid, and nobody who read under it has left since."""
    in_time, late, gone = (world.citizen().request() for _ in range(3))
    world.next_day(7)

    assert world.post("/submissions", in_time).status_code == 201
    world.publish_next("2026-W49", [world.basil])
    assert world.post("/submissions", gone).get_json()["type"] == "urn:wasl:problem:stale-keyring"
    world.publish_next("2026-W50", [world.amal, world.basil])
    world.today += timedelta(days=7)
    assert world.post("/submissions", late).get_json()["type"] == "urn:wasl:problem:stale-keyring"


def _digest(data: bytes) -> str:
    return encode_base64(sha256(data))
