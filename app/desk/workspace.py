"""The redaction workspace: what a message says, what may point at its writer, what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.client.display import readable
from app.desk.casebook import Case
from redaction.text import Finding, Segment, remove, scan, segments

CHECKS: Final = ("manager", "date", "style", "summary")
"""What the reviewer must have asked herself; each is a box to tick."""


@dataclass(frozen=True)
class Passage:
    """One answer of the message, cut at what may point at somebody."""

    name: str
    pieces: tuple[Segment, ...]


@dataclass(frozen=True)
class Workspace:
    """`result` is the message with every suggestion taken out: where the reviewer begins."""

    passages: tuple[Passage, ...]
    counts: dict[str, int]
    result: str


def open_case(case: Case) -> Workspace:
    """Scan every text of *case* that its writer wrote, follow-ups too."""
    texts = [(each.name, readable(each.text)[0]) for each in case.sections]
    texts += [("follow-up", readable(text)[0]) for text in case.follow_ups]
    return lay_out(texts)


def lay_out(texts: Sequence[tuple[str, str]]) -> Workspace:
    """The workspace of these texts, each with its name."""
    found = [(name, text, scan(text)) for name, text in texts]
    counts = Counter(finding.kind for _, _, findings in found for finding in findings)
    result = "\n\n".join(_without(text, findings) for _, text, findings in found)
    passages = tuple(
        Passage(name, tuple(segments(text, findings))) for name, text, findings in found
    )
    return Workspace(passages, dict(sorted(counts.items())), result.strip())


def originals(case: Case) -> list[str]:
    """Every text that the writer of *case* wrote."""
    return [each.text for each in case.sections] + case.follow_ups


def _without(text: str, findings: list[Finding]) -> str:
    return remove(text, findings).strip()
