"""The log's side and the witness's side of one conversation, and what neither lets pass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from app.log.errors import RestoredError
from app.log.witnesses import WitnessClient
from app.witness.memory import Memory
from app.witness.request import AddCheckpoint, MalformedRequestError
from app.witness.web import create_app
from app.witness.witness import Witness
from crypto.encoding import sha256
from crypto.note import SigningKey
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import WitnessKey, cosignature_line
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.policy import KnownLog, Policy, open_witnessed
from crypto.tlog.policy import Witness as Listed
from crypto.tlog.tiles import TiledTree
from tests.units.tlog.memory_log import MemoryLog

ORIGIN = "wasl.example"
NOW = 1_800_000_000
KEY = SigningKey.generate(ORIGIN)
LEAVES = [bytes([number % 251]) for number in range(300)]


@dataclass
class Neighbour:
    """A witness in this process that answers as it would on the network."""

    folder: Path
    name: str = "ngo"
    key: WitnessKey = field(default_factory=lambda: WitnessKey.generate("ngo.example/witness"))

    def __post_init__(self) -> None:
        self.memory = Memory(self.folder / f"{self.name}.sqlite3")
        self.witness = Witness(self.key, {ORIGIN: [KEY.verifier]}, self.memory, lambda: NOW)
        self.bodies: list[bytes] = []

    @property
    def listed(self) -> Listed:
        return Listed(self.name, self.key.verifier, f"http://{self.name}.example/w")

    def answers(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content)
        answer = self.witness.add_checkpoint(request.content)
        return httpx.Response(answer.status, text=answer.body)


@pytest.fixture
def neighbour(tmp_path: Path) -> Neighbour:
    return Neighbour(tmp_path)


def _client(
    listed: Listed, answer: Callable[[httpx.Request], httpx.Response]
) -> tuple[WitnessClient, Policy]:
    log = KnownLog(KEY.verifier, "https://wasl.example/log")
    policy = Policy((log,), (listed,), (), listed.name)
    return WitnessClient(policy, transport=httpx.MockTransport(answer)), policy


def _tree(size: int, leaves: list[bytes] = LEAVES) -> tuple[TiledTree, str]:
    log = MemoryLog(leaves[:size])
    return TiledTree(log, size), Checkpoint(ORIGIN, size, log.root).sign(KEY)


def test_a_growing_log_is_cosigned_and_its_policy_met(neighbour: Neighbour) -> None:
    client, policy = _client(neighbour.listed, neighbour.answers)
    with client:
        for size in (1, 7, 7, 256, 300):
            tree, note = _tree(size)
            cosigned = client.cosign(tree, note)
            witnessed = open_witnessed(note + cosigned.lines["ngo"], policy, origin=ORIGIN)
            assert witnessed.times == (("ngo", NOW),)
            assert cosigned.times == {"ngo": NOW}

    assert len(neighbour.bodies) == 5, "it remembers what the witness knows"


def test_a_new_process_asks_what_the_witness_remembers(neighbour: Neighbour) -> None:
    for size in (7, 300):
        client, _ = _client(neighbour.listed, neighbour.answers)
        with client:
            tree, note = _tree(size)
            assert client.cosign(tree, note).reached == {"ngo"}

    starts = [body.split(b"\n", 1)[0] for body in neighbour.bodies]
    assert starts == [b"old 0", b"old 0", b"old 7"]


def test_a_witness_that_knows_more_stops_the_log(neighbour: Neighbour) -> None:
    for size in (300, 7, 0):
        client, _ = _client(neighbour.listed, neighbour.answers)
        tree, note = _tree(size)
        with client:
            if size == 300:
                client.cosign(tree, note)
            else:
                with pytest.raises(RestoredError, match="300"):
                    client.cosign(tree, note)


def test_only_the_logs_own_lines_are_sent(neighbour: Neighbour) -> None:
    client, _ = _client(neighbour.listed, neighbour.answers)
    tree, note = _tree(5)
    with client:
        client.cosign(tree, note)
    assert neighbour.bodies[0] == b"old 0\n\n" + note.encode()


def _unreachable(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


REFUSALS: dict[str, tuple[Callable[[httpx.Request], httpx.Response], bool]] = {
    "nobody": (_unreachable, False),
    "broken": (lambda _: httpx.Response(500, text="oops"), False),
    "endless": (lambda _: httpx.Response(200, text="x" * 100_000), False),
    "does not know us": (lambda _: httpx.Response(404, text="unknown log\n"), True),
    "a word for a size": (lambda _: httpx.Response(409, text="many\n"), True),
    "a size with zeros": (lambda _: httpx.Response(409, text="007\n"), True),
    "the size we said": (lambda _: httpx.Response(409, text="0\n"), True),
    "always another size": (lambda request: _another_size(request), True),
    "nonsense": (lambda _: httpx.Response(200, text="yes, of course\n"), True),
    "another's line": (lambda request: _by_another(request), True),
    "elsewhere": (lambda _: httpx.Response(301, headers={"Location": "http://x"}), True),
}


def _another_size(request: httpx.Request) -> httpx.Response:
    return httpx.Response(409, text="1\n" if request.content.startswith(b"old 2") else "2\n")


def _by_another(request: httpx.Request) -> httpx.Response:
    untrusted = AddCheckpoint.parse(request.content).untrusted_note
    checkpoint = Checkpoint.parse(untrusted.partition("\n\n")[0] + "\n")
    other = WitnessKey.generate("ngo.example/witness")
    return httpx.Response(200, text=cosignature_line(checkpoint, other, NOW))


@pytest.mark.parametrize(("answer", "reached"), REFUSALS.values(), ids=REFUSALS.keys())
def test_anything_but_a_cosignature_is_none(
    neighbour: Neighbour, answer: Callable[[httpx.Request], httpx.Response], reached: bool
) -> None:
    client, _ = _client(neighbour.listed, answer)
    tree, note = _tree(5)
    with client:
        cosigned = client.cosign(tree, note)
    assert (cosigned.lines, cosigned.times) == ({}, {})
    assert bool(cosigned.reached) == reached


# The witness


def _request(old: int, size: int, leaves: list[bytes] = LEAVES, **more: object) -> bytes:
    tree, note = _tree(size, leaves)
    proof = tuple(tree.consistency_proof(old)) if old <= size else ()
    request = AddCheckpoint(old, proof, note)
    return AddCheckpoint(**{**vars(request), **more}).encode()


def test_a_witness_never_goes_back_nor_aside(neighbour: Neighbour) -> None:
    witness = neighbour.witness
    other = [b"other", *LEAVES[1:]]
    forged = Checkpoint(ORIGIN, 20, MemoryLog(LEAVES[:20]).root).sign(SigningKey.generate(ORIGIN))
    unknown = witness.add_checkpoint(_request(9, 20))
    assert (unknown.status, unknown.body) == (HTTPStatus.CONFLICT, "0\n")
    assert witness.add_checkpoint(_request(0, 9)).status == HTTPStatus.OK
    refused = {
        "smaller": (_request(9, 5), HTTPStatus.BAD_REQUEST),
        "from what it does not remember": (_request(5, 20), HTTPStatus.CONFLICT),
        "another tree": (_request(9, 20, other), HTTPStatus.UNPROCESSABLE_ENTITY),
        "another root": (_request(9, 9, other), HTTPStatus.UNPROCESSABLE_ENTITY),
        "a proof too many": (_request(9, 9, proof=(bytes(32),)), HTTPStatus.UNPROCESSABLE_ENTITY),
        "by somebody else": (_request(9, 20, untrusted_note=forged), HTTPStatus.FORBIDDEN),
    }
    for name, (body, status) in refused.items():
        assert witness.add_checkpoint(body).status == status, name
        seen = neighbour.memory.find(ORIGIN)
        assert seen is not None
        assert (seen.size, seen.root) == (9, MemoryLog(LEAVES[:9]).root), name
    assert witness.add_checkpoint(_request(9, 300)).status == HTTPStatus.OK


def test_an_empty_tree_has_one_root(neighbour: Neighbour) -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT).sign(KEY)
    false = Checkpoint(ORIGIN, 0, bytes(32)).sign(KEY)

    assert neighbour.witness.add_checkpoint(f"old 0\n\n{false}".encode()).status == 422
    assert neighbour.witness.add_checkpoint(f"old 0\n\n{empty}".encode()).status == 200


GOOD = _request(9, 20)
MALFORMED = {
    "nothing": b"",
    "no size": GOOD.replace(b"old 9\n", b""),
    "zeros before the size": GOOD.replace(b"old 9", b"old 09"),
    "a sign before the size": GOOD.replace(b"old 9", b"old +9"),
    "two blanks": GOOD.replace(b"old 9", b"old  9"),
    "carriage returns": GOOD.replace(b"\n", b"\r\n"),
    "a hash too short": GOOD.replace(b"=\n", b"\n", 1),
    "sixty-four hashes": _request(9, 20, proof=(bytes(32),) * 64),
    "no checkpoint": GOOD.partition(b"\n\n")[0] + b"\n\n",
    "no signatures": b"\n\n".join(GOOD.split(b"\n\n")[:2]) + b"\n",
    "not UTF-8": GOOD + b"\xff",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_request_is_refused(neighbour: Neighbour, body: bytes) -> None:
    with pytest.raises(MalformedRequestError):
        AddCheckpoint.parse(body)
    assert neighbour.witness.add_checkpoint(body).status == HTTPStatus.BAD_REQUEST


def _web(neighbour: Neighbour, method: str, path: str, body: bytes = b"") -> httpx.Response:
    transport = httpx.WSGITransport(app=create_app(neighbour.witness))
    with httpx.Client(transport=transport, base_url="http://ngo.example") as client:
        return client.request(method, path, content=body)


def test_a_witness_on_the_web(neighbour: Neighbour) -> None:
    newest = f"/{sha256(ORIGIN.encode()).hex()}/checkpoint"
    assert _web(neighbour, "GET", newest).status_code == 404

    answer = _web(neighbour, "POST", "/add-checkpoint", _request(0, 9))
    assert answer.status_code == 200
    conflict = _web(neighbour, "POST", "/add-checkpoint", _request(0, 9))
    assert (conflict.status_code, conflict.text) == (409, "9\n")
    assert conflict.headers["content-type"] == "text/x.tlog.size"
    shown = _web(neighbour, "GET", newest)
    assert shown.text == _tree(9)[1] + answer.text

    assert _web(neighbour, "GET", "/add-checkpoint").status_code == 405
    assert _web(neighbour, "POST", "/add-checkpoint", b"x" * 70_000).status_code == 413
    assert _web(neighbour, "GET", "/").status_code == 404
    assert _web(neighbour, "GET", f"/{'0' * 64}/checkpoint").status_code == 404
