"""A PostgreSQL server of the tests' own: no port, no password, gone with them."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine, text

from app.store.engine import open_engine
from app.store.migrate import upgrade

START_SECONDS = 60
_EMPTY = "migrated"


def program(name: str) -> str | None:
    """Debian keeps PostgreSQL's programs out of the path, a folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@dataclass
class Cluster:
    """A running server whose socket is in *folder*."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://wasl@/{database}?host={self.folder}"

    def says(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def new_database(self) -> str:
        """The address of a database with our tables and no rows."""
        name = f"site{next(self._numbers)}"
        self.says(f"CREATE DATABASE {name} TEMPLATE {_EMPTY}")
        return self.url(name)

    def migrate(self) -> None:
        self.says(f"CREATE DATABASE {_EMPTY}")
        engine = open_engine(self.url(_EMPTY))
        upgrade(engine)
        engine.dispose()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server; stop it and delete what it had."""
    initdb, postgres = program("initdb"), program("postgres")
    assert initdb and postgres, "PostgreSQL is missing; `make test` says how to install it"
    # Not pytest's folder: PostgreSQL refuses root, and another user may not look into that one.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder, user = Path(name), "postgres" if os.geteuid() == 0 else None
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [initdb, "--pgdata", data, "--username", "wasl", "--auth", "trust", "--no-sync"],
            user=user,
            check=True,
            capture_output=True,
        )
        options = ("unix_socket_directories=" + name, "listen_addresses=", "fsync=off")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [postgres, "-D", data, *(f"--{option}" for option in options)],
                user=user,
                stdout=log,
                stderr=log,
            )
        try:
            _wait(folder)
            running = Cluster(folder)
            running.migrate()
            yield running
        finally:
            # A fast shutdown, which ends the connections that are left.
            server.send_signal(signal.SIGINT)
            server.wait(30)


def _wait(folder: Path) -> None:
    ready, end = program("pg_isready"), time.monotonic() + START_SECONDS
    assert ready
    while subprocess.run([ready, "--quiet", "--host", folder], check=False).returncode:
        assert time.monotonic() < end, (folder / "log").read_text()
        time.sleep(0.1)
