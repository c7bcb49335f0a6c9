"""What the holder of a receipt code does to the case itself: object to a relay, or withdraw."""

from flask import Blueprint, Response, jsonify

from app.services import holders
from app.web.bodies import Fields
from app.web.kinds import limited
from app.web.state import site

bp = Blueprint("holders", __name__, url_prefix="/case")
_MAX_BODY_BYTES = 1024


@bp.post("/object")
@limited("messages")
def object_to() -> Response:
    name, auth = _key()
    with site().transaction() as connection:
        status = holders.object_to(connection, name, auth)
    return jsonify(status=status)


@bp.post("/withdraw")
@limited("messages")
def withdraw() -> Response:
    name, auth = _key()
    here = site()
    with here.transaction() as connection:
        gone = holders.withdraw(connection, name, auth)
    # Only after the commit: a row must never name ciphertext that is not there.
    holders.delete_blobs(here.blobs, gone)
    return jsonify(status="withdrawn")


def _key() -> tuple[bytes, bytes]:
    fields = Fields.read(_MAX_BODY_BYTES)
    name, auth = fields.bytes("name", 32), fields.bytes("auth", 32)
    fields.end()
    return name, auth
