"""A tor process that we start and end.

Each is held by a control connection that owns it (`TAKEOWNERSHIP`): when this program ends, in
whatever way, the connection closes and tor ends too. `__OwningControllerProcess` covers the
moment before the connection stands.
"""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tor.control import Control
from tor.errors import ControlError, NotReadyError
from tor.program import find

_PAUSE_SECONDS: Final = 0.1
_RELOAD_SECONDS: Final = 1.5
_LOG_LINES: Final = 8


class Daemon:
    """Runs a torrc, above *defaults*, until `end`. *name* is for messages."""

    def __init__(self, name: str, torrc: Path, defaults: Path, *, control: Path, log: Path) -> None:
        self.name = name
        self.control_socket = control
        self._log = log
        self._command = [
            find(),
            *("-f", str(torrc), "--defaults-torrc", str(defaults), "--quiet"),
            *("--Log", f"notice file {log}", "--__OwningControllerProcess", str(os.getpid())),
        ]
        self._owner: Control | None = None
        self._process = self._launch()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def owner(self) -> Control:
        """The connection that keeps this tor alive; raises `ControlError` until it answers."""
        if self._owner is None:
            owner = Control(self.control_socket)
            owner.ask("TAKEOWNERSHIP")
            self._owner = owner
        return self._owner

    def wait(
        self, is_ready: Callable[[Control], bool], deadline: float, *, reload: bool = False
    ) -> None:
        """Until *is_ready*; *reload* makes tor look for new documents at once, not in its time.

        Raises `NotReadyError` with the end of tor's log.
        """
        reloaded = time.monotonic()
        while not self._is(is_ready):
            if self.has_ended or time.monotonic() > deadline:
                raise NotReadyError(f"{self.name} did not get ready: {self._last_words()}")
            if reload and time.monotonic() - reloaded > _RELOAD_SECONDS:
                reloaded = time.monotonic()
                self.owner.ask("SIGNAL RELOAD")
            time.sleep(_PAUSE_SECONDS)

    def restart(self) -> None:
        self.end()
        self._process = self._launch()

    def end(self) -> None:
        """By force: these networks keep nothing that a kill could harm."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None
        self._process.kill()
        self._process.wait()

    def _launch(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 ours
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def _is(self, is_ready: Callable[[Control], bool]) -> bool:
        try:
            return is_ready(self.owner)
        except ControlError:
            self._owner = None
            return False

    def _last_words(self) -> str:
        try:
            return "\n".join(self._log.read_text("utf-8").splitlines()[-_LOG_LINES:])
        except FileNotFoundError:
            return "it wrote no log"
