"""The walls around a job: each is put up if the kernel has it, and what they hold is tried.

They overlap on purpose. What counts is the trial: a process behind all of them that can
still see a file or reach the network is no sandbox, whatever the calls returned.
"""

import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from redaction.sandbox import kernel, seccomp
from redaction.sandbox.limits import Limits

NAMESPACES: Final = "namespaces"
EMPTY_ROOT: Final = "empty-root"
LANDLOCK: Final = "landlock"
SECCOMP: Final = "seccomp"
WALLS: Final = frozenset({NAMESPACES, EMPTY_ROOT, LANDLOCK, SECCOMP})

# A few more than the one channel, for what libraries open and close while they think.
_MAX_DESCRIPTORS: Final = 8


class Builder:
    """Puts up the *wanted* walls one by one and keeps which of them stand."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._filter = b""
        self.standing: set[str] = set()

    def before_imports(self) -> None:
        """Leave the machine's namespaces; needs a process with one thread."""
        self._try(NAMESPACES, kernel.enter_namespaces)

    def after_imports(self) -> None:
        """Close files and drop privileges, for this process and all it will make."""
        self._try(SECCOMP, self._compile_filter)
        if NAMESPACES in self.standing:
            self._try(EMPTY_ROOT, kernel.enter_empty_root)
        kernel.drop_capabilities()
        kernel.allow_no_new_privileges()
        kernel.forbid_dumps()
        self._try(LANDLOCK, kernel.enter_landlock)

    def around_job(self, limits: Limits, used_bytes: int) -> None:
        """Set limits and load the filter, in the job's own process."""
        kernel.die_with_parent()
        seconds = limits.cpu_seconds
        _limit(resource.RLIMIT_AS, used_bytes + limits.memory_bytes)
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS)
        # The first ends the job with a signal of its own, the second whatever it did to that.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        if self._filter:
            kernel.enter_filter(self._filter)

    def _compile_filter(self) -> None:
        self._filter = seccomp.job_filter()

    def _try(self, wall: str, put_up: Callable[[], None]) -> None:
        if wall in self._wanted:
            with suppress(OSError):
                put_up()
                self.standing.add(wall)


def holes() -> list[str]:
    """Return what a job behind the walls can reach and must not: "files", "network"."""
    trials = {"files": _sees_files, "network": _reaches_network}
    return [name for name, trial in trials.items() if _succeeds(trial)]


def _sees_files() -> bool:
    return bool(os.listdir("/"))  # noqa: PTH208 - one system call; a Path would stat first


def _reaches_network() -> bool:
    # Connecting a datagram socket sends nothing; it only asks whether there is a way.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 9))
    return True


def _succeeds(trial: Callable[[], bool]) -> bool:
    try:
        return trial()
    except OSError:
        return False


def _limit(what: int, value: int) -> None:
    resource.setrlimit(what, (value, value))
