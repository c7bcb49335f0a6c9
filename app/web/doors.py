"""By which door a request came, and what is kept from all doors but one.

An instance may have a Unix socket for the desk's onion (`listen.desk_socket`), which only
authorised reviewers reach. If it has one, the desk's API is nowhere else: to strangers it looks
like a path that does not exist.
"""

import socket
from typing import Any, Final

from flask import Flask, request
from werkzeug.exceptions import NotFound

DOOR: Final = "wasl.door"
DESK_API: Final = "/api/v1/desk/"


def door_of(environ: dict[str, Any]) -> str:
    """The path of the Unix socket that took the connection; empty for TCP."""
    connection = environ.get("gunicorn.socket")
    if connection is None or connection.family != socket.AF_UNIX:
        return ""
    return str(connection.getsockname())


def register(app: Flask, desk_socket: str) -> None:
    """Keep the desk's API behind *desk_socket*, if that is one."""
    if not desk_socket:
        return

    @app.before_request
    def keep_the_desk_apart() -> None:
        if request.path.startswith(DESK_API) and request.environ.get(DOOR) != desk_socket:
            raise NotFound
