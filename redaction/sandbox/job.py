"""One job, in a process of its own that was forked for it and ends with it."""

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final, NoReturn

from redaction.errors import UnreadableFileError
from redaction.sandbox.frames import Frame, read_frame
from redaction.sandbox.limits import Limits
from redaction.sandbox.walls import Builder

CHANNEL: Final = 3
_MAX_INPUT_BYTES: Final = 2**40
_OUT_OF_MEMORY: Final = tuple(Frame({"failed": "memory"}).encode())


def main(builder: Builder, limits: Limits, used_bytes: int) -> NoReturn:
    """Do the job that comes in on `CHANNEL`, the only file that is still open, and end."""
    try:
        _write(_answer_behind_walls(builder, limits, used_bytes))
    finally:
        os._exit(0)


def _answer_behind_walls(builder: Builder, limits: Limits, used_bytes: int) -> Iterable[bytes]:
    try:
        builder.around_job(limits, used_bytes)
        return tuple(_answer().encode())
    except MemoryError:
        return _OUT_OF_MEMORY


def function_at(path: str) -> Callable[..., Any]:
    """Return what "package.module:name" names."""
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _answer() -> Frame:
    try:
        order = read_frame(_take, _MAX_INPUT_BYTES)
        function = function_at(order.facts["function"])
        return _done(function(*order.parts, *order.facts["arguments"]))
    except UnreadableFileError as exc:
        return Frame({"failed": "refused", "code": exc.code})
    except MemoryError:
        raise
    except Exception as exc:  # whatever a parser raises, the job has failed
        return Frame({"failed": "exception", "name": type(exc).__name__})


def _done(result: Any) -> Frame:
    frame = result if isinstance(result, Frame) else Frame(None, (bytes(result),))
    return Frame({"done": frame.facts}, frame.parts)


def _take(count: int) -> bytes:
    data = bytearray(count)
    view, filled = memoryview(data), 0
    while filled < count:
        read = os.readv(CHANNEL, [view[filled:]])
        if read == 0:
            raise EOFError
        filled += read
    view.release()
    return bytes(data)


def _write(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(CHANNEL, view) :]
