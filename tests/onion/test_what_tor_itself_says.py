"""Keys and configurations, judged by the real tor program and without any network."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from tests.stack import wasl
from tor.instance import Instance
from tor.onion import OnionKey, write_key

START_SECONDS = 20


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, for Unix sockets; and plain, for tor."""
    with TemporaryDirectory(prefix="wasl-onion-") as name:
        yield Path(name)


def _sets_up(folder: Path, *options: str) -> Instance:
    done = wasl("tor", "setup", folder / "tor", "--target", f"unix:{folder}/site.sock", *options)
    assert done.returncode == 0, done.stderr
    return Instance(folder / "tor")


@contextmanager
def _tor_reads(service: Path) -> Iterator[None]:
    """A tor without a network starts on the service's folder."""
    torrc = service.parent / "torrc-offline"
    torrc.write_text(
        f"DataDirectory {service.parent}/offline\nDisableNetwork 1\nSocksPort 0\n"
        f"HiddenServiceDir {service}\nHiddenServicePort 80 unix:/nowhere.sock\n"
    )
    empty = service.parent / "empty"
    empty.touch()
    command = ["tor", "-f", str(torrc), "--defaults-torrc", str(empty), "--quiet"]
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _hostname_by_tor(service: Path) -> str:
    """What tor writes for the key that it finds."""
    (service / "hostname").unlink()
    with _tor_reads(service):
        deadline = time.monotonic() + START_SECONDS
        while not (service / "hostname").exists() or not (service / "hostname").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return (service / "hostname").read_text().strip()


def test_a_restored_key_gives_the_same_address(folder: Path) -> None:
    instance = _sets_up(folder)
    address = instance.addresses()["site"]
    identity, recipient, sealed = (folder / name for name in ("id", "id.pub", "onion.age"))
    recipient.write_text(wasl("tor", "backup-key", identity).stdout)

    kept = wasl("tor", "backup", instance.root / "site", "--to", recipient, "--out", sealed)
    back = wasl("tor", "restore", sealed, folder / "new", "--identity", identity)

    assert (kept.returncode, back.returncode) == (0, 0), kept.stderr + back.stderr
    assert (folder / "new" / "hs_ed25519_secret_key").read_bytes() not in sealed.read_bytes()
    assert _hostname_by_tor(folder / "new") == address


def test_a_backup_opens_for_its_key_alone(folder: Path) -> None:
    instance = _sets_up(folder)
    recipient, sealed = folder / "id.pub", folder / "onion.age"
    recipient.write_text(wasl("tor", "backup-key", folder / "id").stdout)
    wasl("tor", "backup-key", folder / "other")
    wasl("tor", "backup", instance.root / "site", "--to", recipient, "--out", sealed)

    done = wasl("tor", "restore", sealed, folder / "new", "--identity", folder / "other")

    assert done.returncode == 1
    assert "does not open it" in done.stderr
    assert not (folder / "new").exists()


def test_our_address_of_a_key_is_tors(folder: Path) -> None:
    key = OnionKey.generate()
    write_key(folder / "service", key)

    assert _hostname_by_tor(folder / "service") == key.address


def test_setting_up_again_keeps_every_key(folder: Path) -> None:
    first = _sets_up(folder).addresses()

    assert _sets_up(folder).addresses() == first
    assert _sets_up(folder, "--onionbalance", first["desk"]).addresses() == first


def test_the_torrc_has_every_defence(folder: Path) -> None:
    torrc = _sets_up(folder).torrc.read_text()

    for line in (
        "SocksPort 0",
        f"HiddenServicePort 80 unix:{folder}/site.sock",
        "HiddenServiceExportCircuitID haproxy",
        "HiddenServiceMaxStreams 32",
        "HiddenServiceMaxStreamsCloseCircuit 1",
        "HiddenServiceEnableIntroDoSDefense 1",
        "HiddenServicePoWDefensesEnabled 1",
    ):
        assert f"{line}\n" in torrc
    assert "NonAnonymous" not in torrc


def test_each_service_has_the_door_that_was_named(folder: Path) -> None:
    desk = f"unix:{folder}/desk.sock"
    torrc = _sets_up(folder, "--desk-target", desk).torrc.read_text()
    assert f"HiddenServicePort 80 unix:{folder}/site.sock\n" in torrc
    assert f"HiddenServicePort 80 {desk}\n" in torrc

    assert "desk" not in _sets_up(folder, "--no-desk").torrc.read_text()


WRONG = {
    "unknown option": ("HiddenServicePowwow 1", "remove that line, or install a newer tor"),
    "no port": ("HiddenServiceDir {folder}/other", "add a HiddenServicePort line"),
    "one folder twice": (
        "HiddenServiceDir {folder}/tor/site\nHiddenServicePort 80 unix:/x.sock",
        "a HiddenServiceDir of its own",
    ),
    "too many streams": ("HiddenServiceMaxStreams 99999999", "take a number in that range"),
    "shows the server": ("HiddenServiceNonAnonymousMode 1", "it would show where the server is"),
    "burst below rate": (
        "HiddenServiceEnableIntroDoSBurstPerSec 1",
        "make the burst at least as large",
    ),
    "another protocol": ("HiddenServiceExportCircuitID v2", "correct that line"),
}


@pytest.mark.parametrize(("lines", "fix"), WRONG.values(), ids=WRONG)
def test_a_wrong_torrc_is_refused_and_the_fix_is_named(folder: Path, lines: str, fix: str) -> None:
    torrc = _sets_up(folder).torrc
    assert wasl("tor", "check", torrc).returncode == 0
    with torrc.open("a") as file:
        file.write(lines.format(folder=folder) + "\n")

    done = wasl("tor", "check", torrc)

    assert done.returncode == 1
    assert fix in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_others_may_read_is_refused(folder: Path) -> None:
    torrc = _sets_up(folder).torrc
    (torrc.parent / "site").chmod(0o755)

    done = wasl("tor", "check", torrc)

    assert done.returncode == 1
    assert "chmod 700" in done.stderr


@pytest.mark.parametrize(
    "target",
    ["unix:site.sock", "unix:/a b.sock", f"unix:/{'x' * 120}", "0.0.0.0:80", "127.0.0.1", ""],
)
def test_a_target_that_tor_would_misread_or_the_world_could_reach_is_refused(
    folder: Path, target: str
) -> None:
    done = wasl("tor", "setup", folder / "tor", "--target", target)

    assert done.returncode == 1
    assert not (folder / "tor").exists()


HOLDER = """
import sys, time
from pathlib import Path
from tor.daemon import Daemon
folder = Path(sys.argv[1])
daemon = Daemon(
    "tor", folder / "torrc", folder / "empty", control=folder / "control", log=folder / "log"
)
daemon.wait(lambda control: bool(control.info("version")), time.monotonic() + 20)
print(daemon.pid, flush=True)
time.sleep(60)
"""


def test_a_tor_ends_at_once_with_the_program_that_started_it(folder: Path) -> None:
    (folder / "torrc").write_text(
        f"DataDirectory {folder}/data\nControlSocket {folder}/control\nCookieAuthentication 1\n"
        "DisableNetwork 1\nSocksPort 0\n"
    )
    (folder / "empty").touch()
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        tor = psutil.Process(int(holder.stdout.readline()))
        assert tor.is_running()
        holder.kill()
    # Without our connection that owns it, tor looks only every 15 seconds.
    deadline = time.monotonic() + 5
    while tor.is_running() and tor.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
