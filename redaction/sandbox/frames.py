"""The one message format between a job and the process that asked for it.

A frame is the length of its header (4 bytes, big-endian), the header (JSON) and the parts,
whose lengths the header tells: `{"parts": [3, 5], "facts": ...}`. Whatever reads a frame
says how much it accepts, and reads nothing behind it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

MAX_HEADER_BYTES: Final = 4 * 1024 * 1024
_LENGTH_BYTES: Final = 4


class MalformedFrameError(Exception):
    """The bytes are no frame."""


class OversizedFrameError(Exception):
    """The frame is larger than its reader accepts."""


@dataclass(frozen=True)
class Frame:
    """Facts that JSON can say, and bytes."""

    facts: Any
    parts: tuple[bytes, ...] = ()

    def encode(self) -> Iterator[bytes]:
        """Return the frame in pieces that need not be joined."""
        header = {"parts": [len(part) for part in self.parts], "facts": self.facts}
        encoded = json.dumps(header, allow_nan=False).encode()
        yield len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded
        yield from self.parts


def read_frame(take: Callable[[int], bytes], max_bytes: int) -> Frame:
    """Read one frame; *take* returns exactly as many bytes as it is asked for.

    Raises `MalformedFrameError`, `OversizedFrameError`, and whatever *take* raises.
    """
    length = int.from_bytes(take(_LENGTH_BYTES), "big")
    if length > MAX_HEADER_BYTES:
        raise OversizedFrameError
    facts, lengths = _header(take(length))
    if sum(lengths) > max_bytes:
        raise OversizedFrameError
    return Frame(facts, tuple(take(length) for length in lengths))


def _header(untrusted: bytes) -> tuple[Any, Sequence[int]]:
    try:
        header = json.loads(untrusted, parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise MalformedFrameError from exc
    if not isinstance(header, dict) or set(header) != {"parts", "facts"}:
        raise MalformedFrameError
    lengths = header["parts"]
    if not isinstance(lengths, list) or not all(_is_length(length) for length in lengths):
        raise MalformedFrameError
    return header["facts"], lengths


def _is_length(value: object) -> bool:
    return type(value) is int and value >= 0


def _no_constant(name: str) -> None:
    raise ValueError(name)
