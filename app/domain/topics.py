"""A topic: what people are asked about, in two languages and with its sources.

A topic comes from a TOML file (`app/samples/topics/*.toml`) and is kept as JSON of the
same shape; `Topic.parse_toml` reads the one, `Topic.parse` and `Topic.encode` the other.
It cannot exist without saying who decides, what can still change, and one source.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, Self

from app.domain.errors import MalformedTopicError

Lang = Literal["ar", "en"]

MAX_SUMMARY_SENTENCES: Final = 5
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_MAX_SLUG: Final = 64


class Stage(StrEnum):
    """How far the decision is, and so what an opinion can still do."""

    AGENDA = "agenda"
    DRAFT = "draft"
    DECISION = "decision"
    IMPLEMENTATION = "implementation"


@dataclass(frozen=True)
class Bilingual:
    """One text in Arabic and in English; neither is empty."""

    ar: str
    en: str

    def text(self, lang: Lang) -> str:
        return self.ar if lang == "ar" else self.en

    def encode(self) -> dict[str, str]:
        """For JSON."""
        return {"ar": self.ar, "en": self.en}


@dataclass(frozen=True)
class Source:
    """Where a claim can be checked: `size_bytes` is what a download costs, if known."""

    title: Bilingual
    publisher: Bilingual
    published: date
    url: str
    size_bytes: int | None


@dataclass(frozen=True)
class Topic:
    """`opens` is the first and `closes` the last day that takes opinions (None: no end yet).

    `summary` has one to five sentences.
    """

    slug: str
    stage: Stage
    opens: date
    closes: date | None
    agency: Bilingual
    agency_slug: str | None
    title: Bilingual
    summary: tuple[Bilingual, ...]
    who_decides: Bilingual
    what_can_change: Bilingual
    sources: tuple[Source, ...]

    def is_open(self, today: date) -> bool:
        return self.opens <= today and (self.closes is None or today <= self.closes)

    @classmethod
    def parse_toml(cls, untrusted: str) -> Self:
        """Raise `MalformedTopicError` naming the key that is missing, unknown or ill-typed.

        slug = "bus-lines"
        stage = "draft"                     # agenda, draft, decision, implementation
        opens = 2026-11-01
        closes = 2026-12-31                 # may be left out
        agency = {ar = "…", en = "…"}
        agency_slug = "water"               # of its communication plan; may be left out
        title = {ar = "…", en = "…"}
        who_decides = {ar = "…", en = "…"}
        what_can_change = {ar = "…", en = "…"}
        [[summary]]                         # one to five sentences
        ar = "…"
        en = "…"
        [[sources]]                         # at least one
        title = {ar = "…", en = "…"}
        publisher = {ar = "…", en = "…"}
        published = 2026-10-20
        url = "https://…"
        size_bytes = 120000                 # may be left out
        """
        try:
            table = tomllib.loads(untrusted)
        except tomllib.TOMLDecodeError as exc:
            raise MalformedTopicError(f"not TOML: {exc}") from None
        return cls._from_table(Table("", table))

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Read what `encode` wrote."""
        try:
            table = json.loads(untrusted)
        except ValueError:
            raise MalformedTopicError("not JSON") from None
        return cls._from_table(Table("", table))

    def encode(self) -> str:
        """JSON with sorted keys; dates as `YYYY-MM-DD`."""
        table = {
            "slug": self.slug,
            "stage": self.stage.value,
            "opens": self.opens.isoformat(),
            "agency": self.agency.encode(),
            "title": self.title.encode(),
            "summary": [sentence.encode() for sentence in self.summary],
            "who_decides": self.who_decides.encode(),
            "what_can_change": self.what_can_change.encode(),
            "sources": [_encode_source(source) for source in self.sources],
        }
        if self.closes is not None:
            table["closes"] = self.closes.isoformat()
        if self.agency_slug is not None:
            table["agency_slug"] = self.agency_slug
        return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def _from_table(cls, table: "Table") -> Self:
        topic = cls(
            slug=table.text("slug"),
            stage=_stage(table),
            opens=table.day("opens"),
            closes=table.optional_day("closes"),
            agency=table.pair("agency"),
            agency_slug=table.optional_text("agency_slug"),
            title=table.pair("title"),
            summary=tuple(each.as_pair() for each in table.tables("summary")),
            who_decides=table.pair("who_decides"),
            what_can_change=table.pair("what_can_change"),
            sources=tuple(_source(each) for each in table.tables("sources")),
        )
        table.end()
        if len(topic.slug) > _MAX_SLUG or not _SLUG.fullmatch(topic.slug):
            raise MalformedTopicError("slug: small Latin letters, digits and single hyphens only")
        if topic.closes is not None and topic.closes < topic.opens:
            raise MalformedTopicError("closes: earlier than opens")
        if len(topic.summary) > MAX_SUMMARY_SENTENCES:
            raise MalformedTopicError(f"summary: more than {MAX_SUMMARY_SENTENCES} sentences")
        return topic


def _encode_source(source: Source) -> dict[str, object]:
    table: dict[str, object] = {
        "title": source.title.encode(),
        "publisher": source.publisher.encode(),
        "published": source.published.isoformat(),
        "url": source.url,
    }
    if source.size_bytes is not None:
        table["size_bytes"] = source.size_bytes
    return table


def _stage(table: "Table") -> Stage:
    try:
        return Stage(table.text("stage"))
    except ValueError:
        raise MalformedTopicError(f"stage: one of {', '.join(Stage)}") from None


def _source(table: "Table") -> Source:
    source = Source(
        title=table.pair("title"),
        publisher=table.pair("publisher"),
        published=table.day("published"),
        url=table.text("url"),
        size_bytes=table.optional_size("size_bytes"),
    )
    table.end()
    if not source.url.startswith(("https://", "http://")):
        raise MalformedTopicError(f"{table.name('url')}: begins with https:// or http://")
    return source


class Table:
    """Takes values out of a table by key and type; `end` refuses what nobody asked for.

    Each method raises `MalformedTopicError` that names the key.
    """

    def __init__(self, path: str, untrusted: object) -> None:
        if not isinstance(untrusted, Mapping):
            raise MalformedTopicError(f"{path or 'topic'}: not a table")
        self._path = path
        self._rest = dict(untrusted)

    def name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _take(self, key: str) -> object:
        if key not in self._rest:
            raise MalformedTopicError(f"{self.name(key)}: missing")
        return self._rest.pop(key)

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or "\x00" in value:
            raise MalformedTopicError(f"{self.name(key)}: a text that is not empty")
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if key in self._rest else None

    def day(self, key: str) -> date:
        value = self._take(key)
        try:
            if isinstance(value, str):
                return date.fromisoformat(value)
        except ValueError:
            pass
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise MalformedTopicError(f"{self.name(key)}: a date such as 2026-11-30")

    def optional_day(self, key: str) -> date | None:
        return self.day(key) if key in self._rest else None

    def optional_size(self, key: str) -> int | None:
        if key not in self._rest:
            return None
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise MalformedTopicError(f"{self.name(key)}: a number of bytes")
        return value

    def number(self, key: str, least: int, most: int) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise MalformedTopicError(f"{self.name(key)}: a number from {least} to {most}")
        return value

    def pair(self, key: str) -> Bilingual:
        return Table(self.name(key), self._take(key)).as_pair()

    def as_pair(self) -> Bilingual:
        pair = Bilingual(self.text("ar"), self.text("en"))
        self.end()
        return pair

    def tables(self, key: str) -> list["Table"]:
        values = self._take(key)
        if not isinstance(values, list) or not values:
            raise MalformedTopicError(f"{self.name(key)}: at least one")
        return [Table(f"{self.name(key)}[{n}]", each) for n, each in enumerate(values)]

    def end(self) -> None:
        for key in self._rest:
            raise MalformedTopicError(f"{self.name(str(key))}: not a known key")
