"""What an auditor keeps: a folder whose state is written last, whole, and only if all is well.

auditor.json    what is pinned, the last verified checkpoint, the memory of the rules' judge
mirror/         the log itself, as it is published (or wherever `--mirror` says)
staging/        files of the log that are not verified yet
evidence/       one folder for each finding
canaries.json   the auditor's own test submissions: secrets, readable by the owner only
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from app.auditor.errors import BusyError, SetupError
from app.auditor.files import FolderTiles, write_whole
from app.auditor.findings import Evidence, Found
from crypto.errors import CryptoError
from crypto.keyring import Roots
from crypto.tlog.audit import LogAuditor
from crypto.tlog.policy import Policy, Witnessed, open_witnessed

FORMAT: Final = "wasl/audit-state/v1"


@dataclass(frozen=True)
class AuditState:
    """`note` is the last verified checkpoint, `memory` what `LogAuditor.state` wrote.

    `mirrored` is the size of the tree that the mirror holds: 0 until the first sync.
    """

    origin: str
    url: str
    policy: Policy
    roots: Roots
    mirror: Path
    note: str
    memory: str
    mirrored: int = 0
    findings: tuple[Found, ...] = ()

    @property
    def witnessed(self) -> Witnessed:
        return open_witnessed(self.note, self.policy, origin=self.origin)

    @property
    def auditor(self) -> LogAuditor:
        """A new one each time, where the last one stopped."""
        return LogAuditor.resume(self.origin, self.roots, self.memory)

    @property
    def tiles(self) -> FolderTiles:
        return FolderTiles(self.mirror)

    def adding(self, findings: Sequence[Found]) -> Self:
        """The same with those that are new."""
        new = [one for one in dict.fromkeys(findings) if one not in self.findings]
        return replace(self, findings=(*self.findings, *new))

    def encode(self) -> str:
        document = {
            "format": FORMAT,
            "origin": self.origin,
            "url": self.url,
            "policy": self.policy.encode(),
            "roots": self.roots.encode(),
            "mirror": str(self.mirror),
            "mirrored": self.mirrored,
            "note": self.note,
            "memory": json.loads(self.memory),
            "findings": [one.encode() for one in self.findings],
        }
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise `SetupError`; the file is the auditor's own, so its content is believed."""
        try:
            document: dict[str, Any] = json.loads(text)
            if document["format"] != FORMAT:
                raise SetupError("auditor.json is of another version")
            state = cls(
                origin=document["origin"],
                url=document["url"],
                policy=Policy.parse(document["policy"]),
                roots=Roots.parse(document["roots"]),
                mirror=Path(document["mirror"]),
                mirrored=document["mirrored"],
                note=document["note"],
                memory=json.dumps(document["memory"], sort_keys=True, separators=(",", ":")),
                findings=tuple(map(Found.load, document["findings"])),
            )
            # Opening both here means that later nothing can be wrong with them.
            _ = state.witnessed, state.auditor
        except (ValueError, KeyError, TypeError, CryptoError) as exc:
            raise SetupError("auditor.json is damaged") from exc
        return state


class StateFolder:
    """The folder of one audited log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.evidence = folder / "evidence"
        self.canaries = folder / "canaries.json"
        self._state = folder / "auditor.json"

    @property
    def default_mirror(self) -> Path:
        return (self.folder / "mirror").resolve()

    @property
    def staging(self) -> Path:
        return self.folder / "staging"

    def exists(self) -> bool:
        return self._state.exists()

    def load(self) -> AuditState:
        """Raise `SetupError`."""
        try:
            return AuditState.parse(self._state.read_text("utf-8"))
        except FileNotFoundError:
            raise SetupError(f"{self.folder} is not set up: wasl audit init") from None
        except UnicodeDecodeError:
            raise SetupError("auditor.json is damaged") from None

    def save(self, state: AuditState) -> None:
        write_whole(self._state, state.encode().encode())

    def keep(self, evidence: Sequence[Evidence], origin: str) -> list[Path]:
        """The folders in which it is."""
        return [one.keep(self.evidence, origin=origin) for one in evidence]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Raise `BusyError` while another process changes this folder."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BusyError(f"another audit is at work in {self.folder}") from None
            yield
