"""Work: what a program shows instead of a name when a site has too much to do (SPEC.md §20).

This is Hashcash (Back, 2002) over PBKDF2-HMAC-SHA-256: a number is looked for under which the
function's value begins with zero bits. Checking is one try, about 0.1 ms. PBKDF2, because browsers
have it natively, also where neither a JIT nor WebAssembly exist: a try costs a phone what it costs
a flood, but for the number of its cores.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Self

from crypto.errors import MalformedError

CHALLENGE_BYTES: Final = 32
ITERATIONS: Final = 128
MAX_BITS: Final = 20
"""More than this no program of ours does: about a million tries."""

_LABEL: Final = b"wasl/work/v1\n"
_WORK: Final = re.compile("([0-9a-f]{64})\\.([0-9a-f]{16})", re.ASCII)


@dataclass(frozen=True)
class Work:
    """An answer to *challenge* (32 bytes); *number* is below 2⁶⁴."""

    challenge: bytes
    number: int

    def encode(self) -> str:
        """The value of the header `Wasl-Work`."""
        return f"{self.challenge.hex()}.{self.number:016x}"

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedError` unless `encode` wrote this."""
        found = _WORK.fullmatch(untrusted)
        if found is None:
            raise MalformedError("not a piece of work")
        return cls(bytes.fromhex(found[1]), int(found[2], 16))

    def is_worth(self, bits: int) -> bool:
        """Whether its value begins with so many zero bits. Takes about 0.1 ms."""
        return int.from_bytes(_value(self.challenge, self.number), "big") >> (256 - bits) == 0


def work_on(challenge: bytes, bits: int) -> Work:
    """Look for an answer; 2 to the power of *bits* tries on average, in which other threads run."""
    if not 0 <= bits <= MAX_BITS:
        raise ValueError("bits")
    number = 0
    while not (work := Work(challenge, number)).is_worth(bits):
        number += 1
    return work


def _value(challenge: bytes, number: int) -> bytes:
    salt = number.to_bytes(8, "big")
    return hashlib.pbkdf2_hmac("sha256", _LABEL + challenge, salt, ITERATIONS, 32)
