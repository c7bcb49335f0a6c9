"""What stands between the desk and every other page open in the reviewer's browser.

* Only this machine's own names reach it: a foreign name that was made to resolve to 127.0.0.1
  (DNS rebinding) is refused by the Host header.
* Other sites, other ports of this machine included, may link here but embed, fetch or post
  nothing: Sec-Fetch-Site and Origin are checked, and every form carries a token of its session.
* Nothing is kept by the browser, nothing loads from elsewhere, nothing runs.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import IO, Final

from flask import Flask, Request, Response, abort, request

from app.desk.door import Door
from app.desk.topic_form import FIELDS
from app.web.headers import ALWAYS, NO_STORE

COOKIE: Final = "desk"
FORM_KEY: Final = "form_key"
MAX_FORM_BYTES: Final = 256 << 10
MAX_FORM_PARTS: Final = 20
MAX_COPIES_BYTES: Final = 32 << 20
"""For the one form that takes files: copies of sources, which are public."""
_TAKES_COPIES: Final = "write_topic"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# With `no-referrer` browsers send "Origin: null" with our own forms, and nothing could be told.
HEADERS: Final = {
    **ALWAYS,
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",
}


class RequestInMemory(Request):
    """A request whose files touch no disk."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return io.BytesIO()


def register(app: Flask, door: Door, port: int) -> None:
    """Check every request to *app* and add the headers to every answer."""
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_FORM_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_PARTS
    app.request_class = RequestInMemory
    app.before_request(_check(door, hosts))
    app.after_request(_add_headers)
    # Flask would log exceptions with what they hold.
    app.logger.disabled = True
    logging.getLogger("werkzeug").disabled = True


def _check(door: Door, hosts: frozenset[str]) -> Callable[[], None]:
    def check() -> None:
        if request.headers.get("Host", "") not in hosts:
            abort(HTTPStatus.MISDIRECTED_REQUEST)
        if request.method == "POST":
            if (request.endpoint or "").rpartition(".")[2] == _TAKES_COPIES:
                request.max_content_length = MAX_COPIES_BYTES
                request.max_form_parts = 2 * len(FIELDS)
            _refuse_foreign_form(door)
        elif not _may_come_from(request.headers.get("Sec-Fetch-Site", "none")):
            abort(HTTPStatus.FORBIDDEN)

    return check


def _may_come_from(site: str) -> bool:
    """Whether a GET from *site* is ours, or a person following a link or typing the address."""
    if site in {"same-origin", "none"}:
        return True
    return (
        request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )


def _refuse_foreign_form(door: Door) -> None:
    here = f"http://{request.headers['Host']}"
    from_here = request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
    session = request.cookies.get(COOKIE)
    token = request.form.get(FORM_KEY, "")
    if not from_here or request.headers.get("Origin", here) != here:
        abort(HTTPStatus.FORBIDDEN)
    if not door.is_form_token(session, token):
        abort(HTTPStatus.FORBIDDEN)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", NO_STORE)
    response.headers.pop("Server", None)
    return response
