"""From a receipt code to its keys, a few at a time.

Stretching a code costs about half a second of one core on purpose. Whoever comes without
JavaScript has it done here, so at most one runs per core and the others wait in turn: a crowd
slows itself down, and not the people whose own devices do the work. If many come, the next are
given a place in a queue (`app.domain.bursts`).
"""

import os
import threading
from typing import Final

from app.citizen.multipart import Texts
from app.web.state import SiteState
from crypto.keys import CitizenKeys, derive_root
from crypto.receipt import ReceiptCode

WAIT_SECONDS: Final = 10
PLACE: Final = "place"
"""The field of a form that holds its sender's place in the queue."""

TURNS: Final = os.cpu_count() or 1

_turns = threading.BoundedSemaphore(TURNS)


def citizen_keys(
    code: ReceiptCode, form: Texts, state: SiteState, *, wait: float = WAIT_SECONDS
) -> CitizenKeys:
    """Return the keys of *code*, if it is the turn of whoever sent *form*.

    Raises `NotYetError`, also after *wait* seconds in which no core was free.
    """
    state.turns.take(form.first(PLACE))
    if not _turns.acquire(timeout=wait):
        state.turns.give_back()
    try:
        return CitizenKeys(derive_root(code, state.roots.hash))
    finally:
        _turns.release()
