"""How much of what a thread reads of a body stays in memory: all, or what it says it keeps."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_local = threading.local()


@contextmanager
def passed_on() -> Iterator[None]:
    """What this thread reads meanwhile does not stay in memory, but for what it keeps."""
    _local.kept_bytes = 0
    try:
        yield
    finally:
        _local.kept_bytes = None


def keep(more: int) -> None:
    """So many bytes more of what this thread passes on stay in memory; less than none go."""
    kept = kept_bytes()
    if kept is not None:
        _local.kept_bytes = kept + more


def kept_bytes() -> int | None:
    """None while everything stays."""
    kept: int | None = getattr(_local, "kept_bytes", None)
    return kept
