"""Static files, served from memory under names that carry their own hash.

A page asks for `asset("base.css")` and gets a URL that will never mean other bytes, so
browsers may keep it for ever, and a digest for `integrity=`. Compression happens once,
when a file is first asked for: nothing dynamic is ever compressed (BREACH).
"""

import gzip
import hashlib
import mimetypes
from base64 import b64encode
from dataclasses import dataclass
from functools import cache, cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from app.web.kinds import limited

PREFIX: Final = "/static/"
_FOLDER: Final = Path(__file__).parent.parent / "static"
_UNKNOWN: Final = "application/octet-stream"
_FOREVER: Final = "public, max-age=31536000, immutable"
_COMPRESSIBLE: Final = frozenset({".css", ".js", ".svg", ".txt", ".json"})
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """One file: `url` under /static/, `integrity` for the attribute of that name."""

    url: str
    integrity: str
    media_type: str
    body: bytes
    compressible: bool

    @cached_property
    def gzipped(self) -> bytes | None:
        """Most programs that know a file's hash never hand it out."""
        return gzip.compress(self.body, 9, mtime=0) if self.compressible else None

    def __str__(self) -> str:
        return self.url


class Assets:
    """All files under a folder, by the path a template writes (`client/client.js`)."""

    def __init__(self, folder: Path) -> None:
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        self._by_name = {path.relative_to(folder).as_posix(): _load(folder, path) for path in paths}
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def __call__(self, name: str) -> Asset:
        """The asset called *name*; `KeyError` if there is none, which a page's test meets."""
        return self._by_name[name]

    @property
    def manifest(self) -> str:
        """A line for each file, `<hex SHA-256>  <URL>`, in the order of their URLs."""
        hashed = [(url, hashlib.sha256(asset.body)) for url, asset in sorted(self._by_url.items())]
        return "".join(f"{digest.hexdigest()}  {url}\n" for url, digest in hashed)

    @property
    def manifest_digest(self) -> bytes:
        """32 bytes: what the log says about these files."""
        return hashlib.sha256(self.manifest.encode()).digest()

    def at(self, url: str) -> Asset | None:
        return self._by_url.get(url)


@cache
def everything() -> Assets:
    """The files that this program hands to browsers."""
    return Assets(_FOLDER)


def _load(folder: Path, path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha384(body).digest()
    name = path.relative_to(folder).with_suffix(f".{digest[:6].hex()}{path.suffix}")
    return Asset(
        url=f"{PREFIX}{name.as_posix()}",
        integrity=f"sha384-{b64encode(digest).decode()}",
        media_type=_TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or _UNKNOWN,
        body=body,
        compressible=path.suffix in _COMPRESSIBLE,
    )


def blueprint(assets: Assets) -> Blueprint:
    """The route that serves *assets*."""
    bp = Blueprint("assets", __name__)

    @bp.get(f"{PREFIX}<path:name>")
    @limited("assets")
    def serve(name: str) -> ResponseReturnValue:
        asset = assets.at(f"{PREFIX}{name}")
        if asset is None:
            abort(HTTPStatus.NOT_FOUND)
        return _response(asset)

    return bp


def _response(asset: Asset) -> Response:
    gzipped = asset.gzipped if request.accept_encodings.quality("gzip") > 0 else None
    response = Response(gzipped or asset.body, content_type=asset.media_type)
    response.headers["Cache-Control"] = _FOREVER
    if asset.gzipped is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if gzipped is not None:
        response.headers["Content-Encoding"] = "gzip"
    return response
