"""A topic: what people are asked about, in two languages and with its sources.

A topic comes from a TOML file (`app/samples/topics/*.toml`) and is kept as JSON of the
same shape; `Topic.parse_toml` reads the one, `Topic.parse` and `Topic.encode` the other.
It cannot exist without saying who decides, what can still change, and one source. What else it
needs before people are asked, `app.domain.topic_gate` says: topics of before lack some of it.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal, Self, TypeVar

from app.domain.errors import MalformedTopicError

Lang = Literal["ar", "en"]

MAX_SUMMARY_SENTENCES: Final = 5
MAX_BODY_WORDS: Final = 150
MAX_COPY_BYTES: Final = 25_000_000
COPY_TYPES: Final = ("application/pdf", "text/plain", "image/png", "image/jpeg")
"""What archived copies can be: kinds that browsers show without running anything of theirs."""
_BEGINS: Final = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_MAX_SLUG: Final = 64
_MAX_LISTED: Final = 50
_Choice = TypeVar("_Choice", bound=StrEnum)


def copy_type(content: bytes) -> str | None:
    """Which of `COPY_TYPES` *content* is, by how it begins; text is UTF-8 without NUL."""
    found = next((media for media, begin in _BEGINS.items() if content.startswith(begin)), None)
    if found is not None or b"\0" in content:
        return found
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "text/plain"


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


class DecisionKind(StrEnum):
    """Whether the day is the body's own, or ours because it named none."""

    ANNOUNCED = "announced"
    HANDOVER = "handover"


class Governorate(StrEnum):
    """The twelve of Jordan; `GOVERNORATES` has their names."""

    AMMAN = "amman"
    IRBID = "irbid"
    ZARQA = "zarqa"
    BALQA = "balqa"
    MAFRAQ = "mafraq"
    MADABA = "madaba"
    JERASH = "jerash"
    AJLOUN = "ajloun"
    KARAK = "karak"
    TAFILAH = "tafilah"
    MAAN = "maan"
    AQABA = "aqaba"


class Need(StrEnum):
    """What a topic asks people to tell, beside the opinion itself: always optional to them."""

    WHY = "why"
    PROPOSAL = "proposal"
    PLACE = "place"


GOVERNORATES: Final = {
    Governorate.AMMAN: Bilingual("عمان", "Amman"),
    Governorate.IRBID: Bilingual("إربد", "Irbid"),
    Governorate.ZARQA: Bilingual("الزرقاء", "Zarqa"),
    Governorate.BALQA: Bilingual("البلقاء", "Balqa"),
    Governorate.MAFRAQ: Bilingual("المفرق", "Mafraq"),
    Governorate.MADABA: Bilingual("مادبا", "Madaba"),
    Governorate.JERASH: Bilingual("جرش", "Jerash"),
    Governorate.AJLOUN: Bilingual("عجلون", "Ajloun"),
    Governorate.KARAK: Bilingual("الكرك", "Karak"),
    Governorate.TAFILAH: Bilingual("الطفيلة", "Tafilah"),
    Governorate.MAAN: Bilingual("معان", "Ma'an"),
    Governorate.AQABA: Bilingual("العقبة", "Aqaba"),
}


@dataclass(frozen=True)
class Decision:
    """When it is decided: the day that the body announced.

    Where it announced none, `kind` says so and `on` is the day on which the organisations hand
    over what people said.
    """

    on: date
    kind: DecisionKind


@dataclass(frozen=True)
class Copy:
    """A file as it was when it was read: SHA-256 in hex, bytes, one of `COPY_TYPES`.

    The site serves it under its digest.
    """

    sha256: str
    size_bytes: int
    media: str


@dataclass(frozen=True)
class Source:
    """Where a claim can be checked: at `url`, in the archived `copy`, or both.

    `size_bytes` is what a download from `url` costs, if known. `changed` is the day on which
    somebody found that the source differs from the copy.
    """

    title: Bilingual
    publisher: Bilingual
    published: date
    url: str | None
    size_bytes: int | None
    copy: Copy | None = None
    changed: date | None = None


@dataclass(frozen=True)
class Fact:
    """A claim and the source it rests on, counted from 1."""

    claim: Bilingual
    source: int


@dataclass(frozen=True)
class Term:
    """A word that the topic cannot avoid, in plain words."""

    word: Bilingual
    meaning: Bilingual


@dataclass(frozen=True)
class Portal:
    """The same question on the official portal, for those who will sign in there."""

    title: Bilingual
    number: str | None
    deadline: date | None
    url: str


@dataclass(frozen=True)
class Waiver:
    """Why the Arabic is harder than the limit, and the reviewer who takes it upon herself."""

    reason: Bilingual
    by: str


@dataclass(frozen=True)
class Topic:
    """`opens` is the first and `closes` the last day that takes opinions (None: no end yet).

    `summary` has one to five sentences; `for_you`, what changes for people, up to 150 words in
    each language. No `governorates` means all of Jordan. `decision` and `audience` are None only
    in topics of before there were any.
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
    decision: Decision | None = None
    audience: Bilingual | None = None
    governorates: tuple[Governorate, ...] = ()
    for_you: tuple[Bilingual, ...] = ()
    facts: tuple[Fact, ...] = ()
    glossary: tuple[Term, ...] = ()
    portal: Portal | None = None
    needs: tuple[Need, ...] = ()
    waiver: Waiver | None = None

    @property
    def copies(self) -> tuple[Copy, ...]:
        """The archived copies of its sources."""
        return tuple(source.copy for source in self.sources if source.copy)

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
        decision = {on = 2027-01-31, kind = "announced"}  # or "handover": the body named no day
        audience = {ar = "…", en = "…"}
        governorates = ["amman", "zarqa"]   # left out: all of Jordan
        needs = ["place", "proposal"]       # why, proposal, place; may be left out
        [[summary]]                         # one to five sentences
        ar = "…"
        en = "…"
        [[for_you]]                         # what changes for people, up to 150 words
        ar = "…"
        en = "…"
        [[facts]]                           # may be left out
        claim = {ar = "…", en = "…"}
        source = 1                          # the first of the sources
        [[sources]]                         # at least one
        title = {ar = "…", en = "…"}
        publisher = {ar = "…", en = "…"}
        published = 2026-10-20
        url = "https://…"                   # may be left out where there is a copy
        size_bytes = 120000                 # may be left out
        copy = {sha256 = "…", size_bytes = 120000, media = "application/pdf"}  # may be left out
        changed = 2026-11-02                # found to differ from the copy; may be left out
        [[glossary]]                        # may be left out
        word = {ar = "…", en = "…"}
        meaning = {ar = "…", en = "…"}
        [portal]                            # on the official portal; may be left out
        title = {ar = "…", en = "…"}
        number = "12/2026"                  # may be left out
        deadline = 2026-12-20               # may be left out
        url = "https://…"
        [waiver]                            # only where the Arabic cannot be plainer
        reason = {ar = "…", en = "…"}
        by = "amal-2"
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
        table: dict[str, object] = {
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
        optional = {
            "closes": self.closes and self.closes.isoformat(),
            "agency_slug": self.agency_slug,
            "decision": self.decision and _encode_decision(self.decision),
            "audience": self.audience and self.audience.encode(),
            "governorates": [each.value for each in self.governorates],
            "for_you": [sentence.encode() for sentence in self.for_you],
            "facts": [{"claim": each.claim.encode(), "source": each.source} for each in self.facts],
            "glossary": [
                {"word": each.word.encode(), "meaning": each.meaning.encode()}
                for each in self.glossary
            ],
            "portal": self.portal and _encode_portal(self.portal),
            "needs": [each.value for each in self.needs],
            "waiver": self.waiver and {"reason": self.waiver.reason.encode(), "by": self.waiver.by},
        }
        table |= {key: value for key, value in optional.items() if value}
        return json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def _from_table(cls, table: "Table") -> Self:
        topic = cls(
            slug=table.text("slug"),
            stage=table.choice("stage", Stage),
            opens=table.day("opens"),
            closes=table.optional_day("closes"),
            agency=table.pair("agency"),
            agency_slug=table.optional_text("agency_slug"),
            title=table.pair("title"),
            summary=tuple(each.as_pair() for each in table.tables("summary")),
            who_decides=table.pair("who_decides"),
            what_can_change=table.pair("what_can_change"),
            sources=tuple(_source(each) for each in table.tables("sources")),
            decision=_decision(table),
            audience=table.optional_pair("audience"),
            governorates=table.choices("governorates", Governorate),
            for_you=tuple(each.as_pair() for each in table.optional_tables("for_you")),
            facts=tuple(_fact(each) for each in table.optional_tables("facts")),
            glossary=tuple(_term(each) for each in table.optional_tables("glossary")),
            portal=_portal(table),
            needs=table.choices("needs", Need),
            waiver=_waiver(table),
        )
        table.end()
        topic._require_sense()
        return topic

    def _require_sense(self) -> None:
        if len(self.slug) > _MAX_SLUG or not _SLUG.fullmatch(self.slug):
            raise MalformedTopicError("slug: small Latin letters, digits and single hyphens only")
        if self.closes is not None and self.closes < self.opens:
            raise MalformedTopicError("closes: earlier than opens")
        if len(self.summary) > MAX_SUMMARY_SENTENCES:
            raise MalformedTopicError(f"summary: more than {MAX_SUMMARY_SENTENCES} sentences")
        if self.decision and self.closes and self.decision.on < self.closes:
            raise MalformedTopicError("decision.on: earlier than closes")
        for lang in ("ar", "en"):
            words = sum(len(each.encode()[lang].split()) for each in self.for_you)
            if words > MAX_BODY_WORDS:
                raise MalformedTopicError(f"for_you.{lang}: {words} words, of {MAX_BODY_WORDS}")
        for n, fact in enumerate(self.facts):
            if fact.source > len(self.sources):
                raise MalformedTopicError(f"facts[{n}].source: there is no source {fact.source}")


def _encode_source(source: Source) -> dict[str, object]:
    table: dict[str, object] = {
        "title": source.title.encode(),
        "publisher": source.publisher.encode(),
        "published": source.published.isoformat(),
    }
    if source.url is not None:
        table["url"] = source.url
    if source.size_bytes is not None:
        table["size_bytes"] = source.size_bytes
    if source.copy is not None:
        table["copy"] = vars(source.copy)
    if source.changed is not None:
        table["changed"] = source.changed.isoformat()
    return table


def _encode_decision(decision: Decision) -> dict[str, str]:
    return {"on": decision.on.isoformat(), "kind": decision.kind.value}


def _encode_portal(portal: Portal) -> dict[str, object]:
    table: dict[str, object] = {"title": portal.title.encode(), "url": portal.url}
    if portal.number is not None:
        table["number"] = portal.number
    if portal.deadline is not None:
        table["deadline"] = portal.deadline.isoformat()
    return table


def _source(table: "Table") -> Source:
    source = Source(
        title=table.pair("title"),
        publisher=table.pair("publisher"),
        published=table.day("published"),
        url=table.optional_url("url"),
        size_bytes=table.optional_size("size_bytes"),
        copy=_copy(table),
        changed=table.optional_day("changed"),
    )
    table.end()
    if source.url is None and source.copy is None:
        raise MalformedTopicError(f"{table.name('url')}: missing, and there is no copy either")
    return source


def _copy(parent: "Table") -> Copy | None:
    table = parent.optional_table("copy")
    if table is None:
        return None
    copy = Copy(
        sha256=table.text("sha256"),
        size_bytes=table.number("size_bytes", 1, MAX_COPY_BYTES),
        media=table.text("media"),
    )
    table.end()
    if not _SHA256.fullmatch(copy.sha256):
        raise MalformedTopicError(f"{table.name('sha256')}: 64 small hex digits")
    if copy.media not in COPY_TYPES:
        raise MalformedTopicError(f"{table.name('media')}: one of {', '.join(COPY_TYPES)}")
    return copy


def _decision(parent: "Table") -> Decision | None:
    table = parent.optional_table("decision")
    if table is None:
        return None
    decision = Decision(table.day("on"), table.choice("kind", DecisionKind))
    table.end()
    return decision


def _fact(table: "Table") -> Fact:
    fact = Fact(table.pair("claim"), table.number("source", 1, _MAX_LISTED))
    table.end()
    return fact


def _term(table: "Table") -> Term:
    term = Term(table.pair("word"), table.pair("meaning"))
    table.end()
    return term


def _portal(parent: "Table") -> Portal | None:
    table = parent.optional_table("portal")
    if table is None:
        return None
    portal = Portal(
        title=table.pair("title"),
        number=table.optional_text("number"),
        deadline=table.optional_day("deadline"),
        url=table.url("url"),
    )
    table.end()
    return portal


def _waiver(parent: "Table") -> Waiver | None:
    table = parent.optional_table("waiver")
    if table is None:
        return None
    waiver = Waiver(table.pair("reason"), table.text("by"))
    table.end()
    return waiver


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

    def optional_pair(self, key: str) -> Bilingual | None:
        return self.pair(key) if key in self._rest else None

    def url(self, key: str) -> str:
        value = self.text(key)
        if not value.startswith(("https://", "http://")) or not value.isprintable() or " " in value:
            raise MalformedTopicError(f"{self.name(key)}: begins with https:// or http://")
        return value

    def optional_url(self, key: str) -> str | None:
        return self.url(key) if key in self._rest else None

    def choice(self, key: str, kind: type[_Choice]) -> _Choice:
        return self._chosen(self.name(key), self.text(key), kind)

    def choices(self, key: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
        """None, or different ones, in the order of *kind*."""
        values = self._rest.pop(key, [])
        if not isinstance(values, list):
            raise MalformedTopicError(f"{self.name(key)}: a list")
        chosen = {self._chosen(self.name(key), value, kind) for value in values}
        return tuple(each for each in kind if each in chosen)

    @staticmethod
    def _chosen(name: str, value: object, kind: type[_Choice]) -> _Choice:
        try:
            return kind(str(value))
        except ValueError:
            raise MalformedTopicError(f"{name}: one of {', '.join(kind)}") from None

    def as_pair(self) -> Bilingual:
        pair = Bilingual(self.text("ar"), self.text("en"))
        self.end()
        return pair

    def tables(self, key: str) -> list["Table"]:
        values = self._take(key)
        if not isinstance(values, list) or not values:
            raise MalformedTopicError(f"{self.name(key)}: at least one")
        if len(values) > _MAX_LISTED:
            raise MalformedTopicError(f"{self.name(key)}: more than {_MAX_LISTED}")
        return [Table(f"{self.name(key)}[{n}]", each) for n, each in enumerate(values)]

    def optional_tables(self, key: str) -> list["Table"]:
        if self._rest.get(key) == []:
            del self._rest[key]
        return self.tables(key) if key in self._rest else []

    def optional_table(self, key: str) -> "Table | None":
        return Table(self.name(key), self._take(key)) if key in self._rest else None

    def end(self) -> None:
        for key in self._rest:
            raise MalformedTopicError(f"{self.name(str(key))}: not a known key")
