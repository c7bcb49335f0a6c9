"""Programs of the system see their input and nothing else, and answer by a pipe."""

import os
import shutil
import socket
import time
from pathlib import Path

import pytest

from redaction.sandbox import (
    CrashError,
    Limits,
    NoSandboxError,
    OutputLimitError,
    SandboxError,
    TimeLimitError,
)
from redaction.sandbox.limits import MIB
from redaction.sandbox.programs import MissingProgramError, run_program


def shell(script: str, untrusted: bytes = b"", **limits: int) -> bytes:
    """Run *script*, which writes `result` and finds its input as `given`."""
    return run_program(
        ["bash", "-c", script],
        untrusted,
        name="given",
        result="result",
        package="bash",
        limits=Limits(**limits),
    )


@pytest.mark.parametrize("size", [0, 1, 5 * MIB])
def test_bytes_go_in_and_come_out(size: int) -> None:
    sent = os.urandom(size)

    assert shell("cp given result", sent) == sent


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/home", "/root", "/var", __file__, "/etc/hostname", "/run"]
)
def test_no_file_of_this_machine_is_there(path: str) -> None:
    assert shell(f"if [ -e {path} ]; then echo there; fi >result") == b""


def test_nothing_on_the_machine_can_be_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        answer = shell(
            f"(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo reached >result || >result"
        )
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()

    assert answer == b""


def test_a_program_cannot_even_make_a_socket() -> None:
    script = "import socket\ntry: socket.socket()\nexcept OSError as e: print(e.errno)"
    answer = shell(f"python3 -c '{script}' >result")

    assert answer == b"97\n"  # EAFNOSUPPORT: by the filter, not by the namespace


def test_a_program_sees_neither_our_environment_nor_our_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WASL_SECRET", "1")
    seen = shell("cat /proc/*/environ >result; echo /proc/[0-9]* >>result; id -u >>result").decode()

    assert "WASL_SECRET" not in seen
    assert len([word for word in seen.split() if word.startswith("/proc/")]) < 8


def test_nothing_is_written_to_this_machine(tmp_path: Path) -> None:
    mark = f"wasl-mark-{os.getpid()}"
    shell(f"touch /tmp/{mark} /box/{mark} /dev/shm/{mark}; >result")

    assert not any(Path(place, mark).exists() for place in ("/tmp", "/box", "/dev/shm"))  # noqa: S108
    with pytest.raises(CrashError):
        shell(f"cp given {tmp_path}/x && cp given result")


@pytest.mark.parametrize("limit", ["seconds", "cpu_seconds"])
def test_an_endless_program_is_stopped(limit: str) -> None:
    before = time.monotonic()
    with pytest.raises(TimeLimitError):
        run_program(
            ["bash", "-c", "while :; do :; done"],
            b"",
            name="given",
            result="result",
            package="bash",
            limits=Limits(**{limit: 1}),
        )

    assert time.monotonic() - before < 20  # a busy machine gives few seconds of its processor


def test_a_program_that_wants_too_much_memory_is_refused_it() -> None:
    script = "python3 -c 'bytearray(300 * 2**20)' && touch result"

    assert shell(script, memory_bytes=1024 * MIB) == b""
    with pytest.raises(SandboxError):
        shell(script, memory_bytes=200 * MIB)


def test_a_result_may_be_too_large() -> None:
    assert len(shell("head -c 1000 /dev/zero >result", output_bytes=1000)) == 1000
    with pytest.raises(OutputLimitError):
        shell("head -c 1001 /dev/zero >result", output_bytes=1000)


def test_the_box_does_not_fill_the_machines_memory() -> None:
    with pytest.raises(CrashError):
        shell(
            "for i in 1 2; do head -c 40M /dev/zero >$i || exit; done; touch result", output_bytes=1
        )


@pytest.mark.parametrize("script", ["exit 3", "true", "kill -9 $$", "touch result; exit 1"])
def test_a_program_that_fails_has_no_result(script: str) -> None:
    with pytest.raises(CrashError):
        shell(script)


def test_processes_do_not_multiply() -> None:
    fork = "import os, time\nfor _ in range({}):\n  if not os.fork(): time.sleep(60)"

    assert shell(f"python3 -c '{fork.format(20)}' && touch result") == b""
    with pytest.raises(CrashError):
        shell(f"python3 -c '{fork.format(100)}' && touch result")


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(MissingProgramError, match=r"no-such is not installed \(apt install thing"):
        run_program(["no-such"], b"", name="i", result="o", package="thing", limits=Limits())


def test_without_bubblewrap_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in ("bash", "prlimit"):
        (tmp_path / program).symlink_to(shutil.which(program) or "")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoSandboxError, match="apt install bubblewrap"):
        shell("touch result")
