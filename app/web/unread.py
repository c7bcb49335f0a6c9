"""What the HTTP server refuses by itself never reaches the application.

The same headers and the same page answer it, and nothing of the request is repeated.
"""

import socket
from collections.abc import Callable
from http import HTTPStatus

from gunicorn import util  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest, default_exceptions

from app.settings import Settings
from app.web.errors import plain_page
from app.web.headers import ALWAYS, HSTS, NO_STORE
from app.web.problems import INTERNAL, problem_for

WriteError = Callable[[socket.socket, int, str, str], None]
"""As gunicorn calls it: the connection, a status, its name, and a message that quotes."""


def write_error(settings: Settings) -> WriteError:
    """What to put in the place of gunicorn's own."""

    def write(connection: socket.socket, status: int, _name: str, _message: str) -> None:
        is_tor = _is_tor(settings, connection)
        util.write_nonblock(connection, _answer(status, hsts=settings.is_https and not is_tor))

    return write


def _answer(status: int, *, hsts: bool) -> bytes:
    problem = problem_for(default_exceptions.get(status, BadRequest)()) or INTERNAL
    body = plain_page(problem).encode()
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **ALWAYS,
        "Cache-Control": NO_STORE,
        **({"Strict-Transport-Security": HSTS} if hsts else {}),
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def _is_tor(settings: Settings, connection: socket.socket) -> bool:
    is_unix = connection.family == socket.AF_UNIX
    return is_unix and connection.getsockname() in settings.listen.tor_sockets
