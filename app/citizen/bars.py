"""Public counts as bars: the macro `bars` draws them, and a table beside it tells them."""

from dataclasses import dataclass

from crypto.record import FEW


@dataclass(frozen=True)
class Bar:
    """`told` is the count in words or digits; `share` per cent of the longest bar."""

    column: str
    told: str
    share: float


def bar_length(told: str) -> int:
    """For the length of a bar: few are drawn as two."""
    return 2 if told == FEW else int(told) if told.isdigit() else 0
