"""Reading the forms of the citizen pages, with a limit on everything before it is read."""

from typing import Final
from urllib.parse import parse_qsl

from flask import g, request
from werkzeug.exceptions import UnsupportedMediaType

from app.citizen.multipart import FormLimits, MalformedFormError, Texts, read_multipart
from app.citizen.staging import Staging
from app.web.bodies import read_bytes
from app.web.streams import passed_on

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

_MAX_FIELDS: Final = 300
_FIELD_OVERHEAD: Final = 65_536
# An Arabic letter is two bytes, and six in this encoding; so three times the text, and some.
_MAX_URLENCODED_BYTES: Final = 3_000_000
_MAX_TEXT_BYTES: Final = 900_000


def read_urlencoded() -> Texts:
    """Raise `MalformedFormError`, `RequestEntityTooLarge` or `UnsupportedMediaType`."""
    if request.mimetype != URLENCODED:
        raise UnsupportedMediaType
    g.form = _parse(read_bytes(_MAX_URLENCODED_BYTES))
    return form_of_this_request()


def form_of_this_request() -> Texts:
    """What `read_urlencoded` returned before."""
    form: Texts = g.form
    return form


def _parse(untrusted: bytes) -> Texts:
    try:
        pairs = parse_qsl(
            untrusted.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(untrusted),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise MalformedFormError from None
    return Texts(tuple(pairs))


def read_with_files(staging: Staging) -> Texts:
    """Read a form whose files go through *staging* while they arrive; undo them if it fails."""
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != MULTIPART or not boundary.isascii() or not boundary:
        raise UnsupportedMediaType
    request.max_content_length = staging.max_body_bytes + _MAX_TEXT_BYTES + _FIELD_OVERHEAD
    limits = FormLimits(text_bytes=_MAX_TEXT_BYTES, parts=_MAX_FIELDS, files=staging.max_files)
    with staging.undone_on_failure(), passed_on():
        return read_multipart(request.stream.read, boundary.encode(), limits, staging.open)
