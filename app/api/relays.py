"""What desks hand in about relays: packets, outcomes, tallies, and notes among reviewers."""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.api.desk import keyring, require_session
from app.services import desk, relays, topics
from app.services.envelopes import MAX_MESSAGE_BYTES, check_message, check_packet
from app.services.relays import Posting
from app.web.bodies import Fields
from app.web.kinds import limited
from app.web.state import site

bp = Blueprint("desk_relays", __name__, url_prefix="/desk")
public = Blueprint("agencies", __name__)

_MAX_RECORD_BYTES = 65_536
_MAX_BODY_BYTES = (MAX_MESSAGE_BYTES + _MAX_RECORD_BYTES) * 4 // 3 + 4096

bp.before_request(require_session)


@bp.post("/team")
@limited("desk")
def deposit_team_note() -> ResponseReturnValue:
    fields = Fields.read(_MAX_BODY_BYTES)
    slot = fields.bytes("slot", 32)
    untrusted_envelope = fields.bytes("envelope", max_size=MAX_MESSAGE_BYTES)
    fields.end()
    check_message(untrusted_envelope)
    here = site()
    here.require_room()
    blob = here.blobs.put(untrusted_envelope)
    with here.transaction() as connection:
        desk.deposit_team_note(connection, slot, blob, today=here.today())
    return jsonify({}), HTTPStatus.CREATED


@bp.post("/relays")
@limited("desk")
def relay() -> ResponseReturnValue:
    fields = Fields.read(_MAX_BODY_BYTES)
    untrusted_note = fields.text("record", _MAX_RECORD_BYTES)
    untrusted_packet = fields.bytes("packet", max_size=MAX_MESSAGE_BYTES)
    link_hash = fields.bytes("link_hash", 32)
    fields.end()
    check_packet(untrusted_packet)
    here = site()
    signers = keyring().deciding_devices
    here.require_room()
    posting = Posting(untrusted_note, here.blobs.put(untrusted_packet).digest, link_hash)
    with here.transaction() as connection:
        relays.relay(connection, posting, signers, origin=here.settings.origin, today=here.today())
    return jsonify({}), HTTPStatus.CREATED


@bp.post("/records")
@limited("desk")
def publish() -> ResponseReturnValue:
    fields = Fields.read(_MAX_BODY_BYTES)
    untrusted_note = fields.text("note", _MAX_RECORD_BYTES)
    fields.end()
    here = site()
    signers = keyring().deciding_devices
    with here.transaction() as connection:
        relays.publish(
            connection, untrusted_note, signers, origin=here.settings.origin, today=here.today()
        )
    return jsonify({}), HTTPStatus.CREATED


@public.get("/topics")
@limited("pages")
def asked() -> Response:
    """Every topic: the note that two reviewers signed, or what the operator put there."""
    with site().reading() as connection:
        found = [
            (topic, topics.signed(connection, topic.slug))
            for topic in topics.everything(connection)
        ]
    return jsonify(
        topics=[
            {
                "slug": topic.slug,
                "content": None if signed else topic.encode(),
                "note": signed.note if signed else None,
            }
            for topic, signed in found
        ]
    )


@public.get("/agencies")
@limited("pages")
def agencies() -> Response:
    with site().reading() as connection:
        plans = relays.plans(connection)
    return jsonify(
        agencies=[
            {
                "slug": plan.slug,
                "name": plan.name.encode(),
                "liaison": plan.liaison.encode(),
                "channel": plan.channel.encode(),
                "answer_days": plan.answer_days,
                "ladder": [
                    {"after_days": step.after_days, "to": step.to.encode()} for step in plan.ladder
                ],
            }
            for plan in plans
        ]
    )
