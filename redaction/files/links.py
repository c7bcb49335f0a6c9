"""Links as they may stay in a document: to public pages and mail addresses.

What tells who opened, sent or shared a page is cut out of its address. Addresses of this
computer, of a local network and of programs go: they name machines, folders and people.
"""

import re
from typing import Final

from redaction.files.documents.invisible import visible
from redaction.files.policy import TRACKING

_SPACE: Final = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_LABEL: Final = rf"[^{_SPACE}/?#@:.\[\]\\<>\"'`]{{1,63}}"
_TOP: Final = rf"[^{_SPACE}/?#@:.\[\]\\<>\"'`0-9]{{2,63}}"
_WEB: Final = re.compile(
    rf"(https?)://((?:{_LABEL}\.){{1,20}}{_TOP}\.?)(:[0-9]{{1,5}})?"
    rf"(/[^{_SPACE}?#\\<>\"`]*)?(?:\?([^{_SPACE}#\\<>\"`]*))?(?:#([^{_SPACE}\\<>\"`]*))?",
    re.IGNORECASE,
)
_LOCAL: Final = re.compile(
    r"\.(?:local|lan|home|internal|intranet|corp|localdomain)\Z", re.IGNORECASE
)
_PART: Final = rf"[^{_SPACE}@?&,;<>\"]"
_MAIL: Final = re.compile(rf"mailto:({_PART}{{1,100}}@{_PART}{{1,200}})(?:\?.*)?", re.IGNORECASE)
_TOLD: Final = re.compile(f"(?:{TRACKING})", re.IGNORECASE)
_TELLING: Final = re.compile("[=&~]")
_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)


def clean_link(untrusted: str) -> str | None:
    """Return the link without what tracks people, or None if it has to go."""
    link = visible(untrusted.strip(" \t\r\n"))
    mail = _MAIL.fullmatch(link)
    if mail:
        return f"mailto:{mail[1]}"
    web = _WEB.fullmatch(link)
    if web is None or _LOCAL.search(web[2]):
        return None
    path = _SESSION.sub("", web[4] or "")
    query = "&".join(_kept(web[5] or ""))
    # A fragment that is made of words or parameters tells what was read, or by whom.
    fragment = web[6] if web[6] and not _TELLING.search(web[6]) else ""
    return (
        f"{web[1].lower()}://{web[2]}{web[3] or ''}{path}"
        f"{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"
    )


def _kept(query: str) -> list[str]:
    return [
        one
        for one in query.split("&")
        if one and not _TOLD.fullmatch(one.partition("=")[0].removeprefix("amp;"))
    ]
