"""The rules both languages share, read from `rules.json` and `lists.json`.

`fold`: for each character we write patterns with, the ones that stand for it; one for one,
so that places in the folded text are places in the text. `parts`: pieces of patterns,
named in braces. `rules`: in order of authority, each with a pattern over one of

* `pattern`: the folded text;
* `raw`: the text as it is;
* `words`: one sign for each word, number, line end or other sign (`redaction.text.vocabulary`);
  `{given}` is a word of that list, `{given|family}` of either, `{^stop}` of none of it,
  `{unknown}` a word of no list, `{theword}` such a word with the Arabic article,
  `{latin}` a word of any list in Latin letters, `{capital}` a Latin word with a capital letter,
  `{any}` any word, `{num}` a number;
* `dates`: the same with one sign for each of the `compounds`, which are found first: a date, a
  day and a month, an hour, a day of the week.

The dialect is what Python's `re` and JavaScript's `u` flag read alike: no `\\b`, `\\d`, `\\s`,
`\\w`, fixed-width lookbehind, bounded repetition. A pattern's group, if it has one, closes the
match and is what gets marked; a `check` has the last word. A rule without a kind takes its
stretch away from the rules after it: a law's date is not the date of an event.
"""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final, Literal

from redaction.text.checks import CHECKS, Check
from redaction.text.vocabulary import Tokens, Vocabulary

Layer = Literal["pattern", "raw", "words", "dates"]


LAYERS: Final[tuple[Layer, ...]] = ("pattern", "raw", "words", "dates")
ON_WORDS: Final = frozenset({"words", "dates"})


def _read(name: str) -> dict[str, Any]:
    return dict(json.loads(files(__package__).joinpath(name).read_text("utf-8")))


_DATA: Final = _read("rules.json")
_NAME: Final = re.compile(r"\{([a-z]+)\}")
FOLD: Final = {
    ord(variant): plain for plain, variants in _DATA["fold"].items() for variant in variants
}
IBAN_LENGTHS: Final[dict[str, int]] = _DATA["ibans"]
PARTS: Final[dict[str, str]] = _DATA["parts"]
_WORDS: Final = _read("lists.json")
LISTS: Final[dict[str, list[str]]] = _WORDS["lists"]


@cache
def vocabulary() -> Vocabulary:
    """Made when a text is first read: most programs that load the rules never read one."""
    return Vocabulary(_DATA, _WORDS, FOLD)


@dataclass(frozen=True)
class Rule:
    """One way in which something identifying is written; without a kind, one that is not."""

    kind: str | None
    name: str
    layer: Layer
    source: str
    check: Check | None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when it is first looked for: most programs that load the rules never do."""
        return _compiled(self.source, on_words=self.layer in ON_WORDS)


def _expand(pattern: str) -> str:
    """Put the named parts in, and the parts inside them; lists stay."""
    while any(name in PARTS for name in _NAME.findall(pattern)):
        pattern = _NAME.sub(lambda match: PARTS.get(match[1], match[0]), pattern)
    return pattern


def _compiled(source: str, *, on_words: bool) -> re.Pattern[str]:
    pattern = _expand(source)
    return re.compile(vocabulary().expand(pattern) if on_words else pattern)


def _rule(data: dict[str, str]) -> Rule:
    layer: Layer = next(layer for layer in LAYERS if layer in data)
    return Rule(data["kind"], data["name"], layer, data[layer], CHECKS.get(data.get("check", "")))


@cache
def compounds() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (_compiled(each["words"], on_words=True), each["sign"]) for each in _DATA["compounds"]
    )


# In order of authority: what an earlier rule has marked, a later one leaves alone.
RULES: Final = tuple(map(_rule, _DATA["rules"]))
KINDS: Final = frozenset(rule.kind for rule in RULES if rule.kind is not None)


def with_compounds(tokens: Tokens) -> Tokens:
    """Return *tokens* with one sign for each date, hour and day of the week."""
    for pattern, sign in compounds():
        tokens = tokens.merged(pattern, sign)
    return tokens


def fold(text: str) -> str:
    """Return *text* in plain digits, letters and signs; exactly as long as before."""
    return text.translate(FOLD)
