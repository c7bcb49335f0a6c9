"""A fixed window of one-time names in, an answer of one size out."""

from flask import Blueprint, Response, jsonify

from app.services import mailbox
from app.services.mailbox import Key
from app.web.bodies import Fields
from app.web.kinds import limited
from app.web.state import site
from crypto.encoding import encode_base64

bp = Blueprint("mailbox", __name__)
_MAX_BODY_BYTES = 8192


@bp.post("/mailbox")
@limited("mailbox")
def read() -> Response:
    fields = Fields.read(_MAX_BODY_BYTES)
    case = _key(fields.table("case"))
    names = [_key(table) for table in fields.tables("names", mailbox.NAMES, mailbox.NAMES)]
    fields.end()
    here = site()
    with here.reading() as connection:
        contents = mailbox.read(
            connection,
            here.blobs,
            case,
            names,
            dummy=here.dummy_reply,
            random=here.random,
            today=here.today(),
        )
    return jsonify(
        status=contents.status,
        week=contents.week,
        digest=encode_base64(contents.digest),
        slots=[
            {"name": encode_base64(reply.name), "envelope": encode_base64(reply.envelope)}
            for reply in contents.replies
        ],
    )


def _key(fields: Fields) -> Key:
    key = Key(fields.bytes("name", 32), fields.bytes("auth", 32))
    fields.end()
    return key
