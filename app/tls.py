"""Which certificates this program's connections accept.

Reading every authority that browsers know takes longer than most commands do, so it happens once,
and only where an address begins with https.
"""

import ssl
from functools import cache

import httpx


def certificates_for(*urls: str) -> ssl.SSLContext:
    """What to verify with when *urls* are all that will be asked for."""
    return _of_authorities() if any(url.startswith("https:") for url in urls) else _of_nobody()


@cache
def _of_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context()


@cache
def _of_nobody() -> ssl.SSLContext:
    """Verifies as strictly, and knows no authority: TLS never comes about with it."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
