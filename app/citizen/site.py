"""The citizen pages' common ground: mounting, links, and what every template may use.

One blueprint is mounted twice, at `/` in Arabic and at `/en` in English. No page sets a cookie,
so no request carries anyone's authority; a form sent from another site is refused all the same.
"""

from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from app.citizen.errors import page as error_page
from app.citizen.language import ENGLISH, current, gettext, ngettext, other
from app.services import keyrings
from app.web import errors
from app.web.onion import is_over_onion
from app.web.state import SiteState, site
from crypto.encoding import encode_base64
from crypto.keyring import Keyring
from crypto.training import is_sandbox

bp: Final = Blueprint("citizen", __name__)

_API: Final = {
    "intake": "/api/v1/intake",
    "mailbox": "/api/v1/mailbox",
    "messages": "/api/v1/messages",
}
_OURS: Final = frozenset({None, "same-origin", "none"})


def mount(app: Flask) -> None:
    """Register the pages in both languages and give the templates their words."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    # The extension adds these methods at run time, so no type checker knows them.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True
    )
    app.jinja_env.globals |= {"here": here}
    errors.use_page(app, error_page)
    app.context_processor(page_context)
    app.register_blueprint(bp, name="ar")
    app.register_blueprint(bp, name="en", url_prefix="/en")


def here(page: str, **values: Any) -> str:
    """Return the path of *page* in the language of the page being answered."""
    return url_for(f"{current().code}.{page}", **values)


def download(content: str, name: str) -> Response:
    """A file that a browser saves and does not show as a page of this site."""
    response = Response(content, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def page_context() -> dict[str, object]:
    """What every page knows: its languages, its name, and how it is reached."""
    settings = site().settings
    return {
        "language": current(),
        "other_language": other(current()),
        "other_page": _same_page_in_the_other_language(),
        "page_name": (request.endpoint or "").rpartition(".")[2],
        "over_tor": is_over_onion(settings),
        "site_url": settings.site_url.rstrip("/"),
        "contact": settings.contact,
        "notice": settings.notice.en if current() is ENGLISH else settings.notice.ar,
        "source_url": settings.source_url,
        "is_locked_down": site().is_locked_down,
        "is_sandbox": is_sandbox(site().settings.origin),
        "api": _API,
        "roots_hash": encode_base64(site().roots.hash),
    }


def _same_page_in_the_other_language() -> str | None:
    """None on the answer to a form, which lives only once."""
    if request.method not in {"GET", "HEAD"}:
        return None
    path = request.path.removeprefix("/en") if current() is ENGLISH else f"/en{request.path}"
    query = request.query_string.decode("latin-1")
    return f"{path or '/'}?{query}" if query else path or "/"


@bp.before_request
def refuse_forms_of_other_sites() -> ResponseReturnValue | None:
    """Browsers say where a request began; Referer and Origin may be missing over Tor."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") in _OURS:
        return None
    page = render_template(
        "citizen/error.html",
        title=gettext("This form came from another site"),
        sentences=[gettext("Nothing was sent. The first page of this site leads to the form.")],
    )
    return page, HTTPStatus.FORBIDDEN


@bp.after_request
def keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store, max-age=0"
    return response


def current_keyring_note(state: SiteState) -> str:
    """The signed note of today's keyring; `NoKeyringError` if there is none."""
    with state.reading() as connection:
        return keyrings.current(connection, state.today()).note


def current_keyring(state: SiteState) -> Keyring:
    """Today's keyring, its signatures verified; `NoKeyringError` if there is none."""
    with state.reading() as connection:
        return keyrings.open_current(connection, state.roots, state.settings.origin, state.today())
