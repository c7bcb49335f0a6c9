"""How long the server waits for a client, and who makes room when places run out.

In gunicorn's threaded worker a client that sends byte by byte holds a thread, and one that does
not hang up holds the loop that accepts the others. Here no thread is given to a request before
its head is complete, nor to a connection that is closing. A thread that waits for a body, or for
its answer to be taken, does so while there is progress. When every place is taken, or the bodies
that are waited for hold too much memory, whoever is furthest behind makes room, so that what
counts is never how many slow clients there are, nor how much they sent before they stopped.

Hundreds who are at work in the same moment hold up each other: of Python's threads one works at a
time, and passing that on costs as much as the work. So those who have sent everything are served
one after the other, but nobody waits long for somebody's long work; and few of those who have sent
a part begin at a time, so that they hold up nobody who has sent everything.
"""

import errno
import fcntl
import re
import select
import socket
import sys
import termios
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from selectors import EVENT_READ
from threading import Lock
from typing import Any, Final

from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from app.web.streams import kept_bytes

HEAD_SECONDS: Final = 20
LINGER_SECONDS: Final = 5
STOPPING_SECONDS: Final = 2

PROGRESS_BYTES: Final = 8192
PROGRESS_SECONDS: Final = 20
"""A body that brings fewer bytes in this time is given up, and so is whoever takes fewer."""

HELD_BYTES: Final = 33_554_432
"""What all bodies that are waited for may hold in memory; then no long one is read on."""
SHORT_BYTES: Final = 131_072
"""A body that announces no more is always read: a message, sealed."""
_ROOM_SECONDS: Final = 0.25
"""Hundreds may wait for room, and each look costs a little."""
_NOTICE_SECONDS: Final = 1
"""How often gunicorn's arbiter is told that the loop goes on."""

_ARRIVALS: Final = 64
"""So many are welcomed before the loop looks at those who are there."""
_BEGINNERS: Final = 2
"""So many whose body is still to come are at work at a time, until they read of it."""
_LONG_SECONDS: Final = 0.005
_LONGEST_SECONDS: Final = 0.05
"""The newest of those at work has the first for each of them to end, up to the second, before
another begins beside them."""

_BEHIND_SECONDS: Final = 2
_RECV_BYTES: Final = 16_384
_HEAD_BYTES: Final = 16_384
"""Where a head is longer, the parser may refuse it; it need not all be kept waiting here."""

_HEAD_END: Final = re.compile(rb"\n\r?\n")
_END_BYTES: Final = 3
_BODY: Final = re.compile(
    rb"\n(?:content-length:[ \t]*(\d{1,9})|transfer-encoding:)", re.IGNORECASE
)


class Waiting:
    """A client for whom a thread waits, in one direction, as long as there is progress.

    `held_bytes` is what of its request is in memory meanwhile; a short one need not wait for room.
    """

    def __init__(self, connection: socket.socket, event: int, crowd: "Crowd") -> None:
        self.held_bytes = 0
        self.is_short = False
        self._is_given_up = False
        self._connection = connection
        self._crowd = crowd
        self._poll = select.poll()
        self._poll.register(connection, event)
        self.begin()

    def begin(self) -> None:
        """Nothing is owed yet."""
        self._since = time.monotonic()
        self._moved = 0

    @property
    def behind_seconds(self) -> float:
        """How long it has been since there was progress."""
        return time.monotonic() - self._since

    def wait(self) -> bool:
        """Until the client moves; false once it is given up."""
        left = PROGRESS_SECONDS - self.behind_seconds
        if left <= 0 or self._is_given_up:
            return False
        with self._crowd.waiting(self):
            return bool(self._poll.poll(1000 * left))

    def wait_for_room(self) -> bool:
        """Until others hold less; false once the client is given up."""
        while self._crowd.is_full and not (self.is_short and self.held_bytes < SHORT_BYTES):
            if self._is_given_up or self.behind_seconds > PROGRESS_SECONDS:
                return False
            with self._crowd.waiting(self):
                time.sleep(_ROOM_SECONDS)
        return True

    def hold(self, size: int) -> None:
        """So many bytes of the request are in memory now."""
        self._crowd.hold(size - self.held_bytes)
        self.held_bytes = size

    def count(self, size: int) -> None:
        self._moved += size
        if self._moved >= PROGRESS_BYTES:
            self.begin()

    def give_up(self) -> None:
        """Wake the thread that waits; it finds that the client has hung up."""
        self._is_given_up = True
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)


class Crowd:
    """All for whom threads are waiting, and what they and those who are served hold."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: set[Waiting] = set()
        self._held_bytes = 0

    def hold(self, more: int) -> None:
        with self._lock:
            self._held_bytes += more

    @contextmanager
    def waiting(self, one: Waiting) -> Iterator[None]:
        with self._lock:
            self._waiting.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.discard(one)

    @property
    def is_full(self) -> bool:
        """Whether they hold all that they may together."""
        return self._held_bytes >= HELD_BYTES

    def make_room(self, count: int) -> None:
        """Give up those that are furthest behind, if they are behind at all: *count* of them, and
        more while all together hold `HELD_BYTES`."""
        with self._lock:
            over = self._held_bytes - HELD_BYTES + 1
            if count <= 0 and over <= 0:
                return
            late = [each for each in self._waiting if each.behind_seconds > _BEHIND_SECONDS]
            late.sort(key=lambda each: each.behind_seconds, reverse=True)
            for each in late:
                if count > 0 or (over > 0 and each.held_bytes):
                    count -= 1
                    over -= each.held_bytes
                    self._waiting.discard(each)
                    each.give_up()


class Turn:
    """That of one request after the other to be at work: over once it waits for its client.

    If not all of it has come, it is over once more of its body is read.
    """

    def __init__(self) -> None:
        self._tell: Callable[[], None] | None = None
        self._is_whole = False

    def begin(self, tell: Callable[[], None], *, is_whole: bool) -> None:
        """*tell* is called when it is over."""
        self._tell, self._is_whole = tell, is_whole

    def read_on(self) -> None:
        if not self._is_whole:
            self.end()

    def forget(self) -> None:
        """It is over, and nobody need be told."""
        self._tell = None

    def end(self) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()


class Body(SocketUnreader):  # type: ignore[misc]
    """Reads a connection in a thread, as long as what comes makes progress."""

    def __init__(self, connection: socket.socket, crowd: Crowd) -> None:
        super().__init__(connection)
        self.turn = Turn()
        self._waiting = Waiting(connection, select.POLLIN, crowd)
        self._is_over = False

    def begin(self, announced: int | None) -> None:
        """A request begins, of whose body so many bytes are *announced*; it owes nothing yet."""
        self.release()
        self._waiting.is_short = announced is not None and announced <= SHORT_BYTES
        self._waiting.begin()

    def release(self) -> None:
        """The request is over, and memory holds nothing of it."""
        self._waiting.hold(0)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """What came; nothing once the client is given up, as if it had hung up itself."""
        self.turn.read_on()
        waiting = self._waiting
        has_come = not self._is_over and waiting.wait_for_room() and waiting.wait()
        # `recv` takes its memory before it waits; hundreds may be waiting.
        most = SHORT_BYTES if waiting.is_short else _RECV_BYTES
        data: bytes = super().chunk(min(size_hint or 0, most)) if has_come else b""
        self._is_over = not data
        kept = kept_bytes()
        waiting.hold(waiting.held_bytes + len(data) if kept is None else kept)
        waiting.count(len(data))
        return data


class PatientSocket(socket.socket):
    """A connection to which a thread writes as long as the client takes what it asked for."""

    def __init__(self, accepted: socket.socket, crowd: Crowd) -> None:
        super().__init__(fileno=accepted.detach())
        self.turn = Turn()
        self._crowd = crowd

    def sendall(  # type: ignore[override]
        self, data: bytes | bytearray | memoryview, flags: int = 0, /
    ) -> None:
        """Raise `BrokenPipeError` once the client is given up, as if it had hung up itself."""
        self.turn.read_on()
        if self.gettimeout() == 0:
            super().sendall(data, flags)
            return
        waiting = Waiting(self, select.POLLOUT, self._crowd)
        rest = memoryview(data).cast("B")
        while rest:
            try:
                sent = self.send(rest, flags | socket.MSG_DONTWAIT)
            except BlockingIOError:
                self.turn.end()
                if not waiting.wait():
                    raise BrokenPipeError(errno.EPIPE, "too slow") from None
                continue
            waiting.count(sent)
            rest = rest[sent:]


class Connection(TConn):  # type: ignore[misc]
    """`head` is what came of the next request's head; `since`, when the wait began."""

    def __init__(self, *args: Any, crowd: Crowd) -> None:
        super().__init__(*args)
        self.parser = RequestParser(self.cfg, self.sock, self.client)
        self.parser.unreader = self.body = Body(self.sock, crowd)
        self.turn = self.body.turn = self.sock.turn
        self.initialized = self.data_ready = True
        self.head = bytearray()
        self.since = 0.0

    def take_head(self) -> bool:
        """Read what is there; true if a thread should go on. Raises `OSError`."""
        data = self.sock.recv(_RECV_BYTES)
        searched = max(0, len(self.head) - _END_BYTES)
        self.head += data
        is_complete = _HEAD_END.search(self.head, searched) is not None
        return not data or is_complete or len(self.head) >= _HEAD_BYTES

    @property
    def has_come(self) -> bool:
        """Whether no more of the request is waited for."""
        announced = self._announced
        end = _HEAD_END.search(self.head)
        if not announced or end is None:
            return announced == 0
        return len(self.head) - end.end() + _unread_bytes(self.sock) >= announced

    @property
    def _announced(self) -> int | None:
        """Bytes of the body as far as the head says so plainly; the parser looks closer."""
        end = _HEAD_END.search(self.head)
        body = _BODY.search(self.head, 0, end.end()) if end else None
        if body is None:
            return 0
        return None if body[1] is None else int(body[1])

    def begin(self) -> None:
        """Hand the head to the parser."""
        self.body.begin(self._announced)
        self.body.unread(bytes(self.head))
        self.head.clear()


def _unread_bytes(connection: socket.socket) -> int:
    """What has come and nobody has taken."""
    count = fcntl.ioctl(connection, termios.FIONREAD, bytes(4))
    return int.from_bytes(count, sys.byteorder)


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Keeps who is not ready out of the threads. All but `handle` runs on the worker's loop."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._crowd = Crowd()
        self._busy = 0
        self._beginners = 0
        self._unbegun: deque[Connection] = deque()
        self._ready: deque[Connection] = deque()
        # Since when each is at work; who began last comes last.
        self._working: dict[Connection, float] = {}
        # Both in the order in which they will be given up.
        self._heads: dict[Connection, None] = {}
        self._lingering: dict[Connection, None] = {}
        self._noticed = 0.0

    def notify(self) -> None:
        """At each turn of the loop, of which there are several to a request."""
        now = time.monotonic()
        if now - self._noticed >= _NOTICE_SECONDS:
            self._noticed = now
            super().notify()

    def accept(self, listener: Any) -> None:
        """All who have come, so that nobody waits in a line that the others' work makes long."""
        for _ in range(_ARRIVALS):
            try:
                client, address = listener.accept()
            except OSError:
                return  # Nobody is left, or one hung up in the meantime.
            self._welcome(client, address, listener.getsockname())

    def _welcome(self, client: socket.socket, address: Any, here: Any) -> None:
        self.nr_conns += 1
        client = PatientSocket(client, self._crowd)
        self._await_head(Connection(self.cfg, client, address, here, crowd=self._crowd))
        if self.nr_conns >= self.worker_connections:
            self._free_a_place()

    def _free_a_place(self) -> None:
        for group in (self._lingering, self._heads):
            if group:
                self._drop(next(iter(group)))
                return
        if self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """The next request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_head(conn)

    def _await_head(self, conn: Connection) -> None:
        self._park(conn, self._heads, self._on_head)

    def _on_head(self, conn: Connection, _sock: Any) -> None:
        try:
            is_ready = conn.take_head()
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if is_ready and not conn.head:
            self._drop(conn)  # It hung up without a word.
        elif is_ready:
            self._unpark(conn)
            self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        if conn.has_come:
            self._ready.append(conn)
            self._work_some()
        else:
            self._unbegun.append(conn)

    def _work_some(self) -> None:
        while self._ready and not self._seconds_to_wait():
            conn = self._ready.popleft()
            self._working[conn] = time.monotonic()
            pause = partial(self.method_queue.defer, self._has_paused, conn)
            conn.turn.begin(pause, is_whole=True)
            self._start(conn)

    def _seconds_to_wait(self) -> float:
        """Until another may begin, though nobody ends."""
        if not self._working:
            return 0.0
        newest = next(reversed(self._working.values()))
        patience = min(_LONG_SECONDS * len(self._working), _LONGEST_SECONDS)
        return max(0.0, newest + patience - time.monotonic())

    def _has_paused(self, conn: Connection) -> None:
        self._working.pop(conn, None)
        self._work_some()

    def _begin_some(self) -> None:
        while self._unbegun and self._beginners < _BEGINNERS:
            conn = self._unbegun.popleft()
            self._beginners += 1
            conn.turn.begin(partial(self.method_queue.defer, self._has_begun), is_whole=False)
            self._start(conn)

    def _has_begun(self) -> None:
        self._beginners -= 1

    def _start(self, conn: Connection) -> None:
        self._busy += 1
        super().enqueue_req(conn)

    def handle(self, conn: Connection) -> Any:
        conn.begin()
        return super().handle(conn)

    def finish_request(self, conn: Connection, fs: "Future[Any]") -> None:
        self._busy -= 1
        if conn in self._working:
            # Otherwise the connection would point at itself, and wait for the collector.
            conn.turn.forget()
            self._has_paused(conn)
        else:
            conn.turn.end()
        conn.body.release()
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        """Say that no more will come, and wait a little for the client to hang up: closing on
        bytes that nobody read would take the answer away from it."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._park(conn, self._lingering, self._on_leftover)

    def _on_leftover(self, conn: Connection, _sock: Any) -> None:
        try:
            if conn.sock.recv(_RECV_BYTES):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop(conn)

    def _park(self, conn: Connection, group: dict[Connection, None], react: Any) -> None:
        conn.since = time.monotonic()
        group[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(react, conn))

    def _unpark(self, conn: Connection) -> None:
        self._heads.pop(conn, None)
        self._lingering.pop(conn, None)
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._unpark(conn)
        self.nr_conns -= 1
        conn.close()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Not longer than until the next of those who wait may begin."""
        super().wait_for_and_dispatch_events(self._seconds_to_wait() if self._ready else timeout)

    def murder_pending(self) -> None:
        """At each turn of the loop: give up who is late, and begin a few of those who may wait."""
        self._drop_late(self._heads, HEAD_SECONDS)
        self._drop_late(self._lingering, LINGER_SECONDS)
        self._crowd.make_room(self._busy - self.cfg.threads)
        self._work_some()
        self._begin_some()

    def _drop_late(self, group: dict[Connection, None], seconds: float) -> None:
        if not self.alive:
            seconds = min(seconds, STOPPING_SECONDS)
        now = time.monotonic()
        for conn in list(group):
            if now - conn.since < seconds:
                return
            self._drop(conn)
