"""Lets a test's browser speak to a real server: a WSGI application that passes requests on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import httpx
from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_OF_THE_CONNECTION = {"connection", "content-length", "transfer-encoding"}


class Forwarder:
    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._http.close()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        headers = {"Content-Type": request.content_type} if request.content_type else {}
        answer = self._http.request(
            request.method, request.full_path, content=request.get_data(), headers=headers
        )
        kept = [pair for pair in answer.headers.items() if pair[0] not in _OF_THE_CONNECTION]
        return Response(answer.content, answer.status_code, kept)(environ, start)
