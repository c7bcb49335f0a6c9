"""Who makes room when those that are waited for hold too much: on sockets without a server."""

from __future__ import annotations

import gc
import select
import socket
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from selectors import DefaultSelector
from threading import Thread
from typing import Any

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from app.web import patience
from app.web.patience import (
    _BEGINNERS,
    _LONG_SECONDS,
    _LONGEST_SECONDS,
    PROGRESS_SECONDS,
    SHORT_BYTES,
    Body,
    Connection,
    Crowd,
    PatientSocket,
    PatientWorker,
    Waiting,
)
from app.web.streams import keep, passed_on

THIRD = 1_000_000
_OPEN: list[socket.socket] = []


class Client:
    """One whose request holds *held* bytes and who has been behind for *seconds*."""

    def __init__(self, crowd: Crowd, held: int, seconds: float) -> None:
        self.end, self.peer = socket.socketpair()
        _OPEN.extend((self.end, self.peer))
        self.waiting = Waiting(self.end, select.POLLIN, crowd)
        self.waiting.hold(held)
        self.waiting._since = time.monotonic() - seconds
        crowd._waiting.add(self.waiting)

    @property
    def is_given_up(self) -> bool:
        self.peer.setblocking(False)
        try:
            return self.peer.recv(1) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Crowd]:
    """It may hold three times a third."""
    monkeypatch.setattr(patience, "HELD_BYTES", 3 * THIRD)
    yield Crowd()
    while _OPEN:
        _OPEN.pop().close()


def test_bodies_that_hold_too_much_are_given_up_and_no_more_than_needed(crowd: Crowd) -> None:
    clients = [Client(crowd, THIRD, seconds) for seconds in (5, 9, 7, 0)]
    crowd.make_room(-100)

    assert [each.is_given_up for each in clients] == [False, True, True, False]


def test_while_there_is_no_room_no_long_body_is_read(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, peer = socket.socketpair()
    body = Body(end, crowd)
    body.begin(SHORT_BYTES)
    peer.sendall(bytes(1000))
    others = [Client(crowd, THIRD, 9) for _ in range(3)]
    assert len(body.chunk()) == 1000, "a message is always read"
    body.begin(SHORT_BYTES + 1)
    peer.sendall(b"more")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        crowd.make_room(0)
        others[0].waiting.hold(0)

    monkeypatch.setattr("app.web.patience.time.sleep", pause)
    with end, peer:
        assert body.chunk() == b"more"
    assert len(pauses) == 1
    assert [each.is_given_up for each in others].count(True) == 1


def test_whoever_holds_nothing_is_not_given_up_for_memory(crowd: Crowd) -> None:
    waits = Client(crowd, 0, 9)
    others = [Client(crowd, THIRD, 5) for _ in range(3)]
    crowd.make_room(0)

    assert not waits.is_given_up
    assert [each.is_given_up for each in others].count(True) == 1


def test_a_body_that_claims_to_be_short_and_is_not_waits_for_room(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, peer = socket.socketpair()
    body = Body(end, crowd)
    body.begin(1)
    body._waiting.hold(SHORT_BYTES)
    others = [Client(crowd, THIRD, 0) for _ in range(3)]
    monkeypatch.setattr("app.web.patience.time.sleep", lambda _: body._waiting.give_up())
    peer.sendall(b"more")
    with end, peer:
        assert body.chunk() == b""
    assert not any(each.is_given_up for each in others)


def test_while_memory_lasts_nobody_is_given_up(crowd: Crowd) -> None:
    clients = [Client(crowd, THIRD, 9) for _ in range(2)]
    crowd.make_room(0)

    assert not any(each.is_given_up for each in clients)


def test_whoever_is_not_behind_is_not_given_up_for_memory(crowd: Crowd) -> None:
    clients = [Client(crowd, THIRD, 0) for _ in range(9)]
    crowd.make_room(9)

    assert not any(each.is_given_up for each in clients)


def test_a_body_counts_what_it_holds_anew_for_each_request(crowd: Crowd) -> None:
    end, peer = socket.socketpair()
    with end, peer:
        body = Body(end, crowd)
        body.begin(9000)
        peer.sendall(bytes(5000))
        assert len(body.chunk()) == 5000
        assert body._waiting.held_bytes == 5000
        body.release()
        assert (body._waiting.held_bytes, crowd._held_bytes) == (0, 0)


def test_of_what_is_passed_on_only_what_is_kept_is_held(crowd: Crowd) -> None:
    """A form with files goes through the cleaner piece by piece, however long it is."""
    end, peer = socket.socketpair()
    with end, peer, passed_on():
        body = Body(end, crowd)
        for kept in (0, 3000):
            peer.sendall(bytes(5000))
            assert len(body.chunk()) == 5000
            assert crowd._held_bytes == kept
            keep(3000)


@pytest.fixture
def pair(crowd: Crowd) -> Iterator[tuple[PatientSocket, socket.socket]]:
    accepted, peer = socket.socketpair()
    end = PatientSocket(accepted, crowd)
    with end, peer:
        yield end, peer


def test_an_answer_that_nobody_takes_is_broken_off(
    pair: tuple[PatientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    end, _ = pair
    monkeypatch.setattr("app.web.patience.PROGRESS_SECONDS", 0)
    assert PROGRESS_SECONDS > 0
    with pytest.raises(BrokenPipeError):
        end.sendall(bytes(10_000_000))


def test_an_answer_that_is_taken_in_pieces_arrives_whole(
    pair: tuple[PatientSocket, socket.socket],
) -> None:
    end, peer = pair
    sent = bytes(range(256)) * 20_000
    writer = Thread(target=end.sendall, args=(sent,))
    writer.start()
    taken = bytearray()
    while len(taken) < len(sent):
        taken += peer.recv(100_000)
    writer.join()

    assert taken == sent


class Loop(PatientWorker):
    """A worker's loop whose threads do nothing: `started` is who was given one."""

    def __init__(self) -> None:
        super().__init__(0, 0, [], None, 30, Config(), None)
        self.method_queue.init()
        self.poller = DefaultSelector()
        self.started: list[Connection] = []

    def _start(self, conn: Connection) -> None:
        self.started.append(conn)

    def turn(self) -> None:
        self.method_queue.run_callbacks(None)
        self.murder_pending()


@pytest.fixture
def loop(crowd: Crowd) -> Iterator[Loop]:
    loop = Loop()
    loop._crowd = crowd
    yield loop
    loop.poller.close()
    loop.method_queue.close()
    loop.tmp.close()


def _asks(loop: Loop, request: bytes, *more: bytes) -> Connection:
    """Somebody whose *request* the loop has read, while *more* waits in the socket."""
    accepted, peer = socket.socketpair()
    client: Any = PatientSocket(accepted, loop._crowd)
    _OPEN.extend((client, peer))
    peer.sendall(request)
    conn = Connection(loop.cfg, client, ("", 0), ("", 0), crowd=loop._crowd)
    assert conn.take_head()
    for each in more:
        peer.sendall(each)
    loop.enqueue_req(conn)
    return conn


class Answered(Future[bool]):
    """What a thread leaves that has answered and wants no more of the connection."""

    def __init__(self) -> None:
        super().__init__()
        self.set_result(False)


WHOLE = b"GET / HTTP/1.1\r\n\r\n"
HALF = b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"


def test_whoever_has_sent_everything_goes_before_all_who_have_not(loop: Loop) -> None:
    halves = [_asks(loop, HALF) for _ in range(50)]
    loop.turn()
    whole = [_asks(loop, WHOLE), _asks(loop, HALF, b" more")]
    loop.finish_request(whole[0], Answered())

    assert loop.started == halves[:_BEGINNERS] + whole


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Shows the only number in it, until that is changed."""
    now = [time.monotonic()]
    monkeypatch.setattr("app.web.patience.time.monotonic", lambda: now[0])
    return now


def test_those_who_have_sent_everything_are_served_one_after_the_other(loop: Loop) -> None:
    asked = [_asks(loop, WHOLE) for _ in range(9)]
    assert loop.started == asked[:1]
    loop.finish_request(asked[0], Answered())
    assert loop.started == asked[:2]


def test_reading_what_has_come_ends_no_turn(loop: Loop) -> None:
    asked = [_asks(loop, HALF, b" more") for _ in range(9)]
    asked[0].body.chunk()
    loop.turn()
    assert loop.started == asked[:1]


def test_nobody_waits_for_long_work_and_the_more_there_is_the_less_begins(
    loop: Loop, clock: list[float]
) -> None:
    asked = [_asks(loop, WHOLE) for _ in range(9)]
    for steps, at_work in ((0, 1), (1, 2), (1, 2), (1, 3), (2, 3), (1, 4)):
        clock[0] += 1.01 * steps * _LONG_SECONDS
        loop.turn()
        assert loop.started == asked[:at_work]


def test_however_much_is_at_work_the_next_begins_soon(loop: Loop, clock: list[float]) -> None:
    asked = [_asks(loop, WHOLE) for _ in range(30)]
    for at_work in range(1, 30):
        assert loop.started == asked[:at_work]
        clock[0] += _LONGEST_SECONDS
        loop.turn()


def test_behind_work_that_does_not_end_others_are_still_served(
    loop: Loop, clock: list[float]
) -> None:
    stuck = [_asks(loop, WHOLE) for _ in range(5)]
    while loop.started != stuck:
        clock[0] += _LONG_SECONDS
        loop.turn()
    clock[0] += 1
    quick = [_asks(loop, WHOLE) for _ in range(9)]
    for each in quick:
        assert loop.started[-1] is each
        loop.finish_request(each, Answered())


def test_nobody_waits_for_a_client_who_takes_no_answer(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [_asks(loop, WHOLE) for _ in range(9)]
    monkeypatch.setattr("app.web.patience.PROGRESS_SECONDS", 0)
    asked[0].sock.setblocking(True)
    with pytest.raises(BrokenPipeError):
        asked[0].sock.sendall(bytes(10_000_000))
    loop.turn()
    assert loop.started == asked[:2]


def test_whoever_was_answered_is_forgotten_without_the_collector(loop: Loop) -> None:
    conn = _asks(loop, WHOLE)
    loop.finish_request(conn, Answered())
    loop._drop(conn)
    loop.started.clear()
    seen = weakref.ref(conn)
    gc.disable()
    try:
        del conn
        assert seen() is None
    finally:
        gc.enable()


def test_the_next_begins_once_one_reads_of_its_body_or_is_answered(loop: Loop) -> None:
    halves = [_asks(loop, HALF, b" m") for _ in range(50)]
    loop.turn()
    halves[0].body.chunk()
    loop.turn()
    assert len(loop.started) == _BEGINNERS + 1
    halves[1].sock.sendall(b"no")
    loop.turn()
    assert loop.started == halves[: _BEGINNERS + 2]


@pytest.mark.parametrize("header", [b"Transfer-Encoding: chunked", b"content-length:  99999999999"])
def test_a_body_without_an_end_in_sight_has_not_come(loop: Loop, header: bytes) -> None:
    assert not _asks(loop, b"PUT / HTTP/1.1\r\n" + header + b"\r\n\r\n").has_come


def test_what_follows_a_head_announces_nothing(loop: Loop) -> None:
    assert _asks(loop, b"GET / HTTP/1.1\r\n\r\nGET /\nContent-Length: 99\r\n").has_come
