"""A server's disk and kernel, as a doctor reads them, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from app.doctor.checks import Finding
from app.doctor.folder import SERVE_LOCK, Instance
from app.doctor.inside import examine_inside
from app.doctor.machine import Machine
from app.settings import Settings
from crypto.tlog.times import midnight
from tests.world import WEDNESDAY

SERVER_PID = 4711
NOBODY = 65_534


class Server:
    """A copy of an instance's folder, served by process 4711 on a well-kept machine."""

    def __init__(self, instance: Path, folder: Path) -> None:
        self.data = folder / "site"
        shutil.copytree(instance, self.data)
        self.data.chmod(0o700)
        self.temporary = folder / "tmp"
        self.kernel = folder / "kernel"
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.site_url = "https://wasl.example"
        self.today = WEDNESDAY
        self.mounted("/dev/mapper/vault", "ext4", "rw,noatime")
        self.swaps("/dev/mapper/vault", "/dev/zram0")
        self.says("proc/sys/kernel/core_pattern", "|/bin/false\n")
        self.says("sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-0f-vault\n")
        self.says("sys/block/dm-0/dm/name", "vault\n")
        (self.data / SERVE_LOCK).touch()
        inode = (self.data / SERVE_LOCK).stat().st_ino
        lock = f"1: FLOCK  ADVISORY  WRITE {SERVER_PID} fe:00:{inode} 0 EOF\n"
        self.says("proc/locks", lock)
        self.core_limit("0")

    def says(self, path: str, text: str) -> None:
        """The kernel shows *text* at *path*."""
        file = self.kernel / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def mounted(self, device: str, kind: str, options: str, temporary: str = "tmpfs") -> None:
        """Where the data is, and the kind of what temporary files are on."""
        self.says(
            "proc/self/mounts",
            f"/dev/vda / ext4 rw,relatime 0 0\n"
            f"{device} {self.data} {kind} {options} 0 0\n"
            f"none {self.temporary} {temporary} rw 0 0\n",
        )

    def swaps(self, *names: str) -> None:
        lines = "".join(f"{name} partition 8000 0 -2\n" for name in names)
        self.says("proc/swaps", f"Filename Type Size Used Priority\n{lines}")

    def core_limit(self, limit: str) -> None:
        self.says(
            f"proc/{SERVER_PID}/limits",
            f"Limit Soft Limit Hard Limit Units\nMax core file size   {limit}   {limit}   bytes\n",
        )

    @property
    def database(self) -> Path:
        return self.data / "wasl.sqlite3"

    @property
    def blob(self) -> Path:
        """Some ciphertext."""
        return next(path for path in (self.data / "blobs").rglob("*") if path.is_file())

    @contextmanager
    def rows(self) -> Iterator[sqlite3.Connection]:
        """Another program at the database, with SQLite's own settings."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            yield connection

    def give_away(self, path: Path) -> None:
        """Let *path* belong to somebody else, as far as the one who runs this may."""
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        else:
            path.unlink()
            path.symlink_to("/etc/hostname")

    def findings(self) -> list[Finding]:
        settings = replace(Settings.load(self.data), site_url=self.site_url)
        instance = Instance(
            settings=settings,
            machine=Machine.read(
                self.data / SERVE_LOCK, proc=self.kernel / "proc", sys=self.kernel / "sys"
            ),
            today=self.today,
            now=midnight(self.today),
            temporary=self.temporary,
            logs=(self.logs,),
        )
        return list(examine_inside(instance))

    def found(self) -> list[str]:
        return [each.id for each in self.findings()]
