"""Filters of system calls, compiled by libseccomp (Debian: libseccomp2, which apt itself needs)."""

import ctypes
import errno
import os
from typing import Final, NamedTuple

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_EQUAL: Final = 4
_MASKED_EQUAL: Final = 7
_CLONE_THREAD: Final = 0x00010000
_PROT_EXEC: Final = 4

# Memory, threads, clocks and the one open channel: all that decoding needs.
_JOB_CALLS: Final = (
    "read", "readv", "write", "writev", "close", "fstat", "lseek", "poll", "ppoll", "select",
    "pselect6", "munmap", "mremap", "madvise", "brk", "futex", "set_robust_list", "rseq",
    "membarrier", "sched_yield", "sched_getaffinity", "getcpu", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "getpid", "gettid", "getuid", "geteuid",
    "getgid", "getegid", "getrusage", "getrlimit", "sysinfo", "uname", "getrandom",
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "times", "exit", "exit_group",
)  # fmt: skip

# What no converter needs and what kernels were most often broken through.
_PROGRAM_REFUSED: Final = (
    "ptrace", "process_vm_readv", "process_vm_writev", "keyctl", "add_key", "request_key", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "mount", "umount2", "pivot_root", "unshare", "setns", "kexec_load", "init_module",
    "finit_module", "delete_module", "open_by_handle_at", "personality", "vmsplice",
)  # fmt: skip
_AF_INET: Final = 2
_AF_INET6: Final = 10
_AF_NETLINK: Final = 16


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp: argument number, operator, and one or two values."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class _Rule(NamedTuple):
    call: str
    action: int = _ALLOW
    only: tuple[int, int, int, int] | None = None


def job_filter() -> bytes:
    """Return a filter that allows computing, and one channel that is open already.

    Threads may be made, processes not; memory may not become executable. Raises `OSError`
    where there is no libseccomp.
    """
    no_exec = (2, _MASKED_EQUAL, _PROT_EXEC, 0)
    rules = [
        *map(_Rule, _JOB_CALLS),
        _Rule("mmap", only=no_exec),
        _Rule("mprotect", only=no_exec),
        _Rule("clone", only=(0, _MASKED_EQUAL, _CLONE_THREAD, _CLONE_THREAD)),
        # Its flags lie in memory, where filters cannot look: the C library then uses clone.
        _Rule("clone3", _ERRNO | errno.ENOSYS),
        # Reading limits is harmless; a new limit (third argument) is not.
        _Rule("prlimit64", only=(2, _EQUAL, 0, 0)),
    ]
    return _compile(_ERRNO | errno.EPERM, rules)


def program_filter() -> bytes:
    """Return a filter for whole programs: everything but the calls that attack kernels.

    Raises `OSError` where there is no libseccomp.
    """
    refused = [_Rule(call, _ERRNO | errno.EPERM) for call in _PROGRAM_REFUSED]
    sockets = [
        _Rule("socket", _ERRNO | errno.EAFNOSUPPORT, (0, _EQUAL, family, 0))
        for family in (_AF_INET, _AF_INET6, _AF_NETLINK)
    ]
    return _compile(_ALLOW, refused + sockets)


def _compile(default: int, rules: list[_Rule]) -> bytes:
    library = _library()
    context = library.seccomp_init(default)
    try:
        for rule in rules:
            _add(library, context, rule)
        with os.fdopen(os.memfd_create("filter"), "w+b") as memory:
            _check(library.seccomp_export_bpf(ctypes.c_void_p(context), memory.fileno()))
            memory.seek(0)
            return memory.read()
    finally:
        library.seccomp_release(ctypes.c_void_p(context))


def _add(library: ctypes.CDLL, context: int, rule: _Rule) -> None:
    number = library.seccomp_syscall_resolve_name(rule.call.encode())
    if number < 0:  # this architecture, or this libseccomp, does not have it
        return
    comparisons = (_Comparison * 1)(*([_Comparison(*rule.only)] if rule.only else []))
    _check(
        library.seccomp_rule_add_array(
            ctypes.c_void_p(context), rule.action, number, 1 if rule.only else 0, comparisons
        )
    )


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    return library


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
