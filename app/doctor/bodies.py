"""What stands in answers: code, what pages load, times, what a refusal gives away."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

from app.doctor.checks import Check, Sighting
from app.doctor.observation import Exchange, Observation
from app.doctor.routes import CLIENT, DESK_CASES, FOLDERS, MARKUP, PRIVATE

_SKEW_SECONDS: Final = 5
_DAY_SECONDS: Final = 86_400
_TIME: Final = re.compile(r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d|(?<![\d:])[0-2]?\d:[0-5]\d:[0-5]\d\b")
_EPOCH: Final = re.compile(r"(?<![\w+/.])(1[6-9]\d{8})(?:\d{3})?(?![\w+/.])", re.ASCII)
_STYLE_ADDRESS: Final = re.compile(r"""(?:url\(|@import)\s*['"]?\s*((?:https?:)?//[^'")\s]+)""")
_INSIDES: Final = re.compile(
    r"Traceback \(most recent|File \"/|site-packages|\bgunicorn\b|\bWerkzeug\b|sqlalchemy"
    r"|sqlite3\.|/usr/lib|/home/\w|\bnginx(?:/|</center>)|\bApache/|\bcaddy\b|jinja2",
    re.IGNORECASE,
)
_REFUSALS: Final = frozenset(
    {
        HTTPStatus.NOT_IMPLEMENTED,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.INSUFFICIENT_STORAGE,
    }
)
"""A site that is locked or full says so; it has not failed."""
_ANSWERS_TO_METHODS: Final = frozenset({HTTPStatus.OK, HTTPStatus.NO_CONTENT})


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _third_parties(observation: Observation) -> Iterator[Sighting]:
    here = _origin(observation.url)
    for each in observation.exchanges:
        for address in _loaded(each):
            whole = urljoin(f"{observation.url}/", address)
            if urlsplit(whole).scheme in {"http", "https"} and _origin(whole) != here:
                yield Sighting(str(each.request), address)


def _loaded(each: Exchange) -> list[str]:
    if each.is_page:
        return [address for value in each.page.loads for address in _addresses(value)]
    if each.header("content-type").startswith("text/css"):
        return _STYLE_ADDRESS.findall(each.text)
    return []


def _addresses(value: str) -> list[str]:
    """One address, or the several of a `srcset`."""
    return [words[0] for part in value.split(",") if (words := part.split())]


def _inline(observation: Observation) -> Iterator[Sighting]:
    for each in observation.pages:
        for found in each.page.inline:
            yield Sighting(str(each.request), found)


def _loose_scripts(observation: Observation) -> Iterator[Sighting]:
    """Scripts without a hash, or with one that is not theirs."""
    for each in observation.pages:
        for script in each.page.scripts:
            file = observation.get(script.src)
            if not script.integrity:
                yield Sighting(str(each.request), f"{script.src} without integrity")
            elif file is not None and script.integrity != _integrity(file.body):
                yield Sighting(str(each.request), f"{script.src} is not what its integrity says")


def _integrity(body: bytes) -> str:
    return f"sha384-{b64encode(hashlib.sha384(body).digest()).decode()}"


def _other_files(observation: Observation) -> Iterator[Sighting]:
    """Files that are not what the site's own list says; scripts of pages that are not on it."""
    listing = observation.get(CLIENT)
    lines = listing.text.splitlines() if listing else []
    listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    for path, digest in sorted(listed.items()):
        file = observation.get(path)
        if file is None or hashlib.sha256(file.body).hexdigest() != digest:
            yield Sighting(path, "not the bytes that the site lists")
    for each in observation.pages:
        for script in each.page.scripts:
            if script.src.startswith("/") and script.src not in listed:
                yield Sighting(str(each.request), f"{script.src} is not on the site's list")


def _clock_is_off(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        if (skew := _skew(each)) > _SKEW_SECONDS:
            yield Sighting(str(each.request), f"Date is {skew:.0f} s off")


def _skew(each: Exchange) -> float:
    """Seconds by which the server's clock is before or after the time of the exchange."""
    try:
        moment = parsedate_to_datetime(each.header("date"))
    except ValueError:
        return 0
    says = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return max(each.sent_at - 1 - says, says - each.received_at, 0)


def _times(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        if each.is_public_file or not _is_text(each):
            continue
        if found := _TIME.search(each.text):
            yield Sighting(str(each.request), found[0])
        for number in _EPOCH.findall(each.text):
            if abs(int(number) - each.received_at) < _DAY_SECONDS:
                yield Sighting(str(each.request), number)


def _is_text(each: Exchange) -> bool:
    kind = each.header("content-type")
    return kind.startswith("text/") or "json" in kind


def _reflects(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        if MARKUP in each.text:
            yield Sighting(str(each.request), "markup of the request stands in the answer")


def _fails(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        if each.status >= HTTPStatus.INTERNAL_SERVER_ERROR and each.status not in _REFUSALS:
            yield Sighting(str(each.request), f"status {each.status}")


def _shows_insides(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        is_error = each.status >= HTTPStatus.BAD_REQUEST
        if is_error and (found := _INSIDES.search(each.text)):
            yield Sighting(str(each.request), found[0])


def _takes_methods(observation: Observation) -> Iterator[Sighting]:
    for each in observation.exchanges:
        if each.request.method == "TRACE" and each.status in _ANSWERS_TO_METHODS:
            yield Sighting(str(each.request), f"status {each.status}")


def _gives(paths: tuple[str, ...], observation: Observation) -> Iterator[Sighting]:
    for path in paths:
        each = observation.get(path)
        if each is not None and each.status == HTTPStatus.OK:
            yield Sighting(str(each.request), f"status 200, {len(each.body)} bytes")


def _desk_is_open(observation: Observation) -> Iterator[Sighting]:
    return _gives((DESK_CASES,), observation)


def _lists_folders(observation: Observation) -> Iterator[Sighting]:
    return _gives(FOLDERS, observation)


def _private_files(observation: Observation) -> Iterator[Sighting]:
    return _gives(PRIVATE, observation)


CHECKS: Final[tuple[Check[Observation], ...]] = (
    Check(
        "third-party",
        "high",
        "Pages load from and send to their own origin only. Find what puts these addresses in.",
        "يجب ألا تحمل الصفحات شيئا من مواقع أخرى.",
        _third_parties,
    ),
    Check(
        "inline-code",
        "high",
        "Pages carry no code or style of their own. Find what puts it in, most often the proxy.",
        "يجب ألا تحوي الصفحات شيفرة أو تنسيقا في داخلها.",
        _inline,
    ),
    Check(
        "script-integrity",
        "high",
        "Every script has the hash of its bytes. Serve pages and files of one version, unchanged.",
        "لكل ملف شيفرة بصمة يجب أن تطابق محتواه.",
        _loose_scripts,
    ),
    Check(
        "client-files",
        "high",
        "What is served is not what the site lists at /api/v1/client. Install the release"
        " again, and find out who changed it.",
        "الملفات التي يستلمها المتصفح ليست المذكورة في قائمة الموقع. يجب معرفة من غيرها.",
        _other_files,
    ),
    Check(
        "clock-skew",
        "medium",
        "Set the clock (systemd-timesyncd or chrony): how far it is off tells which machine"
        " this is, also behind an onion.",
        "يجب ضبط ساعة الخادم، فخطؤها يكشف أي جهاز هو.",
        _clock_is_off,
    ),
    Check(
        "clock-in-body",
        "medium",
        "No page tells a time finer than a day. Find what puts it in.",
        "يجب ألا تذكر الصفحات وقتا أدق من اليوم.",
        _times,
    ),
    Check(
        "reflection",
        "high",
        "A request can put code into a page. Have the site answer errors, not the proxy.",
        "يمكن لطلب أن يضع شيفرة في الصفحة. يجب أن يجيب الموقع نفسه عن الأخطاء.",
        _reflects,
    ),
    Check(
        "server-error",
        "medium",
        "No request may make the site fail. Look into the site's log for the line that raised it.",
        "يجب ألا يؤدي أي طلب إلى عطل في الخادم.",
        _fails,
    ),
    Check(
        "insides",
        "medium",
        "Errors must not show programs, paths or traces. Have the site answer errors, not the"
        " proxy.",
        "يجب ألا تكشف صفحات الخطأ أسماء البرامج ومسارات الملفات.",
        _shows_insides,
    ),
    Check(
        "trace",
        "low",
        "Refuse TRACE (Apache: `TraceEnable off`).",
        "يجب رفض الطلبات من نوع TRACE.",
        _takes_methods,
    ),
    Check(
        "directory-listing",
        "high",
        "Switch listings of folders off (nginx: `autoindex off`).",
        "يجب إيقاف عرض محتويات المجلدات.",
        _lists_folders,
    ),
    Check(
        "private-file",
        "high",
        "Something answers at an address that only insiders know. Point the proxy at `wasl"
        " serve` and at no folder.",
        "ملف أو صفحة داخلية تفتح للجميع. يجب ألا يقدم الخادم أي مجلد.",
        _private_files,
    ),
    Check(
        "desk-open",
        "high",
        "The desk's list came without a session. Take the site off the network now.",
        "قائمة الحالات تفتح دون تعريف. يجب فصل الموقع عن الشبكة الآن.",
        _desk_is_open,
    ),
)
