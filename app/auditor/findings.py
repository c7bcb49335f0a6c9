"""What an audit can find: the log's own codes (`crypto.tlog.findings`) and those of reading it.

A finding is only what a log, or the place that serves it, did. A line that breaks is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

from app.auditor.files import write_whole
from crypto.encoding import sha256
from crypto.tlog.findings import Code, Finding

ServedCode = Literal["checkpoint-unverified", "tile-differs", "tile-withheld", "commitment-differs"]
Fact = int | str

SERVED_MEANINGS: Final[dict[ServedCode, str]] = {
    "checkpoint-unverified": "a checkpoint is published that the log or its witnesses did not sign",
    "tile-differs": "a file is published that is not the one under the signed root",
    "tile-withheld": "a signed checkpoint has entries that are not published",
    "commitment-differs": "a promise is for something else than its holder handed in",
}


@dataclass(frozen=True)
class Found:
    """One finding; `index` is an entry, or the size of a checkpoint."""

    code: Code | ServedCode
    index: int
    facts: tuple[tuple[str, Fact], ...] = ()

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(finding.code, finding.index, finding.facts)

    @classmethod
    def load(cls, document: Mapping[str, Fact]) -> Self:
        """What `encode` gave."""
        facts = dict(document)
        code, index = facts.pop("code"), facts.pop("index")
        return cls(code, index, tuple(sorted(facts.items())))  # type: ignore[arg-type]

    def encode(self) -> dict[str, Fact]:
        return {"code": self.code, "index": self.index, **dict(self.facts)}


def found(code: Code | ServedCode, index: int, **facts: Fact) -> Found:
    return Found(code, index, tuple(sorted(facts.items())))


@dataclass(frozen=True)
class Evidence:
    """All that is needed to see the same: files by name, as they came."""

    finding: Found
    files: Mapping[str, bytes]

    def keep(self, folder: Path, *, origin: str) -> Path:
        """Write it under *folder*, once; return its own folder there."""
        document = {
            "format": "wasl/evidence/v1",
            "origin": origin,
            "finding": self.finding.encode(),
            "files": {name: sha256(data).hex() for name, data in sorted(self.files.items())},
        }
        text = json.dumps(document, indent=2, sort_keys=True) + "\n"
        name = f"{self.finding.code}-{self.finding.index}-{sha256(text.encode()).hex()[:8]}"
        kept = folder / name
        if not (kept / "finding.json").exists():
            for file, data in self.files.items():
                write_whole(kept / file, data)
            write_whole(kept / "finding.json", text.encode())
        return kept
