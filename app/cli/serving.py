"""The citizen site and API on gunicorn.

Hundreds of threads in one process, because a slow client holds one thread and nothing
else; the strictest HTTP parser there is; no access log, and an error log without
addresses. The settings are set here in code: no gunicorn configuration file is read.
"""

import ctypes
import fcntl
import gc
import logging
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import click
import gunicorn.http.wsgi  # type: ignore[import-untyped]
import gunicorn.util  # type: ignore[import-untyped]
from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.http.wsgi import Response

from app.cli.site import load_settings, open_blobs, open_database, require_confirmed
from app.factory import create_site
from app.services import housekeeping
from app.settings import Listen, Settings, SettingsError
from app.store.engine import Database
from app.store.storage_keys import StorageKeysError
from app.web import participation, unread
from app.web.errors import log_bug, whereabouts
from app.web.patience import SHORT_BYTES, PatientWorker
from app.web.state import EXTENSION, SiteState

_PR_SET_DUMPABLE: Final = 4
_M_MMAP_THRESHOLD: Final = -3
_MAX_CONNECTIONS: Final = 4096
_MAX_FILES: Final = 2 * _MAX_CONNECTIONS
_HOUSEKEEPING_SECONDS: Final = 600
_LOCK_TRIES: Final = 100
_LOCK_PAUSE_SECONDS: Final = 0.1
_SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108 gunicorn's heartbeat file, which is empty


def serve(data: Path) -> None:
    """Serve the site in the folder *data* until SIGTERM."""
    settings = load_settings(data)
    require_confirmed(settings)
    _forbid_core_dumps()
    _allow_many_connections()
    _give_memory_back()
    with _only_server(settings.data):
        try:
            open_blobs(settings).prepare()
            site = create_site(settings)
        except (SettingsError, StorageKeysError) as exc:
            raise click.ClickException(str(exc)) from None
        _tidy(settings, site)
        # What is loaded now stays: the collector need not look at it, nor copy its pages.
        gc.collect()
        gc.freeze()
        click.echo(f"Serving {settings.origin} at {', '.join(_addresses(settings.listen))}")
        _Server(settings, site).run()


@contextmanager
def _only_server(data: Path) -> Iterator[None]:
    """Keep a second server off the folder: sweeping would delete what it is receiving.

    The worker of a server that was killed needs a moment to notice, so wait for it.
    """
    with (data / "serve.lock").open("w") as lock:
        for _ in range(_LOCK_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_LOCK_PAUSE_SECONDS)
        else:
            raise click.ClickException(f"another `wasl serve` is using {data}")
        yield


def _forbid_core_dumps() -> None:
    """A core dump would hold what the server had in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _allow_many_connections() -> None:
    """Systems let a program have 1024 files unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(_MAX_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _give_memory_back() -> None:
    """What is larger than a short body goes back to the system when it is freed.

    Otherwise glibc would keep more and more of what large bodies need. To take memory anew for
    each short one, a sealed message, would cost a tenth of all that is done for it.
    """
    with suppress(OSError, AttributeError):  # Only glibc has it.
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, SHORT_BYTES)


def _give_gaps_back() -> None:
    """Bodies that ended at different times leave gaps between what is still needed."""
    with suppress(OSError, AttributeError):  # Only glibc has it.
        ctypes.CDLL(None).malloc_trim(0)


def _tidy(settings: Settings, site: Flask) -> None:
    """Migrate and sweep before the fork, and leave no connection open for the child."""
    state: SiteState = site.extensions[EXTENSION]
    database = open_database(settings)
    _retire(state, database)
    with database.reading() as connection:
        housekeeping.delete_orphans(connection, state.blobs, keep={state.dummy_reply})
    database.engine.dispose()


def _retire(state: SiteState, database: Database) -> None:
    housekeeping.retire(
        database,
        state.blobs,
        today=state.today(),
        retention_weeks=state.settings.cases.retention_weeks,
        dummy=state.dummy_reply,
    )


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, settings: Settings, site: Flask) -> None:
        self._settings = settings
        self._site = site
        super().__init__()

    def load_config(self) -> None:
        for key, value in gunicorn_options(self._settings).items():
            self.cfg.set(key, value)
        self.cfg.set("post_worker_init", self._start_housekeeping)
        self.cfg.set("worker_exit", self._keep_counts)
        gunicorn.http.wsgi.Response = _NamelessResponse
        gunicorn.util.write_error = unread.write_error(self._settings)

    def load(self) -> Flask:
        return self._site

    def _start_housekeeping(self, _worker: object) -> None:
        state: SiteState = self._site.extensions[EXTENSION]
        threading.Thread(target=_keep_house, args=(state,), daemon=True).start()

    def _keep_counts(self, _server: object, _worker: object) -> None:
        """Whoever ends in order leaves what was counted since it began."""
        state: SiteState = self._site.extensions[EXTENSION]
        try:
            participation.keep(state, all_of_it=True)
        except Exception as error:  # nothing that was promised depends on it
            log_bug(error)


def _keep_house(state: SiteState) -> None:
    pause, retired_on = threading.Event(), state.today()
    while not pause.wait(_HOUSEKEEPING_SECONDS):
        try:
            state.uploads.sweep(state.today())
            participation.keep(state)
            if state.today() != retired_on:
                _retire(state, state.database)
                retired_on = state.today()
            state.database.truncate_log()
            _give_gaps_back()
        except Exception as error:  # the next round may go better, and must come
            log_bug(error)


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """What gunicorn is told; `threads` and where to listen come from the settings."""
    return {
        "bind": _addresses(settings.listen),
        "umask": 0o007,
        "workers": 1,
        "worker_class": PatientWorker,
        "threads": settings.threads,
        "worker_connections": _MAX_CONNECTIONS,
        "preload_app": True,
        "worker_tmp_dir": _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None,
        "timeout": 120,
        "graceful_timeout": 20,
        "keepalive": 15,
        "limit_request_line": 2048,
        "limit_request_fields": 40,
        "limit_request_field_size": 4096,
        "forwarded_allow_ips": "",
        # A line of the PROXY protocol counts on a Unix socket only; over TCP it is refused.
        "proxy_protocol": "v1" if settings.listen.tor_sockets else "off",
        "proxy_allow_ips": "",
        "accesslog": None,
        "errorlog": "-",
        "loglevel": "warning",
        "logger_class": _DiscreetLogger,
        "control_socket_disable": True,
        "proc_name": "wasl",
    }


def _addresses(listen: Listen) -> list[str]:
    first = f"unix:{listen.socket}" if listen.socket else _address(listen.host, listen.port)
    return [first, *(f"unix:{path}" for path in listen.tor_sockets)]


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class _NamelessResponse(Response):  # type: ignore[misc]
    """Does not say which server this is, and closes the connection if the application says so."""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        super().process_headers(headers)
        if ("Connection", "close") in headers:
            self.force_close()

    def default_headers(self) -> list[str]:
        headers: list[str] = super().default_headers()
        return [header for header in headers if not header.startswith("Server:")]


class _DiscreetLogger(Logger):  # type: ignore[misc]
    """Says neither who asked, nor for what, nor what an exception quotes."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.addFilter(_is_discreet)


def _is_discreet(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[1]:
        record.msg, record.args = "%s", (whereabouts(record.exc_info[1]),)
        record.exc_info = record.exc_text = None
    return "ip=" not in record.getMessage()
