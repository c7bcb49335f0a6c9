"""Attachments in parts of one size, so that a dropped circuit costs one part.

The upload's id in the path is its ticket, checked before a byte of the body is read.
"""

from http import HTTPStatus

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from app.services import uploads
from app.store.uploads import PART_BYTES, Upload
from app.web.bodies import Fields, read_bytes
from app.web.kinds import limited
from app.web.state import site

bp = Blueprint("uploads", __name__)
_MAX_BODY_BYTES = 1024
_MAX_SIZE = 2**40 - 1


@bp.post("/uploads")
@limited("uploads", toll=True)
def begin() -> ResponseReturnValue:
    fields = Fields.read(_MAX_BODY_BYTES)
    size = fields.integer("size", 1, _MAX_SIZE)
    fields.end()
    here = site()
    here.require_room()
    upload = uploads.begin(
        here.uploads,
        size,
        attachment_bytes=here.settings.limits.attachment_bytes,
        today=here.today(),
    )
    answer = jsonify(id=upload.id, part_bytes=PART_BYTES, parts=upload.parts)
    return answer, HTTPStatus.CREATED


@bp.get("/uploads/<upload_id>")
@limited("parts")
def show(upload_id: str) -> Response:
    upload = _find(upload_id)
    return jsonify(id=upload.id, size=upload.size, parts=upload.parts, have=upload.have())


@bp.put("/uploads/<upload_id>/<int:number>")
@limited("parts")
def store_part(upload_id: str, number: int) -> ResponseReturnValue:
    upload = _find(upload_id)
    size = upload.part_size(number)
    here = site()
    here.require_room()
    here.uploads.store_part(upload, number, read_bytes(size))
    return "", HTTPStatus.NO_CONTENT


def _find(upload_id: str) -> Upload:
    here = site()
    return here.uploads.find(upload_id, here.today())
