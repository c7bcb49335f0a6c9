"""Clients that hold a server up by being slow, each on a circuit of its own, for as long as asked.

Some send the head of a request byte by byte; some begin a body and say no more, with the ticket of
an upload that the site really gave out; some ask for something large and take none of it. Whoever
is cut off comes back at once.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import select
import socket
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from app.store.uploads import PART_BYTES
from tests.doors import Door

HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nAccept-Language: " + b"ar, " * 200
DRIP_SECONDS = 1.0
BEGUN_BYTES = 65_536
_CIRCUITS = itertools.count(1 << 20)
_CONNECTING = ThreadPoolExecutor(8)


@dataclass
class Slow:
    """What became of them so far: how often they connected."""

    heads: int = 0
    bodies: int = 0
    readers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)


def begin_upload(door: Door) -> str:
    """An upload of one full part: its id."""
    client = door.client(next(_CIRCUITS))
    body = json.dumps({"size": PART_BYTES})
    client.request("POST", "/api/v1/uploads", body, {"Content-Type": "application/json"})
    answer = client.getresponse()
    assert answer.status == 201, answer.status
    upload: str = json.loads(answer.read())["id"]
    client.close()
    return upload


@contextmanager
def slow_clients(
    door: Door,
    *,
    heads: int = 0,
    bodies: int = 0,
    begun_bytes: int = BEGUN_BYTES,
    readers: int = 0,
    large: str = "",
) -> Iterator[Slow]:
    """Hold *heads* connections in the head of a request, *bodies* in a body of which *begun_bytes*
    came, and *readers* in the answer to a request for *large*."""
    slow, loop = Slow(), asyncio.new_event_loop()
    upload = begin_upload(door)
    tasks = [_slow_head(door, slow) for _ in range(heads)]
    tasks += [_stalled_body(door, slow, upload, begun_bytes) for _ in range(bodies)]
    tasks += [_reads_nothing(door, slow, large) for _ in range(readers)]
    ready = threading.Barrier(2)
    thread = threading.Thread(target=_run, args=(loop, tasks, slow, ready))
    thread.start()
    ready.wait(60)
    try:
        yield slow
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _run(
    loop: asyncio.AbstractEventLoop,
    coroutines: list[Coroutine[None, None, None]],
    slow: Slow,
    ready: threading.Barrier,
) -> None:
    tasks = [loop.create_task(each) for each in coroutines]
    loop.create_task(_announce(slow, len(tasks), ready))
    loop.run_forever()
    for each in asyncio.all_tasks(loop):
        each.cancel()
    loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
    loop.close()


async def _announce(slow: Slow, count: int, ready: threading.Barrier) -> None:
    while slow.heads + slow.bodies + slow.readers < count:
        await asyncio.sleep(0.05)
    ready.wait()


async def _slow_head(door: Door, slow: Slow) -> None:
    while True:
        with suppress(OSError):
            connection = await _connect(door)
            slow.heads += 1
            await _say(connection, [bytes([byte]) for byte in HEAD])
        await asyncio.sleep(DRIP_SECONDS / 10)


async def _stalled_body(door: Door, slow: Slow, upload: str, begun_bytes: int) -> None:
    head = f"PUT /api/v1/uploads/{upload}/0 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += f"Content-Type: application/octet-stream\r\nContent-Length: {PART_BYTES}\r\n\r\n"
    while True:
        with suppress(OSError):
            connection = await _connect(door)
            slow.bodies += 1
            await _say(connection, [head.encode() + bytes(begun_bytes)])
        await asyncio.sleep(DRIP_SECONDS / 10)


async def _reads_nothing(door: Door, slow: Slow, large: str) -> None:
    request = f"GET {large} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    while True:
        with suppress(OSError):
            connection = await _connect(door)
            slow.readers += 1
            with connection:
                await asyncio.get_running_loop().sock_sendall(connection, request)
                while not _is_hung_up(connection):
                    await asyncio.sleep(DRIP_SECONDS / 10)
        await asyncio.sleep(DRIP_SECONDS / 10)


def _is_hung_up(connection: socket.socket) -> bool:
    """Without taking a byte of what has come."""
    watch = select.poll()
    watch.register(connection, select.POLLRDHUP)
    return bool(watch.poll(0))


async def _connect(door: Door) -> socket.socket:
    connecting = _CONNECTING.submit(door.connect, next(_CIRCUITS))
    try:
        connection = await asyncio.wrap_future(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise
    connection.setblocking(False)
    return connection


def _close(connected: Future[socket.socket]) -> None:
    """Nobody waits for it any more."""
    if not connected.cancelled() and not connected.exception():
        connected.result().close()


async def _say(connection: socket.socket, pieces: list[bytes]) -> None:
    """Send a piece now and then, and stay until the other side ends it."""
    loop = asyncio.get_running_loop()
    with connection:
        ended = loop.create_task(loop.sock_recv(connection, 4096))
        try:
            for piece in pieces:
                await loop.sock_sendall(connection, piece)
                done, _ = await asyncio.wait({ended}, timeout=DRIP_SECONDS)
                if done:
                    return
            await ended
        finally:
            ended.cancel()
            with suppress(OSError, asyncio.CancelledError):
                await ended
