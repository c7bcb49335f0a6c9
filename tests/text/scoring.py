"""Labelled sentences, and how well a scanner's findings agree with the labels.

In the files ⟦kind|words⟧ marks what points to a person; README.md beside this file says what
each kind covers. Positions are code points of the sentence without its marks, as in `Finding`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from redaction.text.findings import Finding

KINDS: Final = (
    "phone",
    "national_number",
    "iban",
    "plate",
    "email",
    "handle",
    "link",
    "coordinates",
    "datetime",
    "name",
    "kunya",
    "job_place",
    "clan",
    "small_place",
    "only_one",
    "filename",
    "invisible",
    "homoglyph",
)
REGISTERS: Final = {
    "ar": ("standard", "dialect"),
    "en": ("english",),
    "mixed": ("standard", "dialect", "arabizi"),
}
MIN_OVERLAP: Final = 0.5

_MARK: Final = re.compile(r"⟦([a-z_]+)\|([^⟦⟧]+)⟧")


class MalformedLabelError(ValueError):
    """A labelled sentence breaks the format; the message says how."""


@dataclass(frozen=True)
class Labelled:
    """A sentence without its marks, and the spans that the marks enclosed, in order."""

    text: str
    expected: tuple[Finding, ...] = ()
    lang: str = "ar"
    register: str = "standard"

    @classmethod
    def parse(cls, untrusted: object) -> Self:
        """Read one object of a labelled file, or raise `MalformedLabelError`."""
        match untrusted:
            case {"lang": str(lang), "register": str(register), "text": str(marked), **more}:
                if more or register not in REGISTERS.get(lang, ()):
                    raise MalformedLabelError(f"not a labelled sentence: {untrusted}")
                return cls(*_unmark(marked), lang, register)
        raise MalformedLabelError(f"not a labelled sentence: {untrusted}")


@dataclass(frozen=True)
class Tally:
    """How many spans were found, how many expected, and how many of them are one and the same."""

    hits: int
    found: int
    expected: int

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 1 where nothing was found."""
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what was expected that was found; 1 where nothing was expected."""
        return self.hits / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 1 where there was nothing to do."""
        both = self.found + self.expected
        return 2 * self.hits / both if both else 1.0


@dataclass(frozen=True)
class Score:
    """Agreement over a whole set: in total, by kind, and on the clean sentences."""

    total: Tally
    by_kind: dict[str, Tally]
    clean: int
    false_warnings: int

    @property
    def false_warning_share(self) -> float:
        """The share of clean sentences in which something was found; 0 where none is clean."""
        return self.false_warnings / self.clean if self.clean else 0.0

    def table(self) -> str:
        """Return the figures as lines to print, one a kind, then the total and false warnings."""
        rows = [_row(kind, tally) for kind, tally in self.by_kind.items()]
        warnings = f"{self.false_warnings} of {self.clean} ({self.false_warning_share:.1%})"
        head = f"{'kind':<16}{'hits':>6}{'found':>6}{'exp.':>6}{'prec.':>7}{'recall':>7}{'F1':>7}"
        return "\n".join(
            [head, *rows, _row("all", self.total), f"clean sentences warned about: {warnings}"]
        )


def load(path: Path) -> list[Labelled]:
    """Read a labelled file, or raise `MalformedLabelError`."""
    try:
        rows = json.loads(path.read_text("utf-8"))
    except ValueError as exc:
        raise MalformedLabelError(f"{path.name} is not JSON") from exc
    if not isinstance(rows, list):
        raise MalformedLabelError(f"{path.name} is not a list")
    return [Labelled.parse(row) for row in rows]


def score(found: Sequence[Iterable[Finding]], expected: Sequence[Labelled]) -> Score:
    """Compare the findings of each sentence with its labels, sentence by sentence.

    A hit is of the same kind and overlaps by `MIN_OVERLAP` or more; a span counts once.
    Raise `ValueError` when the two sequences differ in length.
    """
    hits, findings, labels = Counter[str](), Counter[str](), Counter[str]()
    clean = false_warnings = 0
    for found_here, sentence in zip(found, expected, strict=True):
        spans = list(found_here)
        hits.update(span.kind for span in _hits(spans, sentence.expected))
        findings.update(span.kind for span in spans)
        labels.update(span.kind for span in sentence.expected)
        clean += not sentence.expected
        false_warnings += bool(spans) and not sentence.expected
    by_kind = {
        kind: Tally(hits[kind], findings[kind], labels[kind])
        for kind in _in_order(findings.keys() | labels.keys())
    }
    total = Tally(hits.total(), findings.total(), labels.total())
    return Score(total, by_kind, clean, false_warnings)


def overlap(one: Finding, other: Finding) -> float:
    """Return intersection over union in code points, from 0 to 1."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    union = max(one.end, other.end) - min(one.start, other.start)
    return max(0, shared) / union if union else 0.0


def _unmark(marked: str) -> tuple[str, tuple[Finding, ...]]:
    pieces: list[str] = []
    expected: list[Finding] = []
    at = length = 0
    for mark in _MARK.finditer(marked):
        kind, words = mark.groups()
        if kind not in KINDS:
            raise MalformedLabelError(f"unknown kind: {kind}")
        before = marked[at : mark.start()]
        start = length + len(before)
        length, at = start + len(words), mark.end()
        pieces += [before, words]
        expected.append(Finding(start, length, kind))
    text = "".join([*pieces, marked[at:]])
    if "⟦" in text or "⟧" in text:
        raise MalformedLabelError(f"a mark is broken: {marked}")
    return text, tuple(expected)


def _hits(found: Sequence[Finding], expected: Sequence[Finding]) -> list[Finding]:
    unclaimed = list(expected)
    hits = []
    for span in found:
        same = [label for label in unclaimed if label.kind == span.kind]
        best = max(same, key=lambda label: overlap(span, label), default=None)
        if best is not None and overlap(span, best) >= MIN_OVERLAP:
            unclaimed.remove(best)
            hits.append(span)
    return hits


def _in_order(kinds: Iterable[str]) -> list[str]:
    known = {kind: place for place, kind in enumerate(KINDS)}
    return sorted(kinds, key=lambda kind: (known.get(kind, len(known)), kind))


def _row(kind: str, tally: Tally) -> str:
    counts = f"{tally.hits:>6}{tally.found:>6}{tally.expected:>6}"
    return f"{kind:<16}{counts}{tally.precision:>7.2f}{tally.recall:>7.2f}{tally.f1:>7.2f}"
