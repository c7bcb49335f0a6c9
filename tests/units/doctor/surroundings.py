"""A site that a doctor visits without a network, and somebody who meddles with its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import httpx

from app.doctor.observation import Observation
from app.doctor.outside import examine_outside
from app.doctor.visit import Visitor, observe, visiting
from crypto.tlog.times import day_of
from tests.world import World

URL: Final = "https://wasl.example"
Environ = dict[str, Any]
WSGIApp = Callable[..., Iterable[bytes]]


@dataclass
class Answer:
    """What somebody between the site and its visitors may change."""

    method: str
    path: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_page(self) -> bool:
        return self.header("Content-Type").startswith("text/html")

    def header(self, name: str) -> str:
        return ", ".join(value for each, value in self.headers if each.lower() == name.lower())

    def drop(self, name: str) -> None:
        self.headers = [each for each in self.headers if each[0].lower() != name.lower()]

    def put(self, name: str, value: str) -> None:
        self.drop(name)
        self.headers.append((name, value))

    def give(self, body: bytes, status: int = 200) -> None:
        """Another body; its length is told rightly."""
        self.body, self.status = body, status
        self.put("Content-Length", str(len(body)))


Meddle = Callable[[Answer], None]


def leave_alone(_answer: Answer) -> None:
    """What an honest wire does."""


class Remembered:
    """A WSGI application whose answers are asked for once: many doctors visit one site."""

    def __init__(self, app: WSGIApp) -> None:
        self._app = app
        self._known: dict[tuple[object, ...], tuple[str, list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        said = [item for item in environ.items() if not item[0].startswith("wsgi.")]
        key = (*sorted(said), body)
        if key not in self._known:
            began: list[Any] = []
            content = b"".join(self._app(dict(environ), lambda *given: began.extend(given)))
            self._known[key] = began[0], began[1], content
        status, headers, content = self._known[key]
        start_response(status, headers)
        return [content]


class Meddler:
    """A WSGI application between the visitors and the real one."""

    def __init__(self, app: WSGIApp, meddle: Meddle) -> None:
        self._app, self._meddle = app, meddle

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began: list[Any] = []
        body = b"".join(self._app(environ, lambda *given: began.extend(given)))
        status, headers = began[0], began[1]
        answer = Answer(
            environ["REQUEST_METHOD"], environ["PATH_INFO"], int(status[:3]), list(headers), body
        )
        self._meddle(answer)
        start_response(f"{answer.status} -", answer.headers)
        return [answer.body]


@dataclass
class Wire(httpx.BaseTransport):
    """Carries requests to a WSGI application, paths as they are on a real wire."""

    app: WSGIApp

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target, _, query = request.url.raw_path.decode("ascii").partition("?")
        body = request.read()
        environ: Environ = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(target).decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": request.url.host,
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": request.url.scheme,
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **dict(_cgi(request.headers)),
        }
        began: list[Any] = []
        content = b"".join(self.app(environ, lambda *given: began.extend(given)))
        return httpx.Response(int(began[0][:3]), headers=began[1], content=content)


def _cgi(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers.multi_items():
        spelled = name.upper().replace("-", "_")
        plain = spelled in {"CONTENT_TYPE", "CONTENT_LENGTH"}
        yield spelled if plain else f"HTTP_{spelled}", value


@dataclass
class Wired:
    """A world's site on a wire; `app` answers in place of the world's own site if given."""

    world: World
    url: str = URL
    app: WSGIApp | None = None

    def __post_init__(self) -> None:
        self._answers = Remembered(self.app or self.world.site.wsgi_app)

    def seen(
        self, meddle: Meddle = leave_alone, *, late: float = 0, twin: Wired | None = None
    ) -> Observation:
        """What a doctor sees who comes *late* seconds after the world's present."""
        with self._visitor(meddle, late) as visitor:
            day = day_of(self.world.slot_time + int(late))
            if twin is None:
                return observe(visitor, today=day)
            with twin._visitor(leave_alone, late) as other:
                return observe(visitor, today=day, twin=other)

    def found(
        self, meddle: Meddle = leave_alone, *, late: float = 0, twin: Wired | None = None
    ) -> list[str]:
        """The ids of what a doctor finds."""
        return [each.id for each in examine_outside(self.seen(meddle, late=late, twin=twin))]

    def _visitor(self, meddle: Meddle, late: float) -> AbstractContextManager[Visitor]:
        wire = Wire(Meddler(self._answers, meddle))
        return visiting(self.url, transport=wire, clock=lambda: self.world.slot_time + late)
