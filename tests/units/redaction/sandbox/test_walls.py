"""A captured parser reaches nothing: every wall is tried alone, on the real kernel."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from redaction.sandbox import Frame, Limits, NoSandboxError, protections
from redaction.sandbox.handle import Zygote
from redaction.sandbox.walls import EMPTY_ROOT, LANDLOCK, NAMESPACES, SECCOMP, WALLS
from tests.units.redaction.sandbox import attacks

MODULE = attacks.__name__
SECRET = Path(__file__)
REFUSED = {"EPERM", "EACCES", "ENOENT", "EROFS"}
UNREACHABLE = {"EPERM", "EACCES", "ENETUNREACH", "ECONNREFUSED", "ENOENT"}

# The smallest sets of walls that make a sandbox, and all of them.
ENOUGH = {
    "filter": frozenset({SECCOMP}),
    "landlock and namespaces": frozenset({LANDLOCK, NAMESPACES}),
    "empty root and namespaces": frozenset({EMPTY_ROOT, NAMESPACES}),
    "all": WALLS,
}


@pytest.fixture(scope="module", params=list(ENOUGH.values()), ids=list(ENOUGH))
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    zygote = Zygote(MODULE, request.param)
    assert zygote.walls == request.param
    yield zygote
    zygote.close()


@pytest.fixture(scope="module")
def walled() -> Iterator[Zygote]:
    zygote = Zygote(MODULE)
    yield zygote
    zygote.close()


def attack(zygote: Zygote, name: str, *arguments: object) -> object:
    order = Frame({"function": f"{MODULE}:{name}", "arguments": arguments}, (b"",))
    return zygote.run(order, Limits(seconds=20)).facts


def test_all_walls_stand_on_this_machine() -> None:
    assert protections() == WALLS


@pytest.mark.parametrize("path", ["/etc/passwd", str(SECRET), "/proc/self/environ", "/dev/null"])
def test_no_file_can_be_read(zygote: Zygote, path: str) -> None:
    assert attack(zygote, "read_file", path) in REFUSED


def test_no_file_can_be_made(zygote: Zygote, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    assert attack(zygote, "write_file", str(tmp_path / "loot")) in REFUSED
    assert attack(zygote, "write_file", "/loot") in REFUSED
    assert list(tmp_path.iterdir()) == []


def test_no_directory_can_be_listed(zygote: Zygote) -> None:
    assert attack(zygote, "list_root") in ([], "EPERM", "EACCES")


def test_no_program_can_be_started(zygote: Zygote) -> None:
    assert attack(zygote, "execute", "/bin/true") in REFUSED


def test_nothing_on_the_machine_can_be_called(zygote: Zygote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        answer = attack(zygote, "connect", listener.getsockname()[1])
        assert answer in UNREACHABLE
        with pytest.raises(TimeoutError):
            listener.accept()


def test_nothing_can_be_sent(zygote: Zygote) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.2)
        assert attack(zygote, "send_datagram", listener.getsockname()[1]) in UNREACHABLE
        with pytest.raises(TimeoutError):
            listener.recv(100)


def test_no_local_service_can_be_called_by_name(zygote: Zygote) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0wasl-test-{os.getpid()}")
        listener.listen()
        assert attack(zygote, "connect_locally", f"@wasl-test-{os.getpid()}") in UNREACHABLE


def test_no_local_service_can_be_called_by_path(walled: Zygote, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "service"))
        listener.listen()
        assert attack(walled, "connect_locally", str(tmp_path / "service")) in UNREACHABLE


@pytest.mark.parametrize("name", ["fork", "signal_everybody", "change_limits", "make_code"])
def test_only_computing_is_allowed(walled: Zygote, name: str) -> None:
    assert attack(walled, name) == "EPERM"


def test_a_job_sees_nothing_of_the_process_that_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WASL_SECRET", "1")
    with ExitStack() as files:
        for number in range(300):
            opened = files.enter_context((tmp_path / str(number)).open("w"))
            os.set_inheritable(opened.fileno(), True)
        with Zygote(MODULE) as fresh:
            seen = attack(fresh, "surroundings")

    assert isinstance(seen, dict)
    assert seen["descriptors"] == [0, 1, 2, 3]
    assert "WASL_SECRET" not in seen["environment"]
    assert "HOME" not in seen["environment"]
    assert "PATH" not in seen["environment"]
    assert seen["user"] != 0
    assert seen["number"] < 100  # of a process table of its own


def test_no_core_is_written_and_no_file_could_hold_it(walled: Zygote) -> None:
    seen = attack(walled, "surroundings")

    assert isinstance(seen, dict)
    assert seen["core_bytes"] == [0, 0]
    assert seen["file_bytes"] == [0, 0]


def test_nobody_may_read_the_memory_of_a_job() -> None:
    with Zygote(MODULE, WALLS - {SECCOMP}) as zygote:
        assert attack(zygote, "dumpable") == 0


def test_a_job_cannot_open_much_even_if_it_could_open() -> None:
    with Zygote(MODULE, WALLS - {SECCOMP}) as zygote:
        assert attack(zygote, "open_many") == "EMFILE"


def test_a_job_is_no_administrator_even_of_its_own_namespaces() -> None:
    with Zygote(MODULE, WALLS - {SECCOMP}) as zygote:
        assert attack(zygote, "use_capabilities") == "EPERM"


@pytest.mark.parametrize(
    ("walls", "hole"),
    [
        (frozenset(), "files and network"),
        (frozenset({LANDLOCK}), "network"),
        (frozenset({NAMESPACES}), "files"),
        (frozenset({EMPTY_ROOT}), "files and network"),
    ],
    ids=lambda value: json.dumps(sorted(value)) if isinstance(value, frozenset) else None,
)
def test_without_enough_walls_nothing_is_read(walls: frozenset[str], hole: str) -> None:
    """The trial counts, not what the walls are called; and the error says what to do."""
    with pytest.raises(NoSandboxError, match=f"cannot keep {hole} from.*apt install libseccomp2"):
        Zygote(MODULE, walls)


def test_a_module_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(NoSandboxError, match="no_such_module"):
        Zygote("no_such_module")
