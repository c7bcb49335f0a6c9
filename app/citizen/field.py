"""The offline page of field partners: one file, the same bytes for everyone, made here or at home.

Whoever runs `wasl field page` against this site gets the same bytes, from keys that the program
checked against roots which came another way. So its digest tells a false file of ours from a true.
"""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus

from flask import Response, abort, render_template

from app.citizen.fingerprints import fingerprint
from app.citizen.language import LANGUAGES, Language, LanguageCode, current
from app.citizen.site import bp, download
from app.domain.errors import NoKeyringError
from app.field import page as offline  # whose functions may come after ours: it asks for our words
from app.field.kit import Kit, last_to_seal
from app.services import field
from app.web.state import site


@lru_cache(maxsize=2 * len(LANGUAGES))
def _made(kit: Kit, code: LanguageCode) -> bytes:
    return offline.page_bytes(kit, code)


@dataclass(frozen=True)
class FileView:
    language: Language
    name: str
    kilobytes: int
    digest: str


@bp.get("/field", endpoint="field")
def show() -> str:
    try:
        kit = _kit()
    except NoKeyringError:
        return render_template("citizen/field.html", files=())
    return render_template(
        "citizen/field.html",
        files=[_view(kit, code) for code in LANGUAGES],
        until=current().full_date(last_to_seal(kit.keyring)),
        fingerprint=fingerprint(kit.roots.encode()),
    )


@bp.get("/field/<name>", endpoint="field_file")
def take(name: str) -> Response:
    """Raise `NoKeyringError` on a day on which nothing could be sealed."""
    code = next((code for code in LANGUAGES if name == _name(code)), None)
    if code is None:
        abort(HTTPStatus.NOT_FOUND)
    return download(_made(_kit(), code).decode(), name)


def _view(kit: Kit, code: LanguageCode) -> FileView:
    page = _made(kit, code)
    return FileView(LANGUAGES[code], _name(code), len(page) // 1000, sha256(page).hexdigest())


def _name(code: LanguageCode) -> str:
    return f"wasl-field-{code}.html"


def _kit() -> Kit:
    here = site()
    settings = here.settings
    with here.reading() as connection:
        return field.kit(
            connection,
            here.roots,
            settings.origin,
            text_bytes=settings.limits.text_bytes,
            today=here.today(),
        )
