"""Whether what a thread reads of a body is kept in memory, or passed on piece by piece."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


@contextmanager
def passed_on() -> Iterator[None]:
    """What this thread reads meanwhile does not stay in memory."""
    _local.is_passed_on = True
    try:
        yield
    finally:
        _local.is_passed_on = False


def is_passed_on() -> bool:
    return getattr(_local, "is_passed_on", False)
