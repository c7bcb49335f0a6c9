"""One job, seen from the side that trusts neither its answer nor its silence."""

import os
import socket
from contextlib import suppress
from signal import SIGXCPU
from typing import Final

from redaction.errors import UnreadableFileError
from redaction.sandbox.errors import (
    BrokenAnswerError,
    CrashError,
    MemoryLimitError,
    OutputLimitError,
    SandboxEndedError,
    SandboxError,
    TimeLimitError,
)
from redaction.sandbox.frames import Frame, MalformedFrameError, OversizedFrameError, read_frame
from redaction.sandbox.limits import Limits
from redaction.sandbox.zygote import ENDING

# The zygote ends late jobs itself; this is for a zygote that no longer does.
_GRACE_SECONDS: Final = 5


class Exchange:
    """One job's two channels, seen from the side that trusts neither answer nor silence."""

    def __init__(self, job: socket.socket, ending: int, limits: Limits) -> None:
        self._job = job
        self._ending = ending
        self._limits = limits

    def run(self, order: Frame) -> Frame:
        """Send *order*, return the answer; raise `SandboxError` or `UnreadableFileError`."""
        self._job.settimeout(self._limits.seconds + _GRACE_SECONDS)
        try:
            self._send(order)
            answer = read_frame(self._take, self._limits.output_bytes)
        except TimeoutError as exc:
            raise TimeLimitError from exc
        except OversizedFrameError as exc:
            raise OutputLimitError from exc
        except MalformedFrameError as exc:
            raise BrokenAnswerError from exc
        except (EOFError, OSError) as exc:
            raise self._how_it_ended() from exc
        return _checked(answer)

    def _send(self, order: Frame) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # its ending tells why
            for piece in order.encode():
                self._job.sendall(piece)

    def _take(self, count: int) -> bytes:
        data = bytearray(count)
        view, filled = memoryview(data), 0
        while filled < count:
            received = self._job.recv_into(view[filled:])
            if received == 0:
                raise EOFError
            filled += received
        view.release()
        return bytes(data)

    def _how_it_ended(self) -> SandboxError:
        told = os.read(self._ending, ENDING.size)
        if len(told) != ENDING.size:
            return SandboxEndedError()
        status, late = ENDING.unpack(told)
        signal = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if late or signal == SIGXCPU:
            return TimeLimitError()
        if signal:
            return CrashError(f"signal {signal}")
        return BrokenAnswerError("it ended without an answer")


def _checked(answer: Frame) -> Frame:
    match answer.facts:
        case {"done": facts}:
            return Frame(facts, answer.parts)
        case {"failed": "refused", "code": str(code)} if _is_code(code):
            raise UnreadableFileError(code)
        case {"failed": "memory"}:
            raise MemoryLimitError
        case {"failed": "exception", "name": str(name)} if name.isidentifier():
            raise CrashError(name[:80])
        case _:
            raise BrokenAnswerError("it said something unknown")


def _is_code(code: str) -> bool:
    return len(code) <= 60 and code.isascii() and code.replace("-", "").isalpha()
