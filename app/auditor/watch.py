"""Sync, judge, tell: again and again, until somebody stops it.

The hook is called for what is new only. That nothing could be checked is told apart from what
a log did wrong: once, after some failed rounds in a row, and once more when it works again.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from app.auditor.errors import CouldNotCheckError
from app.auditor.findings import Found
from app.auditor.sync import Synced

FAILURES_TO_TELL: Final = 3
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Kind = Literal["finding", "unreachable", "recovered"]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Event:
    """What the hook reads as JSON on standard input."""

    kind: Kind
    origin: str
    findings: Sequence[Found] = ()
    evidence: Sequence[Path] = ()
    message: str = ""

    def encode(self) -> str:
        document = {
            "format": "wasl/audit-event/v1",
            "kind": self.kind,
            "origin": self.origin,
            "findings": [one.encode() for one in self.findings],
            "evidence": [str(path) for path in self.evidence],
            "message": self.message,
        }
        return json.dumps(document, ensure_ascii=False) + "\n"


@dataclass
class Watch:
    """*sync* does one round, *hook* is a program and its arguments (empty: none).

    `known` are the findings that need not be told again.
    """

    origin: str
    sync: Callable[[], Synced]
    hook: Sequence[str]
    say: Say
    known: set[Found] = field(default_factory=set)
    failures: int = 0

    def run(self, interval: int, sleep: Callable[[float], None], rounds: int = 0) -> None:
        """*interval* is seconds; 0 *rounds* is for ever."""
        done = 0
        while True:
            self.round()
            done += 1
            if done == rounds:
                return
            sleep(interval)

    def round(self) -> None:
        """One sync, and what there is to tell about it."""
        try:
            synced = self.sync()
        except CouldNotCheckError as exc:
            self._failed(str(exc))
            return
        if self.failures >= FAILURES_TO_TELL:
            self._tell(Event("recovered", self.origin))
        self.failures = 0
        new = [one for one in synced.findings if one not in self.known]
        self.known.update(new)
        size = synced.witnessed.checkpoint.size
        self.say(f"{self.origin}: {size} entries, {synced.entries} new, {len(new)} new findings")
        if new:
            self._tell(Event("finding", self.origin, new, synced.evidence))

    def _failed(self, message: str) -> None:
        self.failures += 1
        self.say(f"{self.origin}: could not check: {message}")
        if self.failures == FAILURES_TO_TELL:
            self._tell(Event("unreachable", self.origin, message=message))

    def _tell(self, event: Event) -> None:
        if not self.hook:
            return
        try:
            # The auditor's own program, named by the auditor on the command line.
            done = subprocess.run(self.hook, input=event.encode().encode(), check=False)  # noqa: S603
        except OSError as exc:
            self.say(f"the hook cannot run: {exc.strerror}")
            return
        if done.returncode:
            self.say(f"the hook ended with {done.returncode}")


def parse_interval(text: str) -> int:
    """`30s`, `15m`, `12h`, `1d` in seconds. Raise ValueError."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdecimal() or int(number) < 1:
        raise ValueError("not an interval")
    return int(number) * _UNITS[unit]
