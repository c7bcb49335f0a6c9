"""Words and the lists they stand in, for rules that speak of words.

Each set of lists that some word stands in has a sign of its own in the private use area, so
that a text becomes a short string of signs and a list becomes a class of characters.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from redaction.text.arabizi import Arabizi

ARTICLE: Final = "ال"
ACCUSATIVE: Final = "ا"
PLURAL: Final = "ات"
CONSTRUCT: Final = "t"
"""How the feminine ending is heard before another noun."""
FATHER: Final = "ابو"
SERVANT: Final = "عبدال"
SERVANT_OF_GOD: Final = "عبدالله"
AND: Final = "و"
ON: Final = "ع"
CLITICS: Final = "وفبلك" + ON
"""Short words that Arabic writes together with the next: and, so, in, to, as; on, in dialect."""

UNKNOWN: Final = "W"
UNKNOWN_PLURAL: Final = "P"
UNKNOWN_WITH_ARTICLE: Final = "A"
UNKNOWN_LATIN: Final = "l"
UNKNOWN_CAPITAL: Final = "L"
NUMBER: Final = "0"
YEAR: Final = "y"
SMALL: Final = ((0, "z"), (12, "h"), (24, "t"), (31, "d"), (59, "m"), (99, "x"))
"""Signs of numbers of one or two digits, each up to a value: what a month or a day may be."""
OTHER: Final = "~"
EXACT: Final = frozenset(
    ("given", "maygiven", "family", "mayfamily", "village", "mayvillage", "generic", "adjlike")
)
"""Lists whose words are not guessed from their consonants."""
STOP: Final = "stop"
LATIN: Final = "latin"
DELETE: Final = "\x7f"
_FIRST_SIGN: Final = 0xE000
_SHORTEST: Final = 3
_SHORTEST_ON: Final = 4
"""Many short words begin with the letter that is "on": عمرة is not "on a woman"."""
_LISTS: Final = re.compile(r"\{(\^?)([a-z|]+)\}")
SPECIAL: Final = {
    "unknown": UNKNOWN + UNKNOWN_PLURAL + UNKNOWN_WITH_ARTICLE + UNKNOWN_LATIN + UNKNOWN_CAPITAL,
    "theword": UNKNOWN_WITH_ARTICLE,
    "arabic": UNKNOWN + UNKNOWN_PLURAL + UNKNOWN_WITH_ARTICLE,
    "plural": UNKNOWN_PLURAL,
    "latinword": UNKNOWN_LATIN,
    "capitalword": UNKNOWN_CAPITAL,
    "num": "0yzhtdmx",
    "year": "y",
    "mo": "h",
    "day": "htd",
    "hour": "zht",
    "minute": "zhtdm",
    "short": "zhtdmx",
    "adate": "D",
    "aday": "S",
    "atime": "T",
    "aweekday": "K",
}


@dataclass(frozen=True)
class Tokens:
    """A text as signs; the one at `n` stands for the text from `starts[n]` up to `ends[n]`."""

    signs: str
    starts: list[int]
    ends: list[int]

    def merged(self, pattern: re.Pattern[str], sign: str) -> "Tokens":
        """Return the tokens with one *sign* for each stretch that *pattern* matches."""
        signs, starts, ends, at = "", [], [], 0
        for match in pattern.finditer(self.signs):
            first, after = match.span()
            signs += self.signs[at:first] + sign
            starts += self.starts[at : first + 1]
            ends += [*self.ends[at:first], self.ends[after - 1]]
            at = after
        return Tokens(signs + self.signs[at:], starts + self.starts[at:], ends + self.ends[at:])


class _Made(dict[str, str]):
    """Values made from their keys, once each."""

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, key: str) -> str:
        self[key] = self._make(key)
        return self[key]


class Vocabulary:
    """Every word that the rules know. *data* is `rules.json`, *lists* is `lists.json`."""

    def __init__(self, data: dict[str, Any], lists: dict[str, Any], fold: dict[int, str]) -> None:
        self._fold = fold
        self._unwritten = frozenset(data["unwritten"])
        self._arabizi = Arabizi(data["arabizi"])
        self._token = re.compile(data["token"])
        named = {name: " ".join(lines).split() for name, lines in lists["lists"].items()}
        memberships = self._memberships(named, set(lists["articles"]))
        # Words that end a phrase come last: "all but these" is then two ranges, and used a lot.
        sets = sorted(set(memberships.values()), key=lambda names: (STOP in names, names))
        self._capital = len(sets)
        self._signs = {names: chr(_FIRST_SIGN + at) for at, names in enumerate(sets)}
        self._words = {word: self._signs[names] for word, names in memberships.items()}
        self._bones = self._by_bones(named)
        self._classes = _Made(self._class)
        self._articled = {self.key(word) for name in lists["articles"] for word in named[name]}

    def _memberships(
        self, named: dict[str, list[str]], articles: set[str]
    ) -> dict[str, tuple[str, ...]]:
        """Return the lists of each word, by how it is looked up."""
        lists_of: dict[str, set[str]] = {}
        for name, words in named.items():
            for word in words:
                lists_of.setdefault(self.key(word), set()).add(name)
        for name in articles:
            for word in map(self.key, named[name]):
                if ARTICLE + word in lists_of:
                    lists_of[ARTICLE + word].add(name)
        for word, names in lists_of.items():
            if word < DELETE:
                names.add(LATIN)
        for word in list(lists_of):
            lists_of.setdefault(word.replace("ى", "ي"), lists_of[word])
        return {word: tuple(sorted(names)) for word, names in lists_of.items()}

    def _by_bones(self, named: dict[str, list[str]]) -> dict[str, str]:
        """Return signs by the consonants of Arabic words; of equal ones, the first word's."""
        bones: dict[str, str] = {}
        for name in (each for each in named if each not in EXACT):
            for word in named[name]:
                if word[0] > DELETE and not word.startswith(ARTICLE):
                    key = self.key(word)
                    bones.setdefault(self._arabizi.bones(key), self._words[key])
        bones.pop("", None)
        return bones

    def expand(self, pattern: str) -> str:
        """Put classes of signs in the place of `{list}`, `{one|other}` and `{^list}`."""
        return _LISTS.sub(lambda match: self._classes[match[0]], pattern)

    def _class(self, braces: str) -> str:
        without, names = braces[1] == "^", braces.strip("{^}").split("|")
        special = "".join(SPECIAL.get(name, "") for name in names)
        if without or "any" in names:
            special = SPECIAL["unknown"]
        lists = {name for name in names if name not in SPECIAL} - {"capital"}
        small = [sign for of, sign in self._signs.items() if self._chosen(of, lists, without)]
        capitals = [self._capitalised(sign) for sign in small]
        if "capital" in names:
            special += UNKNOWN_CAPITAL
            capitals = [self._capitalised(sign) for sign in self._signs.values()]
        return f"[{_ranges(small + capitals)}{special}]"

    @staticmethod
    def _chosen(of: tuple[str, ...], lists: set[str], without: bool) -> bool:
        return "any" in lists or lists.isdisjoint(of) == without

    def _capitalised(self, sign: str) -> str:
        return chr(ord(sign) + self._capital)

    def key(self, word: str) -> str:
        """Return how *word* is looked up: folded, without marks; a final alef maqsura stays."""
        return "".join(
            char if char == "ى" else self._fold.get(ord(char), char)
            for char in word
            if char not in self._unwritten
        )

    def read(self, text: str) -> Tokens:
        """Cut *text* into words, numbers, line ends and other signs; spaces are left out."""
        arabizi = self._arabizi.written_in(text)
        signs: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for match in self._token.finditer(text):
            at, end = match.span()
            for length, sign in self._pieces(match, arabizi):
                signs.append(sign)
                starts.append(at)
                at = end if length is None else at + length
                ends.append(at)
        return Tokens("".join(signs), starts, ends)

    def _pieces(self, match: re.Match[str], arabizi: bool) -> list[tuple[int | None, str]]:
        """Return lengths and signs of what was matched; the last piece takes what is left."""
        arabic, latin, digits, line, other = match.groups()
        if arabic:
            key = self.key(arabic)
            return self._known(key, 2) or self._unknown(key)
        if latin:
            return [(None, self._latin(latin, arabizi))]
        if digits:
            return [(None, _number(digits))]
        plain = line or self._fold.get(ord(other), other)
        return [(None, plain if plain < DELETE else OTHER)]

    def _latin(self, word: str, arabizi: bool) -> str:
        key = self.key(word).removesuffix("'s")
        sign = self._words.get(key) or self._transcribed(key, arabizi)
        capital = "A" <= word[0] <= "Z"
        if sign is None:
            return UNKNOWN_CAPITAL if capital else UNKNOWN_LATIN
        return self._capitalised(sign) if capital else sign

    def _transcribed(self, key: str, arabizi: bool) -> str | None:
        """Return the sign of an Arabic word in Latin letters."""
        for name in self._arabizi.as_names(key):
            if name in self._words:
                return self._words[name]
        bones = self._arabizi.bones(key) if arabizi else ""
        return self._bones.get(bones) or self._bones.get(bones.removesuffix(CONSTRUCT))

    def _known(self, key: str, clitics: int) -> list[tuple[int | None, str]]:
        """Return the pieces of a word whose last one stands in a list, or nothing."""
        sign = self._words.get(key) or self._words.get(key.replace("ى", "ي"))
        if sign:
            return [(None, sign)]
        if key.endswith(ACCUSATIVE) and key[:-1] in self._articled:
            return [(None, self._words[key[:-1]])]
        bare = key.removeprefix(ARTICLE)
        if bare != key and bare in self._articled:
            return [(len(ARTICLE), self._words[ARTICLE]), (None, self._words[bare])]
        if key.startswith(SERVANT):
            return [(None, self._words[SERVANT_OF_GOD])]
        child = key.removeprefix(FATHER)
        if child != key and child in self._words:
            return [(len(FATHER), self._words[FATHER]), (None, self._words[child])]
        if clitics and key[:1] in CLITICS and self._may_be_cut(key):
            rest = self._known(_after_clitic(key), clitics - 1)
            return rest and [(1, self._words[key[0]]), *_written(key, rest)]
        return []

    def _may_be_cut(self, key: str) -> bool:
        """Return whether what follows a clitic may be a word: long, or two letters that are one."""
        if key[0] == ON:
            return len(key) > _SHORTEST_ON
        return len(key) > _SHORTEST or key[1:] in (self._words if key[0] == AND else self._articled)

    def _unknown(self, key: str) -> list[tuple[int | None, str]]:
        if key.startswith(ARTICLE):
            return [(None, UNKNOWN_WITH_ARTICLE)]
        if key[:1] in CLITICS and key[0] != ON and _after_clitic(key).startswith(ARTICLE):
            return [(1, self._words[key[0]]), (None, UNKNOWN_WITH_ARTICLE)]
        return [(None, UNKNOWN_PLURAL if key.endswith(PLURAL) else UNKNOWN)]


def _number(digits: str) -> str:
    value = int(digits)
    if len(digits) <= 2:
        return next(sign for most, sign in SMALL if value <= most)
    return YEAR if len(digits) == 4 and 1900 <= value < 2100 else NUMBER


def _ranges(signs: list[str]) -> str:
    """Return *signs*, which are in order, as they stand in a class of characters."""
    if not signs:
        return ""
    ends = [at for at in range(len(signs)) if signs[at + 1 : at + 2] != [chr(ord(signs[at]) + 1)]]
    starts = [0, *(at + 1 for at in ends[:-1])]
    return "".join(f"{signs[start]}-{signs[end]}" for start, end in zip(starts, ends, strict=True))


def _after_clitic(key: str) -> str:
    """Return the rest of *key*; after "to" the article is written without its alef."""
    return "ا" + key[1:] if key.startswith("لل") else key[1:]


def _written(key: str, pieces: list[tuple[int | None, str]]) -> list[tuple[int | None, str]]:
    """Return *pieces* with the article as long as it is written after "to"."""
    if key.startswith("لل") and pieces[0][0] == len(ARTICLE):
        return [(1, pieces[0][1]), *pieces[1:]]
    return pieces
