"""Every route of a site, and requests that every site must refuse well.

An outside program cannot ask a site for its routes, so they stand here; a test holds this list
against the site's own. No request changes anything: what would, is sent empty and is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

MARK: Final = "dbfe1c6a"
MARKUP: Final = f"<{MARK}>"
"""Where an answer repeats it as it is, a request can put code into a page."""
NO_DIGEST: Final = "0" * 64
NO_TICKET: Final = "0" * 64
ENCODINGS: Final = "gzip"

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
JSON: Final = {"Content-Type": "application/json"}
BYTES: Final = {"Content-Type": "application/octet-stream"}

CHECKPOINT: Final = "/log/checkpoint"
CLIENT: Final = "/api/v1/client"
DESK_CASES: Final = "/api/v1/desk/cases"
EXIT: Final = ("/exit", "/en/exit")
INTAKE: Final = "/api/v1/intake"


@dataclass(frozen=True)
class Request:
    """`is_fair` is false for one that must be refused."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_fair: bool = field(default=True, compare=False)

    def __str__(self) -> str:
        path = self.path if len(self.path) <= 60 else f"{self.path[:57]}…"
        return f"{self.method} {path}"


_PAGES: Final = (
    *("/", "/topics", "/who", "/safety", "/privacy", "/accessibility", "/exit", "/follow", "/how"),
    *("/follow/decide", "/follow/file", "/follow/rate", "/follow/reply", "/offline.html"),
    *("/receipt/check", "/receipt/done", "/script", "/field"),
    *(
        "/health",
        "/health.csv",
        "/record",
        "/record.csv",
        "/review",
        "/send",
        "/verify",
        "/verify/policy",
        "/write",
    ),
    *("/agency", "/agency/answer", "/agency/packet", "/agency/review"),
)
_FORMS: Final = (
    *(
        "/follow",
        "/follow/decide",
        "/follow/file",
        "/follow/rate",
        "/follow/reply",
        "/receipt/check",
    ),
    *(f"/forms/{NO_TICKET}/review", f"/agency/forms/{NO_TICKET}/review", "/send", "/write"),
    *("/agency/answer", "/agency/download", "/agency/packet", "/agency/review"),
)
_READ: Final = (
    INTAKE,
    CLIENT,
    "/api/v1/agencies",
    "/api/v1/topics",
    "/api/v1/openapi.json",
    DESK_CASES,
    f"/api/v1/desk/blobs/{NO_DIGEST}",
    f"/api/v1/uploads/{NO_TICKET}",
    CHECKPOINT,
    "/log/tile/entries/999/999",
)
_WRITTEN: Final = (
    *("submissions", "messages", "mailbox", "uploads", "case/object", "case/withdraw"),
    *("desk/challenge", "desk/session", "desk/courier", "desk/records", "desk/relays"),
    *("desk/replies", "desk/status", "desk/team"),
)


def routes(topics: Sequence[str]) -> Iterator[Request]:
    """A request for every route, in both languages; *topics* are the slugs of open ones."""
    of_topics = [
        path
        for slug in (*topics[:1], MARK)
        for path in (
            *(f"/t/{slug}", f"/record/{slug}", f"/kit/{slug}", f"/kit/{slug}/code-ar.svg"),
            *(f"/record/{slug}/coverage.csv", f"/record/{slug}/coverage.json"),
        )
    ]
    for language in ("", "/en"):
        for page in (*_PAGES, *of_topics, f"/sources/{NO_DIGEST}", "/field/wasl-field-ar.html"):
            yield Request("GET", f"{language}{page}")
        for form in _FORMS:
            yield Request("POST", f"{language}{form}", FORM)
    for path in _READ:
        yield Request("GET", path)
    for name in _WRITTEN:
        yield Request("POST", f"/api/v1/{name}", JSON, b"{}")
    yield Request("PUT", f"/api/v1/uploads/{NO_TICKET}/0", BYTES)


_MAILBOX: Final = "/api/v1/mailbox"
REFUSED: Final = (
    Request("GET", f"/{MARK}?{MARK}", is_fair=False),
    Request("GET", f"/en/{MARK}", is_fair=False),
    Request("GET", f"/api/v1/{MARK}", is_fair=False),
    Request("GET", f"/static/{MARK}.css", is_fair=False),
    Request("GET", f"/log/{MARK}", is_fair=False),
    Request("GET", f"/{MARK}%ff%00", is_fair=False),
    Request("GET", f"/%3C{MARK}%3E?%3C{MARK}%3E", is_fair=False),
    Request("GET", f"/api/v1/%3C{MARK}%3E", is_fair=False),
    Request("POST", "/", FORM, is_fair=False),
    Request("DELETE", INTAKE, is_fair=False),
    Request(MARK.upper(), "/", is_fair=False),
    Request("POST", _MAILBOX, JSON, MARKUP.encode(), is_fair=False),
    Request("POST", _MAILBOX, JSON, b"[" * 20_000, is_fair=False),
    Request("POST", _MAILBOX, {"Content-Type": "text/plain"}, MARKUP.encode(), is_fair=False),
    Request("POST", _MAILBOX, JSON, b" " * 200_000, is_fair=False),
    Request("POST", "/follow", FORM, f"code={MARKUP}".encode(), is_fair=False),
    Request("POST", "/follow", FORM, b"code=" + b"a" * 200_000, is_fair=False),
    Request(
        "POST", "/agency/review", {"Content-Type": "multipart/form-data"}, b"--", is_fair=False
    ),
    Request("GET", f"/{MARK}" * 400, is_fair=False),
    Request("GET", "/", {"X-Long": MARK * 1000}, is_fair=False),
    Request("GET", "/", {f"X-{number}": "a" for number in range(60)}, is_fair=False),
)
"""What no site takes: unknown, malformed, too long, too large."""

METHODS: Final = tuple(
    Request(method, path, {"Origin": "https://other.example"}, is_fair=False)
    for method in ("TRACE", "OPTIONS")
    for path in ("/", INTAKE)
)

FOLDERS: Final = ("/static/", "/static/client/", "/log/", "/log/tile/", "/blobs/", "/uploads/")
PRIVATE: Final = (
    *("/.git/HEAD", "/.env", "/wasl.toml", "/wasl.sqlite3", "/keys/promise", "/backup.tar"),
    *("/guard/guard.sqlite3", "/static/..%2f..%2fwasl.toml", "/log/..%2fwasl.toml"),
    *("/server-status", "/nginx_status", "/metrics", "/debug", "/console"),
)


def strangers() -> Iterator[Request]:
    """What somebody tries who looks for a way in."""
    yield from REFUSED
    yield from METHODS
    for path in (*FOLDERS, *PRIVATE):
        yield Request("GET", path, is_fair=False)
    # Some proxies compress with what few clients ask for.
    yield Request("GET", "/", {"Accept-Encoding": "br, zstd, deflate"}, is_fair=False)
