"""Whether a request came to the onion service, and where a page's onion twin is.

One process may serve both. The name that was asked for tells them apart; whoever lies about it
changes only what they themselves are told.
"""

from urllib.parse import quote

from flask import Response, request

from app.settings import Settings


def is_over_onion(settings: Settings) -> bool:
    """Whether the present request came through Tor to an onion address of this site."""
    name = request.host.partition(":")[0].lower()
    return settings.onion or (bool(name) and name == settings.onion_host)


def onion_location(settings: Settings, response: Response) -> str | None:
    """What Tor Browser may offer instead of this page; None for all but pages on the open web."""
    is_page = request.method in {"GET", "HEAD"} and response.mimetype == "text/html"
    if not settings.onion_url or not is_page or is_over_onion(settings):
        return None
    query = request.query_string.decode("latin-1")
    return f"{settings.onion_url}{quote(request.path)}{'?' if query else ''}{query}"
