"""Find in a text what may point to a person, and take it out where the person wants.

A warning, never a guarantee: names, places and turns of phrase pass unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from redaction.text.rules import RULES, fold

MASK: Final = "[…]"


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
    folded = fold(text)
    taken = bytearray(len(text))
    findings: list[Finding] = []
    for rule in RULES:
        for match in rule.pattern.finditer(folded):
            start, end = match.span(rule.pattern.groups)
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                findings.append(Finding(start, end, rule.kind))
    return sorted(findings)


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
    """Return *text* with `[…]` in place of each finding."""
    return "".join(
        piece.text if piece.finding is None else MASK for piece in segments(text, findings)
    )
