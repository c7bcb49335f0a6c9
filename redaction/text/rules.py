"""The rules both languages share, read from `rules.json`.

`fold`: for each character we write patterns with, the ones that stand for it; one for one,
so that places in the folded text are places in the text. `parts`: pieces of patterns,
named in braces. `rules`: patterns in the dialect that Python's `re` and JavaScript's `u`
flag read alike: no `\\b`, `\\d`, `\\s`, `\\w`, fixed-width lookbehind, bounded repetition.
A pattern's group, if it has one, closes the match and is what gets marked.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

_DATA: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
_PART: Final = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True)
class Rule:
    """One way in which something identifying is written."""

    kind: str
    name: str
    pattern: re.Pattern[str]


def _expand(pattern: str) -> str:
    """Put the named parts in, and the parts inside them."""
    while _PART.search(pattern):
        pattern = _PART.sub(lambda match: _DATA["parts"][match[1]], pattern)
    return pattern


FOLD: Final = {
    ord(variant): plain for plain, variants in _DATA["fold"].items() for variant in variants
}
# In order of authority: what an earlier rule has marked, a later one leaves alone.
RULES: Final = tuple(
    Rule(rule["kind"], rule["name"], re.compile(_expand(rule["pattern"])))
    for rule in _DATA["rules"]
)
KINDS: Final = frozenset(rule.kind for rule in RULES)


def fold(text: str) -> str:
    """Return *text* in plain digits, letters and signs; exactly as long as before."""
    return text.translate(FOLD)
