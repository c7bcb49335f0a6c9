"""What a captured parser would try; each function runs inside the sandbox.

They answer with what happened, so that a test can tell "refused" from "not tried".
"""

import ctypes
import errno
import mmap
import os
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from redaction.errors import UnreadableFileError
from redaction.sandbox.frames import Frame

REACHED = "reached"


def prepare() -> None:
    """Load what `socket.connect` of a host name would load."""
    "localhost".encode("idna")


def echo(untrusted: bytes) -> bytes:
    return untrusted


def reverse_all(*parts: Any) -> Frame:
    *untrusted, facts = parts
    return Frame(facts, tuple(part[::-1] for part in untrusted))


def refuse(untrusted: bytes) -> bytes:
    raise UnreadableFileError(untrusted.decode())


def fail(untrusted: bytes) -> bytes:
    raise ValueError(untrusted.decode())


def read_file(_: bytes, path: str) -> Frame:
    return _tried(lambda: os.close(os.open(path, os.O_RDONLY)))


def write_file(_: bytes, path: str) -> Frame:
    return _tried(lambda: os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)))


def list_root(_: bytes) -> Frame:
    try:
        return Frame(os.listdir("/"))  # noqa: PTH208 - the system call itself
    except OSError as exc:
        return Frame(_name(exc))


def connect(_: bytes, port: int) -> Frame:
    def attempt() -> None:
        with socket.socket() as outgoing:
            outgoing.settimeout(5)
            outgoing.connect(("127.0.0.1", port))

    return _tried(attempt)


def send_datagram(_: bytes, port: int) -> Frame:
    def attempt() -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as outgoing:
            outgoing.sendto(b"stolen", ("127.0.0.1", port))

    return _tried(attempt)


def connect_locally(_: bytes, address: str) -> Frame:
    def attempt() -> None:
        with socket.socket(socket.AF_UNIX) as outgoing:
            outgoing.connect(address.replace("@", "\0"))

    return _tried(attempt)


def execute(_: bytes, program: str) -> Frame:
    return _tried(lambda: os.execve(program, [program], {}))  # noqa: S606 - the attack


def fork(_: bytes) -> Frame:
    def attempt() -> None:
        child = os.fork()
        if not child:
            os._exit(0)

    return _tried(attempt)


def signal_everybody(_: bytes) -> Frame:
    return _tried(lambda: os.kill(os.getppid() or 1, 9))


def change_limits(_: bytes) -> Frame:
    return _tried(lambda: resource.prlimit(0, resource.RLIMIT_NOFILE, (4, 4)))


def make_code(_: bytes) -> Frame:
    executable = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    return _tried(lambda: mmap.mmap(-1, 4096, prot=executable).close())


def run_thread(untrusted: bytes) -> bytes:
    done: list[bytes] = []
    thread = threading.Thread(target=lambda: done.append(untrusted))
    thread.start()
    thread.join()
    return done[0]


def surroundings(_: bytes) -> Frame:
    """Tell what a process sees of where it was started."""
    return Frame(
        {
            "environment": sorted(os.environ),
            "descriptors": [number for number in range(1024) if _is_open(number)],
            "core_bytes": resource.getrlimit(resource.RLIMIT_CORE),
            "file_bytes": resource.getrlimit(resource.RLIMIT_FSIZE),
            "user": os.geteuid(),
            "number": os.getpid(),
        }
    )


def open_many(_: bytes) -> Frame:
    return _tried(lambda: [os.dup(3) for _ in range(20)])


def use_capabilities(_: bytes) -> Frame:
    """Name the machine as it is named: harmless, but only an administrator may."""
    return _tried(lambda: socket.sethostname(socket.gethostname()))


def dumpable(_: bytes) -> Frame:
    """Tell `PR_GET_DUMPABLE`, which the filter of system calls must not refuse here."""
    return Frame(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))


def take_memory(_: bytes, count: int) -> bytes:
    return bytes(len(bytearray(count)) and 1)


def take_memory_bit_by_bit(_: bytes) -> bytes:
    taken = []
    while True:
        taken.append(bytearray(1024 * 1024))


def loop(_: bytes) -> bytes:
    while True:
        pass


def sleep(_: bytes) -> bytes:
    while True:
        time.sleep(60)


def abort(_: bytes) -> bytes:
    os.abort()


def touch_nothing(_: bytes) -> bytes:
    return ctypes.string_at(0)


def leave(_: bytes) -> bytes:
    os._exit(0)


def leave_politely(_: bytes) -> bytes:
    raise SystemExit


def flood(_: bytes, count: int) -> bytes:
    return bytes(count)


def say(untrusted: bytes) -> bytes:
    """Answer with bytes that our side of the sandbox did not make."""
    os.write(3, untrusted)
    os._exit(0)


def _tried(attempt: Callable[[], object]) -> Frame:
    try:
        attempt()
    except OSError as exc:
        return Frame(_name(exc))
    return Frame(REACHED)


def _name(exc: OSError) -> str:
    return errno.errorcode[exc.errno or 0]


def _is_open(number: int) -> bool:
    try:
        os.lseek(number, 0, os.SEEK_CUR)
    except OSError as exc:
        return exc.errno != errno.EBADF
    return True
