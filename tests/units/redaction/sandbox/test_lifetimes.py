"""Zygotes live exactly as long as the process that needs them."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from redaction.sandbox import Frame, Limits, run
from redaction.sandbox.errors import SandboxEndedError
from redaction.sandbox.handle import Zygote
from redaction.sandbox.walls import SECCOMP, WALLS
from tests.units.redaction.sandbox import attacks

ECHO = f"{attacks.__name__}:echo"
PROJECT = Path(__file__).parents[4]


def zygotes_of(parent: int | None = None) -> set[psutil.Process]:
    """Return every process below *parent* (default: this one) that belongs to a sandbox."""
    children = psutil.Process(parent).children(recursive=True)
    return {child for child in children if _is_of_sandbox(child)}


def _is_of_sandbox(process: psutil.Process) -> bool:
    try:
        return "redaction.sandbox.zygote" in str(process.cmdline())
    except psutil.NoSuchProcess:  # also a job that just ended
        return False


def all_gone(processes: set[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=10)
    return not alive


@contextmanager
def script(body: str) -> "Iterator[subprocess.Popen[str]]":
    """Run a Python process in which `echo` runs a job; warnings are errors."""
    head = f"from redaction.sandbox import run\necho = lambda sent: run({ECHO!r}, sent).parts[0]\n"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", head + body],
        cwd=PROJECT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_zygote_that_was_killed_is_replaced() -> None:
    run(ECHO, b"")
    for zygote in zygotes_of():
        with suppress(psutil.NoSuchProcess):  # its init was killed before it
            zygote.kill()

    assert run(ECHO, b"again").parts == (b"again",)


@pytest.mark.parametrize("walls", [WALLS, frozenset({SECCOMP})], ids=["all", "filter"])
def test_jobs_die_with_their_zygote(walls: frozenset[str]) -> None:
    """And whoever waits for them is told at once; with a process table of their own or not."""
    others = zygotes_of()
    during: set[psutil.Process] = set()

    def end_zygote() -> None:
        during.update(zygotes_of() - others)
        min(during, key=psutil.Process.create_time).kill()

    timer = threading.Timer(0.5, end_zygote)
    order = Frame({"function": f"{attacks.__name__}:sleep", "arguments": []}, (b"",))
    with Zygote(attacks.__name__, walls) as zygote:
        timer.start()
        before = time.monotonic()
        with pytest.raises(SandboxEndedError):
            zygote.run(order, Limits())
        timer.join()

        assert time.monotonic() - before < 30  # half of what the job was given
        assert len(during) == 3  # the one that waits, the zygote, the job
        assert all_gone(during)


def test_a_forked_process_has_zygotes_of_its_own() -> None:
    body = """
import os
import psutil
echo(b"")
child = os.fork()
echoed = echo(b"parent" if child else b"child").decode()
own = any("zygote" in str(process.cmdline()) for process in psutil.Process().children())
os.write(1, f"{echoed} {own}\\n".encode())
if child:
    os.waitpid(child, 0)
    print(echo(b"still").decode())
"""
    with script(body) as process:
        output, errors = process.communicate(timeout=60)

    assert errors == ""
    assert sorted(output.splitlines()) == ["child True", "parent True", "still"]
    assert process.returncode == 0


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, None], ids=str)
def test_zygotes_end_with_their_process(end: signal.Signals | None) -> None:
    with script("echo(b'')\nprint('ready', flush=True)\ninput()\n") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        zygotes = zygotes_of(process.pid)
        assert zygotes
        if end is not None:
            process.send_signal(end)
        _, errors = process.communicate("\n" if end is None else None, timeout=30)

    assert all_gone(zygotes)
    if end is None:
        assert (process.returncode, errors) == (0, "")
