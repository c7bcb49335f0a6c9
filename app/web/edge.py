"""The edge of the application: who is asking ends here.

This WSGI middleware turns the address into the limiter's key and then blanks everything
in the environment that describes a person or a browser, so no later line of code, library
or error page can log it. Headers outside `_KEPT_HEADERS` do not exist further in.

It also makes a body that is shorter than announced an error, and so is whatever the
server's parser raises while a body is read.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Final

from werkzeug.wsgi import get_content_length

from app.web.circuits import CIRCUITS, Circuits
from app.web.doors import DOOR, door_of
from app.web.problems import MalformedBodyError

Environ = dict[str, Any]
WSGIApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CLIENT: Final = "wasl.client"
SHARED: Final = "shared"
"""The key of everybody who comes from loopback, a Unix socket, a proxy, or Tor by those."""

_KEPT_HEADERS: Final = frozenset(
    {
        "HTTP_ACCEPT",
        "HTTP_ACCEPT_ENCODING",
        "HTTP_AUTHORIZATION",
        "HTTP_CONNECTION",
        "HTTP_CONTENT_LENGTH",
        "HTTP_CONTENT_TYPE",
        "HTTP_EXPECT",
        "HTTP_HOST",
        "HTTP_ORIGIN",
        "HTTP_SEC_FETCH_DEST",
        "HTTP_SEC_FETCH_MODE",
        "HTTP_SEC_FETCH_SITE",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_WASL_WORK",
    }
)
_IDENTIFYING: Final = (
    "REMOTE_PORT",
    "REMOTE_HOST",
    "REMOTE_USER",
    "PROXY_PROTOCOL",
    "PROXY_ADDR",
    "PROXY_PORT",
    "gunicorn.socket",
)

_WAITED_FOR_BYTES: Final = 16_384


class Edge:
    """Wraps a WSGI application."""

    def __init__(
        self,
        app: WSGIApp,
        *,
        today: Callable[[], date],
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._app = app
        self._keys = _DailyKey(today, random)
        self._circuits = Circuits()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[DOOR] = door_of(environ)
        environ[CLIENT] = self._keys.client(self._circuits.address(environ))
        _forget_who_asks(environ)
        body = CheckedInput(environ["wsgi.input"], get_content_length(environ))
        environ["wsgi.input"] = body

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # A long body that nobody wanted is not waited for: the answer ends the connection.
            closing = [("Connection", "close")] if body.missing > _WAITED_FOR_BYTES else []
            return start_response(status, [*headers, *closing], *more)

        return self._app(environ, start)


def _forget_who_asks(environ: Environ) -> None:
    for name in [name for name in environ if name.startswith("HTTP_")]:
        if name not in _KEPT_HEADERS:
            del environ[name]
    for name in _IDENTIFYING:
        environ.pop(name, None)
    environ["REMOTE_ADDR"] = ""


class _DailyKey:
    """Hides addresses behind an HMAC whose key is only in memory and lives for a day.

    A hash without a key would hide nothing: all of IPv4 takes minutes to try.
    """

    def __init__(self, today: Callable[[], date], random: Callable[[int], bytes]) -> None:
        self._today = today
        self._random = random
        self._key = today(), random(32)

    def client(self, address: str) -> str:
        network = _network(address)
        if network is None:
            return SHARED
        day, key = self._key
        if day != self._today():
            key = self._random(32)
            self._key = self._today(), key
        return hmac.digest(key, network, "sha256").hex()


def _network(address: str) -> bytes | None:
    """What counts as one client: an IPv4 address, an IPv6 /64 or one circuit of Tor; None if
    many share it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    if parsed in CIRCUITS:
        return parsed.packed
    if parsed.is_loopback or parsed.is_unspecified:
        return None
    return parsed.packed if parsed.version == 4 else parsed.packed[:8]


class CheckedInput:
    """A request body that raises `MalformedBodyError` where it ends too early."""

    def __init__(self, stream: Any, expected: int | None) -> None:
        self._stream = stream
        self._missing = expected

    @property
    def missing(self) -> int:
        """How many bytes that were announced have not been read."""
        return self._missing or 0

    def read(self, size: int = -1) -> bytes:
        # Servers read until they have so much, so less of what is left is an end that came early.
        return self._counted(self._stream.read, size, size < 0 or size >= self.missing)

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self._stream.readline, size, False)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _counted(self, read: Callable[[int], bytes], size: int, to_the_end: bool) -> bytes:
        try:
            data = read(size)
        except Exception as exc:
            raise MalformedBodyError from exc
        if self._missing is not None:
            self._missing -= len(data)
            ended = to_the_end or (not data and size != 0)
            if ended and self._missing > 0:
                raise MalformedBodyError
        return data
