"""What everyone who seals must know first: keyring, roots, promise key, topics, limits."""

from flask import Blueprint, Response, jsonify

from app.domain.topics import Portal
from app.log.publication import published_size
from app.services import keyrings, topics
from app.store.uploads import PART_BYTES
from app.web.state import site

bp = Blueprint("intake", __name__)


@bp.get("/intake")
def intake() -> Response:
    here = site()
    today = here.today()
    with here.reading() as connection:
        keyring = keyrings.current(connection, today)
        open_topics = topics.open_on(connection, today)
    limits = here.settings.limits
    return jsonify(
        origin=here.settings.origin,
        keyring=keyring.note,
        roots=here.roots.encode(),
        promise_key=here.promise_key.verifier.encode(),
        topics=[
            {
                "slug": topic.slug,
                "title": {"ar": topic.title.ar, "en": topic.title.en},
                "closes": topic.closes.isoformat() if topic.closes else None,
                "portal": _portal(topic.portal),
            }
            for topic in open_topics
        ],
        limits={
            "attachment_bytes": limits.attachment_bytes,
            "attachments": limits.attachments,
            "part_bytes": PART_BYTES,
            "text_bytes": limits.text_bytes,
            "objection_days": here.settings.cases.objection_days,
        },
        log={
            "vkeys": [key.encode() for key in here.policy.log_keys(here.settings.origin)],
            "policy": here.policy.encode(),
            "size": published_size(here.settings.log_path),
        },
    )


def _portal(portal: Portal | None) -> dict[str, object] | None:
    """What the official portal calls the question, for those who bring answers there."""
    if portal is None:
        return None
    return {
        "title": portal.title.encode(),
        "number": portal.number,
        "deadline": portal.deadline.isoformat() if portal.deadline else None,
    }


@bp.get("/client")
def client() -> Response:
    """Every file that browsers are handed, with its hash; the log has the hash of this list."""
    return Response(site().assets.manifest, content_type="text/plain; charset=utf-8")
