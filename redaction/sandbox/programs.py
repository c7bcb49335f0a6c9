"""Run a program of the system over hostile bytes, inside bubblewrap.

The program sees its own files, its input and an empty home, all in memory: no network, no
file of this machine's owner, nothing of this process. What it writes leaves by a pipe.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from signal import SIGXCPU
from typing import IO, Any, Final

from redaction.sandbox import seccomp
from redaction.sandbox.errors import CrashError, NoSandboxError, OutputLimitError, TimeLimitError
from redaction.sandbox.limits import MIB, Limits

HOME: Final = "/box"
_TEMPORARY: Final = "/tmp"  # noqa: S108 - of the box, not of this machine
_PACKAGES: Final = {"bwrap": "bubblewrap", "prlimit": "util-linux"}
# Programs keep small files of their own beside what they make: profiles, caches, logs.
_OWN_FILES_BYTES: Final = 64 * MIB
_NOBODY: Final = 65534
_MAX_PROCESSES: Final = 64
_MAX_DESCRIPTORS: Final = 256

# What dynamic programs and their fonts need, all of it readable only.
_LINKS: Final = ("bin", "sbin", "lib", "lib64")
_SETTINGS: Final = ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/libreoffice")
_SEPARATE: Final = (
    "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL",
    "--setenv", "HOME", HOME, "--setenv", "LC_ALL", "C.UTF-8", "--setenv", "PATH", "/usr/bin",
    "--proc", "/proc", "--dev", "/dev",
)  # fmt: skip
# Only what the program wrote leaves, and only after it said that all went well.
_THEN_SHOW: Final = 'result=$1; shift; "$@" </dev/null >/dev/null 2>&1 && exec cat "$result"'


class MissingProgramError(NoSandboxError):
    """A program is not installed; the message names the Debian package."""


def run_program(
    command: Sequence[str],
    untrusted: bytes,
    *,
    name: str,
    result: str,
    package: str,
    limits: Limits,
) -> bytes:
    """Return the file *result* that *command* makes from *untrusted*.

    The input is `HOME/name`, the working directory is `HOME`, and *result* is relative to it.
    *package* is the Debian package of the program. Raises `MissingProgramError`,
    `NoSandboxError`, `TimeLimitError`, `OutputLimitError` and `CrashError`.
    """
    _require("bwrap", _PACKAGES["bwrap"])
    _require("prlimit", _PACKAGES["prlimit"])
    _require(command[0], package)
    _require_bubblewrap()
    with ExitStack() as stack:
        given = stack.enter_context(_in_memory(untrusted))
        rules = stack.enter_context(_in_memory(seccomp.program_filter()))
        size = len(untrusted) + limits.output_bytes + _OWN_FILES_BYTES
        box = ["--size", str(size), "--tmpfs", HOME, "--symlink", HOME, _TEMPORARY, "--chdir", HOME]
        files = ["--file", str(given.fileno()), f"{HOME}/{name}", "--seccomp", str(rules.fileno())]
        show = ["/bin/sh", "-c", _THEN_SHOW, "sh", result, *_limited(limits), *command]
        return _output([*_bwrap(), *box, *files, "--", *show], [given, rules], limits)


def _output(command: list[str], passed: Sequence[IO[bytes]], limits: Limits) -> bytes:
    with subprocess.Popen(  # noqa: S603 - a fixed program with fixed arguments
        command,
        pass_fds=[file.fileno() for file in passed],
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **_never_root(),
    ) as process:
        try:
            output: bytes = process.communicate(timeout=limits.seconds)[0]
        except subprocess.TimeoutExpired as exc:
            process.kill()
            raise TimeLimitError from exc
    if process.returncode == 128 + SIGXCPU:
        raise TimeLimitError
    if process.returncode:
        raise CrashError(f"exit {process.returncode}")
    if len(output) > limits.output_bytes:
        raise OutputLimitError
    return output


def _never_root() -> dict[str, Any]:
    """Return how to start a process as nobody: the kernel does not count root's processes."""
    if os.geteuid() != 0:
        return {}
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _bwrap() -> list[str]:
    links = [word for name in _LINKS for word in ("--symlink", f"usr/{name}", f"/{name}")]
    settings = [word for path in _SETTINGS for word in ("--ro-bind-try", path, path)]
    return ["bwrap", *_SEPARATE, "--ro-bind", "/usr", "/usr", *links, *settings]


def _limited(limits: Limits) -> list[str]:
    return [
        "prlimit",
        f"--as={limits.memory_bytes}",
        f"--cpu={limits.cpu_seconds}:{limits.cpu_seconds + 1}",
        f"--fsize={limits.output_bytes + _OWN_FILES_BYTES}",
        f"--nofile={_MAX_DESCRIPTORS}",
        f"--nproc={_MAX_PROCESSES}",
        "--core=0",
        "--",
    ]


@contextmanager
def _in_memory(content: bytes) -> Iterator[IO[bytes]]:
    """Open *content* as a file that no disk holds."""
    with os.fdopen(os.memfd_create("input"), "w+b", buffering=0) as memory:
        view = memoryview(content)
        while view:
            view = view[memory.write(view) :]
        memory.seek(0)
        yield memory


def _require(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise MissingProgramError(f"{program} is not installed (apt install {package})")


@cache
def _require_bubblewrap() -> None:
    """Raise `NoSandboxError` if the kernel lets bubblewrap build nothing here."""
    tried = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
        [*_bwrap(), "--", "/bin/true"], capture_output=True, check=False, **_never_root()
    )
    if tried.returncode:
        reason = tried.stderr.decode(errors="replace").partition("\n")[0]
        raise NoSandboxError(
            f"bubblewrap does not work here ({reason}). Allow unprivileged user namespaces: "
            "sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns=0"
        )
