"""What reviewers' desks ask of the server.

`door` gives out challenges and tokens to anyone; `bp` answers only those who hold a token
of a device on today's keyring, and to the untrained among them it says 403. A route is put
under one or the other, so no view can forget to ask.
"""

from collections.abc import Iterator
from datetime import date
from http import HTTPStatus
from typing import BinaryIO

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.domain.errors import BadSessionError, UnknownBlobError, UntrainedError
from app.services import desk, desk_sessions, keyrings, messages
from app.services.desk import Signers
from app.services.envelopes import MAX_MESSAGE_BYTES, REPLY_BYTES, check_message, check_reply
from app.services.messages import Posting
from app.store.blobs import CHUNK_BYTES, StoredBlob
from app.web.bodies import Fields
from app.web.kinds import limited
from app.web.state import site
from crypto.encoding import encode_base64, sha256
from crypto.keyring import Keyring
from crypto.note import VerifierKey

door = Blueprint("desk_door", __name__, url_prefix="/desk")
bp = Blueprint("desk", __name__, url_prefix="/desk")

_MAX_NOTE_BYTES = 4096
_MAX_NOTE_BODY_BYTES = 16_384
MAX_REPLY_BODY_BYTES = (MAX_MESSAGE_BYTES + REPLY_BYTES) * 4 // 3 + 4096


@door.post("/challenge")
@limited("desk")
def challenge() -> Response:
    here = site()
    return jsonify(
        challenge=desk_sessions.challenge(here.session_secret, here.seconds(), here.random)
    )


@door.post("/session")
@limited("desk")
def begin_session() -> Response:
    fields = Fields.read(_MAX_NOTE_BODY_BYTES)
    untrusted_note = fields.text("note", _MAX_NOTE_BYTES)
    fields.end()
    here = site()
    token = desk_sessions.begin(
        here.session_secret,
        untrusted_note,
        devices(),
        origin=here.settings.origin,
        now=here.seconds(),
    )
    return jsonify(token=token, expires_in=desk_sessions.TOKEN_SECONDS)


@door.post("/courier")
@limited("desk")
def begin_courier_session() -> Response:
    fields = Fields.read(_MAX_NOTE_BODY_BYTES)
    untrusted_note = fields.text("note", _MAX_NOTE_BYTES)
    untrusted_pass = fields.text("pass", _MAX_NOTE_BYTES)
    fields.end()
    here = site()
    token = desk_sessions.begin_as_courier(
        here.session_secret,
        untrusted_note,
        untrusted_pass,
        devices(),
        origin=here.settings.origin,
        now=here.seconds(),
        today=here.today(),
    )
    return jsonify(token=token, expires_in=desk_sessions.TOKEN_SECONDS)


@bp.before_request
def require_session() -> None:
    scheme, _, untrusted_token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise BadSessionError
    here, today = site(), keyring()
    secret, now = here.session_secret, here.seconds()
    device = desk_sessions.check(secret, untrusted_token, today.devices, now)
    if device not in today.trained_devices(here.today()):
        raise UntrainedError


def keyring() -> Keyring:
    """Today's, its signatures verified."""
    here = site()
    with here.reading() as connection:
        return keyrings.open_current(connection, here.roots, here.settings.origin, here.today())


def devices() -> tuple[VerifierKey, ...]:
    return keyring().devices


@bp.get("/cases")
@limited("desk")
def cases() -> Response:
    with site().reading() as connection:
        inventory = desk.inventory(connection)
    return jsonify(
        cases=[
            {
                "slot": encode_base64(case.slot),
                "week": case.week,
                "status": case.status,
                **_blob(case.envelope),
                "attachments": [_blob(each) for each in case.attachments],
                "objection_until": _day(case.objection_until),
            }
            for case in inventory.cases
        ],
        messages=[
            {
                "slot": encode_base64(message.slot),
                "lane": message.lane,
                "digest": encode_base64(message.digest),
                "copy": encode_base64(message.copy) if message.copy else None,
            }
            for message in inventory.messages
        ],
        team=[
            {"slot": encode_base64(note.slot), "digest": encode_base64(note.digest)}
            for note in inventory.team
        ],
        relays=[
            {
                "id": encode_base64(relay.id),
                "agency": relay.agency,
                "topic": relay.topic,
                "due": relay.due.isoformat(),
                "answer": _digest(relay.answer_digest),
                "document": _digest(relay.document_digest),
            }
            for relay in inventory.relays
        ],
    )


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _digest(digest: bytes | None) -> str | None:
    return None if digest is None else encode_base64(digest)


def _blob(blob: StoredBlob) -> dict[str, str | int]:
    return {"digest": encode_base64(blob.digest), "bytes": blob.size}


@bp.get("/blobs/<hex_digest>")
@limited("desk")
def blob(hex_digest: str) -> Response:
    digest = _parse_digest(hex_digest)
    blobs = site().blobs
    try:
        size, file = blobs.size(digest), blobs.open(digest)
    except FileNotFoundError:
        raise UnknownBlobError from None
    response = Response(_chunks(file), content_type="application/octet-stream")
    response.call_on_close(file.close)
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = "attachment"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _parse_digest(untrusted: str) -> bytes:
    try:
        digest = bytes.fromhex(untrusted)
    except ValueError:
        raise UnknownBlobError from None
    if digest.hex() != untrusted or len(digest) != 32:
        raise UnknownBlobError
    return digest


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@bp.post("/replies")
@limited("desk")
def deposit_reply() -> ResponseReturnValue:
    fields = Fields.read(MAX_REPLY_BODY_BYTES)
    name, auth_hash = fields.bytes("name", 32), fields.bytes("auth_hash", 32)
    untrusted_envelope = fields.bytes("envelope", max_size=REPLY_BYTES)
    untrusted_copy = fields.bytes("copy", max_size=MAX_MESSAGE_BYTES)
    fields.end()
    check_reply(untrusted_envelope)
    check_message(untrusted_copy)
    tag = sha256(
        b"wasl/reply-request/v1\n",
        name,
        auth_hash,
        sha256(untrusted_envelope),
        sha256(untrusted_copy),
    )
    _deposit_reply(Posting(name, auth_hash, tag), untrusted_envelope, untrusted_copy)
    return jsonify({}), HTTPStatus.CREATED


def _deposit_reply(posting: Posting, envelope: bytes, copy: bytes) -> None:
    here = site()
    with here.reading() as connection:
        if messages.is_repeat(connection, posting):
            return
    here.require_room()
    blob, copy_blob = here.blobs.put(envelope), here.blobs.put(copy)
    with here.transaction() as connection:
        desk.deposit_reply(connection, posting, envelope=blob, copy=copy_blob, today=here.today())


@bp.post("/status")
@limited("desk")
def set_status() -> Response:
    fields = Fields.read(_MAX_NOTE_BODY_BYTES)
    untrusted_note = fields.text("note", _MAX_NOTE_BYTES)
    fields.end()
    here = site()
    today, days = keyring(), here.settings.cases.objection_days
    signers = Signers(here.settings.origin, today.devices, today.deciding_devices, days)
    with here.transaction() as connection:
        status = desk.set_status(connection, untrusted_note, signers, today=here.today())
    return jsonify(status=status)
