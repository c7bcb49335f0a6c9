"""The form in which a topic is written: flat fields of text, one sentence to a line.

`form_of` fills it from a topic and `topic_of` reads it back; a form that is no topic yet can be
kept as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from app.domain.topics import Bilingual, Source, Topic, copy_type
from crypto.encoding import sha256

SOURCES: Final = 6
"""How many sources the form has room for."""

Form = dict[str, str]
_PAIRS: Final = {
    "title": "title",
    "agency": "agency",
    "audience": "audience",
    "who": "who_decides",
    "change": "what_can_change",
}
_TEXTS: Final = ("slug", "stage", "opens", "closes", "agency_slug")
_LISTS: Final = ("governorates", "needs")
_SOURCE: Final = (
    *("title_ar", "title_en", "publisher_ar", "publisher_en", "published", "url"),
    *("sha256", "size", "media", "changed", "facts_ar", "facts_en"),
)
_PORTAL: Final = ("portal_title_ar", "portal_title_en", "portal_number", "portal_deadline")
FIELDS: Final = (
    *_TEXTS,
    *_LISTS,
    *(f"{name}_{lang}" for name in _PAIRS for lang in ("ar", "en")),
    *("decision_on", "decision_kind", "summary_ar", "summary_en", "for_you_ar", "for_you_en"),
    *("glossary_ar", "glossary_en", *_PORTAL, "portal_url"),
    *(f"source{n}_{name}" for n in range(1, SOURCES + 1) for name in _SOURCE),
)


def empty_form() -> Form:
    return dict.fromkeys(FIELDS, "") | {"stage": "draft", "decision_kind": "announced"}


def form_of(topic: Topic) -> Form:
    """The form that `topic_of` reads as *topic* (a waiver aside: it is not its writer's)."""
    table = json.loads(topic.encode())
    form = empty_form() | {name: str(table.get(name, "")) for name in _TEXTS}
    form |= {name: ",".join(table.get(name, ())) for name in _LISTS}
    for name, key in _PAIRS.items():
        form |= _pair_fields(name, table.get(key))
    if topic.decision:
        form |= {"decision_on": str(topic.decision.on), "decision_kind": topic.decision.kind.value}
    form |= _line_fields("summary", topic.summary) | _line_fields("for_you", topic.for_you)
    words = [
        Bilingual(f"{each.word.ar}: {each.meaning.ar}", f"{each.word.en}: {each.meaning.en}")
        for each in topic.glossary
    ]
    form |= _line_fields("glossary", words)
    if portal := table.get("portal"):
        form |= _pair_fields("portal_title", portal["title"])
        form |= {f"portal_{key}": portal.get(key, "") for key in ("number", "deadline", "url")}
    for n, source in enumerate(topic.sources[:SOURCES], 1):
        claims = [fact.claim for fact in topic.facts if fact.source == n]
        fields = _source_fields(source) | _line_fields("facts", claims)
        form |= {f"source{n}_{name}": value for name, value in fields.items()}
    return form


def copy_fields(number: int, content: bytes) -> Form:
    """What the form says of source *number* once its copy was chosen: nothing of it is kept.

    A kind of file that no site shows leaves the kind empty, which `topic_of` then names.
    """
    return {
        f"source{number}_sha256": sha256(content).hex(),
        f"source{number}_size": str(len(content)),
        f"source{number}_media": copy_type(content) or "",
    }


def topic_of(form: Mapping[str, str]) -> Topic:
    """Raise `MalformedTopicError` that names what is missing or wrong."""
    table: dict[str, Any] = {name: form[name] for name in _TEXTS if form[name]}
    table |= {name: form[name].split(",") for name in _LISTS if form[name]}
    for name, key in _PAIRS.items():
        if key != "audience" or form["audience_ar"] or form["audience_en"]:
            table[key] = _pair(form, name)
    if form["decision_on"]:
        table["decision"] = {"on": form["decision_on"], "kind": form["decision_kind"]}
    table["summary"] = list(_lines(form, "summary"))
    table["for_you"] = list(_lines(form, "for_you"))
    table["glossary"] = [
        {
            "word": {lang: text.partition(":")[0] for lang, text in line.items()},
            "meaning": {lang: text.partition(":")[2] for lang, text in line.items()},
        }
        for line in _lines(form, "glossary")
    ]
    if any(form[name] for name in (*_PORTAL, "portal_url")):
        table["portal"] = _without_empty(
            title=_pair(form, "portal_title"),
            number=form["portal_number"],
            deadline=form["portal_deadline"],
            url=form["portal_url"],
        )
    table |= _sources_and_facts(form)
    return Topic.parse(json.dumps(table))


def used_sources(form: Mapping[str, str]) -> list[int]:
    """The numbers in the form of the sources that the topic has, in their order there."""
    every = range(1, SOURCES + 1)
    return [n for n in every if any(form[f"source{n}_{name}"] for name in _SOURCE)]


def fact_places(form: Mapping[str, str]) -> list[tuple[int, int]]:
    """For each fact of the topic its source's number in the form, and its line there."""
    return [
        (n, line)
        for n in used_sources(form)
        for line, _ in enumerate(_lines(form, f"source{n}_facts"), 1)
    ]


def _sources_and_facts(form: Mapping[str, str]) -> dict[str, Any]:
    sources: list[dict[str, Any]] = []
    facts: list[dict[str, Any]] = []
    for n in used_sources(form):
        own = {name: form[f"source{n}_{name}"] for name in _SOURCE}
        sources.append(_source(own))
        facts += [{"claim": claim, "source": len(sources)} for claim in _lines(own, "facts")]
    return {"sources": sources, "facts": facts}


def _source(own: Mapping[str, str]) -> dict[str, Any]:
    copy = None
    if own["sha256"] or own["size"]:
        size = int(own["size"]) if own["size"].isascii() and own["size"].isdigit() else own["size"]
        copy = {"sha256": own["sha256"], "size_bytes": size, "media": own["media"]}
    return _without_empty(
        title=_pair(own, "title"),
        publisher=_pair(own, "publisher"),
        published=own["published"],
        url=own["url"],
        copy=copy,
        changed=own["changed"],
    )


def _source_fields(source: Source) -> Form:
    copy = source.copy
    return {
        **_pair_fields("title", source.title.encode()),
        **_pair_fields("publisher", source.publisher.encode()),
        "published": str(source.published),
        "url": source.url or "",
        "sha256": copy.sha256 if copy else "",
        "size": str(copy.size_bytes) if copy else "",
        "media": copy.media if copy else "",
        "changed": str(source.changed or ""),
    }


def _without_empty(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _pair(form: Mapping[str, str], name: str) -> dict[str, str]:
    """Whoever presses Enter in a field that is one text makes a space of it."""
    return {lang: " ".join(form[f"{name}_{lang}"].split()) for lang in ("ar", "en")}


def _pair_fields(name: str, pair: Mapping[str, str] | None) -> Form:
    return {f"{name}_ar": pair["ar"], f"{name}_en": pair["en"]} if pair else {}


def _lines(form: Mapping[str, str], name: str) -> Iterator[dict[str, str]]:
    """The sentences of a field side by side; one that has no other side is told as missing."""
    sides = [
        [line.strip() for line in form[f"{name}_{lang}"].splitlines() if line.strip()]
        for lang in ("ar", "en")
    ]
    for arabic, english in zip_longest(*sides, fillvalue=""):
        yield {"ar": arabic, "en": english}


def _line_fields(name: str, texts: Sequence[Bilingual]) -> Form:
    return {
        f"{name}_ar": "\n".join(text.ar for text in texts),
        f"{name}_en": "\n".join(text.en for text in texts),
    }
