"""How much one job may use."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds of the clock and of the processor; bytes of memory and of the answer.

    Memory counts what the job asks for beyond the interpreter and its modules.
    """

    seconds: float = 60
    cpu_seconds: int = 60
    memory_bytes: int = 512 * MIB
    output_bytes: int = 256 * MIB
