"""Read single bits of a file that is cleaned in place, and empty them."""

from redaction.files.media.inplace import InPlace


class Bits:
    """The bits of one piece of a file, from `start` to `end` in bytes."""

    def __init__(self, file: InPlace, start: int, end: int) -> None:
        self._file = file
        self._end = end * 8
        self.at = start * 8

    @property
    def left(self) -> int:
        """How many bits are still unread."""
        return self._end - self.at

    def take(self, count: int) -> int:
        """Return the next *count* ≤ 24 bits; raise `UnreadableFileError` past the end."""
        self._file.demand(count <= self.left)
        first, shift = divmod(self.at, 8)
        self.at += count
        size = (shift + count + 7) // 8
        return self._file.number(first, size) >> (8 * size - shift - count) & ((1 << count) - 1)

    def peek(self, count: int) -> int:
        """Return the next *count* bits and stay in front of them."""
        at = self.at
        value = self.take(count)
        self.at = at
        return value

    def align(self) -> None:
        """Go on to the next whole byte."""
        self.at += -self.at % 8

    def zero(self, count: int, category: str) -> None:
        """Empty the next *count* bits and leave them behind."""
        self._file.demand(count <= self.left)
        while count:
            now = min(count, 8 - self.at % 8)
            mask = ((1 << now) - 1) << (8 - self.at % 8 - now)
            byte = self._file.data[self.at // 8]
            self._file.put(self.at // 8, bytes((byte & ~mask,)), category)
            self.at += now
            count -= now
