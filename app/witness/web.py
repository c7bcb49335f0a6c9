"""The witness on the web: two addresses, no framework."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from app.witness.request import MAX_BYTES
from app.witness.witness import Answer, Witness

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_NEWEST: Final = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)


def create_app(witness: Witness) -> WSGIApplication:
    """`POST /add-checkpoint`, and `GET /<hex SHA-256 of an origin>/checkpoint`."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = _answer(witness, environ)
        body = answer.body.encode()
        headers = [
            ("Content-Type", answer.media_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        start_response(f"{answer.status.value} {answer.status.phrase}", headers)
        return [body]

    return app


def _answer(witness: Witness, environ: WSGIEnvironment) -> Answer:
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    newest = _NEWEST.fullmatch(path)
    if path == "/add-checkpoint":
        if method != "POST":
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "POST only\n")
        body = environ["wsgi.input"].read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long\n")
        return witness.add_checkpoint(body)
    if newest and method == "GET":
        return witness.newest(newest[1])
    return Answer(HTTPStatus.NOT_FOUND, "no such address\n")
