"""What a kit is made of: public facts alone, the same for everyone who asks."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from app.domain.agencies import Agency
from app.domain.errors import MalformedTopicError
from app.domain.record import NO_COUNT, Line, RelayLine, summarise, total
from app.domain.topics import Bilingual, Topic
from crypto.keyring import Keyring
from crypto.record import Lang, Record

_URL: Final = re.compile(r"(https?://[\x21-\x7e]{1,200})?", re.ASCII)
_ANSWERED: Final = tuple(f"answered-{answer}" for answer in range(1, 6))
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "received": ("received",),
    "read": ("read",),
    "relayed": ("relayed",),
    "answered": _ANSWERED,
    "changed": ("changed",),
}
"""What a results card counts, from which columns of the tally."""


@dataclass(frozen=True)
class Answer:
    """What became of one relay. `answer` is None until an outcome is published.

    `change` says what changed, or why nothing did.
    """

    agency: Bilingual
    due: date
    answer: int | None
    changed: bool
    change: Bilingual | None


@dataclass(frozen=True)
class Results:
    """The figures of one topic from the public record; `counts` are as they are told there.

    People are counted in fives, one to four as `few`. `week` is that of the tally.
    """

    week: str
    counts: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Facts:
    """`site_url` and `onion_url` (may be empty) without a slash at the end."""

    topic: Topic
    site_url: str
    onion_url: str
    readers: tuple[Bilingual, ...]
    results: Results | None = None

    def encode(self) -> bytes:
        """JSON of what a site says about itself; readers and results stand in what is signed."""
        table = {
            "topic": json.loads(self.topic.encode()),
            "site_url": self.site_url,
            "onion_url": self.onion_url,
        }
        return json.dumps(table, ensure_ascii=False, sort_keys=True, indent=1).encode()

    @classmethod
    def parse(
        cls, untrusted: bytes, readers: tuple[Bilingual, ...], results: Results | None
    ) -> Self:
        """Read what `encode` wrote. Raise `MalformedTopicError`."""
        try:
            table = json.loads(untrusted)
            site_url, onion_url = table["site_url"], table["onion_url"]
            topic = Topic.parse(json.dumps(table["topic"]))
        except (ValueError, KeyError, TypeError):
            raise MalformedTopicError("not the facts of a kit") from None
        if not all(isinstance(url, str) and _URL.fullmatch(url) for url in (site_url, onion_url)):
            raise MalformedTopicError("site_url, onion_url: addresses")
        return cls(topic, site_url, onion_url, readers, results)

    def telling(self, results: Results | None) -> Self:
        return replace(self, results=results)

    def link(self, lang: Lang) -> str:
        """Where the topic stands: nothing in it says which poster somebody saw."""
        return self._page("t", lang)

    def results_link(self, lang: Lang) -> str:
        return self._page("record", lang)

    def _page(self, kind: str, lang: Lang) -> str:
        return f"{self.site_url}{'/en' if lang == 'en' else ''}/{kind}/{self.topic.slug}"


def readers_of(keyring: Keyring) -> tuple[Bilingual, ...]:
    """The names of the organisations that read."""
    return tuple(Bilingual(each.name_ar, each.name_en) for each in keyring.orgs)


def results_of(topic: Topic, records: Sequence[Record], plans: Iterable[Agency]) -> Results | None:
    """The figures of *topic*; None until somebody has counted.

    Nothing depends on the day: what is overdue is told by the day on which it was due.
    """
    names = {plan.slug: plan.name for plan in plans}
    summary = summarise(records, date.min)
    lines = [line for line in summary.lines if line.topic == topic.slug]
    told = [(name, _told(lines, columns)) for name, columns in COLUMNS.items()]
    counts = tuple((name, count) for name, count in told if count is not None)
    if not counts or summary.week is None:
        return None
    answers = tuple(_answer(each, names) for each in summary.of_topic(topic.slug))
    return Results(summary.week, counts, answers)


def _told(lines: Sequence[Line], columns: Sequence[str]) -> str | None:
    """The sum over all bodies; None where nobody has counted."""
    counts = [count for line in lines for count in map(line.count, columns)]
    known = [count for count in counts if count != NO_COUNT]
    return total(known) if known else None


def _answer(line: RelayLine, names: Mapping[str, Bilingual]) -> Answer:
    slug, outcome = line.relay.agency, line.outcome
    return Answer(
        agency=names.get(slug, Bilingual(slug, slug)),
        due=line.relay.due,
        answer=outcome.answer if outcome else None,
        changed=bool(outcome and outcome.changed),
        change=Bilingual(outcome.change.ar, outcome.change.en) if outcome else None,
    )
