"""A small machine in which the real units run: this one's programs, systemd, memory for a disk.

It needs root, overlayfs and systemd as a program, which machines of CI have; nothing it does
reaches the machine around it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[2]
UNITS = PROJECT / "deploy" / "systemd"
SYSTEMD = Path("/lib/systemd/systemd")
SCRIPT = Path(__file__).with_name("machine.sh")
START_SECONDS = 30
ALONE = ("unshare", "--mount", "--propagation", "private")

_PYTHON = f"/opt/wasl/python/bin/{Path(sys.executable).resolve().name}"
_LIBRARY = f"{sysconfig.get_config_var('LIBDIR')}/{sysconfig.get_config_var('INSTSONAME')}"
_LIBRARIES = f"usr/lib/{sysconfig.get_config_var('MULTIARCH')}"

# The same Python as outside, under the paths that the units name.
_PREPARE = f"""\
#!/bin/bash
set -euo pipefail
cd "$1"
mkdir -p opt/wasl/src opt/wasl/python opt/wasl/packages opt/wasl/venv/bin
mount --bind -o ro {PROJECT} opt/wasl/src
mount --bind -o ro {sys.base_prefix} opt/wasl/python
mount --bind -o ro {sysconfig.get_path("purelib")} opt/wasl/packages
[[ {_LIBRARY} != *.so* ]] || cp {_LIBRARY} {_LIBRARIES}/
cat >opt/wasl/venv/bin/python <<'END'
#!/bin/sh
PYTHONPATH=/opt/wasl/src:/opt/wasl/packages exec {_PYTHON} "$@"
END
cat >opt/wasl/venv/bin/wasl <<'END'
#!{_PYTHON}
import sys
sys.path[1:1] = ["/opt/wasl/src", "/opt/wasl/packages"]
from app.cli import main
main()
END
chmod 755 opt/wasl/venv/bin/*
cd etc/systemd/system
printf '[Unit]\\nRequires=sysinit.target\\nAfter=sysinit.target\\n' >wasl-trial.target
ln -sf /dev/null systemd-udevd.service
cd ../../..
"""

INSTALLED = """\
cp opt/wasl/src/deploy/systemd/*.{service,socket} etc/systemd/system/
mkdir -p etc/sysusers.d etc/tmpfiles.d
cp opt/wasl/src/deploy/systemd/wasl.sysusers etc/sysusers.d/wasl.conf
cp opt/wasl/src/deploy/systemd/wasl.tmpfiles etc/tmpfiles.d/wasl.conf
chroot . systemd-sysusers
"""
"""What `deploy/install` does with the units."""


def is_possible() -> bool:
    """Whether this process may build the machine."""
    tools = all(map(shutil.which, ("unshare", "nsenter")))
    return os.geteuid() == 0 and SYSTEMD.exists() and tools and _has_overlays()


def _has_overlays() -> bool:
    command = (
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r && mount -t overlay -o"
        " lowerdir=/usr,upperdir=/mnt/u,workdir=/mnt/w overlay /mnt/r"
    )
    tried = [*ALONE, "sh", "-c", command]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


class Machine:
    """`first` is systemd's process as seen from outside."""

    def __init__(self, first: int) -> None:
        self.first = first

    def runs(self, *command: str, check: bool = True) -> str:
        """Run *command* inside as root and return all that it printed."""
        enter = ["nsenter", "-t", str(self.first), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"]
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [*enter, *command], capture_output=True, text=True, env=env, check=False
        )
        said = done.stdout + done.stderr
        assert not check or done.returncode == 0, (command, said)
        return said

    def starts(self, unit: str) -> None:
        said = self.runs("systemctl", "start", unit, check=False)
        assert self.state(unit) == "active", said + self.journal(unit)

    def state(self, unit: str) -> str:
        return self.runs("systemctl", "is-active", unit, check=False).strip()

    def waits_for(self, path: str, unit: str) -> None:
        """Return when the file is there; say what *unit* said if it does not come."""
        end = time.monotonic() + START_SECONDS
        while not (self.root / path.lstrip("/")).exists():
            assert time.monotonic() < end, self.journal(unit)
            time.sleep(0.05)

    def journal(self, unit: str) -> str:
        return self.runs("journalctl", "--no-pager", "-o", "cat", "-u", unit, check=False)

    def shows(self, unit: str, name: str) -> str:
        return self.runs("systemctl", "show", "--value", "-p", name, unit).strip()

    @property
    def root(self) -> Path:
        return Path(f"/proc/{self.first}/root")


@contextmanager
def machine(folder: Path, then: str = "") -> Iterator[Machine]:
    """Build one in the empty *folder* and take it down again.

    *then* are more lines of the shell that lay out its root, before anything runs in it.
    """
    prepare = folder / "prepare"
    prepare.write_text(_PREPARE + then, "utf-8")
    prepare.chmod(0o755)
    box = folder / "box"
    box.mkdir()
    log = (folder / "machine.log").open("wb")
    # In a mount namespace of its own, so that its folders vanish with it.
    command = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        str(SCRIPT),
        str(box),
        str(prepare),
    ]
    with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            built = Machine(_first_process(process.pid, folder / "machine.log"))
            _wait(built)
            yield built
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            _remove_cgroups(process.pid)


def _first_process(pid: int, log: Path) -> int:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        for child in psutil.Process(pid).children():
            if child.name() == "systemd":
                return child.pid
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def _wait(built: Machine) -> None:
    end = time.monotonic() + START_SECONDS
    while built.state("wasl-trial.target") != "active":
        assert time.monotonic() < end, built.runs("systemctl", "list-jobs", check=False)
        time.sleep(0.1)


def _remove_cgroups(pid: int) -> None:
    """The groups are the kernel's: they outlive the machine, empty."""
    remove = f"mount -t cgroup2 none /mnt && find /mnt/wasl-trial-{pid} -depth -type d -delete"
    for _ in range(20):
        tried = [*ALONE, "sh", "-c", remove]
        if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
