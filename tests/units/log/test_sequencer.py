"""What a running sequencer does when the world under it changes."""

from __future__ import annotations

import pytest

from app.log.errors import NotReadyError, RestoredError, UnwitnessedError
from app.log.guard import SignerGuard
from app.log.witnesses import Cosigned
from app.store import log
from crypto.errors import MalformedLeafError
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.cosignature import WitnessKey
from crypto.tlog.policy import Policy, Witness
from crypto.tlog.tiles import TiledTree
from tests.units.tlog.memory_log import MemoryLog
from tests.world import ORIGIN, Member, World

LINE, LATER = "— ngo.example/w AAAAAAAAAAA=\n", "— ngo.example/w AAAAAAAAAAE=\n"
"""Of a key that nobody here knows."""


@pytest.fixture
def logging(world: World) -> World:
    world.starts_log()
    world.sequences()
    return world


def _size(world: World) -> int:
    with world.state.reading() as connection:
        newest = log.newest_checkpoint(connection)
    return newest.size if newest else 0


def test_a_guard_that_has_gone_on_without_it_stops_the_signature(logging: World) -> None:
    sequencer = logging.sequencer()
    sequencer.begin()
    size = _size(logging)
    other = MemoryLog([*logging.entries(), b"signed elsewhere"])
    guard = SignerGuard(logging.settings.guard_path)
    tree = TiledTree(other, other.size)
    guard.advance(Checkpoint(ORIGIN, other.size, other.root), tree.consistency_proof)
    logging.citizen().submits()
    logging.next_day()

    with pytest.raises(RestoredError):
        sequencer.run()

    assert _size(logging) == size
    with logging.state.reading() as connection:
        assert log.has_pending(connection), "what was taken is back in the queue"


def test_nothing_that_was_sealed_is_taken_twice(logging: World) -> None:
    """Running again within a slot changes nothing."""
    logging.citizen().submits()
    logging.next_day()
    sequencer = logging.sequencer()
    sequencer.begin()

    assert [sequencer.run() for _ in range(3)] == [1, 0, 0]


def test_it_says_when_the_next_slot_is(logging: World) -> None:
    assert logging.sequencer().seconds_to_next_slot() == 86_400 - 3


def test_a_keyring_that_the_log_cannot_carry_is_not_published(logging: World) -> None:
    crowd = [Member(f"reader-{number:02}") for number in range(40)]
    with pytest.raises(MalformedLeafError):
        logging.publish_next("2026-W49", crowd)
    logging.next_day()
    logging.sequences()
    logging.audits()


class _Witnesses:
    """Somebody who answers as told; stands in for a network."""

    def __init__(self, cosigned: Cosigned) -> None:
        self.cosigned = cosigned

    def cosign(self, _tree: object, _note: str) -> Cosigned:
        return self.cosigned


@pytest.fixture
def witnessed(world: World) -> World:
    """A world whose policy asks for one witness."""
    path = world.settings.policy_path
    policy = Policy.parse(path.read_text("utf-8"))
    ngo = Witness("ngo", WitnessKey.generate("ngo.example/w").verifier, "http://127.0.0.1:9")
    path.write_text(Policy(policy.logs, (ngo,), (), "ngo").encode(), "utf-8")
    world.starts_log()
    return world


def _answering(world: World, offset: int) -> _Witnesses:
    return _Witnesses(
        Cosigned({"ngo": LINE}, {"ngo": world.slot_time + offset}, frozenset(["ngo"]))
    )


@pytest.mark.parametrize("offset", [-86_400, -301, 301, 86_400])
def test_a_clock_that_witnesses_contradict_seals_nothing(witnessed: World, offset: int) -> None:
    sequencer = witnessed.sequencer()
    sequencer._witnesses = _answering(witnessed, offset)  # type: ignore[assignment]
    with pytest.raises(NotReadyError, match="seconds off"):
        sequencer.begin()
    assert _size(witnessed) == 0


@pytest.mark.parametrize("offset", [-300, 0, 300])
def test_a_clock_that_a_witness_confirms_is_believed(witnessed: World, offset: int) -> None:
    """Even after a long outage: nobody has to be there to say that it is over."""
    sequencer = witnessed.sequencer()
    sequencer._witnesses = _answering(witnessed, offset)  # type: ignore[assignment]
    sequencer.begin()
    assert sequencer.run() == 1
    witnessed.next_day(30)
    sequencer._witnesses = _answering(witnessed, offset)  # type: ignore[assignment]
    assert sequencer.run() == 2


def test_a_checkpoint_without_a_quorum_is_not_published(witnessed: World) -> None:
    sequencer = witnessed.sequencer()
    sequencer._witnesses = _Witnesses(Cosigned(reached=frozenset(["ngo"])))  # type: ignore[assignment]
    sequencer.begin()
    with pytest.raises(UnwitnessedError):
        sequencer.run()

    assert _size(witnessed) > 0
    assert not (witnessed.settings.log_path / "checkpoint").exists()


def test_the_newest_checkpoint_is_cosigned_again_when_it_is_half_a_day_old(
    witnessed: World,
) -> None:
    now = witnessed.slot_time
    sequencer = witnessed.sequencer(clock=lambda: now)
    witnesses = _answering(witnessed, 0)
    sequencer._witnesses = witnesses  # type: ignore[assignment]
    sequencer.begin()
    sequencer.run()
    published = witnessed.settings.log_path / "checkpoint"
    for seconds, line in ((3_600, LINE), (43_200, LATER)):
        now = witnessed.slot_time + seconds
        witnesses.cosigned = Cosigned({"ngo": LATER}, {"ngo": now}, frozenset(["ngo"]))
        sequencer.run()
        assert published.read_text("utf-8").endswith(line)
