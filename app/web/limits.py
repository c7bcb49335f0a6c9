"""How often one client may ask. Keys are forgotten daily and never leave this process.

A view says what kind of request it is (`app.web.kinds`). Windows slide, because fixed ones
lock everyone out when the clock steps back. Nothing about limits is in a response but the
refusal.

A budget that many share for an hour would let one of them silence the others for as long. So
those who cannot be told apart have none for what they send: in a burst programs do some work
(`app.domain.bursts`), and whoever comes without JavaScript waits for a turn.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from flask import Flask, request
from flask_limiter import Limiter
from limits import parse

from app.settings import Limits
from app.web.edge import CLIENT, SHARED
from app.web.kinds import Kind, is_tolled, kind_of
from app.web.problems import LimitedError
from app.web.state import site

_PER: Final[dict[Kind, str]] = {
    "submissions": "hour",
    "messages": "hour",
    "uploads": "hour",
    "parts": "minute",
    "mailbox": "minute",
    "desk": "minute",
    "pages": "minute",
}


def register(app: Flask, limits: Limits) -> None:
    """Limit every view of *app*; call it when all of them are there."""
    limiter = Limiter(
        _client,
        app=app,
        storage_uri="memory://",
        strategy="sliding-window-counter",
        headers_enabled=False,
    )
    # Before each request the extension would look for limits that it was told of: none.
    limiter.request_filter(lambda: True)
    # One view may answer under several endpoints, a page in two languages for instance.
    views = {id(view): view for view in app.view_functions.values()}
    by_id = {key: _limited_view(limiter, limits, view) for key, view in views.items()}
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = by_id[id(view)]


def _limited_view(limiter: Limiter, limits: Limits, view: Callable[..., Any]) -> Callable[..., Any]:
    kind = kind_of(view)
    if kind == "assets":
        return view
    if is_tolled(view):
        view = _tolled_view(kind, view)
    amount = getattr(limits, f"{kind}_per_{_PER[kind]}")
    alone = parse(f"{amount} per {_PER[kind]}")
    together = parse(f"{amount * limits.people_per_shared_address} per {_PER[kind]}")
    is_shared_free = _PER[kind] == "hour"

    @wraps(view)
    def counted(**values: Any) -> Any:
        client = _client()
        is_shared = client == SHARED
        # Not by the extension's decorator, which looks for a view's limits at each request.
        if not (is_shared and is_shared_free) and not limiter.limiter.hit(
            together if is_shared else alone, client, kind
        ):
            raise LimitedError
        return view(**values)

    return counted


def _client() -> str:
    return str(request.environ.get(CLIENT, SHARED))


def _tolled_view(kind: Kind, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def asking(**values: Any) -> Any:
        site().tolls[kind].take(request.headers.get("Wasl-Work", ""))
        return view(**values)

    return asking
