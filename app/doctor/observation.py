"""All that was seen of a site from outside; checks read this and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from app.doctor.markup import Page, read_page
from app.doctor.routes import Request

_PUBLIC: Final = ("/static/", "/log/")


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; instants are POSIX seconds. `body` is decoded, up to a limit."""

    request: Request
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sent_at: float
    received_at: float

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each.lower() == name]

    def header(self, name: str) -> str:
        """All values of *name* (in small letters), joined; empty if there is none."""
        return ", ".join(self.all(name))

    @property
    def is_public_file(self) -> bool:
        """The same bytes for everyone, which caches may keep."""
        return self.status == HTTPStatus.OK and self.request.path.startswith(_PUBLIC)

    @property
    def is_page(self) -> bool:
        return self.header("content-type").startswith("text/html")

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def page(self) -> Page:
        return read_page(self.text)


@dataclass(frozen=True)
class Keyring:
    """`trouble` says why it is none that anybody may seal to; empty if it is one."""

    trouble: str = ""
    is_expired: bool = False


@dataclass(frozen=True)
class PublicLog:
    """The newest of the log, verified. `trouble` says why nothing of it can be believed.

    `is_there` is false before the first checkpoint. Ages are seconds; `stale` is the age that
    the published rules allow. `manifest` is H of the list of files that browsers are handed, as
    the log has it.
    """

    is_there: bool = True
    trouble: str = ""
    age: int = 0
    stale: int = 0
    manifest: bytes | None = None


@dataclass(frozen=True)
class Twin:
    """The onion that pages name, visited through Tor."""

    url: str
    trouble: str = ""


@dataclass(frozen=True)
class Observation:
    """`url` is what was visited, without a slash at its end."""

    url: str
    today: date
    exchanges: Sequence[Exchange]
    keyring: Keyring = field(default_factory=Keyring)
    log: PublicLog = field(default_factory=PublicLog)
    twin: Twin | None = None

    @property
    def is_onion(self) -> bool:
        return (urlsplit(self.url).hostname or "").endswith(".onion")

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def pages(self) -> Iterator[Exchange]:
        return (each for each in self.exchanges if each.is_page)

    def get(self, path: str) -> Exchange | None:
        """The answer to a plain request for *path*."""
        found = (
            each
            for each in self.exchanges
            if each.request.method == "GET" and each.request.path == path
        )
        return next(found, None)
