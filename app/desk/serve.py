"""The desk's pages on gunicorn: one process, loopback only, nothing logged but failures."""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path
from typing import Any, Final

import gunicorn.http.wsgi  # type: ignore[import-untyped]
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.http.wsgi import Response

from app.desk.errors import NoDeskError
from app.desk.factory import create_desk, door_of
from app.desk.keystore import FILE_NAME

HOST: Final = "127.0.0.1"
THREADS: Final = 8
IDLE_CHECK_SECONDS: Final = 15
_SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108 gunicorn's heartbeat file, which is empty


def run(folder: Path, port: int) -> None:
    """Serve the desk in *folder* until interrupted. Raises `NoDeskError`."""
    if not (folder / FILE_NAME).exists():
        raise NoDeskError
    # A core dump would hold every key and text that is open.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _Server(create_desk(folder, port), port).run()


class _NamelessResponse(Response):  # type: ignore[misc]
    """Does not say which server this is."""

    def default_headers(self) -> list[str]:
        headers: list[str] = super().default_headers()
        return [header for header in headers if not header.startswith("Server:")]


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, port: int) -> None:
        self._app = app
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        for key, value in options(self._port).items():
            self.cfg.set(key, value)
        gunicorn.http.wsgi.Response = _NamelessResponse
        self.cfg.set("post_worker_init", self._start_locking)

    def load(self) -> Flask:
        return self._app

    def _start_locking(self, _worker: object) -> None:
        """Lock the desk when nobody works, even if no request ever comes again."""
        door = door_of(self._app)
        pause = threading.Event()

        def watch() -> None:
            while not pause.wait(IDLE_CHECK_SECONDS):
                door.lock_if_idle()

        threading.Thread(target=watch, daemon=True).start()


def options(port: int) -> dict[str, Any]:
    """What gunicorn is told. One worker: the unlocked desk lives in its memory."""
    return {
        "bind": f"{HOST}:{port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "worker_tmp_dir": _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None,
        "timeout": 120,
        "graceful_timeout": 5,
        "limit_request_line": 2048,
        "limit_request_fields": 40,
        "limit_request_field_size": 4096,
        "forwarded_allow_ips": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "control_socket_disable": True,
        "proc_name": "wasl desk",
    }
