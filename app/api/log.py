"""The receipt log at `/log/`, exactly as C2SP tlog-tiles lays it out.

Files are served as the sequencer wrote them. A server in front may serve the folder itself.
"""

import gzip
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request

from app.log.publication import CHECKPOINT
from app.web.kinds import limited
from app.web.state import site
from crypto.errors import MalformedTileError
from crypto.tlog.tiles import TilePath

bp = Blueprint("log", __name__, url_prefix="/log")

_FOREVER: Final = "public, max-age=31536000, immutable"
_FRESH: Final = "public, max-age=5"
_TEXT: Final = "text/plain; charset=utf-8"
_BYTES: Final = "application/octet-stream"


@bp.get(f"/{CHECKPOINT}")
@limited("assets")
def checkpoint() -> Response:
    """The newest signed checkpoint; 404 before the first batch."""
    return _answer(_read(CHECKPOINT), _TEXT, _FRESH)


@bp.get("/tile/<path:rest>")
@limited("assets")
def tile(rest: str) -> Response:
    """A tile or a bundle of entries; what is not the one spelling of a path is not there."""
    try:
        path = TilePath.parse(f"tile/{rest}")
    except MalformedTileError:
        abort(HTTPStatus.NOT_FOUND)
    data = _read(path.encode())
    # Hashes do not shrink.
    if path.level is not None:
        return _answer(data, _BYTES, _FOREVER)
    is_gzipped = request.accept_encodings.quality("gzip") > 0
    response = _answer(gzip.compress(data, 6, mtime=0) if is_gzipped else data, _BYTES, _FOREVER)
    response.headers["Vary"] = "Accept-Encoding"
    if is_gzipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _read(path: str) -> bytes:
    file: Path = site().settings.log_path / path
    try:
        return file.read_bytes()
    except FileNotFoundError:
        abort(HTTPStatus.NOT_FOUND)


def _answer(data: bytes, media_type: str, caching: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Cache-Control"] = caching
    return response
