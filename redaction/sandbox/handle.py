"""The handle by which a process holds a zygote."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

from redaction.sandbox.errors import NoSandboxError, SandboxEndedError
from redaction.sandbox.exchange import Exchange
from redaction.sandbox.frames import Frame
from redaction.sandbox.limits import Limits
from redaction.sandbox.walls import WALLS
from redaction.sandbox.zygote import MAX_ORDER_BYTES

_START_SECONDS: Final = 60
_BOOT: Final = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1])['path'];"
    "from redaction.sandbox.zygote import start; start()"
)
# Nothing of the parent's environment; one thread per library, so that forks stay whole.
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class Zygote:
    """A started zygote; raises `NoSandboxError` if its jobs could reach files or the network."""

    def __init__(self, module: str, walls: frozenset[str] = WALLS) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = _spawn(theirs.fileno(), module, walls)
        self._channel = ours
        try:
            self.walls = frozenset(self._greeting(module)["walls"])
        except BaseException:
            self.close()
            raise

    def run(self, order: Frame, limits: Limits) -> Frame:
        """Return the answer's facts and parts; raise `SandboxError` or `UnreadableFileError`."""
        job, job_side = socket.socketpair()
        ending, ending_side = os.pipe()
        with job, os.fdopen(ending, "rb", buffering=0) as status:
            with job_side, os.fdopen(ending_side, "wb", buffering=0):
                self._hand_over(limits, [job_side.fileno(), ending_side])
            return Exchange(job, status.fileno(), limits).run(order)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the zygote and every job it has."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Let go of a zygote that belongs to the process we were forked from."""
        self._channel.close()
        self._process.returncode = 0  # it is not our child: there is nothing to wait for

    def _greeting(self, module: str) -> dict[str, Any]:
        self._channel.settimeout(_START_SECONDS)
        try:
            hello: dict[str, Any] = json.loads(self._channel.recv(MAX_ORDER_BYTES))
        except (OSError, ValueError) as exc:
            raise NoSandboxError(f"the sandbox for {module} did not start") from exc
        if "error" in hello:
            raise NoSandboxError(f"the sandbox for {module} did not start: {hello['error']}")
        if hello["holes"]:
            raise NoSandboxError(_how_to_mend(hello["holes"]))
        return hello

    def _hand_over(self, limits: Limits, descriptors: Sequence[int]) -> None:
        order = json.dumps(asdict(limits)).encode()
        try:
            socket.send_fds(self._channel, [order], descriptors)
        except OSError as exc:
            raise SandboxEndedError from exc


def _spawn(channel: int, module: str, walls: frozenset[str]) -> "subprocess.Popen[bytes]":
    path = [str(Path(entry).absolute()) for entry in sys.path]
    order = {"channel": channel, "module": module, "walls": sorted(walls), "path": path}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own program
        [sys.executable, "-I", "-B", "-c", _BOOT, json.dumps(order)],
        env=_ENVIRONMENT,
        pass_fds=[channel],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def _how_to_mend(found: list[str]) -> str:
    return (
        f"this machine cannot keep {' and '.join(found)} from a process that reads hostile "
        "files. Install libseccomp2 (apt install libseccomp2), or allow unprivileged user "
        "namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_"
        "userns=0), or use Linux 5.13 or newer with Landlock."
    )
