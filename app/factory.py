"""Wires a site from its settings, and decides nothing."""

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from flask import Flask
from jinja2 import StrictUndefined

from app import agency, citizen
from app.api import log
from app.api.routes import api
from app.campaign.shelf import Shelf
from app.domain.bursts import Toll, Turns
from app.log_keys import load_policy
from app.services.envelopes import REPLY_BYTES
from app.settings import Settings, SettingsError
from app.store.blobs import FileBlobStore
from app.store.copies import CopyStore
from app.store.engine import Database, open_engine
from app.store.storage_keys import StorageKeys
from app.store.uploads import UploadArea
from app.web import assets, clock, doors, errors, headers, limits, memory, participation
from app.web.counters import Counters
from app.web.edge import Edge
from app.web.kinds import TOLLED
from app.web.state import EXTENSION, SiteState
from app.web.tickets import FormTickets
from crypto.errors import MalformedError
from crypto.keyring import Roots
from crypto.note import SigningKey

_MAX_BODY_BYTES: Final = 65_536
_SESSION_SECRET_BYTES: Final = 32


def create_site(
    settings: Settings,
    *,
    today: Callable[[], date] = clock.today,
    seconds: Callable[[], int] = clock.seconds,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Flask:
    """The WSGI application: citizen pages and API. Raises `SettingsError` for a broken folder.

    Opens no database connection, so it may be called before a fork.
    """
    state = _state(settings, today, seconds, random)
    # Flask's own static route would serve files without their hashes; app.web.assets does it.
    app = Flask("app", root_path=str(Path(__file__).parent), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["asset"] = state.assets
    app.extensions[EXTENSION] = state
    errors.register(app)
    headers.register(app, settings)
    app.register_blueprint(assets.blueprint(state.assets))
    app.register_blueprint(api)
    app.register_blueprint(log.bp)
    citizen.register(app)
    agency.register(app)
    doors.register(app, settings.listen.desk_socket)
    limits.register(app, settings.limits)
    memory.register(app)
    participation.register(app, settings, state.participation)
    app.wsgi_app = Edge(app.wsgi_app, today=today, random=random)  # type: ignore[method-assign]
    # Flask logs exceptions with their messages; app.web.errors logs what may be logged.
    app.logger.disabled = True
    logging.getLogger("werkzeug").disabled = True
    return app


def _state(
    settings: Settings,
    today: Callable[[], date],
    seconds: Callable[[], int],
    random: Callable[[int], bytes],
) -> SiteState:
    keys = StorageKeys(settings.storage_keys_path)
    blobs = FileBlobStore(settings.blobs_path, keys, today)
    secret = _session_secret(settings)
    uploads = UploadArea(
        settings.uploads_path,
        keys,
        secret=secret,
        quota_bytes=settings.limits.unfinished_uploads_bytes,
    )
    uploads.sweep(today())
    return SiteState(
        settings=settings,
        database=Database(open_engine(settings.database_url)),
        blobs=blobs,
        uploads=uploads,
        copies=CopyStore(settings.copies_path),
        form_tickets=FormTickets(secret, b"form", today=today, random=random),
        answer_tickets=FormTickets(secret, b"answer", today=today, random=random),
        tolls={
            kind: Toll(
                secret,
                kind,
                settings.limits.calm_per_minute,
                today=today,
                seconds=seconds,
                random=random,
            )
            for kind in TOLLED
        },
        turns=Turns(
            secret,
            settings.limits.turns_per_minute,
            today=today,
            seconds=seconds,
            random=random,
        ),
        promise_key=_promise_key(settings),
        roots=_roots(settings),
        policy=load_policy(settings),
        session_secret=secret,
        # Made from the secret, so that every process has the same one.
        dummy_reply=blobs.put(hashlib.shake_256(b"dummy" + secret).digest(REPLY_BYTES)).digest,
        assets=assets.everything(),
        participation=Counters(today, random),
        kits=Shelf(),
        today=today,
        seconds=seconds,
        random=random,
    )


def _session_secret(settings: Settings) -> bytes:
    secret = _read(settings.session_key_path, "session_key")
    if len(secret) != _SESSION_SECRET_BYTES:
        raise SettingsError(f"session_key: {settings.session_key_path} must hold 32 bytes")
    return secret


def _promise_key(settings: Settings) -> SigningKey:
    try:
        text = _read(settings.promise_key_path, "promise_key").decode("ascii")
        return SigningKey.parse(text.removesuffix("\n"))
    except (MalformedError, UnicodeDecodeError):
        raise SettingsError(
            f"promise_key: {settings.promise_key_path} holds no signing key"
        ) from None


def _roots(settings: Settings) -> Roots:
    try:
        return Roots.parse(_read(settings.roots_path, "roots").decode("utf-8"))
    except (MalformedError, UnicodeDecodeError):
        raise SettingsError(
            f"roots: {settings.roots_path} is not what `wasl root init` wrote"
        ) from None


def _read(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(f"{key}: {path} is not there") from None
