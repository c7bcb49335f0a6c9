"""A file that is cleaned where it stands: nothing moves, so no offset becomes wrong."""

import json
from importlib.resources import files
from typing import Any, Final

from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS, SIGNS

RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("inplace.json").read_text("utf-8")
)
"""What may stay in coded data, shared by both languages and both readings."""
_SIGNS: Final = {
    category: tuple(sign.encode("latin-1") for sign in signs)
    for category, signs in RULES["signs"].items()
}
LOOKED_AT: Final = 65_536
"""How many bytes of a thing that goes are read to tell its kind."""
_LOOKS: Final = 1 << 22
"""How many bytes are read for that in all, where beginning counts as `_LOOK`."""
_LOOK: Final = 256
_TWO_53: Final = 1 << 53
_BLOCK: Final = 1 << 20


class InPlace:
    """Bytes that are overwritten, and what stood where they were.

    `code` begins the codes of refusals. `units` counts the boxes, samples and pieces of
    coded data that may still be met: hostile files consist of nothing but headers.
    """

    def __init__(self, untrusted: bytes, code: str) -> None:
        self.data = bytearray(untrusted)
        self.code = code
        self.removed: set[str] = set()
        self.warnings: set[str] = set()
        self.units = LIMITS["units"]
        self._looks = _LOOKS

    def refusal(self, why: str) -> UnreadableFileError:
        """Return the error of this format: malformed, truncated, unsupported…"""
        return UnreadableFileError(f"{self.code}-{why}")

    def demand(self, condition: bool) -> None:
        """Raise `UnreadableFileError` for a malformed file unless *condition*."""
        if not condition:
            raise self.refusal("malformed")

    def spend(self, units: int = 1) -> None:
        """Raise `UnreadableFileError` when the file consists of too many pieces.

        A unit is what takes about a microsecond.
        """
        self.units -= units
        if self.units < 0:
            raise UnreadableFileError("file-too-complex")

    def number(self, at: int, size: int) -> int:
        """Return *size* bytes as a number; raise `UnreadableFileError` outside the file."""
        self.demand(at + size <= len(self.data))
        return int.from_bytes(self.data[at : at + size])

    def exact(self, at: int, size: int) -> int:
        """Return a number that the browser's language can count with: below 2^53."""
        value = self.number(at, size)
        self.demand(value < _TWO_53)
        return value

    def word(self, at: int, size: int = 4) -> str:
        """Return *size* bytes as characters; raise `UnreadableFileError` outside the file."""
        self.demand(at + size <= len(self.data))
        return self.data[at : at + size].decode("latin-1")

    def fill(self, start: int, end: int, value: int, *categories: str) -> None:
        """Write *value* into each byte, and note *categories* if another one stood there.

        Without any, what stood there is looked at to tell its kind.
        """
        if start >= end or self.data.count(value, start, end) == end - start:
            return
        self.removed.update(categories or self.kinds(start, end))
        self.wipe(start, end, value)

    def wipe(self, start: int, end: int, value: int = 0) -> None:
        """Write *value* into each byte and note nothing."""
        for at in range(start, end, _BLOCK):
            size = min(_BLOCK, end - at)
            self.data[at : at + size] = bytes((value,)) * size

    def zero(self, start: int, end: int, *categories: str) -> None:
        """Fill with zeros."""
        self.fill(start, end, 0, *categories)

    def put(self, at: int, value: bytes, *categories: str) -> None:
        """Write *value*, and note *categories* if something else stood there."""
        end = at + len(value)
        if self.data[at:end] != value:
            self.data[at:end] = value
            self.removed.update(categories)

    def kinds(self, start: int, end: int) -> set[str]:
        """Return the categories of what stands there, or {"unknown"}; not for ever."""
        end = min(end, start + LOOKED_AT)
        self._looks -= _LOOK + max(0, end - start)
        if self._looks < 0:
            return {"unknown"}
        untrusted = self.data[start:end]
        return {
            category
            for table in (SIGNS, _SIGNS)
            for category, signs in table.items()
            if any(sign in untrusted for sign in signs)
        } or {"unknown"}
