"""Where a log is read from: a web address, perhaps through Tor, or a folder.

Everything that comes from here is untrusted, and nothing is believed before a signed root
vouches for it. So plain http is allowed, other than for citizens: it could show somebody that
a log is audited, never falsify it. No redirect is followed, no cookie kept, no environment
variable chooses a proxy, and the log cannot tell an auditor from a visitor by the request.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

import httpx

from app.auditor.errors import MissingFileError, SetupError, UnreachableError
from app.tls import certificates_for

USER_AGENT: Final = "Mozilla/5.0"
TIMEOUT: Final = httpx.Timeout(60.0, connect=90.0)
PAUSES: Final = (0.5, 2.0)
"""Seconds between attempts to read a file."""

_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Pause = Callable[[float], None]


class Source(Protocol):
    """Files under one prefix. Use it as a context manager."""

    name: str
    """The prefix, as it was given."""

    def read(self, path: str, limit: int) -> bytes:
        """At most *limit* bytes. Raise `MissingFileError`, `UnreachableError`."""

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class _Closing:
    def close(self) -> None:
        """Nothing to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class FolderSource(_Closing):
    """A copy of a log on this machine."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder

    def read(self, path: str, limit: int) -> bytes:
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(limit + 1)
        except FileNotFoundError:
            raise MissingFileError(self.name, path) from None
        except OSError as exc:
            raise UnreachableError(f"{self.name}/{path}: {exc.strerror}") from exc
        _require_at_most(limit, data, path)
        return data


class HttpSource(_Closing):
    """A log behind `http://` or `https://`; *socks* is `host:port` of Tor's SOCKS port.

    *transport* replaces the network in tests.
    """

    def __init__(
        self,
        prefix: str,
        socks: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Pause = time.sleep,
    ) -> None:
        self.name = _checked(prefix, through_socks=socks is not None)
        self._pause = pause
        self._client = httpx.Client(
            base_url=self.name + "/",
            proxy=None if socks is None else _isolated_proxy(socks),
            transport=transport,
            verify=certificates_for(self.name),
            headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT,
        )

    def close(self) -> None:
        self._client.close()

    def read(self, path: str, limit: int) -> bytes:
        for seconds in PAUSES:
            try:
                return self._read(path, limit)
            except UnreachableError:
                self._pause(seconds)
            except MissingFileError:
                # A cache may remember for a moment that a tile was not there yet.
                if not path.startswith("tile/"):
                    raise
                self._pause(seconds)
        return self._read(path, limit)

    def _read(self, path: str, limit: int) -> bytes:
        try:
            with self._client.stream("GET", path) as response:
                self._client.cookies.clear()
                if response.status_code in _GONE:
                    raise MissingFileError(self.name, path)
                if response.status_code != HTTPStatus.OK:
                    raise UnreachableError(f"{self.name}/{path}: {response.status_code}")
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    _require_at_most(limit, data, path)
                return bytes(data)
        except httpx.HTTPError as exc:
            raise UnreachableError(f"{self.name} cannot be reached") from exc


def open_source(
    prefix: str, socks: str | None = None, *, transport: httpx.BaseTransport | None = None
) -> Source:
    """Raise `SetupError` for what is neither an address nor a folder."""
    if "://" in prefix:
        return HttpSource(prefix, socks, transport=transport)
    folder = Path(prefix)
    if not folder.is_dir():
        raise SetupError(f"{prefix} is neither a web address nor a folder")
    return FolderSource(folder)


def _checked(prefix: str, *, through_socks: bool) -> str:
    parts = urlsplit(prefix)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise SetupError("the address must look like https://example.org/log")
    if parts.username is not None or parts.password is not None:
        raise SetupError("the address must not carry a name or password")
    if host.endswith(".onion") and not through_socks:
        # Without the proxy the name would be asked of the provider's name server.
        raise SetupError("an onion address needs --socks, for instance 127.0.0.1:9050")
    return prefix.rstrip("/")


def _isolated_proxy(socks: str) -> str:
    """Tor gives every pair of credentials circuits of its own."""
    host, _, port = socks.rpartition(":")
    if not host or not port.isdecimal():
        raise SetupError("--socks must look like 127.0.0.1:9050")
    return f"socks5h://{secrets.token_hex(8)}:{secrets.token_hex(8)}@{host}:{port}"


def _require_at_most(limit: int, data: bytes | bytearray, path: str) -> None:
    if len(data) > limit:
        raise UnreachableError(f"{path}: longer than such a file may be")
