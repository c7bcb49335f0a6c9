"""The whole way over the API: a sealed view is accepted, read, answered, and read again."""

from base64 import b64decode

from crypto.commitment import Promise, accept_commitment, content_commit, roll_commit
from crypto.encoding import sha256
from crypto.envelope import open_follow_up, open_reply, open_submission
from tests.world import ORIGIN, World


def test_a_submission_is_promised_for_the_log(world: World) -> None:
    citizen = world.citizen()
    envelope = citizen.seals()
    answer = world.post("/submissions", citizen.request(envelope))

    assert answer.status_code == 201, answer.text
    keys = citizen.keys
    expected = accept_commitment(
        keys.log_salt,
        content_commit(keys.content_salt, sha256(envelope)),
        roll_commit(keys.roll_seed),
    )
    said = answer.get_json()
    promise = Promise.open(said["promise"], world.state.promise_key.verifier)
    assert b64decode(said["commitment"]) == promise.commitment == expected
    assert said["merge_by"] == promise.merge_by.isoformat() == "2026-11-27"


def test_a_reviewer_reads_what_the_citizen_sealed(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits("الحافلة لا تصل إلى القرية")

    (case,) = desk.get("/cases").get_json()["cases"]
    age_file = desk.get(f"/blobs/{b64decode(case['digest']).hex()}").data
    submission = open_submission(age_file, [world.amal.identity])

    assert b64decode(case["slot"]) == citizen.slot
    assert (case["status"], case["week"], case["bytes"]) == ("received", "2026-W48", len(age_file))
    assert submission.sections[0].text == "الحافلة لا تصل إلى القرية"


def test_the_citizen_reads_the_reply_with_nothing_but_the_code(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    citizen.submits()
    assert desk.replies(citizen, 0, "شكرا، متى تتأخر؟").status_code == 201
    assert desk.decides(citizen, "question").get_json() == {"status": "question"}

    answer = citizen.asks()
    reply = open_reply(
        b64decode(answer["slots"][0]["envelope"]),
        citizen.keys.reply_identity,
        world.keyring.devices,
        origin=ORIGIN,
        slot=citizen.slot,
    )

    assert answer["status"] == "question    "
    assert b64decode(answer["slots"][0]["name"]) == citizen.keys.thread.name("team", 0)
    assert (reply.text, reply.signed_by) == ("شكرا، متى تتأخر؟", "amal")


def test_the_team_reads_a_follow_up(world: World) -> None:
    citizen, desk = world.citizen(), world.desk(world.basil)
    citizen.submits()
    assert world.post("/messages", citizen.follow_up(1, "كل صباح")).status_code == 201

    (message,) = desk.get("/cases").get_json()["messages"]
    age_file = desk.get(f"/blobs/{b64decode(message['digest']).hex()}").data
    thread = citizen.keys.thread

    assert (message["lane"], message["copy"]) == ("citizen", None)
    assert b64decode(message["slot"]) == thread.slot("citizen", 1)
    assert open_follow_up(age_file, [world.basil.identity], thread, index=1).text == "كل صباح"


def test_a_file_travels_in_parts_and_arrives_whole(world: World) -> None:
    citizen, desk = world.citizen(), world.desk()
    photo = bytes(range(256)) * 8000
    attachment = citizen.uploads(photo)
    answer = world.post("/submissions", citizen.request(attachments=[attachment]))

    assert answer.status_code == 201, answer.text
    (case,) = desk.get("/cases").get_json()["cases"]
    (listed,) = case["attachments"]
    stored = desk.get(f"/blobs/{b64decode(listed['digest']).hex()}").data
    assert listed["digest"] == attachment["digest"]
    assert len(stored) == listed["bytes"]
    assert sha256(stored) == b64decode(listed["digest"])
    assert not list(world.settings.uploads_path.rglob("0*")), "the parts are deleted"
