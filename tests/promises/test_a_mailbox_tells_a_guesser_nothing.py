"""Known and unknown mailboxes answer with one status, one size and one shape."""

from base64 import b64decode, b64encode
from dataclasses import replace
from secrets import token_bytes
from typing import Any

from sqlalchemy import event

from app.services.envelopes import REPLY_BYTES
from app.store.blobs import FileBlobStore
from app.store.cases import FoundCase, find_case
from app.store.messages import find_replies
from app.store.storage_keys import StorageKeys
from app.web.state import EXTENSION
from crypto.encoding import sha256
from tests.world import Citizen, World


def test_every_answer_has_the_same_size(world: World) -> None:
    owner, nobody, desk = world.citizen(), world.citizen(), world.desk()
    owner.submits()
    answers = [world.post("/mailbox", nobody.question())]
    for index in range(6):
        answers.append(world.post("/mailbox", owner.question()))
        desk.replies(owner, index)
    desk.decides(owner, "question")
    answers.append(world.post("/mailbox", owner.question()))

    assert {answer.status_code for answer in answers} == {200}
    assert len({len(answer.data) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1


def test_a_case_without_the_right_proof_is_unknown(world: World) -> None:
    owner = world.citizen()
    owner.submits()
    question = owner.question()
    question["case"]["auth"] = b64encode(token_bytes(32)).decode()

    assert world.post("/mailbox", question).get_json()["status"].strip() == "unknown"
    assert owner.asks()["status"].strip() == "received"
    assert world.citizen().asks()["status"].strip() == "unknown"


def test_a_reply_without_the_right_proof_stays_where_it_is(world: World) -> None:
    owner, desk = world.citizen(), world.desk()
    owner.submits()
    desk.replies(owner, 0)
    question = owner.question()
    question["names"][0]["auth"] = b64encode(token_bytes(32)).decode()

    assert _names(owner.asks())[0] == owner.keys.thread.name("team", 0)
    assert owner.keys.thread.name("team", 0) not in _names(
        world.post("/mailbox", question).get_json()
    )


def test_a_follow_up_is_not_given_back(world: World) -> None:
    """Whoever takes a code later learns what the team wrote, never what its owner did."""
    owner = world.citizen()
    owner.submits()
    world.post("/messages", owner.follow_up(1))
    thread = owner.keys.thread
    question = owner.question()
    question["names"][0] = {
        "name": b64encode(thread.name("citizen", 1)).decode(),
        "auth": b64encode(thread.auth("citizen", 1)).decode(),
    }

    answer = world.post("/mailbox", question).get_json()
    assert thread.name("citizen", 1) not in _names(answer)


def test_empty_slots_are_never_twice_the_same(world: World) -> None:
    first, second = world.citizen().asks(), world.citizen().asks()
    envelopes = [slot["envelope"] for answer in (first, second) for slot in answer["slots"]]

    assert len(set(envelopes)) == 8
    assert {len(b64decode(envelope)) for envelope in envelopes} == {REPLY_BYTES}


def test_the_first_four_replies_come_in_order_and_the_rest_when_asked_again(world: World) -> None:
    owner, desk = world.citizen(), world.desk()
    owner.submits()
    for index in range(6):
        desk.replies(owner, index)
    name = owner.keys.thread.name

    assert _names(owner.asks()) == [name("team", index) for index in range(4)]
    assert _names(owner.asks(first=4))[:2] == [name("team", 4), name("team", 5)]


def test_a_guess_costs_what_an_answer_costs(world: World) -> None:
    """The same statements with as many rows, the same reads: time has nothing to tell."""
    owner, desk = world.citizen(), world.desk()
    owner.submits()
    for index in range(4):
        desk.replies(owner, index)
    answered, guessed = _work(world, owner), _work(world, world.citizen())

    assert answered == guessed
    assert answered.count("read") == 4


def _work(world: World, asker: Citizen) -> list[str]:
    """The statements that a question executes, and the blobs that it reads."""
    done: list[str] = []

    class Watched(FileBlobStore):
        def read(self, digest: bytes) -> bytes:
            done.append("read")
            return super().read(digest)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        done.append(statement)

    state = world.state
    keys = StorageKeys(world.settings.storage_keys_path)
    blobs = Watched(world.settings.blobs_path, keys, lambda: world.today)
    watched = replace(state, blobs=blobs)
    world.site.extensions[EXTENSION] = watched
    event.listen(state.database.engine, "before_cursor_execute", note)
    asker.asks()
    event.remove(state.database.engine, "before_cursor_execute", note)
    world.site.extensions[EXTENSION] = state
    return done


def test_every_question_gets_a_row_for_every_name(world: World) -> None:
    owner, desk = world.citizen(), world.desk()
    owner.submits()
    desk.replies(owner, 1)
    slots = [owner.keys.thread.slot("team", index) for index in range(16)]
    with world.state.reading() as connection:
        rows = find_replies(connection, slots)
        nothing = find_case(connection, b"?" * 32)

    assert [auth_hash is not None for auth_hash, _ in rows] == [False, True] + [False] * 14
    assert nothing == FoundCase(None, None, None, None)


def test_the_digest_of_a_case_is_for_its_owner(world: World) -> None:
    """What she needs to find her leaf; a guesser gets noise that looks the same."""
    owner = world.citizen()
    envelope = owner.seals()
    world.post("/submissions", owner.request(envelope))
    question = owner.question()
    question["case"]["auth"] = b64encode(token_bytes(32)).decode()
    guesses = [world.post("/mailbox", question).get_json() for _ in range(2)]
    guesses.append(world.citizen().asks())

    assert b64decode(owner.asks()["digest"]) == sha256(envelope)
    assert owner.asks()["week"] == "2026-W48"
    assert len({guess["digest"] for guess in guesses} | {owner.asks()["digest"]}) == 4
    assert {guess["week"] for guess in guesses} == {"2026-W48"}


def test_asking_changes_nothing(world: World) -> None:
    owner, desk = world.citizen(), world.desk()
    owner.submits()
    desk.replies(owner, 0)
    before = world.at_rest()
    owner.asks()

    assert world.at_rest() == before


def _names(answer: dict[str, Any]) -> list[bytes]:
    return [b64decode(slot["name"]) for slot in answer["slots"]]
