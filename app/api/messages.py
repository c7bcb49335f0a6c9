"""Follow-ups: a sealed message under the next one-time name of a thread."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.services import keyrings, messages
from app.services.envelopes import MAX_MESSAGE_BYTES, check_message
from app.services.messages import Posting
from app.web.bodies import MAX_SERIAL, Fields
from app.web.kinds import limited
from app.web.state import site
from crypto.encoding import sha256

bp = Blueprint("messages", __name__)
_MAX_LINE_BYTES = 4096


@bp.post("/messages")
@limited("messages", toll=True)
def deposit() -> ResponseReturnValue:
    fields, untrusted_envelope = Fields.read_sealed(_MAX_LINE_BYTES, MAX_MESSAGE_BYTES)
    name, auth_hash = fields.bytes("name", 32), fields.bytes("auth_hash", 32)
    keyring = fields.integer("keyring", 1, MAX_SERIAL)
    fields.end()
    tag = sha256(
        b"wasl/message-request/v1\n",
        name,
        auth_hash,
        keyring.to_bytes(8, "big"),
        sha256(untrusted_envelope),
    )
    check_message(untrusted_envelope)
    _deposit(Posting(name, auth_hash, tag), keyring, untrusted_envelope)
    return jsonify({}), HTTPStatus.CREATED


def _deposit(posting: Posting, keyring: int, envelope: bytes) -> None:
    here = site()
    today = here.today()
    with here.reading() as connection:
        if messages.is_repeat(connection, posting):
            return
        keyrings.require_current(connection, keyring, today)
    here.require_room()
    blob = here.blobs.put(envelope)
    with here.transaction() as connection:
        messages.deposit(connection, posting, keyring=keyring, envelope=blob, today=today)
