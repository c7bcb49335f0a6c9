"""Run a Python function over hostile bytes, in a process that can do nothing but compute.

One zygote per module (see `zygote.py`) is started when first needed and ends with this
process. Any thread may call; a process that was forked starts zygotes of its own.
"""

import os
import threading
from typing import Any

from redaction.errors import UnreadableFileError
from redaction.sandbox.errors import SandboxEndedError, SandboxError
from redaction.sandbox.frames import Frame
from redaction.sandbox.handle import Zygote
from redaction.sandbox.limits import Limits


class _Registry:
    """The zygotes of this process, one per module, and how many jobs they may have at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(max(2, os.cpu_count() or 1))
        self._zygotes: dict[str, Zygote] = {}

    def run(self, module: str, order: Frame, limits: Limits) -> Frame:
        with self._turns:
            zygote = self.zygote(module)
            try:
                return zygote.run(order, limits)
            except SandboxEndedError:  # not the job's doing: it cannot touch its zygote
                self._bury(module, zygote)
                return self.zygote(module).run(order, limits)

    def zygote(self, module: str) -> Zygote:
        with self._lock:
            if module not in self._zygotes:
                self._zygotes[module] = Zygote(module)
            return self._zygotes[module]

    def forget(self) -> None:
        for zygote in self._zygotes.values():
            zygote.forget()

    def _bury(self, module: str, ended: Zygote) -> None:
        with self._lock:
            if self._zygotes.get(module) is ended:  # another thread may have replaced it
                del self._zygotes[module]
        ended.close()


_registry = _Registry()


def _start_anew() -> None:
    """After a fork: the zygotes are the parent's, and its other threads' locks are lost."""
    global _registry
    _registry.forget()
    _registry = _Registry()


os.register_at_fork(after_in_child=_start_anew)


def run(
    function_path: str,
    *untrusted: bytes,
    arguments: tuple[Any, ...] = (),
    limits: Limits | None = None,
) -> Frame:
    """Call "package.module:function" with *untrusted* and *arguments* inside the sandbox.

    The function returns bytes, or a `Frame` of facts (JSON) and parts; its answer is as
    untrusted as the input. *arguments* are JSON values. The module is imported before the
    walls go up and may have a `prepare()` that loads what it would import later: nothing can
    be loaded inside. Raises `SandboxError`, `UnreadableFileError` if the function did, and
    `NoSandboxError`.
    """
    module = function_path.partition(":")[0]
    order = Frame({"function": function_path, "arguments": arguments}, untrusted)
    return _registry.run(module, order, limits or Limits())


def run_or_refuse(
    function_path: str,
    *untrusted: bytes,
    arguments: tuple[Any, ...] = (),
    limits: Limits | None = None,
) -> Frame:
    """Like `run`, but whatever the job dies of is an `UnreadableFileError` for its file."""
    try:
        return run(function_path, *untrusted, arguments=arguments, limits=limits)
    except SandboxError as exc:
        raise UnreadableFileError(exc.code) from exc


def protections(module: str = "redaction.sandbox.frames") -> frozenset[str]:
    """Return which of `walls.WALLS` stand around the jobs of *module*; raise `NoSandboxError`."""
    return _registry.zygote(module).walls
