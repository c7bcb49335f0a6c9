"""The process that jobs are forked from: it imports the parsers once, then walls itself in.

It is started by `redaction.sandbox.runner`, obeys only the channel it was given, has one
thread, never looks at a file's bytes, and ends when its channel closes. For each order it
forks a child, keeps the child's time, and tells how the child ended.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

from redaction.sandbox import job, kernel
from redaction.sandbox.limits import Limits
from redaction.sandbox.walls import Builder, holes

MAX_ORDER_BYTES: Final = 4096
# How a job ended: its wait status, and whether the zygote ended it for its time.
ENDING: Final = struct.Struct("<i?")
# Two for each running job, and far more jobs at a time than anybody gives.
_MAX_DESCRIPTORS: Final = 256
# The zygote's channel keeps the number that it had in a parent with many files.
_BEYOND_DESCRIPTORS: Final = 1 << 20


@dataclass
class _Running:
    number: int
    ending: int
    deadline: float
    late: bool = False


def main(channel_number: int, module: str, walls: list[str]) -> NoReturn:
    """Wall the process in and serve the orders that come on *channel_number* until it closes."""
    channel = socket.socket(fileno=channel_number)
    builder = Builder(frozenset(walls))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MAX_DESCRIPTORS, _MAX_DESCRIPTORS))
    builder.before_imports()
    _fork_first(channel)
    try:
        _prepare(module)
        used_bytes = _address_space()
        builder.after_imports()
        kernel.die_with_parent()
        hello: dict[str, Any] = {
            "walls": sorted(builder.standing),
            "holes": _holes_of_a_job(builder, used_bytes),
        }
    except Exception as exc:  # the parent must hear why there is no sandbox
        hello = {"error": f"{type(exc).__name__}: {exc}"}
    channel.send(json.dumps(hello).encode())
    if "error" not in hello:
        _Zygote(channel, builder, used_bytes).serve()
    os._exit(0)


def _fork_first(channel: socket.socket) -> None:
    """Continue in a child, the first process of the new table; this one waits for its end."""
    child = os.fork()
    if child:
        channel.close()
        os.waitpid(child, 0)
        os._exit(0)


def _prepare(module: str) -> None:
    """Import *module* and let its `prepare` load what it would otherwise load too late."""
    prepare: Any = getattr(import_module(module), "prepare", None)
    if prepare is not None:
        prepare()
    gc.collect()
    gc.freeze()  # so that collections in children do not copy what they share


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _holes_of_a_job(builder: Builder, used_bytes: int) -> list[str]:
    """Try, in a process walled in like a job, what a job must not be able to do."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        builder.around_job(Limits(), used_bytes)
        os.write(writing, json.dumps(holes()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        found: list[str] = json.loads(pipe.read())
    os.waitpid(child, 0)
    return found


class _Zygote:
    """The loop of the parent of all jobs."""

    def __init__(self, channel: socket.socket, builder: Builder, used_bytes: int) -> None:
        self._channel = channel
        self._builder = builder
        self._used_bytes = used_bytes
        self._jobs: dict[int, _Running] = {}
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def serve(self) -> None:
        """Fork a child for every order until the other side closes the channel."""
        while True:
            for ready, _ in self._poll.poll(self._until_next_deadline()):
                if ready in self._jobs:
                    self._bury(ready)
                elif not self._receive():
                    return
            self._end_the_late()

    def _receive(self) -> bool:
        order, descriptors, _, _ = socket.recv_fds(self._channel, MAX_ORDER_BYTES, 2)
        if not order:
            return False
        limits = Limits(**json.loads(order))
        child_channel, ending = descriptors
        child = os.fork()
        if not child:
            _keep_only(child_channel)
            job.main(self._builder, limits, self._used_bytes)
        os.close(child_channel)
        self._watch(_Running(child, ending, time.monotonic() + limits.seconds))
        return True

    def _watch(self, running: _Running) -> None:
        handle = os.pidfd_open(running.number)
        self._jobs[handle] = running
        self._poll.register(handle, select.POLLIN)

    def _bury(self, handle: int) -> None:
        running = self._jobs.pop(handle)
        self._poll.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(running.number, 0)
        with suppress(BrokenPipeError):
            os.write(running.ending, ENDING.pack(status, running.late))
        os.close(running.ending)

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for running in self._jobs.values():
            if now >= running.deadline and not running.late:
                running.late = True
                os.kill(running.number, signal.SIGKILL)

    def _until_next_deadline(self) -> float | None:
        """Return milliseconds, or None where nothing is running."""
        deadlines = [running.deadline for running in self._jobs.values() if not running.late]
        return max(0.0, min(deadlines) - time.monotonic()) * 1000 + 1 if deadlines else None


def _keep_only(channel: int) -> None:
    """Close every file but *channel*, which becomes `job.CHANNEL`."""
    os.dup2(channel, job.CHANNEL)
    os.closerange(job.CHANNEL + 1, _BEYOND_DESCRIPTORS)


def start() -> NoReturn:
    """Entry of the new interpreter; its one argument is JSON from the runner."""
    order = json.loads(sys.argv[1])
    main(order["channel"], order["module"], order["walls"])
