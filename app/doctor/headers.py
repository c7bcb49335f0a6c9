"""Headers of every answer: those that must be there, and those that must not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

from app.doctor.checks import Check, Severity, Sighting
from app.doctor.observation import Exchange, Observation
from app.doctor.routes import EXIT

_YEAR_SECONDS: Final = 31_536_000
_STRICT: Final = {"'none'", "'self'", "'report-sample'"}
_HASHES: Final = ("'sha256-", "'sha384-", "'sha512-")
_WANTED: Final = {
    "default-src": {"'none'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
    "form-action": {"'self'", "'none'"},
}
_FETCHED: Final = frozenset(
    {
        *("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action"),
        *("media-src", "frame-src", "worker-src", "object-src", "manifest-src", "child-src"),
        *("script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr"),
    }
)
_FEATURES: Final = ("camera", "microphone", "geolocation", "browsing-topics")
_VERSION: Final = re.compile(r"[\d(]")
_BANNERS: Final = (
    *("x-powered-by", "via", "x-generator", "x-runtime", "x-aspnet-version"),
    *("x-served-by", "x-varnish", "x-cache"),
)
_TELLTALES: Final = (
    *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit"),
    *("ratelimit-policy", "ratelimit-remaining", "retry-after", "server-timing", "nel"),
    *("report-to", "reporting-endpoints", "accept-ch", "x-request-id", "traceparent"),
)

Seen = Callable[[Exchange], str | None]


def _everywhere(look: Seen) -> Callable[[Observation], Iterator[Sighting]]:
    """Look at each answer; what is said about it is a sighting."""

    def check(observation: Observation) -> Iterator[Sighting]:
        for each in observation.exchanges:
            if seen := look(each):
                yield Sighting(str(each.request), seen)

    return check


def _must_be(name: str, value: str, severity: Severity, ar: str) -> Check[Observation]:
    wanted = f"{name}: {value}"

    def look(each: Exchange) -> str | None:
        values = each.all(name.lower())
        return None if values == [value] else f"{name}: {values[0]}" if values else f"no {name}"

    mend = f"Send `{wanted}` with every answer, also from the proxy."
    return Check(name.lower(), severity, mend, ar, _everywhere(look))


def _policy_trouble(each: Exchange) -> str | None:
    header = each.header("content-security-policy")
    if not header:
        return "no Content-Security-Policy"
    directives = {
        words[0].lower(): set(words[1:]) for part in header.split(";") if (words := part.split())
    }
    for name, allowed in _WANTED.items():
        sources = directives.get(name)
        if not sources or not sources <= allowed:
            return f"{name} {' '.join(sorted(sources or {'is missing'}))}"
    for name in sorted(_FETCHED & directives.keys()):
        for source in sorted(directives[name] - _STRICT):
            if not source.startswith(_HASHES):
                return f"{name} {source}"
    return None


def _feature_trouble(each: Exchange) -> str | None:
    allowed = each.header("permissions-policy").replace(" ", "").split(",")
    missing = [feature for feature in _FEATURES if f"{feature}=()" not in allowed]
    return f"not switched off: {', '.join(missing)}" if missing else None


def _is_kept(each: Exchange) -> str | None:
    caching = each.header("cache-control")
    if each.is_public_file or "no-store" in caching:
        return None
    return f"Cache-Control: {caching}" if caching else "no Cache-Control"


def _hsts(observation: Observation) -> Iterator[Sighting]:
    if not observation.is_https:
        return
    for each in observation.exchanges:
        header = each.header("strict-transport-security")
        seconds = header.partition("max-age=")[2].partition(";")[0].strip(' "')
        if not seconds.isdecimal() or int(seconds) < _YEAR_SECONDS:
            yield Sighting(str(each.request), header or "no Strict-Transport-Security")


def _tls_over_onion(observation: Observation) -> Iterator[Sighting]:
    if not observation.is_onion:
        return
    for each in observation.exchanges:
        if hsts := each.header("strict-transport-security"):
            yield Sighting(str(each.request), f"Strict-Transport-Security: {hsts}")
        if "upgrade-insecure-requests" in each.header("content-security-policy"):
            yield Sighting(str(each.request), "upgrade-insecure-requests")
        if location := each.header("onion-location"):
            yield Sighting(str(each.request), f"Onion-Location: {location}")


def _named(names: tuple[str, ...]) -> Seen:
    def look(each: Exchange) -> str | None:
        found = [f"{name}: {value}" for name in names for value in each.all(name)]
        return "; ".join(found) or None

    return look


def _banner(each: Exchange) -> str | None:
    server = each.header("server")
    named = [f"server: {server}"] if _VERSION.search(server) else []
    return "; ".join([*named, *filter(None, [_named(_BANNERS)(each)])]) or None


def _server_name(each: Exchange) -> str | None:
    server = each.header("server")
    return f"server: {server}" if server and not _VERSION.search(server) else None


def _compressed(each: Exchange) -> str | None:
    encoding = each.header("content-encoding")
    if each.is_public_file or encoding in {"", "identity"}:
        return None
    return f"Content-Encoding: {encoding}"


def _shared(each: Exchange) -> str | None:
    found = [
        f"{name}: {value}" for name, value in each.headers if name.lower().startswith("access-con")
    ]
    return "; ".join(found) or None


def _leads_away(observation: Observation) -> Iterator[Sighting]:
    here = urlsplit(observation.url)
    for each in observation.exchanges:
        there = urlsplit(each.header("location"))
        is_away = there.netloc and (there.scheme, there.netloc) != (here.scheme, here.netloc)
        if is_away and each.request.path not in EXIT:
            yield Sighting(str(each.request), f"Location: {each.header('location')}")


CHECKS: Final[tuple[Check[Observation], ...]] = (
    Check(
        "content-security-policy",
        "high",
        "Send the site's own policy unchanged: default-src 'none', everything else 'self',"
        " nothing inline. Proxies must not add to it or answer without it.",
        "سياسة أمان المحتوى يجب أن تصل كما يرسلها الموقع: لا شيفرة داخل الصفحة ولا مصادر أخرى.",
        _everywhere(_policy_trouble),
    ),
    _must_be("X-Content-Type-Options", "nosniff", "medium", "يجب إرسال الترويسة nosniff مع كل رد."),
    _must_be("X-Frame-Options", "DENY", "medium", "يجب منع عرض الصفحات داخل مواقع أخرى."),
    _must_be(
        "Referrer-Policy", "no-referrer", "high", "يجب ألا يخبر المتصفح مواقع أخرى من أين جاء."
    ),
    _must_be(
        "Cross-Origin-Opener-Policy", "same-origin", "medium", "يجب عزل الصفحة عن نوافذ غيرها."
    ),
    _must_be(
        "Cross-Origin-Embedder-Policy", "require-corp", "low", "يجب عزل الصفحة عما تحمله من غيرها."
    ),
    _must_be(
        "Cross-Origin-Resource-Policy",
        "same-origin",
        "medium",
        "يجب ألا تحمل مواقع أخرى ملفات هذا الموقع.",
    ),
    Check(
        "permissions-policy",
        "low",
        "Send the site's Permissions-Policy unchanged with every answer.",
        "يجب إغلاق الكاميرا والميكروفون والموقع الجغرافي في كل رد.",
        _everywhere(_feature_trouble),
    ),
    Check(
        "cache-control",
        "high",
        "Send `Cache-Control: no-store` with all but files under /static/ and /log/; nothing"
        " between the site and its visitors may cache.",
        "يجب ألا تحفظ أي ذاكرة مؤقتة صفحات الموقع.",
        _everywhere(_is_kept),
    ),
    Check(
        "strict-transport-security",
        "high",
        "Send `Strict-Transport-Security` for a year or more: set site_url to the https address.",
        "يجب أن يفرض الموقع الاتصال المشفر سنة على الأقل.",
        _hsts,
    ),
    Check(
        "tls-over-onion",
        "medium",
        "Over an onion nothing may speak of TLS or name an onion: set `onion` or `onion_url`,"
        " and take what the proxy adds away.",
        "عبر عنوان onion يجب ألا يطلب الموقع https ولا يذكر عنوانا آخر.",
        _tls_over_onion,
    ),
    Check(
        "banner",
        "low",
        "Switch off headers that name the server and its version (nginx: `server_tokens off`"
        " and `more_clear_headers Server`; Caddy: `header -Server -Via`).",
        "يجب ألا يذكر الرد اسم الخادم أو إصداره.",
        _everywhere(_banner),
    ),
    Check(
        "server-name",
        "note",
        "The proxy says its name, without a version. nginx needs the module headers-more to be"
        " silent: `more_clear_headers Server`.",
        "يذكر الخادم اسمه دون إصداره.",
        _everywhere(_server_name),
    ),
    Check(
        "telltale-header",
        "medium",
        "Take these headers away: they show what other visitors do, or have browsers report to"
        " others.",
        "يجب حذف الترويسات التي تكشف نشاط الآخرين أو تجعل المتصفح يرسل تقارير.",
        _everywhere(_named(_TELLTALES)),
    ),
    Check(
        "validator",
        "medium",
        "Send neither ETag nor Last-Modified: they tell times, and know a browser again. In"
        " nginx `etag off` and `more_clear_headers Last-Modified`.",
        "يجب ألا يرسل الموقع ETag ولا Last-Modified، فهما يكشفان الأوقات.",
        _everywhere(_named(("etag", "last-modified", "age", "expires"))),
    ),
    Check(
        "cookie",
        "high",
        "No page of the site sets a cookie. Find what does it, most often the proxy.",
        "يجب ألا يضع الموقع أي ملف تعريف ارتباط.",
        _everywhere(_named(("set-cookie",))),
    ),
    Check(
        "compression",
        "high",
        "Switch compression off in the proxy (`gzip off`, no `encode`): the length of"
        " compressed pages tells what is in them (BREACH).",
        "يجب إيقاف ضغط الصفحات، لأن طول الصفحة المضغوطة يكشف ما فيها.",
        _everywhere(_compressed),
    ),
    Check(
        "cross-origin-access",
        "high",
        "Take CORS headers away: no other site may read this one.",
        "يجب ألا يسمح الموقع لمواقع أخرى بقراءته.",
        _everywhere(_shared),
    ),
    Check(
        "redirect",
        "medium",
        "Only the quick exit leads elsewhere. Set site_url, and take redirects out of the proxy.",
        "الخروج السريع وحده يقود إلى موقع آخر.",
        _leads_away,
    ),
)
