"""A sealed submission comes in; a signed promise goes out, after the commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.domain.errors import (
    IncompleteUploadError,
    TooLargeError,
    UnknownUploadError,
)
from app.services import submissions, uploads
from app.services.envelopes import MAX_MESSAGE_BYTES, check_message
from app.services.submissions import Acceptance, Claim
from app.services.uploads import Naming
from app.store.blobs import StoredBlob
from app.web.bodies import MAX_SERIAL, Fields
from app.web.kinds import limited
from app.web.problems import FieldError
from app.web.state import SiteState, site
from crypto.encoding import encode_base64, sha256

bp = Blueprint("submissions", __name__)
_MAX_LINE_BYTES = 32_768
_MAX_ATTACHMENTS = 100


@dataclass(frozen=True)
class SubmissionForm:
    """The body of the request, parsed and bounded, its envelope not yet looked at."""

    claim: Claim
    keyring: int
    untrusted_envelope: bytes
    attachments: tuple[Naming, ...]

    @classmethod
    def read(cls) -> Self:
        fields, untrusted_envelope = Fields.read_sealed(_MAX_LINE_BYTES, MAX_MESSAGE_BYTES)
        names = ("name", "auth_hash", "log_salt", "content_commit", "roll_seed")
        said = {name: fields.bytes(name, 32) for name in names}
        keyring = fields.integer("keyring", 1, MAX_SERIAL)
        attachments = _namings(fields.tables("attachments", 0, _MAX_ATTACHMENTS))
        fields.end()
        tag = sha256(
            b"wasl/submission-request/v1\n",
            *said.values(),
            keyring.to_bytes(8, "big"),
            sha256(untrusted_envelope),
            *(naming.digest for naming in attachments),
        )
        # The same tag means the same envelope, so the sender's own commitment is right for it.
        content_commit = said.pop("content_commit")
        claim = Claim(**said, request_tag=tag, content_commit=lambda _digest: content_commit)
        return cls(claim, keyring, untrusted_envelope, attachments)


def _namings(tables: Sequence[Fields]) -> tuple[Naming, ...]:
    namings = []
    for table in tables:
        namings.append(Naming(table.text("upload", 64), table.bytes("digest", 32)))
        table.end()
    if len({naming.digest for naming in namings}) != len(namings):
        raise FieldError("attachments", "must not name one file twice")
    return tuple(namings)


@bp.post("/submissions")
@limited("submissions", toll=True)
def submit() -> ResponseReturnValue:
    form = SubmissionForm.read()
    here = site()
    if len(form.attachments) > here.settings.limits.attachments:
        raise TooLargeError
    check_message(form.untrusted_envelope)
    acceptance = _earlier(here, form) or _accept(here, form)
    return (
        jsonify(
            commitment=encode_base64(acceptance.commitment),
            promise=acceptance.promise,
            merge_by=acceptance.merge_by.isoformat(),
        ),
        HTTPStatus.CREATED,
    )


def _earlier(here: SiteState, form: SubmissionForm) -> Acceptance | None:
    """What the same request was answered before; None if it is new and may be accepted."""
    with here.reading() as connection:
        return submissions.find_or_admit(
            connection,
            form.claim,
            keyring=form.keyring,
            promiser=here.promiser,
            today=here.today(),
        )


def _accept(here: SiteState, form: SubmissionForm) -> Acceptance:
    here.require_room()
    try:
        attachments = [_assemble(here, naming) for naming in form.attachments]
    except (UnknownUploadError, IncompleteUploadError):
        # The same request, a moment ahead of this one, may have used the parts up.
        acceptance = _earlier(here, form)
        if acceptance is None:
            raise
        return acceptance
    envelope = here.blobs.put(form.untrusted_envelope)
    with here.transaction() as connection:
        acceptance = submissions.accept(
            connection,
            form.claim,
            keyring=form.keyring,
            envelope=envelope,
            attachments=attachments,
            promiser=here.promiser,
            today=here.today(),
        )
    uploads.discard(here.uploads, form.attachments, here.today())
    return acceptance


def _assemble(here: SiteState, naming: Naming) -> StoredBlob:
    return uploads.assemble(here.uploads, here.blobs, naming, here.today())
