"""The campaign kit of a topic: what anybody may print, share or read out, the same for everyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from app.campaign.facts import Facts
from app.campaign.kit import DESIGNS, MEDIA_TYPES, Design, KitFile, files
from app.citizen.language import ARABIC, ENGLISH, Language, current
from app.citizen.site import bp
from app.services import kits, topics
from app.web.state import site

if TYPE_CHECKING:
    from app.campaign.messages import Message

FACTS: Final = "facts.json"
"""What `wasl campaign` draws the same kit from."""


@dataclass(frozen=True)
class DesignView:
    """`files` has the names of a design's files, by language and then by suffix."""

    name: str
    size: str
    files: Sequence[tuple[Language, Sequence[tuple[str, str]]]]


@bp.get("/kit/<slug>", endpoint="kit")
def show(slug: str) -> str:
    facts, made = _loaded(slug)
    is_open = any(each.design is None for each in made)
    return render_template(
        "citizen/kit.html",
        slug=slug,
        title=facts.topic.title.text(current().code),
        link=facts.link(current().code),
        messages=_messages(facts) if is_open else (),
        invitations=_views(made, "invite"),
        results=_views(made, "result"),
        facts_name=FACTS,
    )


@bp.get("/kit/<slug>/<name>", endpoint="kit_file")
def download(slug: str, name: str) -> ResponseReturnValue:
    facts, made = _loaded(slug)
    if name == FACTS:
        return _attached(facts.encode(), "application/json", name)
    file = next((each for each in made if each.name == name), None)
    if file is None:
        abort(HTTPStatus.NOT_FOUND)
    return _attached(site().kits.get(facts, file), file.media_type, name)


def _loaded(slug: str) -> tuple[Facts, tuple[KitFile, ...]]:
    here = site()
    today = here.today()
    with here.reading() as connection:
        topic = topics.find(connection, slug)
        if topic is None or topic.opens > today:
            abort(HTTPStatus.NOT_FOUND)
        facts = kits.facts(
            connection,
            topic,
            roots=here.roots,
            origin=here.settings.origin,
            site_url=here.settings.site_url,
            onion_url=here.settings.onion_url,
            today=today,
        )
    return facts, files(facts, inviting=topic.is_open(today))


def _attached(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _messages(facts: Facts) -> Sequence[tuple[Language, Sequence["Message"]]]:
    from app.campaign.messages import messages  # noqa: PLC0415 a server starts without type

    return [(language, messages(facts, language.code)) for language in (ARABIC, ENGLISH)]


def _views(made: Sequence[KitFile], purpose: str) -> Sequence[DesignView]:
    there = {each.design for each in made}
    return [_view(each) for each in DESIGNS if each.purpose == purpose and each in there]


def _view(design: Design) -> DesignView:
    names = [
        (
            language,
            [(suffix, f"{design.name}-{language.code}.{suffix}") for suffix in MEDIA_TYPES],
        )
        for language in (ARABIC, ENGLISH)
    ]
    return DesignView(design.name, design.size, names)
