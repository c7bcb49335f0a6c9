"""The headers of every response, errors included.

The target is OWASP Secure Headers and a Mozilla Observatory A+. What is missing is missing
on purpose: no NEL, no Report-To, no Server, no rate-limit headers (a shared budget's rest
shows what other people do), no ETag or Last-Modified on what is dynamic, no CORS.

What speaks of TLS is sent on the open web only; there, pages name their onion twin.
"""

from typing import Final

from flask import Flask, Response

from app.settings import Settings
from app.web.onion import is_over_onion, onion_location

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)

_UNUSED_FEATURES: Final = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "compute-pressure",
    "cross-origin-isolated",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "keyboard-map",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "speaker-selection",
    "storage-access",
    "sync-xhr",
    "usb",
    "xr-spatial-tracking",
)

ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Integrity-Policy": "blocked-destinations=(script)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-DNS-Prefetch-Control": "off",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
}
NO_STORE: Final = "no-store, max-age=0"
_REVEALING: Final = {"etag", "last-modified", "server"}
HSTS: Final = "max-age=63072000; includeSubDomains; preload"


def register(app: Flask, settings: Settings) -> None:
    """Add the headers to every response of *app*; what a view set itself stays."""
    always = [*ALWAYS.items(), ("Cache-Control", NO_STORE)]
    on_the_open_web = [("Strict-Transport-Security", HSTS)] if settings.is_https else []

    @app.after_request
    def add(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        wanted = always if is_over_onion(settings) else always + on_the_open_web
        response.headers.extend(each for each in wanted if each[0].lower() not in present)
        if location := onion_location(settings, response):
            response.headers["Onion-Location"] = location
        for revealing in _REVEALING & present:
            del response.headers[revealing]
        return response
