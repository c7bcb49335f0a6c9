"""What Linux offers to a process that wants to be able to do less; each call raises `OSError`.

Sources: unshare(2), user_namespaces(7), landlock(7), prctl(2), capabilities(7).
"""

import ctypes
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_libc = ctypes.CDLL(None, use_errno=True)

_NEW_MOUNTS: Final = 0x00020000  # CLONE_NEWNS: mounts of its own
_NAMESPACES: Final = (
    0x10000000  # CLONE_NEWUSER: the right to make the others
    | 0x40000000  # CLONE_NEWNET: no interface but a loopback that is down
    | 0x20000000  # CLONE_NEWPID: nobody else to see or to signal
    | _NEW_MOUNTS
    | 0x08000000  # CLONE_NEWIPC
    | 0x04000000  # CLONE_NEWUTS
    | 0x02000000  # CLONE_NEWCGROUP
)
_NOBODY: Final = 65534

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
_SIGKILL: Final = 9

_MS_RDONLY_NOSUID_NODEV_NOEXEC: Final = 1 | 2 | 4 | 8
_MS_REC_PRIVATE: Final = 0x4000 | 1 << 18

# The same numbers on every architecture.
_LANDLOCK_CREATE_RULESET: Final = 444
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_VERSION_FLAG: Final = 1


def allow_no_new_privileges() -> None:
    """Make set-user-ID programs and file capabilities void, for this process and its children."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def forbid_dumps() -> None:
    """Let no core be written, and no process of the same user read this one's memory."""
    _prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """Let the kernel kill this process when the one that made it ends."""
    _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def enter_namespaces() -> None:
    """Leave the network, the process table and the mounts of the machine.

    Must be called while there is one thread. The process itself keeps its number: its first
    child is the new table's first process, and the table ends with that child.
    """
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_NAMESPACES))
    with suppress(OSError):  # kernels before 3.19 have no such file
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {group} 1")


def enter_empty_root() -> None:
    """Make an empty, read-only directory the root; needs `enter_namespaces` before.

    The mounts are its own once more, so that this can never touch those of the machine.
    """
    _check(_libc.unshare(_NEW_MOUNTS))
    _check(_libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None))
    _check(_libc.mount(b"empty", b"/proc", b"tmpfs", _MS_RDONLY_NOSUID_NODEV_NOEXEC, None))
    os.chdir("/proc")
    os.chroot(".")
    os.chdir("/")


def drop_capabilities() -> None:
    """Give up every capability, also those over the new namespaces; nobody instead of root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()))


def enter_landlock() -> None:
    """Refuse every use of files, and TCP, abstract sockets and signals where the kernel can."""
    version = _check(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_VERSION_FLAG))
    handled = (ctypes.c_uint64 * 3)(_file_rights(version), _net_rights(version), _scopes(version))
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = _check(
        _libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(size), 0)
    )
    try:
        _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def enter_filter(program: bytes) -> None:
    """Load *program*, a compiled seccomp filter; needs `allow_no_new_privileges` before."""
    code = ctypes.create_string_buffer(program, len(program))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(_FilterProgram(code, program)))


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog; one instruction has 8 bytes."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    def __init__(self, code: "ctypes.Array[ctypes.c_char]", program: bytes) -> None:
        super().__init__(len(program) // 8, ctypes.cast(code, ctypes.c_void_p))


def _file_rights(version: int) -> int:
    """Return every right to files that Landlock of this *version* knows."""
    count = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    return (1 << count) - 1


def _net_rights(version: int) -> int:
    return 0b11 if version >= 4 else 0  # bind and connect by TCP


def _scopes(version: int) -> int:
    return 0b11 if version >= 6 else 0  # abstract sockets and signals of others


def _prctl(option: int, *arguments: object) -> None:
    padded = [*arguments, *[ctypes.c_ulong(0)] * (4 - len(arguments))]
    _check(_libc.prctl(option, *padded))


def _check(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
