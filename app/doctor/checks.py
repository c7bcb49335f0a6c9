"""What a check is, and what it finds.

A check looks at everything that was seen and yields sightings: where, and what. All sightings of
one check are one finding. A note is worth reading and is nobody's fault; only findings count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

Severity = Literal["high", "medium", "low", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("high", "medium", "low", "note")

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Sighting:
    """`where` is a request, a file or a setting; `seen` is what was there."""

    where: str
    seen: str


@dataclass(frozen=True)
class Finding:
    """`mend` and `mend_ar` say how to put it right."""

    id: str
    severity: Severity
    sightings: tuple[Sighting, ...]
    mend: str
    mend_ar: str

    @property
    def counts(self) -> bool:
        return self.severity != "note"

    def document(self) -> dict[str, object]:
        return {
            "id": self.id,
            "severity": self.severity,
            "seen": [vars(each) for each in self.sightings],
            "mend": self.mend,
            "mend_ar": self.mend_ar,
        }


@dataclass(frozen=True)
class Check(Generic[Subject]):
    """One thing that may be wrong. `id` never changes."""

    id: str
    severity: Severity
    mend: str
    mend_ar: str
    look: Callable[[Subject], Iterable[Sighting]]

    def run(self, subject: Subject) -> Finding | None:
        sightings = tuple(dict.fromkeys(self.look(subject)))
        if not sightings:
            return None
        return Finding(self.id, self.severity, sightings, self.mend, self.mend_ar)


def examine(subject: Subject, checks: Sequence[Check[Subject]]) -> Iterator[Finding]:
    """What *checks* find, in their order."""
    for check in checks:
        if finding := check.run(subject):
            yield finding
