"""`wasl doctor` finds each fault that somebody between a site and its visitors may bring in, and
nothing on a site that is left alone."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from typing import Final

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, Rule

from app.client.errors import SiteUnreachableError
from app.store import lockdown
from crypto.encoding import sha256
from crypto.tlog.times import midnight
from tests.units.doctor.surroundings import Answer, Meddle, Wired
from tests.world import WEDNESDAY, World

DAY: Final = 86_400
WEEK: Final = 7 * DAY
NOW: Final = midnight(WEDNESDAY) + 3
ONION: Final = f"http://{'a' * 56}.onion"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose log has a first batch."""
    world = World(tmp_path_factory.mktemp("doctor"))
    world.starts_log()
    world.sequences()
    yield world
    world.close()


@pytest.fixture(scope="module")
def site(world: World) -> Wired:
    return Wired(world)


@pytest.fixture(scope="module")
def onion(world: World) -> Wired:
    settings = replace(world.settings, onion=True, site_url=ONION)
    return Wired(world, ONION, world.open(settings).wsgi_app)


@pytest.fixture(scope="module")
def site_with_onion(world: World) -> Wired:
    settings = replace(world.settings, onion_url=ONION)
    return Wired(world, app=world.open(settings).wsgi_app)


def without(name: str) -> Meddle:
    return lambda answer: answer.drop(name)


def with_header(name: str, value: str, path: str = "/") -> Meddle:
    """One answer says *value*."""

    def meddle(answer: Answer) -> None:
        if answer.path == path:
            answer.put(name, value)

    return meddle


def with_policy(directive: str, instead: str) -> Meddle:
    def meddle(answer: Answer) -> None:
        policy = answer.header("Content-Security-Policy")
        answer.put("Content-Security-Policy", policy.replace(directive, instead))

    return meddle


def with_words(words: str, path: str = "/") -> Meddle:
    """One page has something more at its end."""

    def meddle(answer: Answer) -> None:
        if answer.path == path and answer.status == 200 and answer.is_page:
            answer.give(answer.body.replace(b"</body>", f"{words}</body>".encode()))

    return meddle


def with_answer(path: str, body: bytes, status: int = 200, method: str = "GET") -> Meddle:
    def meddle(answer: Answer) -> None:
        if (answer.method, answer.path) == (method, path):
            answer.give(body, status)
            answer.put("Cache-Control", "no-store")

    return meddle


def compressed(answer: Answer) -> None:
    if answer.is_page:
        answer.give(gzip.compress(answer.body), answer.status)
        answer.put("Content-Encoding", "gzip")


def script_without_hash(answer: Answer) -> None:
    if answer.path == "/write":
        answer.give(answer.body.replace(b" integrity=", b" data-was="))


def changed_script(answer: Answer) -> None:
    """Whoever changes a file and its list, and not what pages say."""
    if answer.path.startswith("/static/client/client") and answer.status == 200:
        answer.drop("Content-Encoding")
        answer.give(b"send(elsewhere)")


def changed_style(answer: Answer) -> None:
    if answer.path.startswith("/static/base") and answer.status == 200:
        answer.drop("Content-Encoding")
        answer.give(b"body{display:none}")


def longer_list(answer: Answer) -> None:
    """A list with one more file, which is served as it says: only the log knows better."""
    extra = b"body{}"
    if answer.path == "/api/v1/client":
        answer.give(answer.body + f"{sha256(extra).hex()}  /static/extra.css\n".encode())
    if answer.path == "/static/extra.css":
        answer.give(extra)


def other_root(answer: Answer) -> None:
    """A checkpoint over another tree than was signed."""
    if answer.path == "/log/checkpoint":
        origin, size, _, rest = answer.body.split(b"\n", 3)
        answer.give(b"\n".join([origin, size, b"A" * 43 + b"=", rest]))


def unsigned_keyring(answer: Answer) -> None:
    if answer.path == "/api/v1/intake" and answer.status == 200:
        answer.give(answer.body.replace(b"mizan", b"nizam"))


def echoing(answer: Answer) -> None:
    if answer.status == 404:
        answer.give(answer.body + answer.path.encode("latin-1", "replace"), 404)


def elsewhere(answer: Answer) -> None:
    if answer.path == "/who":
        answer.give(b"", 302)
        answer.put("Location", "https://tracker.example/")


def slow_clock(answer: Answer) -> None:
    answer.put("Date", formatdate(NOW - 90, usegmt=True))


FAULTS: Final[dict[str, tuple[str, Meddle]]] = {
    "no policy": ("content-security-policy", without("Content-Security-Policy")),
    "inline scripts allowed": (
        "content-security-policy",
        with_policy("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    ),
    "another origin allowed": (
        "content-security-policy",
        with_policy("img-src 'self'", "img-src https://cdn.example"),
    ),
    "frames allowed": (
        "content-security-policy",
        with_policy("frame-ancestors 'none'", "frame-ancestors *"),
    ),
    "sniffing": ("x-content-type-options", without("X-Content-Type-Options")),
    "framing": ("x-frame-options", with_header("X-Frame-Options", "SAMEORIGIN")),
    "referrers": ("referrer-policy", with_header("Referrer-Policy", "origin")),
    "openers": ("cross-origin-opener-policy", without("Cross-Origin-Opener-Policy")),
    "embedding": ("cross-origin-embedder-policy", without("Cross-Origin-Embedder-Policy")),
    "resources": ("cross-origin-resource-policy", without("Cross-Origin-Resource-Policy")),
    "features": ("permissions-policy", with_header("Permissions-Policy", "camera=()")),
    "a cached page": ("cache-control", with_header("Cache-Control", "max-age=60", "/follow")),
    "no HSTS": ("strict-transport-security", without("Strict-Transport-Security")),
    "HSTS for a minute": (
        "strict-transport-security",
        with_header("Strict-Transport-Security", "max-age=60"),
    ),
    "a banner": ("banner", with_header("Server", "nginx/1.27.3")),
    "a name without a version": ("server-name", with_header("Server", "nginx")),
    "a proxy's name": ("banner", with_header("Via", "1.1 varnish")),
    "a shared budget": ("telltale-header", with_header("X-RateLimit-Remaining", "17")),
    "reports to others": ("telltale-header", with_header("NEL", '{"max_age":1}')),
    "an ETag": ("validator", with_header("ETag", '"66f1"')),
    "a file's time": (
        "validator",
        with_header("Last-Modified", "Wed, 25 Nov 2026 09:14:03 GMT"),
    ),
    "a cookie": ("cookie", with_header("Set-Cookie", "id=1", "/follow")),
    "compression": ("compression", compressed),
    "CORS": ("cross-origin-access", with_header("Access-Control-Allow-Origin", "*")),
    "a redirect": ("redirect", elsewhere),
    "a picture of others": ("third-party", with_words('<img src="//cdn.example/a.png">')),
    "a form to others": ("third-party", with_words('<form action="https://a.example">')),
    "a font of others": (
        "third-party",
        with_words('<link rel="preload" href="https://f.example">'),
    ),
    "an inline script": ("inline-code", with_words("<script>1</script>")),
    "an inline handler": ("inline-code", with_words('<p onclick="a()">')),
    "a script without hash": ("script-integrity", script_without_hash),
    "a changed style": ("client-files", changed_style),
    "a client that is not in the log": ("client-unlogged", longer_list),
    "a slow clock": ("clock-skew", slow_clock),
    "a time in a page": ("clock-in-body", with_words("<p>2026-11-25 09:14</p>")),
    "a Unix time in JSON": (
        "clock-in-body",
        with_answer("/api/v1/agencies", b'{"agencies":[],"now":%d}' % NOW),
    ),
    "markup that comes back": ("reflection", echoing),
    "a failure": ("server-error", with_answer("/follow", b"", 500, "POST")),
    "a stack trace": (
        "insides",
        with_answer("/follow", b"Traceback (most recent call last):", 400, "POST"),
    ),
    "the proxy's own error": (
        "insides",
        with_answer("/who", b"<center>nginx</center>", 404),
    ),
    "TRACE": ("trace", with_answer("/", b"TRACE / HTTP/1.1", method="TRACE")),
    "a listing": ("directory-listing", with_answer("/log/", b"Index of /log/")),
    "a repository": ("private-file", with_answer("/.git/HEAD", b"ref: refs/heads/main\n")),
    "a monitor": ("private-file", with_answer("/metrics", b"requests 12\n")),
    "an open desk": ("desk-open", with_answer("/api/v1/desk/cases", b'{"cases":[]}')),
    "a keyring nobody signed": ("keyring-unsigned", unsigned_keyring),
    "no log": ("log-missing", with_answer("/log/checkpoint", b"", 404)),
    "a forged log": ("log-unverified", other_root),
    "half an onion": ("onion-location", with_header("Onion-Location", f"{ONION}/")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_nothing_else(site: Wired, fault: str) -> None:
    finding, meddle = FAULTS[fault]
    assert site.found(meddle) == [finding]


def test_a_changed_script_shows_by_its_hash_and_by_the_list(site: Wired) -> None:
    assert site.found(changed_script) == ["script-integrity", "client-files"]


def test_a_site_that_is_left_alone_passes(
    site: Wired, onion: Wired, site_with_onion: Wired
) -> None:
    assert site.found() == []
    assert onion.found() == []
    assert site_with_onion.found(twin=onion) == []


def test_a_log_that_stands_still_is_found_when_its_own_rules_say_so(site: Wired) -> None:
    assert site.found(late=3 * DAY - 60) == []
    assert site.found(late=3 * DAY + 60) == ["log-stale"]


def test_a_keyring_that_is_over_is_found(site: Wired) -> None:
    assert site.found(late=2 * WEEK) == ["keyring-expired", "log-stale"]


def test_a_log_from_tomorrow_is_found(site: Wired) -> None:
    assert site.found(late=-DAY) == ["log-ahead"]


@pytest.mark.parametrize(
    "fault",
    [
        with_header("Strict-Transport-Security", "max-age=63072000"),
        with_policy("default-src 'none'", "default-src 'none'; upgrade-insecure-requests"),
        with_header("Onion-Location", f"{ONION}/"),
    ],
)
def test_talk_of_tls_over_an_onion_is_found(onion: Wired, fault: Meddle) -> None:
    assert onion.found(fault) == ["tls-over-onion"]


def test_pages_that_do_not_name_their_onion_are_found(site_with_onion: Wired) -> None:
    assert site_with_onion.found(without_onion_on_one_page) == ["onion-location"]


def without_onion_on_one_page(answer: Answer) -> None:
    if answer.path == "/who":
        answer.drop("Onion-Location")


def test_an_onion_of_somebody_else_is_found(
    site_with_onion: Wired, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = World(tmp_path_factory.mktemp("stranger"))
    try:
        other = Wired(stranger, ONION)
        assert site_with_onion.found(twin=other) == ["onion-unreachable"]
    finally:
        stranger.close()


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("path", ["/api/v1/intake", "/privacy"])
def test_a_site_that_is_busy_is_not_judged(site: Wired, path: str, status: int) -> None:
    with pytest.raises(SiteUnreachableError):
        site.found(with_answer(path, b"", status))


def test_a_site_that_is_locked_down_passes(world: World) -> None:
    lockdown.lock(world.settings.data)
    try:
        assert Wired(world).found() == []
    finally:
        lockdown.unlock(world.settings.data)


# Every route


def test_every_route_and_method_is_looked_at(world: World, site: Wired) -> None:
    routes = world.site.url_map.bind("wasl.example")
    looked_at = {
        (rule.rule, each.request.method)
        for each in site.seen().exchanges
        if (rule := _rule(routes, each.request.path, each.request.method))
    }
    assert _routes(world.site) - looked_at == set()


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _rule(routes: MapAdapter, path: str, method: str) -> Rule | None:
    try:
        return routes.match(path, method, return_rule=True)[0]
    except (NotFound, MethodNotAllowed):
        return None


def test_every_kind_of_refusal_is_looked_at(site: Wired) -> None:
    assert {400, 401, 404, 405, 413, 415, 422} <= {each.status for each in site.seen().exchanges}


def test_a_visit_leaves_nothing_at_the_site(world: World, site: Wired) -> None:
    before = world.at_rest()
    Wired(world).seen()

    assert world.at_rest() == before
    assert site.seen().exchanges
