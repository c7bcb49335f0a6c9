"""Every blueprint of the API, under /api/v1."""

from flask import Blueprint, Response, jsonify

from app.api import desk, holders, intake, mailbox, messages, relays, submissions, uploads
from app.api.openapi import DESCRIPTION

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/openapi.json")
def openapi() -> Response:
    return jsonify(DESCRIPTION)


for _part in (
    intake.bp,
    uploads.bp,
    submissions.bp,
    messages.bp,
    mailbox.bp,
    desk.door,
    desk.bp,
    holders.bp,
    relays.bp,
    relays.public,
):
    api.register_blueprint(_part)
