"""From a receipt code to its keys, a few at a time.

Stretching a code costs about half a second of one core on purpose. Whoever comes without
JavaScript has it done here, so at most one runs per core and the others wait in turn: a crowd
slows itself down, and not the people whose own devices do the work.
"""

import os
import threading
from typing import Final

from crypto.keys import CitizenKeys, derive_root
from crypto.receipt import ReceiptCode

WAIT_SECONDS: Final = 10

TURNS: Final = os.cpu_count() or 1

_turns = threading.BoundedSemaphore(TURNS)


class BusyError(Exception):
    """Nobody's turn came in time; the same request may succeed a minute later."""


def citizen_keys(
    code: ReceiptCode, roots_hash: bytes, *, wait: float = WAIT_SECONDS
) -> CitizenKeys:
    """Return the keys of *code*; raise `BusyError` after *wait* seconds without a turn."""
    if not _turns.acquire(timeout=wait):
        raise BusyError
    try:
        return CitizenKeys(derive_root(code, roots_hash))
    finally:
        _turns.release()
