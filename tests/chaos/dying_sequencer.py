"""`wasl sequence --now` that is killed as `kill -9` kills, right after a named step.

    python -m tests.chaos.dying_sequencer DIR STEP

The command is the real one; only what it tells of its steps goes to whoever ends it.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from app.cli import sequence
from app.log.sequencer import Sequencer


def main(data: str, last_step: str) -> None:
    def die(step: str) -> None:
        if step.startswith(last_step):
            os.kill(os.getpid(), signal.SIGKILL)

    opened = sequence.open_sequencer

    def open_dying(*args: Any, **more: Any) -> Sequencer:
        return opened(*args, **more, step=die)

    sequence.open_sequencer = open_dying
    sequence.command(["--data", data, "--now"])


if __name__ == "__main__":
    main(*sys.argv[1:])
