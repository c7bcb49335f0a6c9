"""A flood that costs its sender little: requests made beforehand, sent at a rate by one process.

Each comes over a connection and a circuit of its own, and its sender looks at the status alone. A
process of its own, so that what measures the people shares nothing with it but the machine.
"""

from __future__ import annotations

import itertools
import multiprocessing
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tests.doors import circuit_line

FIRST_CIRCUIT: Final = 1 << 28
_STATUS_END: Final = len("HTTP/1.1 200")
_LEFT_SECONDS: Final = 10
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: a.onion\r\nContent-Type: {media_type}\r\n"
    "Content-Length: {size}\r\n\r\n"
)


def posts(path: str, media_type: str, body: bytes) -> bytes:
    """A whole request."""
    return _HEAD.format(path=path, media_type=media_type, size=len(body)).encode() + body


@contextmanager
def hailing(onion: Path, requests: Sequence[bytes], per_second: float) -> Iterator[Counter[int]]:
    """Send *requests* over and over meanwhile; at the end the counter knows what was answered,
    and under 0 what was not."""
    answers = Counter[int]()
    here, there = multiprocessing.Pipe()
    spawn = multiprocessing.get_context("spawn")
    process = spawn.Process(target=_hail, args=(str(onion), requests, per_second, there))
    process.start()
    here.recv()
    try:
        yield answers
    finally:
        here.send(None)
        answers.update(here.recv())
        process.join()


def _hail(onion: str, requests: Sequence[bytes], per_second: float, parent: Connection) -> None:
    parent.send(None)
    hail, began = _Hail(onion), time.perf_counter()
    for number, request in enumerate(itertools.cycle(requests)):
        due = began + number / per_second
        while (left := due - time.perf_counter()) > 0:
            hail.take(left)
        if parent.poll():
            break
        hail.send(number, request)
        hail.take(0)
    end = time.perf_counter() + _LEFT_SECONDS
    while hail.waiting and time.perf_counter() < end:
        hail.take(1)
    hail.answers[0] += hail.waiting
    parent.send(hail.answers)


class _Hail:
    """`answers` is how often each status came; `waiting`, how many have not been answered."""

    def __init__(self, onion: str) -> None:
        self.answers: Counter[int] = Counter()
        self.waiting = 0
        self._onion = onion
        self._selector = selectors.DefaultSelector()

    def send(self, number: int, request: bytes) -> None:
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            connection.connect(self._onion)
            connection.send(circuit_line(FIRST_CIRCUIT + number) + request)
        except OSError:
            connection.close()
            self.answers[0] += 1
            return
        self._selector.register(connection, selectors.EVENT_READ)
        self.waiting += 1

    def take(self, seconds: float) -> None:
        """What is answered within *seconds*; returns after the first."""
        for key, _ in self._selector.select(seconds):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            head = b""
            with suppress(OSError):
                head = connection.recv(_STATUS_END)
            self.answers[int(head[-3:] or 0)] += 1
            self._selector.unregister(connection)
            connection.close()
            self.waiting -= 1
