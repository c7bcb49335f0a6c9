"""The OpenAPI 3.1 description of /api/v1, served as /api/v1/openapi.json.

Written by hand: the contract comes first and the code follows it. A test holds the two
against each other, route by route.
"""

from typing import Any, Final

from app.domain import media_types
from app.domain.tickets import TICKET_PATTERN
from app.services.mailbox import NAMES, SLOTS
from app.store.uploads import PART_BYTES
from app.web.problems import URN
from crypto.work import MAX_BITS

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema, low: int = 0, high: int | None = None) -> Schema:
    bounds = {"minItems": low} if high is None else {"minItems": low, "maxItems": high}
    return {"type": "array", "items": items, **bounds}


def _base64(size: int | None = None, about: str = "") -> Schema:
    what = f"{size} bytes" if size else "bytes"
    return {
        "type": "string",
        "contentEncoding": "base64",
        "description": f"{what} in canonical base64 with padding. {about}".strip(),
    }


def _text(about: str = "", **more: object) -> Schema:
    return {"type": "string", "description": about, **more}


def _json(schema: Schema, about: str) -> Schema:
    return {"description": about, "content": {media_types.JSON: {"schema": schema}}}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {media_types.JSON: {"schema": schema}}}


def _sealed(line: Schema) -> Schema:
    about = (
        "One line of JSON as `x-wasl-line` describes it, a newline, "
        "and an age file for the reviewers, of a message's size class, to the end of the body."
    )
    schema = {"type": "string", "format": "binary", "description": about, "x-wasl-line": line}
    return {"required": True, "content": {media_types.SEALED: {"schema": schema}}}


def _operation(
    summary: str, responses: dict[str, Schema], *, refuses: str = "", **more: object
) -> Schema:
    """*refuses* lists the statuses, besides 400, 413, 422 and 429, that problems may have."""
    everywhere = ["400", "413", "415", "422", "429", *refuses.split()]
    problems = {status: {"$ref": "#/components/responses/Problem"} for status in everywhere}
    return {"summary": summary, "responses": {**problems, **responses}, **more}


def _tolled(operation: Schema) -> Schema:
    """What programs may have to work for."""
    too_many = {"429": {"$ref": "#/components/responses/TooMany"}}
    return {
        **operation,
        "parameters": [_WORK],
        "responses": operation["responses"] | too_many,
    }


_COUNT: Final = {"type": "integer", "minimum": 0}
_SERIAL: Final = {"type": "integer", "minimum": 1, "description": "Serial of the keyring used."}
_DAY: Final = {"type": "string", "format": "date"}
_PORTAL: Final = {
    **_object(
        title=_object(ar=_text(), en=_text()),
        number={"type": ["string", "null"]},
        deadline={**_DAY, "type": ["string", "null"]},
    ),
    "type": ["object", "null"],
}
_HASH: Final = _base64(32)
_NOTE: Final = _text("A C2SP signed note.")
_KEY: Final = _object(name=_HASH, auth=_HASH)
_STATUS: Final = _text("Filled with spaces to 12 characters.", minLength=12, maxLength=12)
_ENVELOPE: Final = _base64(about="An age file for the reviewers, of a message's size class.")
_REPLY: Final = _base64(about="An age file for one citizen, of the reply's size class.")
_BLOB: Final = _object(digest=_HASH, bytes=_COUNT)
_EMPTY: Final = _object()
_PAIR: Final = _object(ar=_text(), en=_text())
_AGENCY: Final = _object(
    slug=_text(),
    name=_PAIR,
    liaison=_PAIR,
    channel=_PAIR,
    answer_days=_COUNT,
    ladder=_list(_object(after_days=_COUNT, to=_PAIR)),
)
_TOPIC: Final = _object(
    slug=_text(),
    content={"type": ["string", "null"], "description": "JSON, where nobody has signed it."},
    note={"type": ["string", "null"], "description": "A signed note (SPEC.md §14)."},
)
_DESK: Final[list[Schema]] = [{"deskToken": []}]


_WORK: Final[Schema] = {
    "name": "Wasl-Work",
    "in": "header",
    "required": False,
    "description": "Work on the `challenge` of a `work-wanted` problem, as `<challenge>.<number>`.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}\\.[0-9a-f]{16}$"},
}


def _path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


_TICKET: Final = _text(
    "The upload's id: a ticket for its parts, good today and tomorrow and until a submission names "
    "it. It is checked before the body of a part is read.",
    pattern=f"^{TICKET_PATTERN}$",
)
_UPLOAD_ID: Final = _path("upload_id", _TICKET)

DESCRIPTION: Final[Schema] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Wasl",
        "version": "1",
        "summary": "Sealed opinions in, promises and sealed replies out.",
        "description": (
            "Everything secret is an age v1 file with mlkem768x25519 stanzas, everything "
            "signed a C2SP signed note. Codes and keys are never in a URL. Unknown fields "
            "are refused. While many send at once, what stores something may be answered with "
            "`work-wanted`: it passes with work on its challenge (header Wasl-Work, SPEC.md §20). "
            "Requests that store something may be repeated: the same request "
            "gets the same answer. The receipt log is at /log/, as C2SP tlog-tiles lays it out."
        ),
        "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    },
    "servers": [{"url": "/api/v1"}],
    "paths": {
        "/openapi.json": {
            "get": _operation("This description.", {"200": _json({"type": "object"}, "OpenAPI.")})
        },
        "/intake": {
            "get": _operation(
                "What everyone who seals must know.",
                {
                    "200": _json(
                        _object(
                            origin=_text("The instance's name in everything signed."),
                            keyring=_text("The current keyring, a note signed by the roots."),
                            roots=_text("The text of the root keys; clients pin it."),
                            promise_key=_text("The verifier key of promises."),
                            topics=_list(
                                _object(
                                    slug=_text(),
                                    title=_object(ar=_text(), en=_text()),
                                    closes={**_DAY, "type": ["string", "null"]},
                                    portal=_PORTAL,
                                )
                            ),
                            limits=_object(
                                attachment_bytes=_COUNT,
                                attachments=_COUNT,
                                part_bytes={"const": PART_BYTES},
                                text_bytes=_COUNT,
                                objection_days=_COUNT,
                            ),
                            log=_object(
                                vkeys=_list(_text("A verifier key of the log."), low=1),
                                policy=_text("The witnesses, a C2SP tlog-policy."),
                                size={**_COUNT, "description": "Leaves in the published log."},
                            ),
                        ),
                        "The intake.",
                    )
                },
                refuses="503",
            )
        },
        "/client": {
            "get": _operation(
                "Every file that browsers are handed; the log has the SHA-256 of this list.",
                {
                    "200": {
                        "description": "Lines of `<hex SHA-256>  <URL>`.",
                        "content": {"text/plain": {"schema": _text()}},
                    }
                },
            )
        },
        "/uploads": {
            "post": _tolled(
                _operation(
                    "Begin the upload of one sealed attachment.",
                    {
                        "201": _json(
                            _object(id=_TICKET, part_bytes={"const": PART_BYTES}, parts=_COUNT),
                            "Send the parts now. The upload is kept for at least 24 hours.",
                        )
                    },
                    refuses="507",
                    requestBody=_body(_object(size={"type": "integer", "minimum": 1})),
                )
            )
        },
        "/uploads/{upload_id}": {
            "parameters": [_UPLOAD_ID],
            "get": _operation(
                "Which parts have arrived.",
                {
                    "200": _json(
                        _object(id=_TICKET, size=_COUNT, parts=_COUNT, have=_list(_COUNT)),
                        "The numbers of the stored parts, ascending.",
                    )
                },
                refuses="404",
            ),
        },
        "/uploads/{upload_id}/{number}": {
            "parameters": [_UPLOAD_ID, _path("number", _COUNT)],
            "put": _operation(
                "Store part `number`, counted from 0; all but the last have `part_bytes` bytes.",
                {"204": {"description": "Stored. The same bytes again are answered alike."}},
                refuses="404 409 507",
                requestBody={
                    "required": True,
                    "content": {media_types.BYTES: {"schema": {"type": "string"}}},
                },
            ),
        },
        "/submissions": {
            "post": _tolled(
                _operation(
                    "Open a case.",
                    {
                        "201": _json(
                            _object(commitment=_HASH, promise=_NOTE, merge_by=_DAY),
                            "Accepted and durable; the promise names the leaf the log will show.",
                        )
                    },
                    refuses="404 409 503 507",
                    requestBody=_sealed(
                        _object(
                            name=_HASH,
                            auth_hash=_HASH,
                            log_salt=_HASH,
                            content_commit=_HASH,
                            roll_seed=_HASH,
                            keyring=_SERIAL,
                            attachments=_list(_object(upload=_TICKET, digest=_HASH)),
                        )
                    ),
                )
            )
        },
        "/messages": {
            "post": _tolled(
                _operation(
                    "Leave a follow-up under the next name of a thread.",
                    {"201": _json(_EMPTY, "Stored.")},
                    refuses="409 503 507",
                    requestBody=_sealed(_object(name=_HASH, auth_hash=_HASH, keyring=_SERIAL)),
                )
            )
        },
        "/mailbox": {
            "post": _operation(
                f"Ask for a case and the first {SLOTS} of {NAMES} one-time names.",
                {
                    "200": _json(
                        _object(
                            status=_STATUS,
                            week=_text("ISO 8601, `2026-W48`.", minLength=8, maxLength=8),
                            digest=_HASH,
                            slots=_list(_object(name=_HASH, envelope=_REPLY), SLOTS, SLOTS),
                        ),
                        "Always of this size. An empty slot has a random name and random bytes; "
                        "the status of a case that is not the asker's is `unknown` and its digest "
                        "random. `digest` is H of the stored envelope, `week` when it came.",
                    )
                },
                requestBody=_body(_object(case=_KEY, names=_list(_KEY, NAMES, NAMES))),
            )
        },
        "/desk/challenge": {
            "post": _operation(
                "Ask for something to sign.",
                {"200": _json(_object(challenge=_text()), "Good for two minutes.")},
            )
        },
        "/desk/session": {
            "post": _operation(
                "Begin a session with a device key of today's keyring.",
                {
                    "200": _json(
                        _object(token=_text(), expires_in={"const": 900}),
                        "Show the token as `Authorization: Bearer …`.",
                    )
                },
                refuses="401 503",
                requestBody=_body(
                    _object(
                        note=_text(
                            "A note over `wasl/desk-session/v1`, the origin and the "
                            "challenge, each a line."
                        )
                    )
                ),
            )
        },
        "/desk/courier": {
            "post": _operation(
                "Begin a session with a courier's key and the pass of a device.",
                {
                    "200": _json(
                        _object(token=_text(), expires_in={"const": 900}),
                        "As `/desk/session`; it ends when the device leaves the keyring.",
                    )
                },
                refuses="401 503",
                requestBody=_body(
                    _object(
                        **{
                            "note": _text("As for `/desk/session`, signed by the courier's key."),
                            "pass": _text("A note over a `wasl/courier-pass/v1` by a device."),
                        }
                    )
                ),
            )
        },
        "/desk/cases": {
            "get": _operation(
                "All cases and messages, ordered by their random slots.",
                {
                    "200": _json(
                        _object(
                            cases=_list(
                                _object(
                                    slot=_HASH,
                                    week=_text("ISO 8601, `2026-W48`."),
                                    status=_text(),
                                    digest=_HASH,
                                    bytes=_COUNT,
                                    attachments=_list(_BLOB),
                                    objection_until={**_DAY, "type": ["string", "null"]},
                                )
                            ),
                            messages=_list(
                                _object(
                                    slot=_HASH,
                                    lane={"enum": ["citizen", "team"]},
                                    digest=_HASH,
                                    copy={**_HASH, "type": ["string", "null"]},
                                )
                            ),
                            team=_list(_object(slot=_HASH, digest=_HASH)),
                            relays=_list(
                                _object(
                                    id=_base64(16),
                                    agency=_text(),
                                    topic=_text(),
                                    due=_DAY,
                                    answer={**_HASH, "type": ["string", "null"]},
                                    document={**_HASH, "type": ["string", "null"]},
                                )
                            ),
                        ),
                        "What there is.",
                    )
                },
                refuses="401 403 503",
                security=_DESK,
            )
        },
        "/desk/blobs/{hex_digest}": {
            "parameters": [_path("hex_digest", {"type": "string", "pattern": "^[0-9a-f]{64}$"})],
            "get": _operation(
                "One ciphertext by its SHA-256.",
                {
                    "200": {
                        "description": "The age file.",
                        "content": {media_types.BYTES: {"schema": {"type": "string"}}},
                    }
                },
                refuses="401 403 404 503",
                security=_DESK,
            ),
        },
        "/desk/replies": {
            "post": _operation(
                "Leave a reply, and the same words for the colleagues.",
                {"201": _json(_EMPTY, "Stored.")},
                refuses="401 403 409 503 507",
                security=_DESK,
                requestBody=_body(
                    _object(name=_HASH, auth_hash=_HASH, envelope=_REPLY, copy=_ENVELOPE)
                ),
            )
        },
        "/desk/team": {
            "post": _operation(
                "Leave a note for the other reviewers; the same request again changes nothing.",
                {"201": _json(_EMPTY, "It is kept.")},
                refuses="401 403 409 503 507",
                security=_DESK,
                requestBody=_body(_object(slot=_HASH, envelope=_ENVELOPE)),
            )
        },
        "/desk/relays": {
            "post": _operation(
                "Hand in a packet for an agency; the same request again changes nothing.",
                {"201": _json(_EMPTY, "It is kept, and its line will be in the log.")},
                refuses="401 403 409 503 507",
                security=_DESK,
                requestBody=_body(
                    _object(
                        record=_text("A relay signed by two reviewers."),
                        packet=_base64(about="An age file that opens with the link's secret."),
                        link_hash=_HASH,
                    )
                ),
            )
        },
        "/desk/records": {
            "post": _operation(
                "Publish an outcome, a tally, a topic or who took part in it, once.",
                {"201": _json(_EMPTY, "It is public, and will be in the log.")},
                refuses="401 403 404 409 503",
                security=_DESK,
                requestBody=_body(_object(note=_text("A record signed by two reviewers."))),
            )
        },
        "/case/object": {
            "post": _operation(
                "Stop what was about to be relayed, as the holder of the code.",
                {"200": _json(_object(status=_text()), "The status the case has now.")},
                refuses="404 409",
                requestBody=_body(_KEY),
            )
        },
        "/case/withdraw": {
            "post": _operation(
                "End a case and delete what was sent, as the holder of the code.",
                {"200": _json(_object(status=_text()), "The status the case has now.")},
                refuses="404 409",
                requestBody=_body(_KEY),
            )
        },
        "/topics": {
            "get": _operation(
                "What people are asked: each topic's page, in a note by two who signed it.",
                {"200": _json(_object(topics=_list(_TOPIC)), "All topics.")},
            )
        },
        "/agencies": {
            "get": _operation(
                "How each agency is reached, by when it answers, and who is told if not.",
                {"200": _json(_object(agencies=_list(_AGENCY)), "All communication plans.")},
            )
        },
        "/desk/status": {
            "post": _operation(
                "Change the status of a case by a signed disposition.",
                {"200": _json(_object(status=_text()), "The status the case has now.")},
                refuses="401 403 404 409 503",
                security=_DESK,
                requestBody=_body(_object(note=_text("A disposition signed by a device key."))),
            )
        },
    },
    "components": {
        "securitySchemes": {"deskToken": {"type": "http", "scheme": "bearer"}},
        "responses": {
            "Problem": {
                "description": "A problem document (RFC 9457) in two languages.",
                "content": {
                    "application/problem+json": {
                        "schema": _object(
                            type=_text(f"`{URN}<code>`"),
                            title=_text(),
                            status={"type": "integer"},
                            detail=_text(),
                            title_ar=_text(),
                            detail_ar=_text(),
                        )
                    }
                },
            },
            "TooMany": {
                "description": "`too-many-requests`, or `work-wanted`, which has two more members.",
                "content": {
                    "application/problem+json": {
                        "schema": {
                            "type": "object",
                            "properties": {
                                "type": _text(f"`{URN}<code>`"),
                                "challenge": _text("32 bytes in hex.", pattern="^[0-9a-f]{64}$"),
                                "bits": {"type": "integer", "minimum": 0, "maximum": MAX_BITS},
                            },
                        }
                    }
                },
            },
        },
    },
}
