"""How hard Arabic is to read, sentence by sentence.

The limit is OSMAN 85 or more over the whole text (El-Haj and Rayson, LREC 2016; the higher the
easier, `textstat` counts it) and 12 words or fewer in each sentence. `textstat` is of the extra
`desk`: without it `ReadabilityError` says so.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from app.domain.errors import ReadabilityError
from app.domain.topics import Bilingual, Topic

LEAST_OSMAN: Final = 85.0
MOST_WORDS: Final = 12
_END: Final = re.compile(r"(?<=[.!?؟])\s+|\n+")
_WORD: Final = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True)
class Sentence:
    """One sentence; `osman` is its own, and None where it has fewer than three words."""

    text: str
    words: int
    osman: float | None

    @property
    def is_long(self) -> bool:
        return self.words > MOST_WORDS

    @property
    def is_hard(self) -> bool:
        """Whether its words alone would be above the limit."""
        return self.osman is not None and self.osman < LEAST_OSMAN


@dataclass(frozen=True)
class Readability:
    """Of one text; `osman` is None where it has fewer than three words."""

    osman: float | None
    sentences: tuple[Sentence, ...]

    @property
    def longest(self) -> int:
        """Words of the longest sentence."""
        return max((each.words for each in self.sentences), default=0)

    @property
    def is_plain(self) -> bool:
        return self.longest <= MOST_WORDS and (self.osman is None or self.osman >= LEAST_OSMAN)


def measure(texts: Iterable[str]) -> Readability:
    """Measure Arabic *texts*, each of which ends a sentence. Raises `ReadabilityError`."""
    sentences = [each for text in texts for each in _split(text)]
    return Readability(
        _osman(" ".join(map(_closed, sentences))),
        tuple(Sentence(each, _words(each), _osman(_closed(each))) for each in sentences),
    )


def of_topic(topic: Topic) -> Readability:
    """Measure all that the organisations say about a topic. Raises `ReadabilityError`.

    Names of bodies and titles of documents are others' words, and left out.
    """
    return measure(each.ar for each in _own_words(topic))


def _own_words(topic: Topic) -> Iterator[Bilingual]:
    yield topic.title
    yield from topic.summary
    yield topic.who_decides
    yield topic.what_can_change
    if topic.audience:
        yield topic.audience
    yield from topic.for_you
    yield from (fact.claim for fact in topic.facts)
    yield from (term.meaning for term in topic.glossary)


def _split(text: str) -> list[str]:
    return [each.strip() for each in _END.split(text) if _words(each)]


def _words(text: str) -> int:
    return len(_WORD.findall(text))


def _closed(sentence: str) -> str:
    """The sentence with a full stop, the one mark that `textstat` is sure to see."""
    return sentence.rstrip(".!?؟:، ") + "."


def _osman(text: str) -> float | None:
    return float(_counter().osman(text)) if _words(text) >= 3 else None


@cache
def _counter() -> Any:
    # Only here: the import takes most of a second, and a site has no need of it.
    try:
        from textstat.textstat import textstatistics  # noqa: PLC0415
    except ImportError:
        raise ReadabilityError from None
    counter = textstatistics()
    counter.set_lang("ar")
    return counter
