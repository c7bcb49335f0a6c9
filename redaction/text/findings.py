"""Find in a text what may point to a person, and take it out where the person wants.

A warning, never a guarantee: much that identifies passes unseen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from redaction.text.rules import IBAN_LENGTHS, RULES, Rule, fold, vocabulary, with_compounds
from redaction.text.vocabulary import Tokens

MASK: Final = "[…]"
WITHOUT_MASK: Final = "invisible"
"""What is invisible leaves no gap behind."""


@dataclass(frozen=True, order=True)
class Finding:
    """A stretch of text, from `start` up to `end` in code points, and what it may be."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Segment:
    """A piece of text for display; `finding` is None between the findings."""

    text: str
    finding: Finding | None


def scan(text: str) -> list[Finding]:
    """Return what was found, in order, never overlapping."""
    words = vocabulary().read(text)
    tokens = {"words": words, "dates": with_compounds(words)}
    layers = {"pattern": fold(text), "raw": text} | {name: t.signs for name, t in tokens.items()}
    taken = bytearray(len(text))
    findings: list[Finding] = []
    for rule in RULES:
        for match in rule.pattern.finditer(layers[rule.layer]):
            start, end = _place(rule, match, tokens.get(rule.layer))
            if end > start and not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                if rule.kind is not None:
                    findings.append(Finding(start, end, rule.kind))
    return sorted(findings)


def _place(rule: Rule, match: re.Match[str], tokens: Tokens | None) -> tuple[int, int]:
    """Return where in the text *match* is; its group, if there is one, is what gets marked."""
    group = rule.pattern.groups
    start, end = match.span(group)
    if tokens is not None:
        return tokens.starts[start], tokens.ends[end - 1]
    return start, end if rule.check is None else start + rule.check(match[group], IBAN_LENGTHS)


def segments(text: str, findings: Iterable[Finding]) -> list[Segment]:
    """Cut *text* at its findings; the pieces joined are *text* again.

    Findings may come in any order; where two overlap, the second one gets the remainder.
    """
    pieces, at = [], 0
    for finding in sorted(findings):
        start = max(at, finding.start)
        pieces.append(Segment(text[at:start], None))
        pieces.append(Segment(text[start : finding.end], finding))
        at = max(at, finding.end)
    pieces.append(Segment(text[at:], None))
    return [piece for piece in pieces if piece.text]


def remove(text: str, findings: Iterable[Finding]) -> str:
    """Return *text* with `[…]` in place of each finding, nothing in place of what is invisible."""
    return "".join(map(_after_removal, segments(text, findings)))


def _after_removal(piece: Segment) -> str:
    if piece.finding is None:
        return piece.text
    return "" if piece.finding.kind == WITHOUT_MASK else MASK
