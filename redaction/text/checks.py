"""The last word on what a pattern found: arithmetic that patterns cannot do.

A check returns how much of what was found, from its beginning, it accepts; 0 for none of it.
"""

from collections.abc import Callable, Mapping
from typing import Final

Check = Callable[[str, Mapping[str, int]], int]

_MODULUS: Final = 97


def _iban(found: str, lengths: Mapping[str, int]) -> int:
    """Return the length of the IBAN that *found*, folded, begins with (ISO 13616)."""
    places = [at for at, char in enumerate(found) if char.isalnum()]
    length = lengths.get(found[:2], len(places))
    if len(places) < length:
        return 0
    compact = [found[at] for at in places[:length]]
    digits = "".join(str(int(char, 36)) for char in compact[4:] + compact[:4])
    return places[length - 1] + 1 if int(digits) % _MODULUS == 1 else 0


CHECKS: Final[Mapping[str, Check]] = {"iban": _iban}
