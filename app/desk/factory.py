"""Wires the desk's pages, and decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from app.client.display import visible_name
from app.desk import (  # noqa: F401 - importing registers pages
    base,
    guard,
    meetings,
    pages,
    topic_pages,
    training_pages,
    viewing,
)
from app.desk.desk import SANDBOX_MARK, OpenSite, open_site
from app.desk.door import Door
from app.desk.errors import DamagedFileError
from app.desk.language import ARABIC, ENGLISH, LanguageCode, current, gettext, ngettext, say
from app.web import clock
from app.web.assets import Asset, Assets
from redaction.words import words

APP: Final = Path(__file__).parents[1]
_UNITS: Final = {"ar": ("بايت", "كيلوبايت", "ميغابايت"), "en": ("B", "KB", "MB")}


def create_desk(
    folder: Path,
    port: int,
    *,
    today: Callable[[], date] = clock.today,
    seconds: Callable[[], float] = time.monotonic,
    site: OpenSite = open_site,
) -> Flask:
    """The WSGI application of the desk in *folder*, which answers on *port* only."""
    app = Flask("app.desk", root_path=str(Path(__file__).parent), static_folder=None)
    door = Door(folder, seconds, site)
    is_sandbox = (folder / SANDBOX_MARK).exists()
    app.extensions[base.EXTENSION] = base.Room(door, today, is_sandbox)
    guard.register(app, door, port)
    _register_words(app)
    _register_styles(app)
    app.register_blueprint(base.bp, name=ARABIC.code)
    app.register_blueprint(base.bp, name=ENGLISH.code, url_prefix="/en")
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(DamagedFileError, lambda _: _error_page(HTTPStatus.GONE))
    app.context_processor(_page_context)
    return app


def door_of(app: Flask) -> Door:
    room: base.Room = app.extensions[base.EXTENSION]
    return room.door


def _register_words(app: Flask) -> None:
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    # The extension adds these methods at run time, so no type checker knows them.
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.globals |= {"here": base.here, "hidden": _hidden_token, "say": say}
    env.filters |= {"size": _size_word, "visible_name": visible_name, "kind_word": _kind_word}


def _kind_word(kind: str, lang: str) -> str:
    return words("kinds", kind, "ar" if lang == "ar" else "en")


def _register_styles(app: Flask) -> None:
    """Serve the site's stylesheet and the desk's own, under names that carry their hashes."""
    shelves = [Assets(APP / "static"), Assets(APP / "desk" / "static")]
    styles = [shelves[0]("base.css"), shelves[1]("desk.css")]
    by_url = {style.url: style for style in styles}
    app.jinja_env.globals["styles"] = styles

    @app.get("/static/<path:name>")
    def static_file(name: str) -> ResponseReturnValue:
        style: Asset | None = by_url.get(f"/static/{name}")
        if style is None:
            abort(HTTPStatus.NOT_FOUND)
        response = Response(style.body, content_type=style.media_type)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _page_context() -> dict[str, Any]:
    door = base.room().door
    session = base.session()
    page = (request.endpoint or "").rpartition(".")[2]
    return {
        "language": current(),
        "other_language": ARABIC if current() is ENGLISH else ENGLISH,
        "other_page": _other_page(),
        "page_name": page,
        "is_open": door.is_open(session),
        "is_sandbox": base.room().is_sandbox,
        "is_training": base.room().is_sandbox or page.startswith("training"),
    }


def _hidden_token() -> Markup:
    """The field that every form carries."""
    token = base.room().door.form_token(base.session())
    return Markup('<input type="hidden" name="{}" value="{}">').format(guard.FORM_KEY, token)


def _other_page() -> str:
    """The same page in the other language; the answer to a form leads to the inbox."""
    path = request.path if request.method == "GET" else ("/en/" if current() is ENGLISH else "/")
    return path.removeprefix("/en") or "/" if current() is ENGLISH else f"/en{path}"


def _size_word(size: int) -> str:
    return human_size(size, current().code)


def human_size(size: int, code: LanguageCode = "en") -> str:
    """`1.4 MB`, in steps of 1,000 and Western digits in both languages."""
    units = _UNITS[code]
    amount, step = float(size), 0
    while amount >= 1000 and step < len(units) - 1:
        amount, step = amount / 1000, step + 1
    digits = 0 if amount >= 10 or step == 0 else 1
    return f"{amount:.{digits}f} {units[step]}"


def _refused(error: HTTPException) -> ResponseReturnValue:
    return _error_page(HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR))


def _error_page(status: HTTPStatus) -> ResponseReturnValue:
    return render_template("error.html", status=int(status)), status
