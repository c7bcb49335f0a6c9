"""Copy the objects of a PDF into a new one, key by key, as `rules.json` names them.

An object gets its new number when it is first named, and is written when its turn comes:
what the pages do not need is never written, and nothing calls itself however deep the
file nests. Equal files give equal bytes.
"""

import json
import zlib
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, TypeVar

from redaction.files.documents.pdf.filters import ABBREVIATIONS, MAX_FILTERS, Budget, Filter
from redaction.files.documents.pdf.source import Source, Stream
from redaction.files.documents.pdf.syntax import Name, Ref, Value, name_text
from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS, categories_of

T = TypeVar("T")
RULES: Final[dict[str, Any]] = json.loads(
    files(__package__).joinpath("rules.json").read_text("utf-8")
)
KINDS: Final[dict[str, dict[str, str]]] = RULES["kinds"]
LISTS: Final[dict[str, list[str]]] = RULES["lists"]
LEFT: Final[dict[str, str]] = {
    key: category for category, keys in RULES["left"].items() for key in keys
}
PACK_FROM: Final = 1024
"""Shorter streams are written as they are, so that packers of all languages agree on them."""


FLATE: Final = b"/Filter /FlateDecode"


class Copier:
    """Copies from *source*; says what it leaves behind by `note` and `warn`.

    *rules* write the values of entries, *kinds* whole objects; both are named in `rules.json`.
    A rule returns the text of a value, or None for one that may not stay.
    """

    def __init__(
        self,
        source: Source,
        rules: "Mapping[str, Callable[[Copier, Value], bytes | None]]",
        kinds: "Mapping[str, Callable[[Copier, Value], bytes | None]]",
        note: Callable[..., None],
        warn: Callable[..., None],
    ) -> None:
        self.source = source
        self.note = note
        self.warn = warn
        self.budget = Budget(source.size)
        self._rules = rules
        self._kinds = kinds
        self._written: list[bytes] = []
        self._waiting: deque[tuple[int, Callable[[], bytes]]] = deque()
        self._known: dict[Hashable, Any] = {}

    def add(self, build: Callable[[], bytes]) -> bytes:
        """Return the reference of a new object that *build* will write when its turn comes."""
        if len(self._written) == LIMITS["pdf_objects"]:
            raise UnreadableFileError("file-too-complex")
        self._written.append(b"")
        self._waiting.append((len(self._written), build))
        return b"%d 0 R" % len(self._written)

    def put(self, text: bytes) -> bytes:
        """Return the reference of a new object that is *text*."""
        return self.add(lambda: text)

    def once(self, untrusted: Value, use: Hashable, make: Callable[[], T]) -> T:
        """Return what *make* makes of an object, the same again for the same object and use."""
        return self.known((untrusted, use), make) if isinstance(untrusted, Ref) else make()

    def known(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what *make* made when *key* was met first."""
        if key not in self._known:
            self._known[key] = make()
        made: T = self._known[key]
        return made

    def finish(self) -> list[bytes]:
        """Return the texts of all objects; the first one has number 1."""
        while self._waiting:
            number, build = self._waiting.popleft()
            self._written[number - 1] = build()
        return self._written

    def dictionary(self, kind: str, entries: Mapping[str, Value], *more: bytes) -> bytes:
        """Return a dictionary's text: what the kind allows, and *more* words."""
        return b" ".join((b"<<", *self.words(kind, entries), *more, b">>"))

    def words(self, kind: str, entries: Mapping[str, Value]) -> list[bytes]:
        """Return a key and a value for each entry that may stay."""
        allowed = KINDS[kind]
        words = []
        for key, rule in allowed.items():
            if rule.startswith("="):
                words += [name_text(key), name_text(rule[1:])]
            elif key in entries and (text := self.value(rule, entries[key])) is not None:
                words += [name_text(key), text]
        self.leave(entries, allowed)
        return words

    def value(self, rule: str, untrusted: Value) -> bytes | None:
        """Return what *rule* writes for a value."""
        head, _, argument = rule.partition(":")
        if head == "one":
            value = self.source.value(untrusted)
            known = isinstance(value, Name) and value in LISTS[argument]
            return name_text(value) if known else None
        if head == "ref":
            return self.once(untrusted, argument, lambda: self._kinds[argument](self, untrusted))
        return self._rules[head](self, untrusted)

    def leave(self, entries: Mapping[str, Value], allowed: Iterable[str] = ()) -> None:
        """Note what the entries tell that are not *allowed*."""
        for key in entries.keys() - set(allowed):
            category = LEFT.get(key, "unknown")
            if category == "metadata":
                self.note(*self._told(entries[key]))
            elif category != "nothing":
                self.note(category)

    def stream(self, words: Sequence[bytes], data: bytes) -> bytes:
        """Return a stream's text; long data are packed."""
        if len(data) >= PACK_FROM:
            return self.packed([*words, FLATE], zlib.compress(data))
        return self.packed(words, data)

    def packed(self, words: Sequence[bytes], data: bytes) -> bytes:
        """Return the text of a stream whose *words* tell how its data are packed."""
        head = b" ".join((*words, b"/Length %d" % len(data)))
        return b"<< %s >>\nstream\n%s\nendstream" % (head, data)

    def plain(self, stream: Stream) -> bytes:
        """Return a stream's data without any packing."""
        return self.budget.plain(stream.raw(), self.filters(stream.entries))

    def filters(self, entries: Mapping[str, Value]) -> list[Filter]:
        """Return the steps of a stream's packing, the outermost first."""
        if "F" in entries:  # the data would stand in another file
            raise UnreadableFileError("pdf-malformed")
        names = self._list(entries.get("Filter"))
        parameters = self._list(entries.get("DecodeParms"))
        if len(names) > MAX_FILTERS:
            raise UnreadableFileError("file-too-complex")
        parameters += [None] * (len(names) - len(parameters))
        return [
            Filter(ABBREVIATIONS.get(name, name), self._plain_entries(entry))
            for name, entry in zip(map(self._name, names), parameters, strict=False)
        ]

    def _list(self, untrusted: Value) -> list[Value]:
        value = self.source.value(untrusted)
        return list(value) if isinstance(value, list) else [] if value is None else [value]

    def _name(self, untrusted: Value) -> str:
        value = self.source.value(untrusted)
        return value if isinstance(value, Name) else ""

    def _plain_entries(self, untrusted: Value) -> dict[str, Value]:
        entries = self.source.entries(untrusted)
        return {key: self.source.value(value) for key, value in entries.items()}

    def _told(self, untrusted: Value) -> set[str]:
        """Return what a metadata stream tells, even a broken one."""
        stream = self.source.value(untrusted)
        try:
            text = self.plain(stream) if isinstance(stream, Stream) else b""
        except UnreadableFileError:
            text = b""
        return categories_of(text, "unknown")
