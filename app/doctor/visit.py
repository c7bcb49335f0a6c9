"""Visits a site as a stranger would and writes down everything that it answers.

No redirect is followed, no cookie is kept, no environment variable chooses a proxy. Through
SOCKS names are resolved by the proxy, never here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from http import HTTPStatus
from typing import Final

import httpx

from app.client.errors import SiteOddError, SiteUnreachableError
from app.client.site import TIMEOUT, USER_AGENT, Intake, isolated_proxy, parse_intake, safe_address
from app.doctor.observation import Exchange, Keyring, Observation, PublicLog, Twin
from app.doctor.public_log import read_log
from app.doctor.routes import CLIENT, ENCODINGS, INTAKE, Request, routes, strangers
from app.tls import certificates_for
from crypto.errors import CryptoError, StaleKeyringError
from crypto.keyring import Roots, open_keyring

_MAX_BODY_BYTES: Final = 16 << 20
_RETRY_SECONDS: Final = 3.0

Progress = Callable[[int], None]
"""Called with how many requests have been answered."""


def silent(_answered: int) -> None:
    """Progress that nobody watches."""


class Visitor:
    """Asks one site, and keeps each exchange."""

    def __init__(
        self, url: str, client: httpx.Client, clock: Callable[[], float], progress: Progress
    ) -> None:
        self.url = url
        self.exchanges: list[Exchange] = []
        self._client = client
        self._clock = clock
        self._progress = progress

    def get(self, path: str) -> Exchange:
        """The answer to a plain request."""
        return self.ask(Request("GET", path))

    def ask(self, request: Request) -> Exchange:
        """The answer, also if it came before. Raise `SiteUnreachableError` if none comes.

        A fair request is tried twice: a circuit of Tor may break.
        """
        known = (each for each in self.exchanges if each.request == request)
        return next(known, None) or self._keep(request)

    def _keep(self, request: Request) -> Exchange:
        try:
            exchange = self._patiently(request) if request.is_fair else self._ask(request)
        except httpx.HTTPError as exc:
            raise SiteUnreachableError(f"{request}: no answer") from exc
        self.exchanges.append(exchange)
        self._progress(len(self.exchanges))
        return exchange

    def _patiently(self, request: Request) -> Exchange:
        try:
            return self._ask(request)
        except httpx.HTTPError:
            time.sleep(_RETRY_SECONDS)
            return self._ask(request)

    def _ask(self, request: Request) -> Exchange:
        headers = {"Accept-Encoding": ENCODINGS, **request.headers}
        sent_at = self._clock()
        with self._client.stream(
            request.method, request.path, headers=headers, content=request.body or None
        ) as response:
            received_at = self._clock()
            self._client.cookies.clear()
            return Exchange(
                request,
                response.status_code,
                tuple(response.headers.multi_items()),
                _body(response),
                sent_at,
                received_at,
            )


def _body(response: httpx.Response) -> bytes:
    data = bytearray()
    for chunk in response.iter_bytes():
        data += chunk
        if len(data) > _MAX_BODY_BYTES:
            break
    return bytes(data)


@contextmanager
def visiting(
    url: str,
    socks: str | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
    progress: Progress = silent,
) -> Iterator[Visitor]:
    """Raise `UnsafeAddressError`. *transport* replaces the network in tests."""
    address = safe_address(url, through_socks=socks is not None or transport is not None)
    with httpx.Client(
        base_url=address,
        proxy=None if socks is None else isolated_proxy(socks),
        transport=transport,
        verify=certificates_for(address),
        headers={"User-Agent": USER_AGENT, "Accept": "*/*"},
        follow_redirects=False,
        trust_env=False,
        timeout=TIMEOUT,
    ) as client:
        yield Visitor(address, client, clock, progress)


def observe(visitor: Visitor, *, today: date, twin: Visitor | None = None) -> Observation:
    """Ask for everything. *twin* visits the onion that pages name.

    Raise `SiteUnreachableError`; `SiteOddError` for what is no site of this kind.
    """
    intake = _intake(visitor)
    now = int(visitor.get(INTAKE).received_at)
    for request in routes([topic.slug for topic in intake.topics]):
        visitor.ask(request)
    for request in strangers():
        # To close the connection is a refusal too.
        with suppress(SiteUnreachableError):
            visitor.ask(request)
    for path in _files(visitor):
        visitor.get(path)
    for each in visitor.exchanges:
        if each.request.is_fair and each.request.method == "GET":
            _require_patience(each)
    return Observation(
        url=visitor.url,
        today=today,
        exchanges=visitor.exchanges,
        keyring=_keyring(intake, today),
        log=_log(visitor, intake, now),
        twin=None if twin is None else _compared(twin, intake),
    )


def onion_of(visitor: Visitor) -> str:
    """The onion address that the first page names, or empty."""
    location = visitor.get("/").header("onion-location")
    return location.removesuffix("/")


def _intake(visitor: Visitor) -> Intake:
    answer = visitor.get(INTAKE)
    _require_patience(answer)
    if answer.status != HTTPStatus.OK:
        raise SiteOddError(f"{INTAKE} answers {answer.status}")
    return parse_intake(answer.body)


def _require_patience(answer: Exchange) -> None:
    """What a site says that is busy tells nothing about it."""
    if answer.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise SiteUnreachableError(f"{answer.request}: {answer.status}, try again in a minute")


def _files(visitor: Visitor) -> list[str]:
    """Every file that browsers are handed, as the site lists them."""
    lines = visitor.get(CLIENT).text.splitlines()
    paths = (line.partition("  ")[2] for line in lines)
    return [path for path in paths if path.startswith("/static/")]


def _keyring(intake: Intake, today: date) -> Keyring:
    try:
        roots = Roots.parse(intake.roots_text)
        open_keyring(intake.keyring_note, roots, origin=intake.origin, today=today)
    except StaleKeyringError as exc:
        return Keyring(str(exc), is_expired=True)
    except CryptoError as exc:
        return Keyring(str(exc) or "the roots did not sign it")
    return Keyring()


def _log(visitor: Visitor, intake: Intake, now: int) -> PublicLog:
    def read(path: str) -> bytes | None:
        answer = visitor.get(f"/log/{path}")
        return answer.body if answer.status == HTTPStatus.OK else None

    return read_log(read, intake, now=now)


def _compared(twin: Visitor, intake: Intake) -> Twin:
    try:
        other = _intake(twin)
    except (SiteUnreachableError, SiteOddError) as exc:
        return Twin(twin.url, str(exc))
    same = (other.origin, other.roots_text) == (intake.origin, intake.roots_text)
    return Twin(twin.url, "" if same else "another instance answers there")
